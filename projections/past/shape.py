"""What a view says of itself to have its past kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeAlias, TypeVar, cast

from domain.facts import Entry
from projections.past.buckets import bucket_sql

# What a row shows, column by column, as SQL reads it.
Texts: TypeAlias = tuple[str | None, ...]
# The same as it is kept in mind: as it is written, or as it was before that.
Shown: TypeAlias = tuple[object, ...]


class RowName(NamedTuple):
    """Which of a stream's rows: in which table of the past, and what tells it apart there."""

    table: str
    key: str


Rows: TypeAlias = Mapping[RowName, Shown]

# Beyond every moment that a segment begins at: who asks for no moment of the world asks for this one. Not the last one that there
# is, as which the driver reads infinity.
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
# Of the entry by which a row of the past begins; these change with every entry, and are nothing that a row shows.
ORIGIN: Final[Mapping[str, str]] = {"version": "integer", "position": "bigint", "updated_at": "timestamptz"}
TIMES: Final[Mapping[str, str]] = dict.fromkeys(("valid_from", "valid_to", "known_from", "known_to"), "timestamptz")
BUCKETS: Final = ("valid_bucket", "known_bucket")

L = TypeVar("L")
L_contra = TypeVar("L_contra", contravariant=True)


class Origin(NamedTuple):
    """The entry that had the last word when a segment began."""

    version: int
    position: int
    recorded_at: datetime

    @classmethod
    def of(cls, entry: Entry) -> Origin:
        """The entry's."""
        return cls(entry.version, entry.position, entry.recorded_at)


# Where rows do not say by which entry they began.
UNTOLD: Final = Origin(0, 0, datetime.min.replace(tzinfo=UTC))


class Teller(Protocol):
    """Any entries of one stream, in order, on their way into the rows that they tell of."""

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        ...

    def rows(self) -> Rows:
        """The rows by now."""
        ...


@dataclass(frozen=True, slots=True)
class PastTable:
    """One table of the past: its name, the names and SQL types of what is shown, and which columns tell of the stream and of the row.

    `again` takes the columns' values as the database gives them, `texts` says how what is kept in mind is written.
    """

    name: str
    columns: Mapping[str, str]
    of: str
    key: str
    again: Callable[[tuple[Any, ...]], Shown]
    texts: Callable[[Shown], Texts]
    tells_origin: bool = True

    @property
    def types(self) -> Mapping[str, str]:
        """What is written besides the times."""
        return {**self.columns, **ORIGIN} if self.tells_origin else self.columns


class Kept(Protocol[L_contra]):
    """How the rows of a view are kept in the tables of its past, which have the columns of the present and four times.

    `rows` says what the view's own fold of a stream shows, `teller` begins another fold, for entries that are not all of a
    stream. `tells` is False only of entries that never change anything shown; `origin` is what rows say of the entry that they began by.
    """

    @property
    def prefix(self) -> str:
        """What the names of the streams begin with."""
        ...

    @property
    def tables(self) -> Sequence[PastTable]:
        """The tables of the past."""
        ...

    def rows(self, line: L_contra, /) -> Rows:
        """What the view's own fold shows."""
        ...

    def teller(self, key: str, /) -> Teller:
        """Another fold of a stream."""
        ...

    def tells(self, entry: Entry, /) -> bool:
        """Whether an entry may change what is shown."""
        ...

    def origin(self, entry: Entry, /) -> Origin:
        """What a row says of the entry that it began by."""
        ...


@dataclass(frozen=True, slots=True)
class PastShape(Generic[L]):
    """The past of a view with one table, which has a row for each stream: `of` holds the rest of the stream's name.

    What is shown is kept in mind as it is written; `again` takes the columns' values as the database gives them.
    """

    table: str
    prefix: str
    columns: Mapping[str, str]
    of: str
    key: str
    rows: Callable[[L], Rows]
    teller: Callable[[str], Teller]
    again: Callable[[tuple[Any, ...]], Texts]
    tells: Callable[[Entry], bool]

    @property
    def tables(self) -> tuple[PastTable, ...]:
        """The one table."""
        return (PastTable(self.table, self.columns, self.of, self.key, self.again, as_written),)

    @staticmethod
    def origin(entry: Entry) -> Origin:
        """The entry itself."""
        return Origin.of(entry)


def as_written(values: Shown) -> Texts:
    """What is kept in mind as it is written."""
    return cast("Texts", values)


def past_ddl(present: str, past: str, key: str) -> str:
    """The table of the past beside that of the present, both by their placeholders."""
    valid, known = bucket_sql("valid_from", "valid_to"), bucket_sql("known_from", "known_to")
    return f"""
CREATE TABLE {{{past}}} (
    LIKE {{{present}}} INCLUDING GENERATED,
    -- Half open: in the world from the one to the other, and in the ledger's knowledge.
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL,
    known_from timestamptz NOT NULL,
    known_to   timestamptz NOT NULL,
    -- Where it is looked for by when it stood (negative once it is known no longer), and what had no end yet when it became known, by that.
    valid_bucket bigint GENERATED ALWAYS AS (
        CASE WHEN known_to = 'infinity' THEN {valid} WHEN valid_to < 'infinity' THEN -{valid} END
    ) STORED,
    known_bucket bigint GENERATED ALWAYS AS (CASE WHEN valid_to > known_from THEN {known} END) STORED,
    PRIMARY KEY ({key}, known_to, valid_from) INCLUDE (valid_to, known_from)
)
"""


def past_indexes(past: str, key: str, sorts: Iterable[str], filtered: str | None = None, only: Mapping[str, str] | None = None) -> str:
    """Each bucket in each order in which pages are asked for.

    The times are in it, and a column that most questions filter by, so that no row is fetched in vain. `only` says of what rows
    pages are asked for in an order, where it is not of all.
    """
    times = "valid_from, valid_to, known_from, known_to"
    narrowed = {} if only is None else {expression: f" AND {condition}" for expression, condition in only.items()}

    def beside(expression: str) -> str:
        return "" if filtered is None or expression.split(maxsplit=1)[0] == filtered else f" INCLUDE ({filtered})"

    orders = (
        f"CREATE INDEX ON {{{past}}} ({bucket}, {expression}, {key}, {times}){beside(expression)} "
        f"WHERE {bucket} IS NOT NULL{narrowed.get(expression, '')}"
        for bucket, expression in product(BUCKETS, sorts)
    )
    # Most buckets hold next to nothing, and what is looked for lies in the others: the planner would take these for small ones.
    planned = (f"ALTER TABLE {{{past}}} ALTER {bucket} SET (n_distinct = 32)" for bucket in BUCKETS)
    return ";\n".join((*orders, *planned))
