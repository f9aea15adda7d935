"""An application over a real ledger, with its views running, and a key for each role."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.keys import issue
from domain.access import Role
from infra.documents import Documents
from infra.ledger import Asker
from infra.opening import Opened, closing_all, connect
from infra.schema import install
from projections.runner import Projectors
from tests.api.caller import House
from tests.conftest import Clock
from tests.keys import MASTER
from tests.ledgers import drop

ROOT = Asker("root", "local", "cli")


def keys_of(opened: Opened) -> dict[str, str]:
    """A key for each role; the principal is called like the role."""
    return {role.value: issue(opened, role.value, [role], ROOT) for role in Role}


def settled(projectors: Projectors, opened: Opened) -> dict[str, str]:
    """The keys, once all views have taken them in."""
    keys = keys_of(opened)
    assert all(projectors.wait_for(view, opened.store.head(), 60) for view in projectors.health())
    return keys


@pytest.fixture
def house(opened: Opened) -> Iterator[House]:
    """A house for one test, on the test's clock."""
    with Projectors(opened) as projectors, TestClient(create_app(opened, projectors)) as client:
        yield House(client, settled(projectors, opened))


@pytest.fixture(scope="module")
def shared_opened(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A ledger for a module whose tests do not meet in it, late in a year that its examples lie in."""
    names = install(postgres, f"t{uuid.uuid4().hex[:12]}")
    documents = Documents(tmp_path_factory.mktemp("documents"))
    clock = Clock(datetime(2026, 12, 1, tzinfo=UTC))
    with closing_all(connect(postgres, names, as_role=True, master=MASTER, clock=clock, documents=documents)) as it:
        yield it
    drop(postgres, names)


@pytest.fixture(scope="module")
def shared(shared_opened: Opened) -> Iterator[House]:
    """A house for a module."""
    with Projectors(shared_opened) as projectors, TestClient(create_app(shared_opened, projectors)) as client:
        house = House(client, settled(projectors, shared_opened))
        # The first use of a key in an hour, and the first look at everything, are entries of their own.
        for role in Role:
            assert house[role.value].get("/changes?limit=1").status == 200
        yield house
