"""Lists can be asked again: who holds the same page is told so, and how far behind the ledger it is."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from infra.opening import Opened
from projections.runner import Projectors
from tests.api.caller import House
from tests.api.conftest import keys_of

LISTS = ["/contracts?owner=held", "/parties?name=held", "/keys", "/documents", "/templates", "/statistics/contracts?by=status&owner=held"]


@pytest.mark.parametrize("path", LISTS)
def test_who_holds_the_page_gets_304(shared: House, path: str) -> None:
    admin = shared["admin"]
    first = admin.get(path)
    again = admin.get(path, If_None_Match=first.headers["ETag"])
    assert (again.status, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert int(again.headers["Ledger-Position"]) >= int(first.headers["Ledger-Position"])
    assert "Content-Length" not in again.headers


def test_a_page_that_changed_has_another_etag(shared: House) -> None:
    reader = shared["reader"]
    first = reader.get("/contracts?owner=held-2")
    contract = shared["drafter"].draft(owner="held-2")
    position = shared["drafter"].get(f"/contracts/{contract}").headers["Ledger-Position"]
    answer = reader.get(f"/contracts?owner=held-2&min_position={position}", If_None_Match=first.headers["ETag"])
    assert answer.status == 200
    assert [one["id"] for one in answer.content["contracts"]] == [contract]


def test_a_view_that_is_behind_says_by_how_many_entries(opened: Opened) -> None:
    with Projectors(opened) as projectors:
        keys = keys_of(opened)
        assert projectors.wait_for("register", opened.store.head(), 60)
    with TestClient(create_app(opened)) as client:
        house = House(client, keys)
        house["reader"].get("/contracts")
        before = int(house["reader"].get("/contracts").headers["Ledger-Behind"])
        for _ in range(3):
            house["drafter"].draft()
        after = house["reader"].get("/contracts")
        # The drafter's first look in this hour is an entry of its own.
        assert int(after.headers["Ledger-Behind"]) == before + 4
        assert int(after.headers["Ledger-Position"]) + before + 4 == opened.store.head()
