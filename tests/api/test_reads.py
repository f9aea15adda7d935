"""Reading over HTTP: a contract at any moment, its history, the register, and only what changed."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api import freshness
from api.app import create_app
from infra.opening import Opened
from projections.runner import Projectors
from tests.api.caller import Caller, House
from tests.api.conftest import keys_of
from tests.conftest import Clock


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine that tests, views come in time."""
    monkeypatch.setattr(freshness, "WAIT_S", 60)


def yuan(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def test_a_contract_is_read_as_it_stood_and_as_it_was_known(house: House, clock: Clock) -> None:
    contract = house.in_force()
    pay = {"payment_id": "p1", "amount": yuan("100.00"), "effective_at": clock.now.isoformat()}
    # When it was recorded is by the database server's clock, and so is what was known when.
    known = house["finance"].post(f"/contracts/{contract}/record-payment", pay).content["recorded_at"]
    then = clock.now.isoformat()
    clock.now += timedelta(days=30)
    house["finance"].post(f"/contracts/{contract}/correct-payment", {"payment_id": "p1", "amount": yuan("90.00"), "why": "mistyped"})
    path = f"/contracts/{contract}"
    assert house["auditor"].get(path).content["paid"] == yuan("90.00")
    assert house["auditor"].get(f"{path}?valid_at={quote(then)}").content["paid"] == yuan("90.00")
    assert house["auditor"].get(f"{path}?known_at={known}").content["paid"] == yuan("100.00")
    assert house["auditor"].get(f"{path}?valid_at={quote(then)}&known_at={known}").content["paid"] == yuan("100.00")
    assert house["auditor"].get(f"{path}?version=1").content["status"] == "draft"


@pytest.mark.parametrize("query", ["version=2", "valid_at=2020-01-01T00:00:00Z", "known_at=2020-01-01T00:00:00Z"])
def test_what_was_not_there_then_is_404(house: House, query: str) -> None:
    contract = house["drafter"].draft()
    answer = house["reader"].get(f"/contracts/{contract}?{query}")
    assert (answer.status, answer.name) == (404, "NotThereThen")


def test_a_contract_that_is_not_there_at_all_is_404(house: House) -> None:
    for path in ("/contracts/nowhere", "/contracts/nowhere?version=1", "/contracts/nowhere/history"):
        assert house["auditor"].get(path).name == "NoSuchContract"


def test_who_holds_the_latest_version_gets_304(house: House) -> None:
    contract = house["drafter"].draft()
    path = f"/contracts/{contract}"
    tag = house["reader"].get(path).headers["ETag"]
    assert tag == '"1"'
    for held in (tag, f"W/{tag}", f'"7", {tag}', "*"):
        answer = house["reader"].get(path, If_None_Match=held)
        assert (answer.status, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    house["drafter"].post(f"{path}/note", {"text": "x"})
    assert house["reader"].get(path, If_None_Match=tag).status == 200
    assert house["reader"].get(f"{path}?version=1", If_None_Match=tag).status == 304
    assert house["auditor"].get(f"{path}/history", If_None_Match='"2"').status == 304


def test_the_tag_of_a_past_moment_changes_when_a_correction_changes_it(house: House, clock: Clock) -> None:
    contract = house.in_force()
    early, late = clock.now, clock.now + timedelta(days=10)
    clock.now += timedelta(days=20)
    for payment, moment in (("late", late), ("early", early)):
        body = {"payment_id": payment, "amount": yuan("10.00"), "effective_at": moment.isoformat()}
        assert house["finance"].post(f"/contracts/{contract}/record-payment", body).status == 200
    path = f"/contracts/{contract}?valid_at={quote((late + timedelta(days=1)).isoformat())}"
    first = house["reader"].get(path)
    # The corrected payment leaves the range, the last entry in it stays the same.
    moved = {"payment_id": "late", "paid_at": (late + timedelta(days=5)).isoformat(), "why": "booked late"}
    assert house["finance"].post(f"/contracts/{contract}/correct-payment", moved).status == 200
    second = house["reader"].get(path, If_None_Match=first.headers["ETag"])
    assert (first.content["version"], first.content["paid"]) == (second.content["version"], yuan("20.00"))
    assert (second.status, second.content["paid"]) == (200, yuan("10.00"))
    assert house["reader"].get(path, If_None_Match=second.headers["ETag"]).status == 304


def test_the_history_says_who_changed_what_from_what_to_what(house: House) -> None:
    contract = house["drafter"].draft(title="旧名")
    house["drafter"].post(f"/contracts/{contract}/change-title", {"title": "新名", "reason": "typo"})
    drafted, changed = house["auditor"].get(f"/contracts/{contract}/history").content["entries"]
    assert (drafted["fact"], drafted["version"], drafted["actor"], drafted["channel"]) == ("contract.drafted@2", 1, "drafter", "api")
    assert {"path": "title", "was": "", "becomes": "旧名"} in drafted["changes"]
    assert (changed["fact"], changed["reason"], changed["data"]) == ("contract.title_changed@1", "typo", {"title": "新名"})
    assert changed["changes"] == [{"path": "title", "was": "旧名", "becomes": "新名"}]


def test_the_journal_is_in_double_entry_and_can_be_asked_for_as_of_a_moment(house: House) -> None:
    contract = house.in_force()
    assert house["reader"].get(f"/contracts/{contract}/journal").content == {"id": contract, "postings": [], "balances": []}
    paid = {"payment_id": "p1", "amount": {"amount": "100.00", "currency": "CNY"}}
    assert house["finance"].post(f"/contracts/{contract}/record-payment", paid).status == 200
    answer = house["reader"].get(f"/contracts/{contract}/journal")
    bank, payable = answer.content["postings"]
    nothing, hundred = {"amount": "0.00", "currency": "CNY"}, {"amount": "100.00", "currency": "CNY"}
    assert (bank["account"], bank["debit"], bank["credit"], bank["subject"]) == ("bank", nothing, hundred, "p1")
    assert (payable["account"], payable["debit"], payable["credit"]) == ("payable", hundred, nothing)
    assert answer.content["balances"] == [
        {"account": "bank", "currency": "CNY", "debit": "0.00", "credit": "100.00", "net": "-100.00"},
        {"account": "payable", "currency": "CNY", "debit": "100.00", "credit": "0.00", "net": "100.00"},
    ]
    assert house["reader"].get(f"/contracts/{contract}/journal", If_None_Match=answer.headers["ETag"]).status == 304
    assert house["reader"].get(f"/contracts/{contract}/journal?valid_at=2000-01-01T00:00:00Z").status == 404


def test_pages_of_a_history_are_the_whole_history(house: House) -> None:
    contract = house.in_force()
    whole = house["auditor"].get(f"/contracts/{contract}/history").content
    assert whole["next_cursor"] is None
    paged, cursor = [], ""
    for _ in range(10):
        page = house["auditor"].get(f"/contracts/{contract}/history?limit=2{cursor}").content
        paged += page["entries"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert paged == whole["entries"]
    assert len(paged) == 7
    assert house["auditor"].get(f"/contracts/{contract}/history?cursor=7").content == {"entries": [], "next_cursor": None}
    assert house["auditor"].get(f"/contracts/{contract}/history?cursor=8").status == 422


def test_the_register_shows_a_write_whose_position_is_asked_for(house: House) -> None:
    for n in range(20):
        sent = house["drafter"].post("/parties", {"name": f"party {n}"})
        contract = house["drafter"].draft(title=f"contract {n}")
        position = int(house["drafter"].get(f"/contracts/{contract}").headers["Ledger-Position"])
        assert position > sent.content["position"]
        page = house["reader"].get(f"/contracts?min_position={position}&q=contract%20{n}&limit=500")
        assert int(page.headers["Ledger-Position"]) >= position
        assert contract in [line["id"] for line in page.content["contracts"]]


def test_the_register_is_filtered_sorted_and_paged(house: House) -> None:
    for n in range(7):
        house["drafter"].draft(title=f"Chairs {n}", value=yuan(f"{n + 1}00.00"), department="A" if n % 2 else "B")
    last = house["drafter"].draft(title="Desks", value={"amount": "5.00", "currency": "EUR"})
    position = house["drafter"].get(f"/contracts/{last}").headers["Ledger-Position"]
    base = f"/contracts?min_position={position}"

    def titles(query: str) -> list[str]:
        answer = house["reader"].get(f"{base}&{query}")
        assert answer.status == 200, answer.content
        return [line["title"] for line in answer.content["contracts"]]

    assert titles("q=chair&sort=value&order=desc&limit=2") == ["Chairs 6", "Chairs 5"]
    assert titles("min_value=300&max_value=500.00&currency=CNY&sort=value") == ["Chairs 2", "Chairs 3", "Chairs 4"]
    assert titles("currency=EUR") == ["Desks"]
    assert sorted(titles("department=A")) == ["Chairs 1", "Chairs 3", "Chairs 5"]
    assert titles("status=approved&status=in_force") == []
    assert len(titles("status=approved&status=draft")) == 8
    assert len(titles("counterparty=华东")) == 8
    walked: list[str] = []
    cursor = ""
    for _ in range(10):
        page = house["reader"].get(f"{base}&sort=value&order=asc&limit=3{cursor}").content
        walked += [line["title"] for line in page["contracts"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert walked == ["Desks", *(f"Chairs {n}" for n in range(7))]


def test_a_line_of_the_register_agrees_with_the_contract(house: House) -> None:
    contract = house.in_force(period={"start": "2026-01-01"}, owner="li.wei")
    read = house["reader"].get(f"/contracts/{contract}")
    page = house["reader"].get(f"/contracts?min_position={read.headers['Ledger-Position']}")
    (line,) = page.content["contracts"]
    same = ("id", "number", "title", "kind", "direction", "status", "value", "paid", "period", "owner", "confidentiality", "version")
    assert {name: line[name] for name in same} == {name: read.content[name] for name in same}
    assert line["counterparties"] == list(read.content["counterparties"].values())


REFUSED = {
    "sort=colour": "query.sort",
    "order=up": "query.order",
    "limit=0": "query.limit",
    "limit=501": "query.limit",
    "limit=1e1": "query.limit",
    "status=lost": "query.status.0",
    "statsu=draft": "query.statsu",
    "limit=1&limit=2": "query.limit",
    "cursor=abc": "query",
    "cursor=%00": "query.cursor",
    "q=%00": "query.q",
    "q=" + "x" * 201: "query.q",
    "min_value=5": "query.min_value",
    "min_value=5.001&currency=CNY": "query.min_value",
    "currency=": "query.currency",
    "currency=ZZZ": "query.currency",
    "currency=cny": "query.currency",
    "min_value=1e5&currency=CNY": "query.min_value",
    "min_value=5&currency=XYZ": "query.currency",
    "min_position=0": "query.min_position",
    "min_position=9223372036854775808": "query.min_position",
    "min_position=999999999": "query.min_position",
}


@pytest.mark.parametrize("query", REFUSED)
def test_a_register_asked_oddly_says_what_is_odd(shared: House, query: str) -> None:
    answer = shared["reader"].get(f"/contracts?{query}")
    assert (answer.status, list(answer.errors)) == (422, [REFUSED[query]])


ODD = {
    "valid_at=2026-03-31": ("query.valid_at", "offset"),
    "valid_at=2026-03-31T10:00:00": ("query.valid_at", "offset"),
    "valid_at=2026-03-31T10:00:00+08:00": ("query.valid_at", "%2B"),
    "known_at=1774951200": ("query.known_at", "Give the moment as in"),
    "version=0": ("query.version", "greater than or equal"),
    "version=2147483648": ("query.version", "less than or equal"),
    "version=one": ("query.version", "integer"),
    "version=1&version=2": ("query.version", "once"),
}


@pytest.mark.parametrize("query", ODD)
def test_a_moment_given_oddly_says_what_is_odd(shared: House, query: str) -> None:
    path, reason = ODD[query]
    answer = shared["reader"].get(f"/contracts/x?{query}")
    assert answer.status == 422
    assert reason in answer.errors[path]


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%0A", "%20x", "x" * 201, "%ED%A0%80%00", "%C2%85"])
@pytest.mark.parametrize("path", ["/contracts/{}", "/contracts/{}/history", "/parties/{}", "/commands/{}"])
def test_an_id_that_nothing_can_have_is_422(shared: House, path: str, odd: str) -> None:
    assert shared["auditor"].get(path.format(odd)).status == 422


def test_a_view_that_does_not_come_is_waited_for_a_while_and_then_503(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = keys_of(opened)
    with Projectors(opened) as projectors, TestClient(create_app(opened, projectors)) as client:
        drafter = Caller(client, keys["drafter"])
        contract = drafter.draft()
        position = drafter.get(f"/contracts/{contract}").headers["Ledger-Position"]
        assert drafter.get(f"/contracts?min_position={position}").status == 200
    monkeypatch.setattr(freshness, "WAIT_S", 0.05)
    with TestClient(create_app(opened, projectors)) as client:
        drafter = Caller(client, keys["drafter"])
        newer = drafter.draft()
        position = drafter.get(f"/contracts/{newer}").headers["Ledger-Position"]
        behind = drafter.get(f"/contracts?min_position={position}")
        assert (behind.status, behind.name, behind.headers["Retry-After"]) == (503, "ViewBehind", "1")
        assert [line["id"] for line in drafter.get("/contracts").content["contracts"]] == [contract]


def test_those_who_wait_for_a_view_do_not_take_all_threads(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = keys_of(opened)
    with Projectors(opened) as projectors, TestClient(create_app(opened, projectors)) as client:
        drafter = Caller(client, keys["drafter"])
        drafter.get(f"/contracts?min_position={drafter.get(f'/contracts/{drafter.draft()}').headers['Ledger-Position']}")
    with TestClient(create_app(opened, projectors)) as client:
        drafter = Caller(client, keys["drafter"])
        position = drafter.get(f"/contracts/{drafter.draft()}").headers["Ledger-Position"]
        taken = [freshness.waiting.acquire(blocking=False) for _ in range(freshness.MAX_WAITING)]
        try:
            assert all(taken)
            monkeypatch.setattr(freshness, "WAIT_S", 600)
            begun = time.monotonic()
            assert drafter.get(f"/contracts?min_position={position}").name == "ViewBehind"
            assert time.monotonic() - begun < 4
        finally:
            for _ in taken:
                freshness.waiting.release()


def test_a_view_that_is_only_being_made_is_waited_for_too(opened: Opened) -> None:
    keys = keys_of(opened)
    projectors = Projectors(opened)
    with TestClient(create_app(opened, projectors)) as client:
        drafter = Caller(client, keys["drafter"])
        contract = drafter.draft()
        assert drafter.get("/contracts").name == "ViewBehind"
        with projectors:
            page = drafter.get(f"/contracts?min_position={opened.store.head()}")
    assert [line["id"] for line in page.content["contracts"]] == [contract]


def test_a_register_that_was_never_built_is_503(opened: Opened) -> None:
    keys = keys_of(opened)
    with TestClient(create_app(opened)) as client:
        answer = Caller(client, keys["reader"]).get("/contracts")
        assert (answer.status, answer.name) == (503, "ViewBehind")
        assert Caller(client, None).get("/ready").content == {"ready": True, "views": [], "relay": None}


def test_lists_and_their_files_are_read_as_they_stood_and_as_was_known(house: House, clock: Clock) -> None:
    contract = house.in_force()
    pay = {"payment_id": "p1", "amount": yuan("100.00"), "effective_at": clock.now.isoformat()}
    known = house["finance"].post(f"/contracts/{contract}/record-payment", pay).content["recorded_at"]
    then = quote(clock.now.isoformat())
    clock.now += timedelta(days=30)
    correction = {"payment_id": "p1", "amount": yuan("90.00"), "why": "mistyped"}
    position = house["finance"].post(f"/contracts/{contract}/correct-payment", correction).content["position"]

    def paid(query: str) -> list[object]:
        return [line["paid"] for line in house["auditor"].get(f"/contracts?min_position={position}{query}").content["contracts"]]

    assert paid("") == paid(f"&valid_at={then}") == [yuan("90.00")]
    assert paid(f"&known_at={known}") == paid(f"&valid_at={then}&known_at={known}") == [yuan("100.00")]
    assert paid("&valid_at=2020-01-01T00:00:00Z") == paid("&known_at=2020-01-01T00:00:00Z") == []
    file = house["auditor"].get(f"/exports/contracts?format=csv&known_at={known}&min_position={position}").content
    assert b"100.00" in file
    assert b"90.00" not in file


def test_parties_and_products_are_listed_as_they_stood(house: House) -> None:
    drafter = house["drafter"]
    party = drafter.post("/parties", {"name": "华东办公设备有限公司"}).content
    product = drafter.post("/products", {"code": "P-1", "name": "printer", "unit": "台"}).content
    assert drafter.post(f"/parties/{party['id']}/change-details", {"name": "华东设备集团"}).status == 200
    described = drafter.post(f"/products/{product['id']}/describe", {"name": "laser printer", "unit": "台"})
    position = described.content["position"]

    def names(kind: str, query: str) -> list[object]:
        return [row["name"] for row in house["reader"].get(f"/{kind}?min_position={position}{query}").content[kind]]

    assert names("parties", f"&known_at={party['recorded_at']}") == ["华东办公设备有限公司"]
    assert names("parties", f"&known_at={described.content['recorded_at']}") == ["华东设备集团"]
    assert names("products", f"&known_at={product['recorded_at']}") == ["printer"]
    assert names("products", "&valid_at=2020-01-01T00:00:00Z") == []
    assert "printer" in house["reader"].get(f"/exports/products?format=csv&known_at={product['recorded_at']}").content.decode()


def test_a_cursor_of_another_moment_and_words_in_the_past_are_refused(house: House, opened: Opened) -> None:
    for _ in range(3):
        house["drafter"].draft()
    reader, now, position = house["reader"], "2100-01-01T00:00:00Z", opened.store.head()
    cursor = reader.get(f"/contracts?limit=1&known_at={now}&min_position={position}").content["next_cursor"]
    assert len(reader.get(f"/contracts?limit=1&known_at={now}&cursor={cursor}").content["contracts"]) == 1
    for odd in (f"cursor={cursor}", f"valid_at={now}&cursor={cursor}", f"search=x&known_at={now}", "known_at=2026-03-31"):
        assert reader.get(f"/contracts?{odd}").status == 422, odd
