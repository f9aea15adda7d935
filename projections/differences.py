"""What moved in a view between two moments: which rows, from what to what, and which entries moved them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import psycopg2.errors

from domain.contract.history import as_of
from domain.contract.vocabulary import Period
from domain.difference import Change, compare
from domain.facts import Entry
from infra.opening import Opened
from projections.paging import Listed, Order, SortColumn, Where, require_limit
from projections.parties import queries as parties
from projections.parties import table as parties_table
from projections.past import Moments, PastShape
from projections.past.shape import ORIGIN
from projections.products import queries as products
from projections.products import table as products_table
from projections.register import REGISTER, RegisteredContract, past
from projections.register import queries as register
from projections.view import View, ViewMissing


class PastView(StrEnum):
    """The views that keep their past."""

    REGISTER = "register"
    PARTIES = "parties"
    PRODUCTS = "products"


class MovedIn(StrEnum):
    """Which of the two times is compared: how it stood in the world, what the ledger knew, or what a report of that moment would say."""

    VALID = "valid"
    KNOWN = "known"
    BOTH = "both"


class MovedHow(StrEnum):
    """Whether a row came into the view, left it, or says something else."""

    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    CHANGED = "changed"


class MovedSide(StrEnum):
    """On which side an entry counts that does not count on the other."""

    FROM = "from"
    TO = "to"


class Mover(NamedTuple):
    """An entry that moved a row, and on which side it counts."""

    side: MovedSide
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """A row that differs between two moments. `name` is what people call it by, as it is on the later side where it is there."""

    key: str
    name: str
    how: MovedHow
    changes: tuple[Change, ...]
    movers: tuple[Mover, ...]


class _Kept(NamedTuple):
    """A view with its past: which columns are read, and what is told of a row, whose first part is its name."""

    view: View
    shape: PastShape[Any]
    columns: tuple[str, ...]
    told: Callable[[tuple[Any, ...]], tuple[str, dict[str, object]]]


def _contract(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
    it = register.registered(row)
    amounts = ("value_minor", "paid_minor", "period_start", "period_end")
    plain = {f.name: getattr(it, f.name) for f in fields(RegisteredContract) if f.name not in {*amounts, *ORIGIN, "contract_id"}}
    return it.number, {**plain, "value": it.value, "paid": it.paid, "period": Period(start=it.period_start, end=it.period_end)}


def _plain(made: type, named: str, key: str) -> Callable[[tuple[Any, ...]], tuple[str, dict[str, object]]]:
    def told(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
        it = made(*row)
        return getattr(it, named), {f.name: getattr(it, f.name) for f in fields(made) if f.name not in {*ORIGIN, key}}

    return told


_VIEWS: Final[Mapping[PastView, _Kept]] = {
    PastView.REGISTER: _Kept(REGISTER, past.SHAPE, register.SHOWN, _contract),
    PastView.PARTIES: _Kept(
        parties_table.PARTIES, parties_table.PAST, parties.SHOWN, _plain(parties.ListedParty, "name", parties.KEY.name)
    ),
    PastView.PRODUCTS: _Kept(
        products_table.PRODUCTS, products_table.PAST, products.SHOWN, _plain(products.ListedProduct, "code", products.KEY.name)
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceQuery:
    """What moved in a view from one pair of moments to another, in the order of the rows' keys."""

    view: PastView
    before: Moments
    after: Moments
    limit: int = 50
    cursor: str | None = None

    @property
    def order(self) -> Order:
        """The order of rows. A cursor belongs to its view and its moments."""
        key = SortColumn(_VIEWS[self.view].shape.key, "text")
        return Order(key, key, descending=False, as_of=f"/{self.view}{self.before.label}..{self.after.label}")


def between(
    moved_in: MovedIn, since: datetime, until: datetime | None, *, valid_at: datetime | None = None, known_at: datetime | None = None
) -> tuple[Moments, Moments]:
    """The two sides. Without `until` the later one is the present; the time that is not compared is fixed on both sides, or open."""
    match moved_in:
        case MovedIn.VALID:
            return Moments(since, known_at), Moments(until, known_at)
        case MovedIn.KNOWN:
            return Moments(valid_at, since), Moments(valid_at, until)
        case MovedIn.BOTH:
            return Moments(since, since), Moments(until, until)


