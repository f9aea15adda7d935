"""Keys: shown once, kept as hashes, revoked within a second everywhere."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import keys
from api.app import create_app
from api.keys import issue, revoke
from api.strict_json import Flawed
from domain.access import KeyNeedsRole, Role
from infra.ledger import ACCESS, Ledger, StreamKind
from infra.opening import Opened
from infra.witness import Witness
from tests.api.caller import Caller, House
from tests.api.conftest import ROOT


def test_a_key_has_256_random_bits_and_the_ledger_keeps_none_of_them(opened: Opened) -> None:
    made = [issue(opened, "li.wei", [Role.READER], ROOT) for _ in range(10)]
    assert all(re.fullmatch(r"tally_[0-9a-f]{12}_[0-9a-f]{64}", key) for key in made)
    assert len({key.split("_")[2] for key in made}) == 10
    stored = "".join(row.payload + row.meta for row in opened.store.read_log())
    assert not any(key.split("_")[2] in stored for key in made)


@pytest.mark.parametrize("principal", ["", " ", "li wei ", "li\nwei", "li\x00wei", "\ud800", "x" * 201])
def test_a_principal_is_a_name(opened: Opened, principal: str) -> None:
    with pytest.raises((KeyNeedsRole, Flawed)):
        issue(opened, principal, [Role.READER], ROOT)
    assert not opened.ledger.load(ACCESS, keys.RING).exists


def test_a_key_without_roles_is_not_issued(opened: Opened) -> None:
    with pytest.raises(KeyNeedsRole):
        issue(opened, "li.wei", [], ROOT)


NOT_KEYS = {
    "nothing": None,
    "another scheme": "Basic dXNlcjpwYXNz",
    "no key": "Bearer",
    "a word": "Bearer secret",
    "a short secret": "Bearer tally_0123456789ab_0123",
    "an unknown id": "Bearer tally_0123456789ab_" + "0" * 64,
    "upper case": "Bearer tally_0123456789AB_" + "0" * 64,
    "10,000 characters": "Bearer " + "x" * 10_000,
    "not ASCII": "Bearer tally_\u00e9",
}


@pytest.mark.parametrize("header", NOT_KEYS.values(), ids=NOT_KEYS)
def test_without_a_key_nobody_gets_in(shared: House, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    answer = shared.client.get("/api/v1/contracts", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["name"] == "NotSignedIn"


def test_a_known_id_with_another_secret_is_told_the_same_as_an_unknown_one(shared: House) -> None:
    known = shared.keys["reader"].rsplit("_", 1)[0]
    wrong, unknown = (Caller(shared.client, key).get("/commands/x") for key in (f"{known}_{'0' * 64}", f"tally_0123456789ab_{'0' * 64}"))
    assert wrong.content == unknown.content
    assert wrong.status == 401


def test_the_scheme_may_be_written_in_any_case(shared: House) -> None:
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert shared.stranger.get("/commands/x", Authorization=f"{scheme} {shared.keys['reader']}").status == 404


def test_an_administrator_issues_lists_and_revokes(house: House) -> None:
    made = house["admin"].post("/keys", {"principal": "li.wei", "roles": ["reader", "drafter", "reader"]})
    assert made.status == 201
    assert made.content["roles"] == ["reader", "drafter"]
    assert made.headers["Cache-Control"] == "no-store"
    caller = Caller(house.client, made.content["key"])
    assert caller.get("/commands/x").status == 404
    contract = caller.draft()
    assert house["auditor"].get(f"/contracts/{contract}/history").content["entries"][0]["actor"] == "li.wei"
    listed = house["admin"].get("/keys").content["keys"]
    assert listed[-1] == {
        "key_id": made.content["key_id"],
        "principal": "li.wei",
        "roles": ["reader", "drafter"],
        "issued_at": listed[-1]["issued_at"],
        "issued_by": "admin",
        "in_use": True,
    }
    revoked = house["admin"].send("DELETE", made.headers["Location"].removeprefix("/api/v1") + "?why=left")
    assert (revoked.status, revoked.content["facts"]) == (200, ["access.key_revoked@1"])
    assert caller.get("/commands/x").status == 401
    assert house["admin"].get("/keys").content["keys"][-1]["in_use"] is False
    assert house["admin"].send("DELETE", f"/keys/{made.content['key_id']}").name == "NoSuchKey"


def test_no_answer_shows_what_a_key_opens_with(house: House, opened: Opened) -> None:
    secrets = [key.split("_")[2] for key in house.keys.values()]
    hashes = [key.secret_sha256 for key in opened.ledger.load(ACCESS, keys.RING).keys.values()]
    text = house.client.get("/api/v1/keys", headers={"Authorization": f"Bearer {house.keys['admin']}"}).text
    assert len(hashes) == len(Role)
    assert not any(word in text for word in secrets + hashes)


def test_keys_are_listed_in_pages(house: House) -> None:
    walked, cursor = [], ""
    for _ in range(10):
        page = house["admin"].get(f"/keys?limit=4{cursor}").content
        walked += [key["principal"] for key in page["keys"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert walked == [role.value for role in Role]


def house_keys(house: House) -> int:
    return len(house["admin"].get("/keys").content["keys"])


BAD_KEYS = {
    "no principal": ({"roles": ["reader"]}, "$.principal"),
    "no roles": ({"principal": "x", "roles": []}, "$.roles"),
    "no such role": ({"principal": "x", "roles": ["king"]}, "$.roles[0]"),
    "a chosen secret": ({"principal": "x", "roles": ["reader"], "secret_sha256": "0" * 64}, "$.secret_sha256"),
    "a chosen id": ({"principal": "x", "roles": ["reader"], "key_id": "mine"}, "$.key_id"),
}


@pytest.mark.parametrize(("body", "path"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_key_asked_for_oddly_is_not_issued(shared: House, body: dict[str, object], path: str) -> None:
    answer = shared["admin"].post("/keys", body)
    assert answer.status == 422
    assert path in answer.errors
    assert house_keys(shared) == len(Role)


def begun_anew(opened: Opened) -> Opened:
    """The same ledger as another process has it."""
    ledger = Ledger(opened.store, clock=opened.ledger.clock)
    return replace(opened, ledger=ledger, witness=Witness(ledger))


def test_a_key_issued_by_another_process_works_at_once_and_a_revoked_one_stops_within_a_second(house: House, opened: Opened) -> None:
    # Another process has a ledger of its own, which remembers nothing of ours.
    elsewhere = begun_anew(opened)
    assert house["reader"].get("/commands/x").status == 404
    key = issue(elsewhere, "li.wei", [Role.READER], ROOT)
    caller = Caller(house.client, key)
    assert caller.get("/commands/x").status == 404
    revoke(elsewhere, key.split("_")[1], "left", ROOT)
    revoked_at = time.monotonic()
    while caller.get("/commands/x").status == 404:
        assert time.monotonic() - revoked_at < 1
    assert caller.get("/commands/x").status == 401


def test_signing_in_seldom_asks_the_database(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    load = Ledger.load

    def counted(self: Ledger, kind: StreamKind[Any], identity: str) -> object:
        if kind is ACCESS:
            reads.append(identity)
        return load(self, kind, identity)

    monkeypatch.setattr(keys, "FRESH_S", 60)
    house["reader"].get("/commands/x")
    monkeypatch.setattr(Ledger, "load", counted)
    for _ in range(20):
        assert house["reader"].get("/commands/x").status == 404
    assert reads == []


def test_a_restarted_application_knows_the_keys(opened: Opened) -> None:
    key = issue(opened, "li.wei", [Role.READER], ROOT)
    fresh = begun_anew(opened)
    with TestClient(create_app(fresh)) as client:
        assert Caller(client, key).get("/commands/x").status == 404
