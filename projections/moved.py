"""What it is that moved in a view between two moments: rows, from what to what, and the entries that moved them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

import psycopg2.errors

from domain.contract.history import as_of
from domain.difference import Change, compare
from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.moving import LISTS, PastView
from projections.paging import BadQuery, Order, SortColumn, Where
from projections.parts import Reached
from projections.past import Moments
from projections.past.shape import Kept, Rows
from projections.register.statistics import GroupedBy
from projections.view import View, ViewMissing

# What a row is called, and what it shows.
Told: TypeAlias = tuple[str, dict[str, object]]


# What groups of statistics have in common where nothing is said of it.
DEFAULT_GROUPED_BY: Final = GroupedBy.STATUS


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

    `contract_id` says under which contract it stands; None where the list is not of contracts, or a line the sum of several. Of very many
    contracts whose entries moved a sum some are left out.
    """

    key: str
    name: str
    contract_id: str | None
    how: MovedHow
    changes: tuple[Change, ...]
    movers: tuple[Mover, ...]
    is_of_several: bool = False
    contracts_left_out: int = 0

    def cited(self, mover: Mover) -> str:
        """One of its entries as people call it: version and fact, and of which contract it is where that may be any."""
        entry = mover.entry
        contract = f"{entry.stream.removeprefix(CONTRACT.prefix)} " if self.is_of_several else ""
        return f"{contract}v{entry.version} {entry.fact.NAME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceQuery:
    """What moved in a view from one pair of moments to another, in the order of the rows' keys.

    Sums are seen from the day `on`, the same on both sides; lists have none, and of statistics nothing depends on it. What the contracts
    of a group of statistics have in common is said `by`; without it, their status.
    """

    view: PastView
    before: Moments
    after: Moments
    on: date | None = None
    by: GroupedBy | None = None
    limit: int = 50
    cursor: str | None = None

    @property
    def grouped_by(self) -> GroupedBy | None:
        """What the contracts of a group have in common; None of views without groups. Raises BadQuery where it is said of such a view."""
        if self.view is PastView.STATISTICS:
            return self.by or DEFAULT_GROUPED_BY
        if self.by is not None:
            message = f"only {PastView.STATISTICS} are of groups with something in common, and not {self.view}"
            raise BadQuery(message)
        return None

    @property
    def order(self) -> Order:
        """The order of rows. A cursor belongs to its view, its moments, its day and what groups have in common. Raises BadQuery."""
        key = SortColumn(LISTS[self.view].table.key if self.view in LISTS else "group_key", "text")
        seen_from = "" if self.on is None else f"/{self.on}"
        grouped = "" if self.grouped_by is None else f"/by {self.grouped_by}"
        return Order(key, key, descending=False, as_of=f"/{self.view}{self.before.label}..{self.after.label}{seen_from}{grouped}")


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


class Step(NamedTuple):
    """An entry that counts on one side only, and the rows of its stream before and after it."""

    side: MovedSide
    entry: Entry
    was: Rows
    becomes: Rows


class MovedStream:
    """What moved the rows of one stream."""

    def __init__(self, past: Kept[Any], key: str, entries: Sequence[Entry], before: Moments, after: Moments) -> None:
        """Folds what counts on either side."""
        self.key = key
        self._past = past
        sides = ((MovedSide.FROM, before), (MovedSide.TO, after))
        self._standing = {side: list(as_of(entries, valid_at=at.valid_at, known_at=at.known_at)) for side, at in sides}
        stood, stand = ({entry.version for entry in standing} for standing in self._standing.values())
        self._versions = stood ^ stand
        self.steps = [step for side, standing in self._standing.items() for step in self._told(side, standing)]

    def movers(self, moves: Callable[[Step], bool]) -> list[Mover]:
        """The entries that count on one side only and change something there; in the order in which they were recorded.

        Where each of them by itself changes nothing, all that may have.
        """
        found = [Mover(step.side, step.entry) for step in self.steps if moves(step)]
        if not found:
            found = [Mover(side, entry) for side, them in self._standing.items() for entry in them if self._may_move(entry)]
        return in_order(found)

    def _may_move(self, entry: Entry) -> bool:
        return entry.version in self._versions and self._past.tells(entry)

    def _told(self, side: MovedSide, standing: Iterable[Entry]) -> Iterator[Step]:
        teller = self._past.teller(self.key)
        for entry in standing:
            if not self._may_move(entry):
                teller.take(entry)
                continue
            # Some tell of a blank row before there is one.
            was = {} if entry.version == 1 else teller.rows()
            teller.take(entry)
            yield Step(side, entry, was, teller.rows())


def in_order(movers: Iterable[Mover]) -> list[Mover]:
    """In the order in which the entries were recorded."""
    return sorted(movers, key=lambda mover: mover.entry.position)


def bookmarks_of(opened: Opened, view: View) -> str:
    """A SELECT of the bookmarks of a view and of its parts, by their names: of the snapshot of its rows, they say what those know."""
    return (
        f"SELECT json_object_agg(view, position) FROM {opened.names.views}.bookmarks "
        f"WHERE view = '{view.name}' OR starts_with(view, '{view.name} ')"
    )


def streams_of(opened: Opened, past: Kept[Any], keys: Iterable[str], to: Reached, query: DifferenceQuery) -> dict[str, MovedStream]:
    """Streams by the rest of their names, as far as the view's rows of each have come."""
    found: dict[str, list[Entry]] = {key: [] for key in keys}
    rows = list(to.seen(opened.store.read_streams([f"{past.prefix}{key}" for key in found], to.most)))
    opened.store.read_keys(rows)
    for entry in map(opened.store.decoded, rows):
        found[entry.stream.removeprefix(past.prefix)].append(entry)
    return {key: MovedStream(past, key, entries, query.before, query.after) for key, entries in found.items()}


def fetched(opened: Opened, view: View, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """What a question to a view's tables finds. Raises StoreUnavailable, ViewMissing."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement, values)
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
            message = f"the view {view.name} has not been built for this version yet; start `tally up`, or run `tally rebuild {view.name}`"
            raise ViewMissing(message) from error
        return cursor.fetchall()


def holding(moments: Moments) -> tuple[str, list[object]]:
    """What must hold of a row of the past, and its values."""
    where = Where([], [])
    moments.add_to(where)
    return " AND ".join(where.conditions), where.values


def moved(key: str, was: Told | None, becomes: Told | None, contract_id: str | None, movers: Iterable[Mover]) -> MovedRow:
    """A row from what it says on one side, where it is there, to what it says on the other."""
    called, after = (was[0] if was else "", {}) if becomes is None else becomes
    before = {} if was is None else was[1]
    return MovedRow(
        key=key,
        name=called,
        contract_id=contract_id,
        how=MovedHow.APPEARED if was is None else MovedHow.DISAPPEARED if becomes is None else MovedHow.CHANGED,
        changes=tuple(_changes(before, after)),
        movers=tuple(movers),
    )


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    for name in {**before, **after}:
        was, becomes = before.get(name), after.get(name)
        # What holds nothing is not there.
        yield from compare(name, None if _empty(was) else was, None if _empty(becomes) else becomes)


def _empty(value: object) -> bool:
    return isinstance(value, str | tuple | list | dict) and not value