class Differences:
    """What moved in the views of one ledger. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._opened = opened
        self._store = opened.store

    def find(self, query: DifferenceQuery) -> Listed[MovedRow]:
        """One page. Raises BadQuery."""
        require_limit(query.limit)
        order, (differing, values) = query.order, self._differing(query)
        found = self._asked(query, f"{differing} ORDER BY key LIMIT %s", [*values, query.limit + 1])
        page = found[: query.limit]
        kept, width = _VIEWS[query.view], len(_VIEWS[query.view].columns)
        entries = self._entries(kept.shape, [key for key, *_ in page], page[0][1]) if page else {}
        moved = tuple(
            _moved(query, key, tuple(both[:width]) if was else None, tuple(both[width:]) if becomes else None, entries[key])
            for key, _, was, becomes, *both in page
        )
        return Listed(moved, order.cursor_of(page[-1][0], page[-1][0]) if len(found) > query.limit else None)

    def count(self, query: DifferenceQuery) -> int:
        """How many rows moved. Raises BadQuery."""
        differing, values = self._differing(query)
        ((counted,),) = self._asked(query, f"SELECT count(*) FROM ({differing}) AS moved", values)
        return int(counted)

    def _differing(self, query: DifferenceQuery) -> tuple[str, list[object]]:
        """A SELECT of the rows that differ, and its values.

        Most rows of the past hold on both sides or on neither: those are passed over first, and only what is left is compared.
        """
        kept, shape = _VIEWS[query.view], _VIEWS[query.view].shape
        (before, before_values), (after, after_values) = _holding(query.before), _holding(query.after)
        both = [*before_values, *after_values]
        (asked,) = query.order.stretches(Where([f"({before}) <> ({after})"], both), query.cursor)
        told = [f"{name}::text" if kind == "json" else name for name, kind in shape.columns.items()]
        was, becomes = (f"({', '.join(f'{side}.{name}' for name in told)})" for side in ("was", "becomes"))
        columns = ", ".join(f"{side}.{name}" for side in ("was", "becomes") for name in kept.columns)
        # The bookmark is of the same snapshot as the rows: later entries moved none of them.
        return (
            f"""
            WITH sides AS MATERIALIZED (
                SELECT *, ({before}) AS stood, ({after}) AS stands FROM {kept.view.placed(self._opened)[shape.table]} {asked.sql}
            )
            SELECT coalesce(was.{shape.key}, becomes.{shape.key}) AS key,
                   (SELECT position FROM {self._opened.names.views}.bookmarks WHERE view = '{kept.view.name}'),
                   was.{shape.key} IS NOT NULL, becomes.{shape.key} IS NOT NULL, {columns}
            FROM (SELECT * FROM sides WHERE stood) AS was FULL JOIN (SELECT * FROM sides WHERE stands) AS becomes USING ({shape.key})
            WHERE {was} IS DISTINCT FROM {becomes}
            """,
            [*both, *asked.values],
        )

    def _asked(self, query: DifferenceQuery, statement: str, values: list[object]) -> list[tuple[Any, ...]]:
        with self._opened.store.connections.use() as connection, connection.cursor() as cursor:
            try:
                cursor.execute(statement, values)
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                name = _VIEWS[query.view].view.name
                message = f"the view {name} has not been built for this version yet; start `tally up`, or run `tally rebuild {name}`"
                raise ViewMissing(message) from error
            return cursor.fetchall()

    def _entries(self, shape: PastShape[Any], keys: Sequence[str], to: int) -> dict[str, list[Entry]]:
        store = self._opened.store
        rows = store.read_streams([f"{shape.prefix}{key}" for key in keys], to)
        store.read_keys(rows)
        found: dict[str, list[Entry]] = {key: [] for key in keys}
        for entry in map(store.decoded, rows):
            found[entry.stream.removeprefix(shape.prefix)].append(entry)
        return found


def _holding(moments: Moments) -> tuple[str, list[object]]:
    where = Where([], [])
    moments.add_to(where)
    return " AND ".join(where.conditions), where.values


def _moved(
    query: DifferenceQuery, key: str, was: tuple[Any, ...] | None, becomes: tuple[Any, ...] | None, entries: Sequence[Entry]
) -> MovedRow:
    kept = _VIEWS[query.view]
    was_called, before = ("", {}) if was is None else kept.told(was)
    called, after = (was_called, {}) if becomes is None else kept.told(becomes)
    return MovedRow(
        key=key,
        name=called,
        how=MovedHow.APPEARED if was is None else MovedHow.DISAPPEARED if becomes is None else MovedHow.CHANGED,
        changes=tuple(_changes(before, after)),
        movers=tuple(movers(kept.shape, key, entries, query.before, query.after)),
    )


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    for name in {**before, **after}:
        was, becomes = before.get(name), after.get(name)
        # What holds nothing is not there.
        yield from compare(name, None if _empty(was) else was, None if _empty(becomes) else becomes)


def _empty(value: object) -> bool:
    return isinstance(value, str | tuple | list | dict) and not value


def movers(shape: PastShape[Any], key: str, entries: Sequence[Entry], before: Moments, after: Moments) -> list[Mover]:
    """The entries that count on one side only and change there what the row shows; in the order in which they were recorded.

    Where each of them by itself changes nothing, all that may have.
    """
    stood = as_of(entries, valid_at=before.valid_at, known_at=before.known_at)
    stand = as_of(entries, valid_at=after.valid_at, known_at=after.known_at)
    versions = {entry.version for entry in stood} ^ {entry.version for entry in stand}
    found = [Mover(MovedSide.FROM, entry) for entry in _telling(shape, key, stood, versions)]
    found += [Mover(MovedSide.TO, entry) for entry in _telling(shape, key, stand, versions)]
    if not found:
        sides = ((MovedSide.FROM, stood), (MovedSide.TO, stand))
        found = [Mover(side, e) for side, them in sides for e in them if e.version in versions and shape.tells(e)]
    return sorted(found, key=lambda mover: mover.entry.version)


def _telling(shape: PastShape[Any], key: str, standing: Iterable[Entry], versions: set[int]) -> Iterator[Entry]:
    teller = shape.teller(key)
    for entry in standing:
        if entry.version not in versions or not shape.tells(entry):
            teller.take(entry)
            continue
        before = teller.rows()
        teller.take(entry)
        if entry.version == 1 or teller.rows() != before:
            yield entry
