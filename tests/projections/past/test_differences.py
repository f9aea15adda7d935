"""What moved in a view between two moments is what differs between its rows at both, and the entries are those that count on one side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from domain.contract.drafting import OwnerChanged, TitleChanged
from domain.contract.history import as_of
from domain.money import Money
from domain.product import ListProduct, WithdrawProduct
from infra.ledger import PRODUCT
from infra.opening import Opened
from projections.differences import Differences
from projections.moved import DifferenceQuery, MovedHow, MovedIn, MovedRow, MovedSide, between
from projections.moving import PastView
from projections.paging import BadQuery, rows
from projections.past import Moments
from projections.past.shape import ORIGIN
from projections.products import PRODUCTS
from projections.register import REGISTER, Register, RegisteredContract, RegisterQuery
from projections.runner import catch_up
from projections.view import ViewMissing
from tests.facts import HISTORIES, corrected, half_paid, struck_out
from tests.projections.histories import put
from tests.projections.ledgers import new_ledger
from tests.projections.past.test_register import EARLY, LATE
from tests.projections.test_erasure import give
from tests.spec import START, Told, recorded, told

NAMES = ("drafted", "sent_back", "amended", "amended_in_july", "corrected", "struck_out", "renewed", "published", "expired")
SHOWN = [f.name for f in fields(RegisteredContract) if f.name not in ORIGIN]


@pytest.fixture(scope="module")
def opened(postgres: str) -> Iterator[Opened]:
    """Histories of every sort, each a contract of its own, in one register."""
    with new_ledger(postgres) as it:
        for name in NAMES:
            put(it, [e._replace(stream=f"contract-{name}") for e in recorded(HISTORIES[name])])
        catch_up(it, REGISTER)
        yield it


def moved(opened: Opened, before: Moments, after: Moments, limit: int = 7) -> dict[str, MovedRow]:
    """What moved in the register, of all pages."""
    find = Differences(opened).find
    query = DifferenceQuery(view=PastView.REGISTER, before=before, after=after, limit=limit)
    found = list[MovedRow]()
    while True:
        page = find(query)
        found += page.rows
        if page.next_cursor is None:
            break
        query = replace(query, cursor=page.next_cursor)
    assert [row.key for row in found] == sorted({row.key for row in found})
    assert Differences(opened).count(replace(query, cursor=None)) == len(found)
    return {row.key: row for row in found}


def stood(opened: Opened, moments: Moments) -> dict[str, tuple[object, ...]]:
    """The rows at two moments, as the register lists them."""
    query = RegisterQuery(valid_at=moments.valid_at, known_at=moments.known_at)
    listed = rows(Register(opened).find, query)
    return {row.contract_id: tuple(getattr(row, name) for name in SHOWN) for row in listed}


def moments_of(opened: Opened) -> list[datetime]:
    """Some moments between which something happened, and was learnt."""
    known = sorted({e.recorded_at for e in opened.store.whole_log()})
    return [START - timedelta(days=1), START + timedelta(hours=3), EARLY, LATE, known[0], known[len(known) // 2], known[-1]]


@pytest.mark.parametrize("moved_in", MovedIn)
def test_what_moved_is_what_the_lists_of_both_moments_do_not_share(opened: Opened, moved_in: MovedIn) -> None:
    for since, until in pairwise(moments_of(opened)):
        for early, late in (between(moved_in, since, until), between(moved_in, until, since)):
            was, becomes = stood(opened, early), stood(opened, late)
            differs = {key for key in {**was, **becomes} if was.get(key) != becomes.get(key)}
            found = moved(opened, early, late)
            assert set(found) == differs
            for key, row in found.items():
                how = MovedHow.APPEARED if key not in was else MovedHow.DISAPPEARED if key not in becomes else MovedHow.CHANGED
                assert (row.how, bool(row.changes), bool(row.movers)) == (how, True, True)
                entries = opened.store.stream_entries(f"contract-{key}")
                there, here = ({e.version for e in as_of(entries, valid_at=m.valid_at, known_at=m.known_at)} for m in (early, late))
                assert {m.entry.version for m in row.movers if m.side is MovedSide.TO} <= here - there
                assert {m.entry.version for m in row.movers if m.side is MovedSide.FROM} <= there - here


def told_moves(opened: Opened, before: Moments, after: Moments) -> tuple[list[tuple[str, object, object]], list[tuple[MovedSide, int]]]:
    (row,) = moved(opened, before, after).values()
    return [tuple(change) for change in row.changes], [(m.side, m.entry.version) for m in row.movers]  # type: ignore[misc]


def test_columns_tell_from_what_to_what_and_entries_that_change_nothing_shown_are_not_named(postgres: str) -> None:
    history = told(
        *half_paid,
        Told(TitleChanged(title="Chairs"), effective_at=LATE),
        Told(OwnerChanged(owner="carol", department=None), effective_at=LATE),
    )
    with new_ledger(postgres) as opened:
        put(opened, recorded(history))
        catch_up(opened, REGISTER)
        changes, entries = told_moves(opened, Moments(LATE - timedelta(seconds=1)), Moments())
        assert ("title", "办公设备采购合同 / Purchase of office equipment", "Chairs") in changes
        assert ("owner", "alice", "carol") in changes
        assert entries == [(MovedSide.TO, len(half_paid) + 1), (MovedSide.TO, len(half_paid) + 2)]


@pytest.mark.parametrize(("history", "paid"), [(corrected, None), (struck_out, "0.00")])
def test_what_was_learnt_since_about_a_moment_is_told_with_the_correction(
    postgres: str, history: tuple[Told, ...], paid: str | None
) -> None:
    with new_ledger(postgres) as opened:
        put(opened, recorded(history))
        catch_up(opened, REGISTER)
        last = opened.store.stream_entries("contract-1")[-1]
        before, after = between(MovedIn.KNOWN, last.recorded_at - timedelta(microseconds=1), None)
        changes, entries = told_moves(opened, before, after)
        by_path = {path: (was, becomes) for path, was, becomes in changes}
        assert by_path["corrections"] == (0, 1)
        was, becomes = by_path["paid"]
        assert isinstance(was, Money)
        assert isinstance(becomes, Money)
        assert paid is None or becomes.amount == paid
        assert (MovedSide.TO, last.version) in entries


def test_products_move_too_and_a_view_that_was_never_built_says_so(postgres: str) -> None:
    with new_ledger(postgres) as opened:
        give(opened, PRODUCT, "p1", ListProduct(code="LT-14", name="Laptop", unit="台"))
        before = opened.store.whole_log()
        listed = [e.recorded_at for e in before][-1]
        give(opened, PRODUCT, "p1", WithdrawProduct(why="gone"))
        query = DifferenceQuery(view=PastView.PRODUCTS, before=Moments(known_at=listed), after=Moments())
        with pytest.raises(ViewMissing):
            Differences(opened).find(query)
        catch_up(opened, PRODUCTS)
        (row,) = Differences(opened).find(query).rows
        assert (row.name, [tuple(change) for change in row.changes]) == ("LT-14", [("withdrawn", False, True)])
        assert [m.entry.fact.NAME for m in row.movers] == ["product.withdrawn"]


def test_a_cursor_belongs_to_its_moments(opened: Opened) -> None:
    query = DifferenceQuery(view=PastView.REGISTER, before=Moments(EARLY), after=Moments(), limit=1)
    cursor = Differences(opened).find(query).next_cursor
    with pytest.raises(BadQuery, match="the cursor is of a list"):
        Differences(opened).find(replace(query, before=Moments(LATE), cursor=cursor))
