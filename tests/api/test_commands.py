"""Commands over HTTP: done once, by whoever the key says, on the version that was read."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.api.caller import DRAFT, Answer, House

T = TypeVar("T")


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """Does something in many threads that all begin at the same moment."""
    together = threading.Barrier(count)

    def begin(n: int) -> T:
        together.wait(timeout=60)
        return act(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_a_contract_goes_through_its_life(house: House) -> None:
    drafter, approver, finance = house["drafter"], house["approver"], house["finance"]
    contract = drafter.draft(
        items=[{"item_id": "1", "description": "Desk", "quantity": "60", "unit_price": "820.00"}],
        instalments=[{"instalment_id": "i1", "amount": {"amount": "83420.00", "currency": "CNY"}, "due": "2026-02-15"}],
        deliveries=[{"delivery_id": "d1", "description": "Desks", "due": "2026-02-01"}],
    )
    amended = {"op": "change_title", "title": "办公家具采购合同"}
    signed = {"amendment_id": "a1", "signatory": "王芳", "method": "wet_ink"}
    steps = [
        drafter.post(f"/contracts/{contract}/add-clause", {"clause": {"clause_id": "1", "heading": "标的", "text": "..."}}),
        drafter.post(f"/contracts/{contract}/submit-for-approval"),
        approver.post(f"/contracts/{contract}/approve", {"opinion": "同意"}),
        drafter.post(f"/contracts/{contract}/sign", {"party": "us", "signatory": "王芳", "method": "wet_ink"}),
        drafter.post(f"/contracts/{contract}/sign", {"party": "c1", "signatory": "李雷", "method": "electronic"}),
        drafter.post(f"/contracts/{contract}/propose-amendment", {"amendment_id": "a1", "operations": [amended], "why": "改名"}),
        approver.post(f"/contracts/{contract}/approve-amendment", {"amendment_id": "a1"}),
        drafter.post(f"/contracts/{contract}/sign-amendment", signed | {"party": "us"}),
        drafter.post(f"/contracts/{contract}/sign-amendment", signed | {"party": "c1"}),
        drafter.post(f"/contracts/{contract}/record-delivery", {"delivery_id": "d1"}),
        approver.post(f"/contracts/{contract}/accept-delivery", {"delivery_id": "d1"}),
        finance.post(f"/contracts/{contract}/record-payment", {"payment_id": "p1", "amount": {"amount": "83402.00", "currency": "CNY"}}),
        finance.post(
            f"/contracts/{contract}/correct-payment",
            {"payment_id": "p1", "amount": {"amount": "83420.00", "currency": "CNY"}, "why": "transposed digits"},
        ),
        drafter.post(f"/contracts/{contract}/complete-contract"),
    ]
    assert [step.status for step in steps] == [200] * len(steps), [step.content for step in steps if step.status != 200]
    state = house["reader"].get(f"/contracts/{contract}").content
    assert (state["status"], state["title"], state["paid"]) == ("completed", "办公家具采购合同", {"amount": "83420.00", "currency": "CNY"})
    assert state["balance"] == {"amount": "0.00", "currency": "CNY"}


def test_a_new_contract_says_where_it_is(house: House) -> None:
    answer = house["drafter"].post("/contracts", DRAFT)
    assert answer.status == 201
    uuid.UUID(answer.content["id"])
    uuid.UUID(answer.headers["Command-Id"])
    assert answer.headers["Location"] == f"/api/v1/contracts/{answer.content['id']}"
    assert answer.headers["ETag"] == f'"{answer.content["version"]}"' == '"1"'
    assert answer.headers["Ledger-Position"] == str(answer.content["position"])
    assert answer.content["facts"] == ["contract.drafted@2"]


def test_the_same_key_and_content_is_done_once_and_answered_alike(house: House) -> None:
    key = str(uuid.uuid4())
    first = house["drafter"].post("/contracts", DRAFT, Idempotency_Key=key)
    again = house["drafter"].post("/contracts", DRAFT, Idempotency_Key=f'"{key}"')
    assert (first.status, again.status) == (201, 201)
    assert again.content == first.content | {"repeated": True}
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]


def test_a_repeated_command_is_answered_alike_whatever_happened_since(house: House) -> None:
    contract = house["drafter"].draft()
    first = house["drafter"].post(f"/contracts/{contract}/note", {"text": "one"}, Idempotency_Key="note-1", If_Match='"1"')
    house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    again = house["drafter"].post(f"/contracts/{contract}/note", {"text": "one"}, Idempotency_Key="note-1", If_Match='"1"')
    assert again.content == first.content | {"repeated": True}


@pytest.mark.parametrize(
    "other",
    [{"text": "two"}, {"text": "one", "reason": "because"}, {"text": "one", "effective_at": "2026-01-01T00:00:00Z"}],
    ids=["content", "reason", "time"],
)
def test_the_same_key_with_other_content_is_refused(house: House, other: dict[str, str]) -> None:
    contract = house["drafter"].draft()
    house["drafter"].post(f"/contracts/{contract}/note", {"text": "one"}, Idempotency_Key="note-1")
    answer = house["drafter"].post(f"/contracts/{contract}/note", other, Idempotency_Key="note-1")
    assert (answer.status, answer.name, answer.content["details"]) == (422, "CommandIdReused", {"command_id": "note-1"})
    assert house["drafter"].get(f"/contracts/{contract}").content["version"] == 2


def test_the_same_key_from_somebody_else_is_refused(house: House) -> None:
    contract = house["drafter"].draft()
    house["drafter"].post(f"/contracts/{contract}/note", {"text": "one"}, Idempotency_Key="note-1")
    assert house["finance"].post(f"/contracts/{contract}/note", {"text": "one"}, Idempotency_Key="note-1").name == "CommandIdReused"


def test_sixteen_threads_with_one_key_have_one_effect(house: House, opened: Opened) -> None:
    answers = at_once(16, lambda _: house["drafter"].post("/contracts", DRAFT, Idempotency_Key="all-the-same"))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.content["id"] for answer in answers}) == 1
    assert sorted(answer.content["repeated"] for answer in answers) == [False] + [True] * 15
    assert len(opened.ledger.history(CONTRACT, answers[0].content["id"])) == 1


def test_of_two_writers_who_read_the_same_version_one_wins(house: House) -> None:
    contract = house["drafter"].draft()

    def write(n: int) -> Answer:
        return house["drafter"].post(f"/contracts/{contract}/note", {"text": str(n)}, If_Match='"1"')

    answers = sorted(at_once(8, write), key=lambda answer: answer.status)
    assert [answer.status for answer in answers] == [200] + [412] * 7
    assert {answer.name for answer in answers[1:]} == {"StaleVersion"}
    assert {answer.content["details"]["expected"] for answer in answers[1:]} == {1}
    assert house["drafter"].get(f"/contracts/{contract}").content["version"] == 2


def test_writers_who_state_no_version_all_get_in(house: House) -> None:
    contract = house["drafter"].draft()
    answers = at_once(8, lambda n: house["drafter"].post(f"/contracts/{contract}/note", {"text": str(n)}))
    assert {answer.status for answer in answers} == {200}
    assert sorted(answer.content["version"] for answer in answers) == list(range(2, 10))


def test_a_refusal_says_its_rule_and_has_no_effect(house: House) -> None:
    contract = house.in_force()
    payment = {"payment_id": "p1", "amount": {"amount": "83420.01", "currency": "CNY"}}
    refused = house["finance"].post(f"/contracts/{contract}/record-payment", payment, Idempotency_Key="too-much")
    assert (refused.status, refused.name) == (409, "PaymentExceedsBalance")
    assert refused.content["type"] == "urn:tallystick:problem:PaymentExceedsBalance"
    assert refused.content["detail"] == "The payment of 83420.01 CNY exceeds the balance of 83420.00 CNY."
    assert refused.content["details"]["balance"] == {"amount": "83420.00", "currency": "CNY"}
    assert refused.headers["Command-Id"] == "too-much"
    assert house["finance"].get("/commands/too-much").name == "NoSuchCommand"


def test_who_drafted_may_not_approve_with_another_key(house: House, opened: Opened) -> None:
    from api.keys import issue
    from domain.access import Role
    from tests.api.caller import Caller
    from tests.api.conftest import ROOT

    both = Caller(house.client, issue(opened, "drafter", [Role.APPROVER], ROOT))
    contract = house["drafter"].draft()
    house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    assert both.post(f"/contracts/{contract}/approve").name == "CreatorMayNotApprove"


@pytest.mark.parametrize(
    "forged",
    [
        {"actor": "root"},
        {"on_behalf_of": "root"},
        {"credential": "x"},
        {"channel": "clock"},
        {"principal": "root"},
        {"recorded_at": "2020-01-01T00:00:00Z"},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_nobody_can_say_who_they_are(house: House, forged: dict[str, str]) -> None:
    contract = house["drafter"].draft()
    refused = house["drafter"].post(f"/contracts/{contract}/note", {"text": "x"} | forged)
    assert (refused.status, list(refused.errors)) == (422, [f"$.{next(iter(forged))}"])
    refused = house["drafter"].post(f"/contracts/{contract}/note?{'&'.join(f'{k}={v}' for k, v in forged.items())}", {"text": "x"})
    assert refused.status == 422


def test_the_actor_is_the_keys_principal_whatever_headers_say(house: House, opened: Opened) -> None:
    contract = house["drafter"].draft()
    house["drafter"].post(
        f"/contracts/{contract}/note",
        {"text": "x", "reason": "因为", "effective_at": "2026-01-05T10:00:00+08:00"},
        Actor="root",
        X_Forwarded_User="root",
        Correlation_Id="trace-1",
        Idempotency_Key="note-1",
    )
    entry = opened.ledger.history(CONTRACT, contract)[-1]
    assert (entry.meta.actor, entry.meta.channel, entry.meta.on_behalf_of) == ("drafter", "api", None)
    assert entry.meta.credential == house.keys["drafter"].split("_")[1]
    assert (entry.meta.reason, entry.meta.correlation_id, entry.command_id) == ("因为", "trace-1", "note-1")
    assert entry.effective_at.isoformat() == "2026-01-05T02:00:00+00:00"


def test_commands_on_what_is_not_there_are_404(house: House) -> None:
    assert house["drafter"].post("/contracts/nowhere/note", {"text": "x"}).name == "NoSuchContract"
    assert house["drafter"].post("/parties/nobody/change-details", {"name": "x"}).name == "NoSuchParty"


def test_a_party_is_registered_and_changed(house: House) -> None:
    answer = house["drafter"].post("/parties", {"name": "华东办公", "identifiers": [{"scheme": "CN-USCC", "id": "91310000MA1FL0XX0X"}]})
    party = answer.headers["Location"].removeprefix("/api/v1")
    assert house["drafter"].post(f"{party}/change-details", {"name": "华东办公", "country": "CN"}, If_Match='"1"').status == 200
    read = house["reader"].get(party)
    assert (read.content["country"], read.content["identifiers"], read.headers["ETag"]) == ("CN", [], '"2-masked"')
    assert house["reader"].get(party, If_None_Match='"2-masked"').status == 304
    assert house["reader"].get(party, If_None_Match='"2"').status == 200
    assert house["drafter"].post(f"{party}/change-details", {"name": "华东办公", "country": "CN"}).name == "PartyUnchanged"


def test_what_became_of_a_command_can_be_asked(house: House) -> None:
    sent = house["drafter"].post("/contracts", DRAFT, Idempotency_Key="draft-1")
    told = house["auditor"].get("/commands/draft-1")
    assert told.status == 200
    shared = ("id", "command_id", "version", "position", "recorded_at", "facts")
    assert {name: told.content[name] for name in shared} == {name: sent.content[name] for name in shared}
    unknown = house["auditor"].get("/commands/draft-2")
    assert (unknown.status, unknown.name) == (404, "NoSuchCommand")
    assert "Idempotency-Key" in unknown.content["detail"]
