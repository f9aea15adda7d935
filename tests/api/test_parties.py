"""Parties over HTTP: checked, flagged and paid by those who may, and account numbers for those who need them."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from api.app import create_app
from infra.append import NewEntry
from infra.opening import Opened, closing_all, connect
from infra.store import Store
from tests.api.caller import Caller, House
from tests.infra.entries import stamp

ACCOUNT = {"bank": "工商银行张江支行", "account_number": "1001 2345 6789 0123", "holder": "华东办公", "valid_from": "2026-02-01"}
CALLED_BACK = {"checks": ["bank_account"], "evidence": "Called back under the number of the register."}
LISTED = {"flag": "dishonest_debtor", "why": "Listed since 2026-03-02.", "severity": "blocks"}


def party(house: House) -> str:
    """The address of a party that was just registered."""
    return f"/parties/{house['drafter'].post('/parties', {'name': '华东办公'}).content['id']}"


def test_an_account_is_verified_by_somebody_else_who_names_it(house: House) -> None:
    there = party(house)
    assert house["finance"].post(f"{there}/change-bank-account", ACCOUNT).status == 200
    refused = house["finance"].post(f"{there}/verify", {**CALLED_BACK, "account_number": ACCOUNT["account_number"]})
    assert (refused.status, refused.name) == (409, "OwnAccountChange")
    assert house["approver"].post(f"{there}/verify", CALLED_BACK).name == "AccountNotTheOne"
    assert house["approver"].post(f"{there}/verify", {**CALLED_BACK, "account_number": ACCOUNT["account_number"]}).status == 200
    verified = house["finance"].get(there).content["verifications"]["bank_account"]
    assert (verified["verified_by"], verified["evidence"]) == ("approver", CALLED_BACK["evidence"])
    assert house["drafter"].post(f"{there}/change-bank-account", {**ACCOUNT, "account_number": "9"}).status == 200
    changed = house["finance"].get(there).content
    assert changed["verifications"] == {}
    assert [one["account_number"] for one in changed["former_accounts"]] == [ACCOUNT["account_number"]]


def test_a_number_is_read_by_those_who_pay_and_check_and_its_end_by_everybody_else(house: House) -> None:
    there = party(house)
    house["drafter"].post(f"{there}/change-bank-account", {**ACCOUNT, "account_number": "6222 0000 1111 7777"})
    house["drafter"].post(f"{there}/change-bank-account", ACCOUNT)
    in_full = {"finance", "approver", "auditor"}
    for role in house.keys:
        told = [house[role].get(there)] + ([] if role == "reader" else [house[role].get(f"{there}/history")])
        for answer in told:
            said = str(answer.content)
            assert answer.status == 200
            assert ("1001 2345 6789 0123" in said, "6222 0000 1111 7777" in said) == (role in in_full, role in in_full)
            assert "…0123" in said or role in in_full
            assert "…7777" in said or role in in_full


def test_who_reads_the_end_of_a_number_has_another_tag_than_who_reads_it_in_full_and_may_write_after_either(house: House) -> None:
    there = party(house)
    house["drafter"].post(f"{there}/change-bank-account", ACCOUNT)
    for path in (there, f"{there}/history"):
        masked, full = (house[role].get(path).headers["ETag"] for role in ("drafter", "finance"))
        assert (masked, full) == ('"2-masked"', '"2"')
        assert house["drafter"].get(path, If_None_Match=masked).status == 304
        assert house["finance"].get(path, If_None_Match=full).status == 304
        assert house["drafter"].get(path, If_None_Match=full).status == 200
        assert house["finance"].get(path, If_None_Match=masked).status == 200
    assert house["auditor"].post(f"{there}/flag", LISTED, If_Match='"1-masked"').status == 412
    assert house["auditor"].post(f"{there}/flag", LISTED, If_Match='"2-masked"').status == 200


def test_nothing_about_a_party_is_dated_ahead(house: House) -> None:
    ahead = {"effective_at": "2999-01-01T00:00:00+08:00"}
    there = party(house)
    assert house["auditor"].post(f"{there}/flag", {**LISTED, **ahead}).name == "HappensInTheFuture"
    assert house["auditor"].get(there).content["flags"] == {}


def test_a_flag_is_put_by_an_auditor_and_lifted_by_an_approver(house: House) -> None:
    there = party(house)
    assert house["auditor"].post(f"{there}/flag", LISTED).status == 200
    shown = house["reader"].get(there).content
    assert shown["blocked"] is True
    assert (shown["flags"]["dishonest_debtor"]["severity"], shown["flags"]["dishonest_debtor"]["flagged_by"]) == ("blocks", "auditor")
    assert house["auditor"].post(f"{there}/unflag", {"flag": "dishonest_debtor", "why": "x"}).status == 403
    assert house["auditor"].post(f"{there}/flag", {**LISTED, "severity": "warns"}).name == "FlagIsWeakened"
    assert house["approver"].post(f"{there}/unflag", {"flag": "dishonest_debtor", "why": "Paid."}).status == 200
    assert house["reader"].get(there).content["flags"] == {}


def test_the_history_of_a_party_tells_who_changed_what_page_by_page(house: House) -> None:
    there = party(house)
    house["auditor"].post(f"{there}/flag", LISTED)
    first = house["auditor"].get(f"{there}/history?limit=1").content
    rest = house["auditor"].get(f"{there}/history?limit=5&cursor={first['next_cursor']}")
    assert [one["fact"] for one in first["entries"] + rest.content["entries"]] == ["party.registered@1", "party.flagged@1"]
    (flagged,) = rest.content["entries"]
    assert (flagged["actor"], [change["path"] for change in flagged["changes"]]) == ("auditor", ["flags.dishonest_debtor"])
    assert rest.content["next_cursor"] is None
    assert house["auditor"].get(f"{there}/history?cursor=9").status == 422
    assert house["auditor"].get("/parties/nowhere/history").name == "NoSuchParty"
    assert house["auditor"].get(f"{there}/history", If_None_Match=rest.headers["ETag"]).status == 304


def test_contracts_with_a_party_under_a_blocking_flag_wait_until_it_is_lifted(house: House) -> None:
    there = party(house)
    other = {"counterparty_id": "c1", "name": "华东办公", "role": "supplier", "party_id": there.removeprefix("/parties/")}
    contract = house["drafter"].draft(counterparties=[other])
    house["auditor"].post(f"{there}/flag", LISTED)
    refused = house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    assert (refused.status, refused.name) == (409, "PartyIsFlagged")
    assert refused.content["details"] == {"party": "华东办公", "flags": "dishonest_debtor"}
    house["approver"].post(f"{there}/unflag", {"flag": "dishonest_debtor", "why": "Paid."})
    house["auditor"].post(f"{there}/flag", {**LISTED, "flag": "overdue", "severity": "warns"})
    assert house["drafter"].post(f"/contracts/{contract}/submit-for-approval").status == 200
    submitted = house["auditor"].get(f"/contracts/{contract}/history").content["entries"][-1]
    assert submitted["data"]["parties"] == [
        {"party_id": other["party_id"], "version": 4, "flagged": True},
    ]
    assert house["approver"].post(f"/contracts/{contract}/approve", {"opinion": "agreed"}).status == 200
    house["auditor"].post(f"{there}/flag", LISTED)
    signing = {"party": "us", "signatory": "王芳", "method": "wet_ink"}
    assert house["drafter"].post(f"/contracts/{contract}/sign", signing).name == "PartyIsFlagged"


def test_parties_are_listed_filtered_and_page_by_page(house: House) -> None:
    flagged, verified = party(house), party(house)
    house["auditor"].post(f"{flagged}/flag", LISTED)
    house["drafter"].post(f"{verified}/change-details", {"name": "Alpha", "identifiers": [{"scheme": "CN-USCC", "id": "9131"}]})
    checked = house["approver"].post(f"{verified}/verify", {"checks": ["registration"], "evidence": "公示系统"}).content
    reader, fresh = house["reader"], f"min_position={checked['position']}"
    first = reader.get(f"/parties?limit=1&{fresh}")
    assert int(first.headers["Ledger-Position"]) >= checked["position"]
    rest = reader.get(f"/parties?limit=1&cursor={first.content['next_cursor']}").content
    assert [one["name"] for one in first.content["parties"] + rest["parties"]] == ["Alpha", "华东办公"]
    assert rest["next_cursor"] is None
    (line,) = reader.get("/parties?verified=true&identifier=913").content["parties"]
    assert (line["id"], line["verified"], line["blocked"]) == (verified.removeprefix("/parties/"), True, False)
    assert line["checks"]["registration"]["verified_by"] == "approver"
    (line,) = reader.get("/parties?blocked=true&flagged=true&verified=false").content["parties"]
    assert line["flags"] == {"dishonest_debtor": {"severity": "blocks", "why": LISTED["why"]}}
    assert reader.get("/parties?sort=flags").status == 422
    assert reader.get("/parties?sort=name&order=desc&name=ALPHA").content["parties"][0]["name"] == "Alpha"


def test_an_admin_erases_what_is_personal_of_a_party_wherever_it_stands(house: House) -> None:
    name, number = "王小明", "6222 0210 0100 0000 001"
    there = f"/parties/{house['drafter'].post('/parties', {'name': name, 'address': '上海市漕溪路 1 号'}).content['id']}"
    house["drafter"].post(f"{there}/change-bank-account", {**ACCOUNT, "account_number": number, "holder": name})
    other = {"counterparty_id": "c1", "name": name, "role": "supplier", "party_id": there.rpartition("/")[2]}
    draft = {
        "number": "采-7",
        "title": "设计服务",
        "kind": "other",
        "direction": "payable",
        "our_entity": "塔利",
        "counterparties": [other],
    }
    contract = house["drafter"].post("/contracts", draft).content["id"]
    assert house["approver"].post(f"{there}/erase", {"ground": "PIPL 47"}).status == 403
    erased = house["admin"].post(f"{there}/erase", {"ground": "PIPL 47", "request": "DSR-1"})
    assert (erased.status, erased.content["facts"]) == (200, ["party.personal_data_erased@1"])
    position = erased.content["position"]
    pages = [
        house["auditor"].get(path)
        for path in (
            there,
            f"{there}/history",
            f"/contracts/{contract}",
            f"/contracts/{contract}/history",
            f"/parties?min_position={position}",
            f"/contracts?min_position={position}",
            f"/search?q=%E8%AE%BE%E8%AE%A1&min_position={position}",
        )
    ]
    assert [page.status for page in pages] == [200] * len(pages)
    assert not [text for text in (name, number, number[-4:], "漕溪路") for page in pages if text in str(page.content)]
    assert pages[0].content["name"] == pages[2].content["counterparties"]["c1"]["name"] == "█████"
    assert pages[0].content["erased_at"] is not None
    assert house["drafter"].post(f"{there}/change-bank-account", ACCOUNT).name == "PartyErased"
    assert house["drafter"].post("/contracts", {**draft, "number": "采-8"}).name == "PartyErased"


def test_a_server_without_the_master_key_says_so_and_takes_nothing_personal(house: House, opened: Opened, tmp_path: Path) -> None:
    there = party(house)
    lost = connect(opened.admin_dsn, opened.names, as_role=True, clock=opened.ledger.clock, master=tmp_path / "lost.key")
    with closing_all(lost) as it, TestClient(create_app(it, None)) as client:
        for answer in (
            Caller(client, house["reader"].key).get(there),
            Caller(client, house["drafter"].key).post("/parties", {"name": "赵六"}),
        ):
            assert (answer.status, answer.name) == (503, "KeysUnavailable")
            assert str(tmp_path) not in str(answer.content)


def test_what_was_moved_to_another_party_in_the_store_is_not_shown(house: House, opened: Opened) -> None:
    stream = f"party-{party(house).rpartition('/')[2]}"
    (row,) = opened.store.read_stream(stream)
    behind = Store(opened.store.connections, opened.names.ledger)
    behind.append(stamp(), [NewEntry("party-thief", 1, row.fact, row.effective_at, row.payload)])
    answer = house["reader"].get("/parties/thief")
    assert (answer.status, answer.name) == (503, "SealBroken")
    assert "华东办公" not in str(answer.content)
