"""The feed of changes: in order, each once, filtered, as far as a view has come, and with no more than the reader may see."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from domain.access.visits import VisitFact
from infra.opening import Opened
from projections import feed
from tests.api.caller import Caller, House

ACCOUNT = {"bank": "中国银行", "account_number": "6222020200112233", "holder": "华东办公", "valid_from": "2026-01-01"}


def follow(caller: Caller, query: str = "", *, limit: int = 3, after: int = 0) -> tuple[list[dict[str, Any]], int]:
    """All changes, page by page, and the cursor at the end."""
    found: list[dict[str, Any]] = []
    while True:
        answer = caller.get(f"/changes?after={after}&limit={limit}{query}")
        assert answer.status == 200, answer.content
        assert len(answer.content["changes"]) <= limit
        found += answer.content["changes"]
        after = int(answer.content["next_cursor"])
        if after == int(answer.headers["Ledger-Position"]):
            return found, after


def test_the_pages_have_every_position_once_and_the_cursor_at_the_end_finds_what_comes_later(shared: House, shared_opened: Opened) -> None:
    shared.in_force()
    found, end = follow(shared["auditor"])
    visits = {entry.position for entry in shared_opened.store.whole_log() if isinstance(entry.fact, VisitFact)}
    assert [change["position"] for change in found] == sorted(set(range(1, end + 1)) - visits)
    empty = shared["auditor"].get(f"/changes?after={end}")
    assert empty.content == {"changes": [], "next_cursor": str(end)}
    contract = shared["drafter"].draft()
    (later,), _ = follow(shared["auditor"], after=int(empty.content["next_cursor"]))
    assert (later["position"], later["id"], later["stream"], later["version"]) == (end + 1, contract, f"contract-{contract}", 1)
    assert (later["fact"], later["actor"], later["data"]["title"]) == ("contract.drafted@2", "drafter", "办公设备采购合同")
    assert "办公设备采购合同" in later["summary"]


def test_writers_who_write_meanwhile_leave_no_gap_and_nothing_twice(shared: House) -> None:
    _, start = follow(shared["reader"], limit=500)
    ids: list[str] = []
    writers = [threading.Thread(target=lambda: ids.extend(shared["drafter"].draft() for _ in range(12))) for _ in range(3)]
    for writer in writers:
        writer.start()
    found: list[dict[str, Any]] = []
    after = start
    while any(writer.is_alive() for writer in writers) or after < start + 36:
        more, after = follow(shared["reader"], limit=2, after=after)
        found += more
    assert [change["position"] for change in found] == list(range(start + 1, start + 37))
    assert sorted(change["id"] for change in found) == sorted(ids)


def test_one_contract_is_followed_by_its_id_or_its_stream_and_only_by_the_facts_asked_for(shared: House) -> None:
    contract = shared.in_force()
    shared["drafter"].draft()
    found, end = follow(shared["auditor"], f"&contract_id={contract}")
    assert [change["version"] for change in found] == list(range(1, len(found) + 1))
    assert {change["id"] for change in found} == {contract}
    assert found[-1]["position"] < end
    assert follow(shared["auditor"], f"&stream=contract-{contract}")[0] == found
    signed, _ = follow(shared["auditor"], f"&contract_id={contract}&fact=contract.signed&fact=contract.step_approved")
    assert [change["fact"].split("@")[0] for change in signed] == ["contract.step_approved", "contract.signed", "contract.signed"]
    middle = signed[0]["position"]
    assert follow(shared["auditor"], f"&contract_id={contract}&fact=contract.signed", after=middle)[0] == signed[1:]


def test_a_filter_moves_the_cursor_past_what_does_not_match_in_bounded_pieces(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PAGE", 2)
    monkeypatch.setattr(feed, "MAX_SCANNED", 4)
    _, start = follow(shared["auditor"], limit=500)
    for _ in range(9):
        shared["drafter"].draft()
    party = shared["drafter"].post("/parties", {"name": "华东办公"}).content["id"]
    reached, page = [start], {}
    while reached[-1] < start + 10:
        page = shared["auditor"].get(f"/changes?after={reached[-1]}&fact=party.registered").content
        reached.append(int(page["next_cursor"]))
    assert reached == [start, start + 4, start + 8, start + 10]
    assert [change["id"] for change in page["changes"]] == [party]


def test_a_view_gives_only_what_it_has_taken_in(shared: House, shared_opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = shared["drafter"].draft()
    head = shared_opened.store.head()
    assert shared["reader"].get(f"/contracts?min_position={head}").status == 200
    found, end = follow(shared["reader"], f"&contract_id={contract}&view=register")
    assert ([change["id"] for change in found], end) == ([contract], head)
    monkeypatch.setattr("api.changes.reached", lambda *_: head - 1)
    behind = shared["reader"].get(f"/changes?after={head - 1}&view=register")
    assert behind.content == {"changes": [], "next_cursor": str(head - 1)}
    assert behind.headers["Ledger-Position"] == str(head - 1)
    # One who came from further on without a view waits there, and is not sent back.
    assert shared["reader"].get(f"/changes?after={head}&view=register").content["next_cursor"] == str(head)
    monkeypatch.setattr("api.changes.reached", lambda *_: None)
    assert (shared["reader"].get("/changes?view=register").status, shared["reader"].get("/changes?view=nothing").status) == (503, 422)


def test_each_role_sees_what_it_may_see(shared: House) -> None:
    party = shared["drafter"].post("/parties", {"name": "华东办公"}).content["id"]
    changed = shared["finance"].post(f"/parties/{party}/change-bank-account", ACCOUNT)
    assert changed.status == 200, changed.content
    seen = {role: follow(shared[role], f"&stream=party-{party}&fact=party.bank_account_changed")[0][0] for role in shared.keys}
    numbers = {role: None if line["data"] is None else line["data"]["account_number"] for role, line in seen.items()}
    whole, masked = ACCOUNT["account_number"], numbers["drafter"]
    assert masked is not None
    assert masked != whole
    assert masked.endswith("2233")
    assert numbers == {"reader": None, "drafter": masked, "admin": masked, "approver": whole, "finance": whole, "auditor": whole}
    assert {role for role, line in seen.items() if line["actor"] == "finance"} == set(numbers) - {"reader"}
    assert seen["reader"]["summary"] is None
    assert not any(whole in str(line["summary"]) for line in seen.values())


def test_keys_are_shown_to_those_who_may_list_them_and_never_with_what_they_open_by(shared: House) -> None:
    seen = {role: follow(shared[role], "&stream=access", limit=500)[0] for role in shared.keys}
    assert {role for role, lines in seen.items() if any(line["data"] or line["actor"] or line["summary"] for line in lines)} == {
        "admin",
        "auditor",
    }
    assert {line["data"]["principal"] for line in seen["auditor"]} == set(shared.keys)
    assert not any("secret" in name for lines in seen.values() for line in lines for name in line["data"] or ())


def test_the_etag_is_that_of_the_content_and_differs_where_less_is_shown(shared: House) -> None:
    contract = shared["drafter"].draft()
    path = f"/changes?contract_id={contract}&limit=1"
    first = shared["auditor"].get(path)
    assert shared["auditor"].get(path, If_None_Match=first.headers["ETag"]).status == 304
    assert shared["reader"].get(path, If_None_Match=first.headers["ETag"]).status == 200
    shared["drafter"].post(f"/contracts/{contract}/note", {"text": "x"})
    assert shared["auditor"].get(path, If_None_Match=first.headers["ETag"]).status == 304


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("after=-1", "query.after"),
        ("after=999999", "query.after"),
        ("after=x", "query.after"),
        ("limit=0", "query.limit"),
        ("limit=501", "query.limit"),
        ("fact=contract.nothing", "query.fact"),
        ("contract_id=x&stream=contract-x", "query.stream"),
        ("cursor=1", "query.cursor"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(shared: House, query: str, path: str) -> None:
    answer = shared["auditor"].get(f"/changes?{query}")
    assert answer.status == 422
    assert list(answer.errors) == [path]
