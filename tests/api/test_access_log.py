"""Who comes, reads what is sensitive, takes lists away and is refused is written down before they are answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.keys import issue
from domain.access import Role
from domain.access.visits import SensitiveRead
from infra.errors import StoreUnavailable
from infra.ledger import VISITS, Asker
from infra.opening import Opened
from infra.witness import Witness
from tests.api.caller import Caller, House
from tests.api.conftest import ROOT
from tests.api.test_changes import ACCOUNT
from tests.conftest import Clock

SOMEBODY = "tally_0123456789ab_" + "0" * 64


def log(house: House, opened: Opened, query: str = "") -> list[dict[str, Any]]:
    """The access log, the oldest first, without the reads of itself."""
    answer = house["auditor"].get(f"/access-log?order=asc&limit=500&min_position={opened.store.head()}{query}")
    assert answer.status == 200, answer.content
    return [line for line in answer.content["entries"] if line["subject"] != "access"]


def told(lines: list[dict[str, Any]], fact: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["fact"] == f"access.{fact}@1"]


@pytest.fixture
def reads(opened: Opened) -> Iterator[list[SensitiveRead]]:
    """The reads that were written down, as the ledger has them."""
    found: list[SensitiveRead] = []
    yield found
    assert [e.fact for e in opened.store.whole_log() if isinstance(e.fact, SensitiveRead) and e.fact.subject != "access"] == found


def test_a_key_is_noted_the_first_time_it_is_used_in_an_hour(house: House, opened: Opened, clock: Clock) -> None:
    for _ in range(3):
        house["reader"].get("/contracts/x")
    clock.now += timedelta(hours=1)
    house["reader"].get("/contracts/x")
    used = [line for line in told(log(house, opened), "signed_in") if line["actor"] == "reader"]
    assert len(used) == 2
    assert {line["credential"] for line in used} == {house.keys["reader"].split("_")[1]}


def test_keys_that_open_nothing_are_noted_without_letting_strangers_fill_the_ledger(house: House, opened: Opened) -> None:
    known = house.keys["reader"].split("_")[1]
    for n in range(5):
        assert Caller(house.client, f"tally_{n:012x}_" + "0" * 64).get("/contracts").status == 401
        assert Caller(house.client, f"tally_{known}_" + "0" * 64).get("/contracts").status == 401
    assert Caller(house.client, None).get("/contracts").status == 401
    refused = told(log(house, opened), "sign_in_refused")
    assert [line["summary"] for line in refused] == ["Unknown key refused", f"Key {known} refused"]
    assert {line["actor"] for line in refused} == {"unknown"}


def test_what_a_role_does_not_allow_is_noted(house: House, opened: Opened) -> None:
    contract = house["drafter"].draft()
    for _ in range(2):
        assert house["reader"].post(f"/contracts/{contract}/approve").status == 403
    assert house["reader"].get("/contracts/%0a/history").status == 403
    assert house["reader"].get("/keys").status == 403
    lines = told(log(house, opened), "denied")
    assert {line["actor"] for line in lines} == {"reader"}
    assert [line["summary"] for line in lines] == [
        f"Not allowed: approve of contract-{contract}",
        "Not allowed: get_contract_history of /api/v1/contracts/%0a/history",
        "Not allowed: list_keys of /api/v1/keys",
    ]
    assert [line["summary"] for line in log(house, opened, f"&contract_id={contract}")] == [lines[0]["summary"]]


def test_a_confidential_contract_is_not_read_unnoticed(house: House, opened: Opened, reads: list[SensitiveRead]) -> None:
    secret, plain = house["drafter"].draft(confidentiality="confidential"), house["drafter"].draft()
    for contract in (secret, plain):
        for path, operation in (
            ("", "get_contract"),
            ("/history", "get_contract_history"),
            ("/journal", "get_contract_journal"),
            ("/rendering?format=md", "render_contract"),
            ("/completeness", "get_completeness"),
            ("/obligations", "list_obligations"),
        ):
            for _ in range(2):
                assert house["auditor"].get(f"/contracts/{contract}{path}").status == 200, path
            if contract == secret:
                reads.append(SensitiveRead(operation=operation, subject=f"contract-{secret}"))
    lines = log(house, opened, f"&contract_id={secret}")
    assert [line["summary"] for line in lines] == [f"Read: {read.operation} of contract-{secret}" for read in reads]
    assert log(house, opened, f"&contract_id={plain}") == []


def test_account_numbers_documents_and_the_whole_history_are_not_read_unnoticed(
    house: House, opened: Opened, reads: list[SensitiveRead]
) -> None:
    party = house["drafter"].post("/parties", {"name": "华东办公"}).content["id"]
    house["finance"].get(f"/parties/{party}")
    account = {**ACCOUNT, "valid_from": "2026-01-01"}
    assert house["finance"].post(f"/parties/{party}/change-bank-account", account).status == 200
    stored = house["drafter"].send("POST", "/documents", "合同扫描件 scan".encode(), Content_Type="text/plain").content["sha256"]
    for role, path in (
        ("reader", f"/parties/{party}"),
        ("finance", f"/parties/{party}"),
        ("finance", f"/parties/{party}/history"),
        ("reader", f"/documents/{stored}"),
        ("reader", "/changes"),
        ("auditor", "/changes"),
        ("auditor", "/timeline"),
    ):
        assert house[role].get(path).status == 200, path
    reads += [
        SensitiveRead(operation="get_party", subject=f"party-{party}"),
        SensitiveRead(operation="get_party_history", subject=f"party-{party}"),
        SensitiveRead(operation="get_document", subject=f"document-{stored}"),
        SensitiveRead(operation="list_changes", subject="changes"),
        SensitiveRead(operation="list_timeline", subject="timeline"),
    ]


def test_every_list_that_is_taken_away_is_told_with_its_rows_and_filters(house: House, opened: Opened) -> None:
    contract = house["drafter"].draft(department="采购部")
    house["drafter"].draft()
    for _ in range(2):
        file = house["reader"].get(f"/exports/contracts?format=csv&department=采购部&min_position={opened.store.head()}")
        assert file.status == 200
    assert house["auditor"].get(f"/exports/contracts/{contract}/history").status == 200
    assert house["finance"].get("/exports/receivables").status == 200
    assert house["finance"].get("/exports/receivables/ageing?by=counterparty").status == 200
    assert house["finance"].get("/exports/forecast?per=week").status == 200
    assert house["finance"].get("/exports/deliveries").status == 200
    assert house["finance"].get("/exports/deliveries/progress").status == 200
    assert house["finance"].get("/exports/exposure").status == 200
    assert house["finance"].get("/exports/penalties").status == 200
    assert house["finance"].get("/exports/penalties/sums").status == 200
    lists = told(log(house, opened), "exported")
    assert [(line["actor"], line["subject"], line["summary"]) for line in lists] == [
        *[("reader", "contracts", "1 rows of contracts taken away as csv")] * 2,
        ("auditor", f"contract-{contract}", f"1 rows of contract-{contract} taken away as xlsx"),
        ("finance", "receivables", "0 rows of receivables taken away as xlsx"),
        ("finance", "ageing", "0 rows of ageing taken away as xlsx"),
        ("finance", "forecast", "0 rows of forecast taken away as xlsx"),
        ("finance", "deliveries", "0 rows of deliveries taken away as xlsx"),
        ("finance", "progress", "0 rows of progress taken away as xlsx"),
        ("finance", "exposure", "0 rows of exposure taken away as xlsx"),
        ("finance", "penalties", "0 rows of penalties taken away as xlsx"),
        ("finance", "penalty sums", "0 rows of penalty sums taken away as xlsx"),
    ]
    facts = [e.fact for e in opened.store.whole_log() if e.stream.startswith(VISITS.prefix)]
    assert [getattr(fact, "filters", None) for fact in facts if hasattr(fact, "filters")] == [
        *[("department",)] * 2,
        (),
        (),
        ("by",),
        ("per",),
        *[()] * 5,
    ]


def test_every_command_that_a_rule_refuses_is_told_each_time(house: House, opened: Opened) -> None:
    contract = house["drafter"].draft()
    answers = [house["approver"].post(f"/contracts/{contract}/approve", {}, Idempotency_Key=f"try-{n}") for n in range(2)]
    assert [answer.status for answer in answers] == [409, 409]
    lines = told(log(house, opened, f"&contract_id={contract}"), "command_refused")
    assert [(line["actor"], line["summary"]) for line in lines] == [
        ("approver", f"Approve refused on contract-{contract}: {answers[0].name}")
    ] * 2
    refused = [e.fact for e in opened.store.whole_log() if e.fact.NAME == "access.command_refused"]
    assert [getattr(fact, "refused_command_id", "") for fact in refused] == ["try-0", "try-1"]
    assert len({getattr(fact, "input_hash", "") for fact in refused}) == 1


def test_one_person_is_followed_through_writes_reads_and_refusals(house: House, opened: Opened) -> None:
    contract = house["drafter"].draft(confidentiality="confidential")
    house["drafter"].get(f"/contracts/{contract}")
    assert house["drafter"].post(f"/contracts/{contract}/sign", {"by": "us"}).status in (403, 409, 422)
    page = house["auditor"].get(f"/timeline?actor=drafter&order=asc&min_position={opened.store.head()}").content
    names = [line["fact"].split("@")[0] for line in page["entries"]]
    assert names[:3] == ["access.signed_in", "contract.drafted", "access.sensitive_read"]
    assert {line["actor"] for line in page["entries"]} == {"drafter"}
    seen = house["approver"].get(f"/timeline?actor=drafter&order=asc&min_position={opened.store.head()}").content
    assert [line["fact"].split("@")[0] for line in seen["entries"]] == ["contract.drafted"]
    assert house["reader"].get("/timeline").status == 403
    assert house["approver"].get("/access-log").status == 403


def test_the_log_is_asked_for_by_time_and_page_by_page(house: House, opened: Opened) -> None:
    for role in ("auditor", "reader", "finance", "approver"):
        house[role].get("/contracts/x")
    whole = log(house, opened)
    third = whole[2]["recorded_at"]
    assert log(house, opened, f"&since={third}".replace("+", "%2B")) == whole[2:]
    assert log(house, opened, f"&until={third}".replace("+", "%2B")) == whole[:2]
    walked: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = house["auditor"].get(f"/access-log?order=asc&limit=2{cursor}").content
        walked += page["entries"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [line["position"] for line in walked if line["subject"] != "access"][: len(whole)] == [line["position"] for line in whole]


def test_visits_are_no_news_of_contracts_unless_they_are_asked_for(house: House, opened: Opened) -> None:
    house["drafter"].draft()
    assert {c["fact"] for c in house["auditor"].get("/changes").content["changes"]} == {"access.key_issued@1", "contract.drafted@2"}
    asked = house["auditor"].get("/changes?fact=access.signed_in").content["changes"]
    assert [c["actor"] for c in asked] == ["drafter", "auditor"]
    hidden = house["drafter"].get("/changes?fact=access.signed_in").content["changes"]
    assert {c["actor"] for c in hidden} == {None}


def test_what_cannot_be_written_down_is_not_answered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = house["drafter"].draft(confidentiality="confidential")

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    house["auditor"].get("/contracts/x")
    monkeypatch.setattr(Witness, "_write", away)
    answer = house["auditor"].get(f"/contracts/{contract}")
    assert (answer.status, answer.name) == (503, "StoreUnavailable")


def test_two_processes_note_one_read_once_and_many_threads_wait_for_the_first(opened: Opened) -> None:
    key = issue(opened, "li.wei", [Role.READER], ROOT)
    asker = Asker("li.wei", key.split("_")[1], "api")
    what = SensitiveRead(operation="get_contract", subject="contract-c1")
    witnesses = (opened.witness, Witness(opened.ledger))
    threads = [threading.Thread(target=witness.note, args=(asker, what)) for witness in witnesses for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.meta.actor for e in opened.store.whole_log() if e.fact == what] == ["li.wei"]
    assert all(witness.has_noted(asker, what) for witness in witnesses)


def test_the_same_door_serves_another_application_without_noting_again(house: House, opened: Opened) -> None:
    contract = house["drafter"].draft(confidentiality="confidential")
    house["auditor"].get(f"/contracts/{contract}")
    head = opened.store.head()
    with TestClient(create_app(opened)) as other:
        assert Caller(other, house.keys["auditor"]).get(f"/contracts/{contract}").status == 200
    assert opened.store.head() == head
