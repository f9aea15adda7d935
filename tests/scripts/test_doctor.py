"""The doctor finds what is wrong, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest

from infra.kafka.lead import leading
from infra.opening import Opened
from infra.published import RelaySays
from projections.known import ALL_VIEWS
from projections.register import REGISTER
from tests.scripts.conftest import Tally


@contextmanager
def meddled(dsn: str, *, do: str, undo: str) -> Iterator[None]:
    """Somebody with the superuser's rights changes something, and puts it back."""
    with closing(psycopg2.connect(dsn)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(do)
            try:
                yield
            finally:
                cursor.execute(undo)


def wrong(tally: Tally, *, exit_code: int = 1) -> list[str]:
    """The names of the checks that found something wrong."""
    found: Any = tally.json("doctor", exit_code=exit_code)
    return [check["name"] for check in found["checks"] if check["state"] == "wrong"]


def test_a_sound_ledger_has_nothing_wrong(tally: Tally, at_hand: Opened) -> None:
    found = tally.json("doctor")
    assert found["healthy"] is True
    states = {check["name"]: check["state"] for check in found["checks"]}
    for name in ("durability: fsync", "append-only trigger", "guard against DDL", "append()", "owner cannot sign in"):
        assert states[name] == "ok"
    details = {check["name"]: check["detail"] for check in found["checks"]}
    assert details["head"].startswith(f"{at_hand.store.head()},")


def test_what_each_view_takes_on_disk_is_told_table_by_table_and_index_by_index(tally: Tally, at_hand: Opened) -> None:
    assert tally.json("contracts", "--limit", 1)["contracts"]
    (check,) = [check for check in tally.json("doctor")["checks"] if check["name"] == "views on disk"]
    told = check["figures"]
    assert set(told["views"]) == {view.name for view in ALL_VIEWS}
    assert told["bytes"] == sum(view["bytes"] for view in told["views"].values())
    register = told["views"]["register"]
    (place,) = [place for table, place in REGISTER.placed(at_hand).items() if table == "register"]
    with at_hand.store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass), pg_indexes_size(%s::regclass)", (place, place))
        whole, indexes = cursor.fetchone() or (0, 0)
    table = register["tables"]["register"]
    assert (table["bytes"], sum(table["indexes"].values())) == (whole, indexes)
    assert "register_pkey" in table["indexes"]
    assert register["bytes"] == sum(one["bytes"] for one in register["tables"].values()) > whole
    assert "register" in check["detail"]


@pytest.mark.parametrize(
    ("do", "undo", "name"),
    [
        (
            "ALTER EVENT TRIGGER {0}_no_ddl DISABLE; GRANT INSERT ON {0}.entries TO {0}_app",
            "REVOKE INSERT ON {0}.entries FROM {0}_app; ALTER EVENT TRIGGER {0}_no_ddl ENABLE ALWAYS",
            "{0}_app may only read and append",
        ),
        (
            "ALTER EVENT TRIGGER {0}_no_ddl DISABLE; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {0} TO {0}_view",
            "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {0} FROM {0}_view; ALTER EVENT TRIGGER {0}_no_ddl ENABLE ALWAYS",
            "append()",
        ),
        ("ALTER ROLE {0}_owner LOGIN", "ALTER ROLE {0}_owner NOLOGIN", "owner cannot sign in"),
        ("ALTER ROLE {0}_app CREATEROLE", "ALTER ROLE {0}_app NOCREATEROLE", "roles have no special powers"),
        ("ALTER EVENT TRIGGER {0}_no_ddl DISABLE", "ALTER EVENT TRIGGER {0}_no_ddl ENABLE ALWAYS", "guard against DDL"),
        (
            "ALTER EVENT TRIGGER {0}_no_ddl DISABLE; ALTER TABLE {0}.entries DISABLE TRIGGER append_only",
            "ALTER TABLE {0}.entries ENABLE ALWAYS TRIGGER append_only; ALTER EVENT TRIGGER {0}_no_ddl ENABLE ALWAYS",
            "append-only trigger",
        ),
        ("GRANT {0}_owner TO {0}_view", "REVOKE {0}_owner FROM {0}_view", "{0}_view may only read"),
    ],
)
def test_what_somebody_meddled_with_is_found(tally: Tally, postgres: str, do: str, undo: str, name: str) -> None:
    with meddled(postgres, do=do.format(tally.ledger), undo=undo.format(tally.ledger)):
        assert name.format(tally.ledger) in wrong(tally)
    assert wrong(tally, exit_code=0) == []


def test_a_relay_that_stands_is_found(tally: Tally, at_hand: Opened) -> None:
    says = RelaySays(at_hand, "kafka:9092", exactly_once=True)
    says.say(3, "the topic x was deleted")
    assert wrong(tally) == ["relay"]
    says.say(4)
    found = {check["name"]: check for check in tally.json("doctor")["checks"]}
    behind = at_hand.store.head() - 4
    said = f"not running; kafka:9092 had everything up to position 4, {behind:,} entries behind; each entry once"
    assert found["relay"] == {"name": "relay", "state": "note", "detail": said}
    with leading(at_hand):
        assert wrong(tally) == ["relay"]
        says.say(at_hand.store.head())
        assert wrong(tally, exit_code=0) == []


def test_a_server_that_cannot_be_reached_is_a_finding(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert wrong(tally) == ["ledger"]


def test_a_setting_that_cannot_be_used_is_a_finding(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_LEDGER", "No Such Name")
    assert wrong(tally) == ["settings"]
