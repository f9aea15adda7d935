"""`tally replay --check` is content with what follows from the log, and names the first entry that does not."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from infra.opening import Opened
from tests.scripts.conftest import Tally


def meddle(dsn: str, statement: str) -> None:
    with closing(psycopg2.connect(dsn)) as admin, admin, admin.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1


def test_views_that_follow_from_the_log_match(tally: Tally, at_hand: Opened) -> None:
    found = tally.json("replay", "--check")
    assert found["matches"] is True
    assert {one["view"]: one["position"] for one in found["views"]} == dict.fromkeys(
        ("register", "search", "parties", "products", "timeline", "fulfilment", "governance", "dues", "alerts"), at_hand.store.head()
    )
    assert "16 rows are what" in tally("replay", "--check").stdout


@pytest.mark.parametrize(
    ("statement", "view", "differs"),
    [
        ("UPDATE {0}.register SET paid_minor = paid_minor + 1 WHERE contract_id = 'demo-sales-2'", "register", ["paid_minor"]),
        ("DELETE FROM {0}.register WHERE contract_id = 'demo-sales-2'", "register", []),
        ("DELETE FROM {0}.timeline WHERE position = 20", "timeline", []),
    ],
)
def test_a_view_that_was_changed_is_found_and_rebuilt(tally: Tally, postgres: str, statement: str, view: str, differs: list[str]) -> None:
    tally("rebuild", "--all")
    meddle(postgres, statement.format(f"{tally.ledger}_views"))
    found = {one["view"]: one for one in tally.json("replay", "--check", exit_code=1)["views"]}
    first = found[view]["first"]
    assert [column["column"] for column in first["columns"]] == differs
    assert first["what"] == ("differs" if differs else "missing")
    text = tally("replay", "--check", exit_code=1).stdout
    assert f"The first entry is at position {first['position']}" in text
    tally("rebuild", view)
    assert tally.json("replay", "--check")["matches"] is True


def test_a_stored_entry_that_somebody_changed_is_found(tally: Tally, postgres: str, at_hand: Opened) -> None:
    tally("rebuild", "--all")
    payment = next(row for row in at_hand.store.read_stream("contract-demo-sales-2") if row.fact == "contract.payment_recorded@2")
    changed = f"UPDATE {tally.ledger}.entries SET payload = replace(payload, %s, %s) WHERE position = {payment.position}"
    off = f"ALTER EVENT TRIGGER {tally.ledger}_no_ddl DISABLE; ALTER TABLE {tally.ledger}.entries DISABLE TRIGGER append_only"
    on = f"ALTER TABLE {tally.ledger}.entries ENABLE ALWAYS TRIGGER append_only; ALTER EVENT TRIGGER {tally.ledger}_no_ddl ENABLE ALWAYS"
    with closing(psycopg2.connect(postgres)) as admin, admin, admin.cursor() as cursor:
        cursor.execute(off)
        cursor.execute(changed, ("5952000", "9952000"))
        cursor.execute(on)
    try:
        found = tally.json("replay", "--check", exit_code=1)
        firsts = [one["first"] for one in found["views"] if not one["matches"]]
        assert {(first["position"], first["stream"]) for first in firsts} >= {(payment.position, "contract-demo-sales-2")}
    finally:
        with closing(psycopg2.connect(postgres)) as admin, admin, admin.cursor() as cursor:
            cursor.execute(off)
            cursor.execute(changed, ("9952000", "5952000"))
            cursor.execute(on)
    assert tally.json("replay", "--check")["matches"] is True


def test_a_replay_that_compares_nothing_is_refused(tally: Tally) -> None:
    assert "--check" in tally("replay", exit_code=2).stderr
