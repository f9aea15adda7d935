"""The check finds what does not follow from the log, and says from which entry it can be seen."""

from __future__ import annotations

import threading

import pytest

from infra.opening import Opened
from projections import check as checking
from projections.check import ColumnDifference, check
from projections.known import ALL_VIEWS
from projections.register import REGISTER
from projections.runner import Projectors
from projections.timeline import TIMELINE
from projections.view import ViewMissing
from tests.facts import HISTORIES, PAYMENT_VERSION, corrected, half_paid
from tests.infra.entries import entries, stamp, together
from tests.projections.histories import put
from tests.projections.ledgers import caught_up, tamper
from tests.spec import recorded

BOTH = (REGISTER, TIMELINE)


@pytest.fixture
def paid(opened: Opened) -> Opened:
    """Two contracts, one after the other, and their views."""
    put(opened, recorded(half_paid))
    put(opened, [e._replace(stream="contract-2") for e in recorded(corrected)])
    caught_up(opened)
    return opened


def test_views_that_follow_from_the_log_match(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    # More contracts than are compared at once, and entries than are fetched at once.
    monkeypatch.setattr(checking, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(checking, "PAGE", 5)
    for name, history in HISTORIES.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    caught_up(opened)
    told: list[tuple[str, int, int]] = []
    register, timeline = check(opened, BOTH, progress=lambda *it: told.append(it))
    assert (register.matches, register.rows, register.first) == (True, len(HISTORIES), None)
    assert (timeline.matches, timeline.rows, timeline.position) == (True, opened.store.head(), opened.store.head())
    head = opened.store.head()
    assert told[-1] == ("timeline", head, head)
    assert ("register", head, head) in told


@pytest.mark.parametrize(
    ("forgery", "version", "differs"),
    [
        ("paid_minor = 1", PAYMENT_VERSION, [ColumnDifference("paid_minor", 4_171_000, 1)]),
        ("status = 'draft'", PAYMENT_VERSION - 1, [ColumnDifference("status", "in_force", "draft")]),
        ("title = title || ' '", 1, None),
        ("owner = NULL", 1, [ColumnDifference("owner", "alice", None)]),
        ("counterparties = '[]'", 1, None),
        ("position = position + 1", PAYMENT_VERSION, None),
        ("updated_at = updated_at + interval '1 microsecond'", PAYMENT_VERSION, None),
        ("paid_minor = 1, owner = 'eve'", 1, [ColumnDifference("paid_minor", 4_171_000, 1), ColumnDifference("owner", "alice", "eve")]),
    ],
)
def test_a_changed_row_is_found_with_the_entry_that_says_otherwise(
    paid: Opened, forgery: str, version: int, differs: list[ColumnDifference] | None
) -> None:
    tamper(paid, f"UPDATE {{views}}.register SET {forgery} WHERE contract_id = '1'")
    register, timeline = check(paid, BOTH)
    assert timeline.matches
    assert (register.matches, register.count) == (False, 1)
    first = register.first
    assert first is not None
    assert (first.what, first.stream, first.version, first.position) == ("differs", "contract-1", version, version)
    if differs is not None:
        assert [*first.columns] == differs


def test_the_first_entry_that_differs_is_the_earliest_in_the_log(paid: Opened) -> None:
    tamper(paid, "UPDATE {views}.register SET paid_minor = 5")
    tamper(paid, "UPDATE {views}.timeline SET summary = 'nothing happened' WHERE position IN (3, 9)")
    register, timeline = check(paid, BOTH)
    assert (register.count, timeline.count) == (2, 2)
    assert register.first is not None
    assert (register.first.stream, register.first.version) == ("contract-1", PAYMENT_VERSION)
    assert timeline.first is not None
    assert (timeline.first.position, timeline.first.columns[0].found) == (3, "nothing happened")


def test_of_a_corrected_amount_the_correction_is_the_entry_that_tells(paid: Opened) -> None:
    tamper(paid, "UPDATE {views}.register SET paid_minor = 4171000 WHERE contract_id = '2'")
    first = check(paid, (REGISTER,))[0].first
    assert first is not None
    assert (first.stream, first.version, first.position) == ("contract-2", len(corrected), len(half_paid) + len(corrected))


def test_a_missing_row_is_found_at_its_first_entry(paid: Opened) -> None:
    tamper(paid, "DELETE FROM {views}.register WHERE contract_id = '2'")
    tamper(paid, "DELETE FROM {views}.timeline WHERE position = 4")
    register, timeline = check(paid, BOTH)
    assert register.first is not None
    assert (register.first.what, register.first.stream, register.first.version) == ("missing", "contract-2", 1)
    assert timeline.first is not None
    assert (timeline.first.what, timeline.first.position) == ("missing", 4)


def test_a_row_that_no_entry_tells_of_is_found(paid: Opened) -> None:
    tamper(
        paid,
        "CREATE TEMP TABLE one AS SELECT * FROM {views}.register WHERE contract_id = '1'; UPDATE one SET contract_id = 'ghost';"
        "INSERT INTO {views}.register SELECT * FROM one",
    )
    tamper(
        paid,
        "CREATE TEMP TABLE two AS SELECT * FROM {views}.timeline WHERE position = 1; UPDATE two SET position = 1000;"
        "INSERT INTO {views}.timeline SELECT * FROM two",
    )
    register, timeline = check(paid, BOTH)
    assert register.first is not None
    assert (register.count, register.first.what, register.first.stream) == (1, "surplus", "contract-ghost")
    assert timeline.first is not None
    assert (timeline.count, timeline.first.what, timeline.first.position) == (1, "surplus", 1000)


def test_a_view_that_lags_is_checked_where_it_is(paid: Opened) -> None:
    position = paid.store.head()
    paid.store.append(stamp(), entries("contract-1", len(half_paid), 3))
    paid.store.append(stamp(), entries("contract-new", 0, 1))
    assert [(c.matches, c.position) for c in check(paid)] == [(True, position)] * len(ALL_VIEWS)


def test_a_check_disturbs_nobody_and_is_disturbed_by_nobody(paid: Opened) -> None:
    written = threading.Event()

    def write(writer: int) -> None:
        for n in range(150):
            paid.store.append(stamp(), entries(f"contract-w{writer}", n, 1))

    def check_again_and_again() -> None:
        while not written.is_set():
            assert [c.first for c in check(paid)] == [None] * len(ALL_VIEWS)

    def write_all() -> None:
        try:
            assert together(*[lambda n=n: write(n) for n in range(3)]) == []
        finally:
            written.set()

    with Projectors(paid) as running:
        assert together(write_all, check_again_and_again, check_again_and_again) == []
        assert running.wait_for("register", paid.store.head(), 30)


@pytest.mark.parametrize("view", ALL_VIEWS, ids=lambda v: v.name)
def test_a_view_that_was_never_built_cannot_be_checked(opened: Opened, view: object) -> None:
    with pytest.raises(ViewMissing):
        check(opened, (view,))  # type: ignore[arg-type]


def test_a_view_whose_tables_are_gone_cannot_be_checked(paid: Opened) -> None:
    tamper(paid, "DROP TABLE {views}.timeline")
    with pytest.raises(ViewMissing):
        check(paid, (TIMELINE,))


def test_of_many_differences_the_earliest_are_kept_and_all_are_counted(paid: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_DIFFERENCES", 5)
    tamper(paid, "UPDATE {views}.timeline SET actor = 'eve'")
    (timeline,) = check(paid, (TIMELINE,))
    assert timeline.count == paid.store.head()
    assert [d.position for d in timeline.differences] == [1, 2, 3, 4, 5]
