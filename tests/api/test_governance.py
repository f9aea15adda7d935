"""Decisions that wait, renewals and duties in one hand over HTTP: whose they are, as of when, and by which entries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from api.governance_answers import CONFLICTS_EXAMPLE, DECISIONS_EXAMPLE, RENEWALS_EXAMPLE
from domain.contract.payment import PaymentRecorded
from domain.delegation import GrantDelegation
from domain.terms.renewal import Renewal
from infra.ledger import DELEGATION, Asker, Envelope
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_access_log import log
from tests.api.test_document import DOCUMENT
from tests.facts import amendment_proposed, cny, half_paid, submitted
from tests.projections.histories import put
from tests.projections.test_governance import AGREED, agreed, on_route
from tests.spec import BOB, recorded, told


@pytest.fixture
def fresh(opened: Opened) -> str:
    """Contracts that wait, last and were paid by who approved, and what to ask so that the view has them."""
    histories = {
        "route": on_route(AGREED),
        "plain": submitted,
        "change": amendment_proposed,
        "lasts": agreed(half_paid, Renewal(automatic=True, notice_days=30, length_months=12)),
        "bob": half_paid[:-1] + told(PaymentRecorded(payment_id="p1", amount=cny("41710.00")), by=BOB),
    }
    for name, history in histories.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    return f"min_position={opened.store.head()}"


def test_approvals_are_ones_own_and_everybodys_for_those_who_look_over_shoulders(fresh: str, house: House, opened: Opened) -> None:
    answer = house["approver"].get(f"/approvals?sort=number&{fresh}")
    assert int(answer.headers["Ledger-Position"]) >= int(fresh.partition("=")[2])
    mine = {one["contract_id"]: one for one in answer.content["approvals"]}
    assert (answer.content["who"], set(mine)) == ("approver", {"plain", "change"})
    plain = mine["plain"]
    assert (plain["matter"], plain["seat"], plain["sheet"]) == (
        "contract",
        {"kind": "role", "name": "approver"},
        "/api/v1/contracts/plain/approval-sheet",
    )
    assert plain["ways"] == [{"by": "role", "delegation_id": None, "on_behalf_of": None}]
    assert (mine["change"]["matter"], mine["change"]["subject"], mine["change"]["sheet"]) == ("amendment", "a1", None)
    assert house["drafter"].get("/approvals").content["approvals"] == []
    everything = house["auditor"].get("/approvals?whose=all&limit=2").content
    rest = house["auditor"].get(f"/approvals?whose=all&limit=2&cursor={everything['next_cursor']}").content
    assert {one["contract_id"] for one in everything["approvals"] + rest["approvals"]} == {"route", "plain", "change"}
    (carols,) = house["admin"].get("/approvals?who=carol").content["approvals"]
    assert (carols["contract_id"], carols["step_title"], carols["policy"]) == (
        "route",
        "部门 / Heads",
        {"policy_id": "approval", "edition": 2},
    )
    for path in ("/approvals?whose=all", "/approvals?who=carol"):
        assert house["approver"].get(path).status == 403
    (denied,) = [line for line in log(house, opened, "&actor=approver") if line["fact"] == "access.denied@1"]
    assert denied["subject"] == "the decisions that wait for others"


def test_what_is_delegated_waits_for_the_delegate_too(fresh: str, house: House, opened: Opened) -> None:
    grant = GrantDelegation(to="finance", ends_at=opened.ledger.clock().replace(year=2099), why="出差")
    opened.ledger.handle(DELEGATION, "d1", grant, Envelope(Asker("carol", "k", "api"), "grant"))
    (one,) = house["finance"].get(f"/approvals?{fresh}").content["approvals"]
    assert (one["contract_id"], one["ways"]) == ("route", [{"by": "delegation", "delegation_id": "d1", "on_behalf_of": "carol"}])


def test_renewals_are_told_as_of_a_day(fresh: str, house: House) -> None:
    page = house["reader"].get(f"/renewals?with_term=true&on=2026-06-01&{fresh}").content
    (one,) = page["renewals"]
    assert (page["on"], one["contract_id"], one["outlook"], one["renewals_used"]) == ("2026-06-01", "lasts", "renews_unless_notice", 0)
    assert one["notice_opens"] == one["starts"]
    (late,) = house["reader"].get(f"/renewals?with_term=true&on={one['expires']}").content["renewals"]
    assert (late["outlook"], late["days_left"], late["notice_days_left"]) == ("renews", 0, -30)
    assert house["reader"].get(f"/renewals?notice_to={one['notice_closes']}").content["renewals"][0]["contract_id"] == "lasts"
    assert house["reader"].get("/renewals?expires_to=2020-01-01").content["renewals"] == []


def test_duties_in_one_hand_are_told_with_their_proofs(fresh: str, house: House, opened: Opened) -> None:
    (one,) = house["auditor"].get(f"/segregation?person=bob&separation=approval_and_payment&{fresh}").content["conflicts"]
    assert (one["contract_id"], [(act["duty"], act["fact"]) for act in one["acts"]]) == (
        "bob",
        [("approved", "contract.step_approved"), ("paid", "contract.payment_recorded")],
    )
    assert house["auditor"].get("/segregation?person=nobody").content["conflicts"] == []
    assert "duties in one hand" in {line["subject"] for line in log(house, opened, "&actor=auditor")}


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/approvals?sort=luck", 422, "Malformed"),
        ("/approvals?whose=theirs", 422, "Malformed"),
        ("/approvals?cursor=x", 422, "Malformed"),
        ("/renewals?expires_to=soon", 422, "Malformed"),
        ("/renewals?zone=Mars", 409, "ZoneNotKnown"),
        ("/segregation?separation=luck", 422, "Malformed"),
        ("/segregation?colour=red", 422, "Malformed"),
    ],
)
def test_what_cannot_be_asked_is_refused(shared: House, path: str, status: int, name: str) -> None:
    answer = shared["auditor"].get(path)
    assert (answer.status, answer.name) == (status, name)


@pytest.mark.parametrize(
    ("schema", "example"),
    [("DecisionPage", DECISIONS_EXAMPLE), ("RenewalPage", RENEWALS_EXAMPLE), ("ConflictPage", CONFLICTS_EXAMPLE)],
)
def test_the_published_examples_are_of_what_is_answered(schema: str, example: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(example)


def test_lists_are_told_as_of_two_moments(fresh: str, house: House, opened: Opened) -> None:
    handed_in = next(e for e in opened.store.stream_entries("contract-bob") if e.fact.NAME == "contract.submitted_for_approval")
    before = (handed_in.effective_at + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    then = house["auditor"].get(f"/approvals?whose=all&contract=bob&valid_at={before}&{fresh}").content["approvals"]
    assert [(one["contract_id"], one["matter"], one["days_waiting"]) for one in then] == [("bob", "contract", 0)]
    assert house["auditor"].get("/approvals?whose=all&contract=bob").content["approvals"] == []
    for path, noun in (
        ("/approvals?whose=all", "approvals"),
        ("/renewals?", "renewals"),
        ("/segregation?", "conflicts"),
        ("/template-uses?", "uses"),
        ("/deviations?", "deviations"),
    ):
        assert house["auditor"].get(f"{path}&known_at=2020-01-01T00:00:00Z".replace("?&", "?")).content[noun] == []
    past = house["reader"].get("/renewals?with_term=true&valid_at=2026-06-01T12:00:00Z").content
    assert (past["on"], [one["contract_id"] for one in past["renewals"]]) == ("2026-06-01", ["lasts"])
    sheet = house["auditor"].get(f"/exports/approvals?whose=all&contract=bob&valid_at={before}&format=csv").content.decode("utf-8-sig")
    assert len(sheet.splitlines()) == 2
