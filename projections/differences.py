"""What moved in a view between two moments: which rows, from what to what, and which entries moved them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import psycopg2.errors

from domain.contract.history import as_of
from domain.difference import Change, compare
from domain.facts import Entry
from infra.opening import Opened
from projections.moving import LISTS, PastView
from projections.paging import Listed, Order, SortColumn, Where, require_limit
from projections.past import Moments, RowName
from projections.past.shape import Kept, Rows
from projections.view import ViewMissing


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
    """A row that differs between two moments. `name` is what people call it by, as it is on the later side where it is there.

    `contract_id` says under which contract it stands; None where the list is not of contracts.
    """

    key: str
    name: str
    contract_id: str | None
    how: MovedHow
    changes: tuple[Change, ...]
    movers: tuple[Mover, ...]


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
        key = SortColumn(LISTS[self.view].table.key, "text")
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
        streams = self._streams(query, dict.fromkeys(of for _, of, *_ in page), page[0][2]) if page else {}
        moved = tuple(_moved(query, key, streams[of], *_sides(query.view, both)) for key, of, _, *both in page)
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
        kept, table = LISTS[query.view], LISTS[query.view].table
        (before, before_values), (after, after_values) = _holding(query.before), _holding(query.after)
        both = [*before_values, *after_values]
        (asked,) = query.order.stretches(Where([f"({before}) <> ({after})"], both), query.cursor)
        told = [f"{name}::text" if kind == "json" else name for name, kind in table.columns.items()]
        was, becomes = (f"({', '.join(f'{side}.{name}' for name in told)})" for side in ("was", "becomes"))
        columns = ", ".join(f"{side}.{name}" for side in ("was", "becomes") for name in kept.columns)
        # The bookmark is of the same snapshot as the rows: later entries moved none of them.
        return (
            f"""
            WITH sides AS MATERIALIZED (
                SELECT *, ({before}) AS stood, ({after}) AS stands FROM {kept.view.placed(self._opened)[table.name]} {asked.sql}
            )
            SELECT coalesce(was.{table.key}, becomes.{table.key}) AS key, coalesce(was.{table.of}, becomes.{table.of}) AS stream,
                   (SELECT position FROM {self._opened.names.views}.bookmarks WHERE view = '{kept.view.name}'),
                   was.{table.key} IS NOT NULL, becomes.{table.key} IS NOT NULL, {columns}
            FROM (SELECT * FROM sides WHERE stood) AS was FULL JOIN (SELECT * FROM sides WHERE stands) AS becomes USING ({table.key})
            WHERE {was} IS DISTINCT FROM {becomes}
            """,
            [*both, *asked.values],
        )

    def _asked(self, query: DifferenceQuery, statement: str, values: list[object]) -> list[tuple[Any, ...]]:
        with self._opened.store.connections.use() as connection, connection.cursor() as cursor:
            try:
                cursor.execute(statement, values)
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                name = LISTS[query.view].view.name
                message = f"the view {name} has not been built for this version yet; start `tally up`, or run `tally rebuild {name}`"
                raise ViewMissing(message) from error
            return cursor.fetchall()

    def _streams(self, query: DifferenceQuery, keys: Iterable[str], to: int) -> dict[str, _Stream]:
        store, past = self._opened.store, LISTS[query.view].past
        found: dict[str, list[Entry]] = {key: [] for key in keys}
        rows = store.read_streams([f"{past.prefix}{key}" for key in found], to)
        store.read_keys(rows)
        for entry in map(store.decoded, rows):
            found[entry.stream.removeprefix(past.prefix)].append(entry)
        return {key: _Stream(past, key, entries, query.before, query.after) for key, entries in found.items()}


class _Step(NamedTuple):
    """An entry that counts on one side only, and the rows of its stream before and after it."""

    entry: Entry
    was: Rows
    becomes: Rows


class _Stream:
    """What moved the rows of one stream."""

    def __init__(self, past: Kept[Any], key: str, entries: Sequence[Entry], before: Moments, after: Moments) -> None:
        """Folds what counts on either side."""
        self.key = key
        self._past = past
        sides = ((MovedSide.FROM, before), (MovedSide.TO, after))
        self._standing = {side: list(as_of(entries, valid_at=at.valid_at, known_at=at.known_at)) for side, at in sides}
        stood, stand = ({entry.version for entry in standing} for standing in self._standing.values())
        self._versions = stood ^ stand
        self._steps = {side: list(self._told(standing)) for side, standing in self._standing.items()}

    def movers(self, row: RowName) -> list[Mover]:
        """The entries that count on one side only and change there what a row shows; in the order in which they were recorded.

        Where each of them by itself changes nothing, all that may have.
        """
        steps = ((side, step) for side, steps in self._steps.items() for step in steps)
        found = [Mover(side, step.entry) for side, step in steps if step.was.get(row) != step.becomes.get(row)]
        if not found:
            found = [Mover(side, entry) for side, them in self._standing.items() for entry in them if self._may_move(entry)]
        return sorted(found, key=lambda mover: mover.entry.version)

    def _may_move(self, entry: Entry) -> bool:
        return entry.version in self._versions and self._past.tells(entry)

    def _told(self, standing: Iterable[Entry]) -> Iterator[_Step]:
        teller = self._past.teller(self.key)
        for entry in standing:
            if not self._may_move(entry):
                teller.take(entry)
                continue
            # Some tell of a blank row before there is one.
            was = {} if entry.version == 1 else teller.rows()
            teller.take(entry)
            yield _Step(entry, was, teller.rows())


def _holding(moments: Moments) -> tuple[str, list[object]]:
    where = Where([], [])
    moments.add_to(where)
    return " AND ".join(where.conditions), where.values


def _sides(view: PastView, both: Sequence[Any]) -> tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]:
    """The row of either side, where it is there."""
    width, (was, becomes, *values) = len(LISTS[view].columns), both
    return tuple(values[:width]) if was else None, tuple(values[width:]) if becomes else None


def _moved(query: DifferenceQuery, key: str, stream: _Stream, was: tuple[Any, ...] | None, becomes: tuple[Any, ...] | None) -> MovedRow:
    kept = LISTS[query.view]
    was_called, before = ("", {}) if was is None else kept.told(was)
    called, after = (was_called, {}) if becomes is None else kept.told(becomes)
    return MovedRow(
        key=key,
        name=called,
        contract_id=stream.key if kept.is_of_contracts else None,
        how=MovedHow.APPEARED if was is None else MovedHow.DISAPPEARED if becomes is None else MovedHow.CHANGED,
        changes=tuple(_changes(before, after)),
        movers=tuple(stream.movers(RowName(kept.table.name, key))),
    )


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    for name in {**before, **after}:
        was, becomes = before.get(name), after.get(name)
        # What holds nothing is not there.
        yield from compare(name, None if _empty(was) else was, None if _empty(becomes) else becomes)


def _empty(value: object) -> bool:
    return isinstance(value, str | tuple | list | dict) and not value
