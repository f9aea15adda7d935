"""What moved in a view between two moments over HTTP: by pages, as a file, and by which entries."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from api.view_differences import EXAMPLE
from domain.contract.drafting import TitleChanged
from domain.money import Money
from infra.opening import Opened
from projections.register.statistics import GroupedBy
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.facts import deviated, half_paid
from tests.projections.histories import put
from tests.projections.test_fulfilment import contract, owing
from tests.spec import START, Told, recorded

LATE = START + timedelta(days=20)
EUR = Money(1, "EUR")


@pytest.fixture
def fresh(opened: Opened) -> str:
    """Two contracts, one of which is renamed late, and what to ask so that the view has them."""
    renamed = (*half_paid, Told(TitleChanged(title="Chairs"), effective_at=LATE))
    for name, history in (("plain", half_paid), ("renamed", renamed)):
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    return f"min_position={opened.store.head()}"


def test_what_moved_is_told_with_the_entry_that_moved_it(fresh: str, house: House) -> None:
    answer = house["auditor"].get(f"/views/register/diff?from=2026-01-20T00:00:00Z&{fresh}")
    (row,) = answer.content["rows"]
    assert int(answer.headers["Ledger-Position"]) >= int(fresh.partition("=")[2])
    assert (row["id"], row["name"], row["how"]) == ("renamed", "采-2026-001", "changed")
    assert row["changes"] == [{"path": "title", "was": "办公设备采购合同 / Purchase of office equipment", "becomes": "Chairs"}]
    (entry,) = row["entries"]
    assert (entry["side"], entry["fact"], entry["actor"], entry["version"]) == ("to", "contract.title_changed", "alice", len(half_paid) + 1)
    back = house["auditor"].get("/views/register/diff?from=2026-02-20T00:00:00Z&to=2026-01-20T00:00:00Z").content["rows"]
    assert [(one["changes"][0]["becomes"], one["entries"][0]["side"]) for one in back] == [
        ("办公设备采购合同 / Purchase of office equipment", "from")
    ]


def test_pages_follow_each_other_and_a_file_has_them_all(fresh: str, house: House, opened: Opened) -> None:
    asked = "from=2025-01-01T00:00:00Z&time=both"
    first = house["auditor"].get(f"/views/register/diff?{asked}&limit=1&{fresh}").content
    then = house["auditor"].get(f"/views/register/diff?{asked}&limit=1&cursor={first['next_cursor']}").content
    assert [(one["id"], one["how"]) for one in first["rows"] + then["rows"]] == [("plain", "appeared"), ("renamed", "appeared")]
    assert then["next_cursor"] is None
    sheet = house["auditor"].get(f"/exports/views/register/diff?{asked}&format=csv").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert {(line["id"], line["becomes"]) for line in lines if line["column"] == "value"} == {
        ("plain", "83420.00 CNY"),
        ("renamed", "83420.00 CNY"),
    }
    entries = house["auditor"].get(f"/access-log?min_position={opened.store.head()}").content["entries"]
    assert "moves of register" in {e["subject"] for e in entries}
    (noted,) = (e for e in entries if e["fact"] == "access.exported@1")
    assert "register moves" in noted["summary"]


@pytest.mark.parametrize(
    "path",
    [
        "/views/timeline/diff?from=2026-01-01T00:00:00Z",
        "/views/register/diff",
        "/views/register/diff?from=2026-01-01",
        "/views/register/diff?from=2026-01-01T00:00:00Z&time=soon",
        "/views/register/diff?from=2026-01-01T00:00:00Z&valid_at=2026-01-01T00:00:00Z",
        "/views/register/diff?from=2026-01-01T00:00:00Z&time=both&known_at=2026-01-01T00:00:00Z",
        "/views/register/diff?from=2026-01-01T00:00:00Z&cursor=x",
        "/exports/views/register/diff?from=2026-01-01T00:00:00Z&colour=red",
        "/views/register/diff?from=2026-01-01T00:00:00Z&on=2026-01-01",
        "/exports/views/receivables/diff?from=2026-01-01T00:00:00Z&zone=UTC",
        "/views/exposure/diff?from=2026-01-01T00:00:00Z&on=2026-02-30",
        "/views/exposure/diff?from=2026-01-01T00:00:00Z&on=2026-02-01&cursor=x",
        "/views/statistics/diff?from=2026-01-01T00:00:00Z&on=2026-02-01",
        "/views/statistics/diff?from=2026-01-01T00:00:00Z&zone=UTC",
        "/views/statistics/diff?from=2026-01-01T00:00:00Z&by=colour",
        "/exports/views/statistics/diff?from=2026-01-01T00:00:00Z&period=year",
    ],
)
def test_what_cannot_be_asked_is_refused(shared: House, path: str) -> None:
    answer = shared["auditor"].get(path)
    assert (answer.status, answer.name) == (422, "Malformed")


def test_the_published_example_is_of_what_is_answered() -> None:
    Draft202012Validator({"$ref": "#/components/schemas/ViewDifferencePage", "components": DOCUMENT["components"]}).validate(EXAMPLE)


def test_what_moved_in_what_is_owed_names_the_contract_and_what_was_paid(fresh: str, house: House) -> None:
    asked = f"from=2025-01-01T00:00:00Z&time=both&{fresh}"
    moved = house["auditor"].get(f"/views/receivables/diff?{asked}").content["rows"]
    assert {(row["contract_id"], row["how"]) for row in moved} == {("plain", "appeared"), ("renamed", "appeared")}
    assert all(row["name"].startswith("采-2026-001 ") for row in moved)
    changes = {change["path"]: change["becomes"] for row in moved for change in row["changes"]}
    assert changes["paid"]["currency"] == "CNY"
    assert all(change["path"] != "row_key" for row in moved for change in row["changes"])
    sheet = house["auditor"].get(f"/exports/views/receivables/diff?{asked}&format=csv").content.decode("utf-8-sig")
    assert {line["contract_id"] for line in csv.DictReader(io.StringIO(sheet))} == {"plain", "renamed"}


def test_what_moved_in_decisions_is_for_those_who_may_see_everybodys(fresh: str, house: House, opened: Opened) -> None:
    asked = f"from=2025-01-01T00:00:00Z&{fresh}"
    for path in ("/views/approvals/diff", "/exports/views/approvals/diff"):
        assert house["approver"].get(f"{path}?{asked}").status == 403
        assert house["auditor"].get(f"{path}?{asked}").status == 200
    (entry, *_) = (e for e in opened.store.stream_entries("contract-plain") if e.fact.NAME == "contract.submitted_for_approval")
    handed_in = entry.effective_at.isoformat().replace("+00:00", "Z")
    moved = house["admin"].get(f"/views/approvals/diff?from=2025-01-01T00:00:00Z&to={handed_in}").content["rows"]
    assert {(row["contract_id"], row["how"]) for row in moved} == {("plain", "appeared"), ("renamed", "appeared")}
    assert {e["fact"] for row in moved for e in row["entries"]} >= {"contract.submitted_for_approval"}


@pytest.mark.parametrize(
    ("view", "moved"), [("template-uses", {"deviated"}), ("deviations", {"deviated"}), ("renewals", {"plain", "renamed"})]
)
def test_lists_of_governance_move_too(fresh: str, house: House, opened: Opened, view: str, moved: set[str]) -> None:
    put(opened, [e._replace(stream="contract-deviated") for e in recorded(deviated)])
    asked = f"from=2025-01-01T00:00:00Z&min_position={opened.store.head()}"
    rows = house["auditor"].get(f"/views/{view}/diff?{asked}").content["rows"]
    assert {row["contract_id"] for row in rows} == moved
    assert all(row["how"] == "appeared" and row["changes"] and row["entries"] for row in rows)


def test_what_moved_in_a_sum_is_told_with_the_entries_of_every_contract_that_moved_it(fresh: str, house: House, opened: Opened) -> None:
    paid = opened.store.stream_entries("contract-plain")[-1]
    before = (paid.effective_at - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    asked = f"from={before}&on=2026-06-30&{fresh}"
    answer = house["auditor"].get(f"/views/exposure/diff?{asked}").content
    (row,) = answer["rows"]
    assert answer["on"] == "2026-06-30"
    assert (row["how"], row["contract_id"], row["name"].endswith(" CNY")) == ("changed", None, True)
    owed, paid_of = {"amount": "166840.00", "currency": "CNY"}, {"amount": "83420.00", "currency": "CNY"}
    assert {"path": "payable", "was": owed, "becomes": paid_of} in row["changes"]
    # The new title of the one moves nothing.
    assert [(e["stream"], e["fact"], e["side"]) for e in row["entries"]] == [
        ("contract-plain", "contract.payment_recorded", "to"),
        ("contract-renamed", "contract.payment_recorded", "to"),
    ]
    sheet = house["auditor"].get(f"/exports/views/exposure/diff?{asked}&format=csv").content.decode("utf-8-sig")
    lines = {line["column"]: line for line in csv.DictReader(io.StringIO(sheet))}
    assert (lines["payable"]["was"], lines["payable"]["becomes"]) == ("166840.00 CNY", "83420.00 CNY")
    assert f"plain v{paid.version} contract.payment_recorded carol (to); renamed v{paid.version} " in lines["payable"]["entries"]


@pytest.mark.parametrize(
    ("view", "moved"),
    [
        ("forecast", {"overdue CNY": {"outflow", "net", "claims"}}),
        ("ageing", {"payable CNY": {"open", "overdue", "late_91_to_180"}}),
        ("progress", {}),
    ],
)
def test_other_sums_move_too(fresh: str, house: House, opened: Opened, view: str, moved: dict[str, set[str]]) -> None:
    paid = opened.store.stream_entries("contract-plain")[-1]
    before = (paid.effective_at - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    rows = house["auditor"].get(f"/views/{view}/diff?from={before}&on=2026-06-30&{fresh}").content["rows"]
    assert len(rows) == len(moved)
    for row, (name, columns) in zip(rows, moved.items(), strict=True):
        assert row["name"].endswith(name)
        assert {change["path"] for change in row["changes"]} == columns
        assert {entry["stream"] for entry in row["entries"]} == {"contract-plain", "contract-renamed"}


def test_sums_are_seen_from_the_day_of_the_later_side_and_a_cursor_belongs_to_it(fresh: str, house: House, opened: Opened) -> None:
    put(opened, [e._replace(stream="contract-euros") for e in recorded(owing(contract("E", name="Nordwind", value=EUR), (9_900, None)))])
    asked = "from=2025-01-01T00:00:00Z&to=2026-03-31T23:00:00Z"
    ask = f"/views/exposure/diff?{asked}&min_position={opened.store.head()}"
    page = house["auditor"].get(f"{ask}&limit=1").content
    assert (page["on"], len(page["rows"])) == ("2026-03-31", 1)
    assert house["auditor"].get(f"{ask}&zone=Asia/Shanghai").content["on"] == "2026-04-01"
    then = house["auditor"].get(f"{ask}&limit=1&cursor={page['next_cursor']}").content
    assert (len(then["rows"]), then["next_cursor"]) == (1, None)
    other = house["auditor"].get(f"{ask}&limit=1&on=2026-04-02&cursor={page['next_cursor']}")
    assert (other.status, other.name) == (422, "Malformed")
    refused = house["auditor"].get(f"{ask}&zone=Mars/Olympus")
    assert (refused.status, refused.name) == (409, "ZoneNotKnown")
    assert house["reader"].get(ask).status == 403


def test_what_moved_in_the_statistics_is_told_by_what_contracts_have_in_common(fresh: str, house: House, opened: Opened) -> None:
    paid = opened.store.stream_entries("contract-plain")[-1]
    before = (paid.effective_at - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    asked = f"from={before}&{fresh}"
    answer = house["auditor"].get(f"/views/statistics/diff?{asked}").content
    (row,) = answer["rows"]
    assert (answer["on"], row["contract_id"], row["name"], row["how"]) == (None, None, "in_force payable CNY", "changed")
    assert row["changes"] == [
        {"path": "paid", "was": {"amount": "0.00", "currency": "CNY"}, "becomes": {"amount": "83420.00", "currency": "CNY"}}
    ]
    assert [(e["stream"], e["fact"]) for e in row["entries"]] == [
        ("contract-plain", "contract.payment_recorded"),
        ("contract-renamed", "contract.payment_recorded"),
    ]
    for by in GroupedBy:
        (named,) = house["auditor"].get(f"/views/statistics/diff?{asked}&by={by}").content["rows"]
        assert named["name"].endswith("payable CNY")
        assert named["changes"] == row["changes"]
    assert house["auditor"].get(f"/views/statistics/diff?{asked}&by=in_force").content["rows"][0]["name"] == "2026-01 payable CNY"
    sheet = house["auditor"].get(f"/exports/views/statistics/diff?{asked}&by=owner&format=csv").content.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(sheet))
    assert (line["name"], line["column"], line["becomes"]) == ("alice payable CNY", "paid", "83420.00 CNY")
    assert house["reader"].get(f"/views/statistics/diff?{asked}").status == 403


def test_the_statistics_of_both_moments_are_what_they_moved_from_and_to(fresh: str, house: House) -> None:
    moment = "2026-01-05T10:30:00Z"

    def stood(question: str) -> dict[str, tuple[int, int]]:
        found = house["auditor"].get(f"/statistics/contracts?by=status&{question}").content
        return {group["key"]: (group["contracts"], group["without_value"]) for group in found["groups"]}

    was, becomes = stood(f"valid_at={moment}&{fresh}"), stood(fresh)
    assert was != becomes
    for row in house["auditor"].get(f"/views/statistics/diff?from={moment}&{fresh}").content["rows"]:
        changes = {change["path"]: change for change in row["changes"]}
        group = row["name"].split()[0]
        assert changes["contracts"]["was"] == was.get(group, (None, None))[0]
        assert changes["contracts"]["becomes"] == becomes.get(group, (None, None))[0]


@pytest.mark.parametrize("view", ["register", "receivables", "exposure"])
def test_only_statistics_are_grouped(shared: House, view: str) -> None:
    for path in (f"/views/{view}/diff", f"/exports/views/{view}/diff"):
        answer = shared["auditor"].get(f"{path}?from=2026-01-01T00:00:00Z&by=status")
        assert (answer.status, answer.name) == (422, "Malformed")
        assert list(answer.errors) == ["query.by"]


def test_a_cursor_of_statistics_belongs_to_what_they_are_by(fresh: str, house: House) -> None:
    ask = f"/views/statistics/diff?from=2026-01-05T10:30:00Z&{fresh}&limit=1"
    page = house["auditor"].get(ask).content
    same = house["auditor"].get(f"{ask}&by=status&cursor={page['next_cursor']}")
    assert (same.status, len(same.content["rows"])) == (200, 1)
    other = house["auditor"].get(f"{ask}&by=kind&cursor={page['next_cursor']}")
    assert (other.status, other.name) == (422, "Malformed")
