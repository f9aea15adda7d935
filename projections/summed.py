"""What moved in sums between two moments: which lines, from what to what, and which entries of which contracts moved them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

from infra.opening import Opened
from projections.columns import joined, unnested
from projections.fulfilment.contract import PRESENT
from projections.moved import DifferenceQuery, MovedRow, Mover, Step, bookmarks_of, fetched, holding, in_order, moved, streams_of
from projections.paging import BadQuery, Listed, Where, require_limit
from projections.parts import Reached
from projections.past import Moments
from projections.past.shape import PastTable, Shown
from projections.past.shape import Rows as PastRows
from projections.rows import stood
from projections.several import STREAMS_AT_ONCE
from projections.sums import Sum, sum_of

# A page ends early where more contracts than this moved its lines, since the stream of each is read. Of a line that is moved by more
# the entries of so many are told, the first by their ids, and how many are left out.
MAX_CONTRACTS: Final = 1_000

# What a contract adds to lines, by what tells lines apart: its columns, first those that are added, then its names.
Added: TypeAlias = dict[str, tuple[object, ...]]


class Line(NamedTuple):
    """A line that differs: its columns on either side, where it is there, and the contracts that add something else to it."""

    key: str
    was: tuple[Any, ...] | None
    becomes: tuple[Any, ...] | None
    contracts: tuple[str, ...]
    left_out: int = 0


class SumDifferences:
    """What moved in the sums of one ledger. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._opened = opened

    def find(self, query: DifferenceQuery) -> Listed[MovedRow]:
        """One page, which may end early. Raises BadQuery."""
        require_limit(query.limit)
        question = _asked(self._opened, query)
        statement, values = question.page()
        view = question.summed.view
        found = fetched(self._opened, view, statement, values)
        lines = [_line(question.summed, row) for row in found]
        page = list(_as_many(lines[: query.limit]))
        movers = self._movers(question, page, Reached.read(view.name, found[0][-1])) if page else {}
        listed = tuple(_moved(question, line, movers[line.key]) for line in page)
        return Listed(listed, query.order.cursor_of(page[-1].key, page[-1].key) if len(lines) > len(page) else None)

    def count(self, query: DifferenceQuery) -> int:
        """How many lines moved. Raises BadQuery."""
        question = _asked(self._opened, query)
        statement, values = question.lines()
        ((counted,),) = fetched(self._opened, question.summed.view, f"SELECT count(*) FROM ({statement}) AS moved", values)
        return int(counted)

    def _movers(self, question: _Question, page: Sequence[Line], to: Reached) -> Mapping[str, list[Mover]]:
        """The entries that moved each line. Streams are read some at a time, so that only what moved something is kept in mind."""
        found: defaultdict[str, list[Mover]] = defaultdict(list)
        of_contract: defaultdict[str, list[Line]] = defaultdict(list)
        for line in page:
            for contract_id in line.contracts:
                of_contract[contract_id].append(line)
        contracts = list(of_contract)
        for n in range(0, len(contracts), STREAMS_AT_ONCE):
            streams = streams_of(self._opened, question.summed.past, contracts[n : n + STREAMS_AT_ONCE], to, question.query)
            told = _Told(question.summed, (step for stream in streams.values() for step in stream.steps))
            added = told.added(self._opened, question, [line.key for line in page])
            for contract_id, stream in streams.items():
                for line in of_contract[contract_id]:
                    found[line.key] += stream.movers(added.moves(line))
        return {key: in_order(movers) for key, movers in found.items()}


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of the tables."""

    opened: Opened
    summed: Sum
    query: DifferenceQuery
    on: date

    def lines(self) -> tuple[str, list[object]]:
        """A SELECT of all lines that differ, with their columns on both sides."""
        both = [self.summed.grouping(self.on, at, *self._sources(at), apart=False) for at in self._moments]
        columns = self.summed.columns
        was, becomes = (f"(SELECT {', '.join(columns)} FROM ({side.sql}) AS g)" for side in both)
        told = [column for column in columns if column not in self.summed.untold]
        shown = ", ".join(f"{side}.{column} AS {side}_{column}" for side in ("was", "becomes") for column in columns)
        return (
            f"""
            SELECT group_key, was.group_key IS NOT NULL AS stood, becomes.group_key IS NOT NULL AS stands, {shown}
            FROM {was} AS was FULL JOIN {becomes} AS becomes USING (group_key)
            WHERE {_differ(told)}
            """,
            [value for side in both for value in side.values],
        )

    def page(self) -> tuple[str, list[object]]:
        """A SELECT of a page of lines and, where there are more, one; of each the contracts that add something else to it."""
        (lines, values), (differing, differing_values) = self.lines(), self._differing()
        (asked,) = self.query.order.stretches(Where([], []), self.query.cursor)
        # Most contracts add the same on both sides: those of which no row differs are not summed apart.
        some = "(SELECT *, contract_id AS apart FROM {} WHERE contract_id IN (SELECT contract_id FROM differing)) AS differing_rows"
        both = [self.summed.grouping(self.on, at, *map(some.format, self._sources(at)), apart=True) for at in self._moments]
        columns = ", ".join(("group_key", "apart", *self.summed.added, *self.summed.names))
        was, becomes = (f"(SELECT {columns} FROM ({side.sql}) AS g)" for side in both)
        # A name that a contract gives only counts where it came to be the line's.
        renamed = "".join(
            f" OR (page.was_{name} IS DISTINCT FROM page.becomes_{name} AND was.{name} IS DISTINCT FROM becomes.{name})"
            for name in self.summed.names
        )
        return (
            f"""
            WITH page AS MATERIALIZED (SELECT * FROM ({lines}) AS lines {asked.sql} {self.query.order.sql} LIMIT %s),
                 differing AS MATERIALIZED ({differing}),
                 added AS MATERIALIZED (
                     SELECT group_key, apart FROM {was} AS was FULL JOIN {becomes} AS becomes USING (group_key, apart)
                     JOIN page USING (group_key) WHERE {_differ(self.summed.added)}{renamed}
                 )
            SELECT page.*, coalesce(contracts, '{{}}'),
                   ({bookmarks_of(self.opened, self.summed.view)})
            FROM page LEFT JOIN (
                SELECT group_key, array_agg(apart ORDER BY apart COLLATE "C") AS contracts FROM added GROUP BY group_key
            ) AS movers USING (group_key)
            {self.query.order.sql}
            """,
            [*values, *asked.values, self.query.limit + 1, *differing_values, *(value for side in both for value in side.values)],
        )

    def _differing(self) -> tuple[str, list[object]]:
        """A SELECT of the contracts of which rows stand on one side only, and its values."""
        (before, before_values), (after, after_values) = map(holding, self._moments)
        places = self.summed.view.placed(self.opened)
        some = [f"SELECT contract_id FROM {places[kept]} WHERE ({before}) <> ({after})" for kept in self.summed.kept]
        return " UNION ".join(some), [*before_values, *after_values] * len(some)

    @property
    def _moments(self) -> tuple[Moments, Moments]:
        return self.query.before, self.query.after

    def _sources(self, at: Moments) -> list[str]:
        """The tables as they were."""
        found, view = [], self.summed.view
        for table in self.summed.tables:
            then = stood(self.opened, view, view.pasts[table], at)
            found.append(view.placed(self.opened)[table] if then is None else then.source)
        return found


class _Adding(NamedTuple):
    """What contracts add to lines before and after entries, where these change any of their rows."""

    summed: Sum
    states: Mapping[str, Added]

    def moves(self, line: Line) -> Callable[[Step], bool]:
        """Whether an entry changes what its contract adds to a line."""
        counted = len(self.summed.added) + (len(self.summed.names) if _is_renamed(self.summed, line) else 0)

        def moves(step: Step) -> bool:
            was, becomes = (self.states.get(_state(step, after=after), {}).get(line.key) for after in (False, True))
            return (was and was[:counted]) != (becomes and becomes[:counted])

        return moves


class _Told:
    """The rows of contracts before and after entries that count on one side only, as far as they are summed."""

    def __init__(self, summed: Sum, steps: Iterable[Step]) -> None:
        """Leaves out entries that change no such row."""
        self._summed = summed
        self._tables = {table.name: table for table in summed.past.tables if table.name in summed.kept}
        self._rows: dict[str, list[tuple[str, Shown]]] = {name: [] for name in self._tables}
        for step in steps:
            if self._relevant(step.was) != self._relevant(step.becomes):
                self._take(_state(step, after=False), step.was)
                self._take(_state(step, after=True), step.becomes)

    def _relevant(self, rows: PastRows) -> PastRows:
        return {name: row for name, row in rows.items() if name.table in self._tables}

    def _take(self, state: str, rows: PastRows) -> None:
        for name, row in self._relevant(rows).items():
            self._rows[name.table].append((state, row))

    def added(self, opened: Opened, question: _Question, keys: list[str]) -> _Adding:
        """What they add to lines, by the very sums of the view."""
        tables = [f"told_{table}" for table in self._summed.tables]
        grouping = self._summed.grouping(question.on, PRESENT, *tables, apart=True)
        some = [self._table(kept) for kept in self._summed.kept]
        told = ", ".join(f"{name} AS (SELECT * FROM {sql})" for name, (sql, _) in zip(tables, some, strict=True))
        columns = ", ".join((*self._summed.added, *self._summed.names))
        states: defaultdict[str, Added] = defaultdict(dict)
        for state, key, *figures in fetched(
            opened,
            self._summed.view,
            f"WITH {told} SELECT apart, group_key, {columns} FROM ({grouping.sql}) AS g WHERE group_key = ANY(%s)",
            [*(value for _, values in some for value in values), *grouping.values, keys],
        ):
            states[state][key] = tuple(figures)
        return _Adding(self._summed, states)

    def _table(self, name: str) -> tuple[str, list[object]]:
        """Rows as a table of SQL, and its values."""
        table: PastTable = self._tables[name]
        texts = [(state, *table.texts(row)) for state, row in self._rows[name]]
        # One text of no rows would be split into one row.
        values: list[object] = [joined(column) for column in zip(*texts, strict=True)] or [None] * (len(table.columns) + 1)
        return f"{unnested(('text', *table.columns.values()))} AS t(apart, {', '.join(table.columns)})", values


def _state(step: Step, *, after: bool) -> str:
    return f"{step.side} {step.entry.position} {after}"


def _differ(columns: Sequence[str]) -> str:
    was, becomes = (f"({', '.join(f'{side}.{column}' for column in columns)})" for side in ("was", "becomes"))
    return f"{was} IS DISTINCT FROM {becomes}"


def _asked(opened: Opened, query: DifferenceQuery) -> _Question:
    summed = sum_of(query)
    if summed.is_seen_from_a_day and query.on is None:
        message = "sums are seen from a day"
        raise BadQuery(message)
    # Where nothing depends on the day, any will do.
    return _Question(opened, summed, query, query.on or date.max)


def _line(summed: Sum, row: Sequence[Any]) -> Line:
    width, (key, stood_then, stands, *values, contracts, _) = len(summed.columns), row
    return Line(key, tuple(values[:width]) if stood_then else None, tuple(values[width:]) if stands else None, tuple(contracts))


def _is_renamed(summed: Sum, line: Line) -> bool:
    named = [n for n, column in enumerate(summed.columns) if column in summed.names]
    return any((line.was and line.was[n]) != (line.becomes and line.becomes[n]) for n in named)


def _as_many(lines: Iterable[Line]) -> Iterator[Line]:
    contracts = set[str]()
    for n, line in enumerate(lines):
        contracts |= set(line.contracts)
        if n and len(contracts) > MAX_CONTRACTS:
            return
        told = line.contracts[:MAX_CONTRACTS]
        yield line._replace(contracts=told, left_out=len(line.contracts) - len(told))


def _moved(question: _Question, line: Line, movers: Iterable[Mover]) -> MovedRow:
    was, becomes = (None if side is None else question.summed.read(side, question.on) for side in (line.was, line.becomes))
    either = becomes or was
    contract_id = either and either.contract_id
    before, after = (None if side is None else (side.name, side.shown) for side in (was, becomes))
    return replace(moved(line.key, before, after, contract_id, movers), is_of_several=contract_id is None, contracts_left_out=line.left_out)
