"""What a view says of itself to have its past kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from domain.facts import Entry
from projections.past.buckets import bucket_sql

# What a row shows, column by column, as SQL reads it.
Texts: TypeAlias = tuple[str | None, ...]
# The rows of one stream by their keys.
Rows: TypeAlias = Mapping[str, Texts]

# Beyond every moment that a segment begins at: who asks for no moment of the world asks for this one. Not the last one that there
# is, as which the driver reads infinity.
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
# Of the entry by which a row of the past begins; these change with every entry, and are nothing that a row shows.
ORIGIN: Final[Mapping[str, str]] = {"version": "integer", "position": "bigint", "updated_at": "timestamptz"}
TIMES: Final[Mapping[str, str]] = dict.fromkeys(("valid_from", "valid_to", "known_from", "known_to"), "timestamptz")
BUCKETS: Final = ("valid_bucket", "known_bucket")

L = TypeVar("L")
L_contra = TypeVar("L_contra", contravariant=True)


class Teller(Protocol):
    """Any entries of one stream, in order, on their way into the rows that they tell of."""

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        ...

    def rows(self) -> Rows:
        """The rows by now."""
        ...


@dataclass(frozen=True, slots=True)
class PastShape(Generic[L]):
    """How the rows of a view's table are kept in the table of its past, which has the same columns and four times.

    `columns` are names and SQL types of what is shown, `of` the one that holds the rest of the stream's name and `key` the
    one that tells its rows apart. `rows` says what the view's own fold of a stream shows, `teller` begins another fold, for
    entries that are not all of a stream; `again` takes the columns' values as the database gives them. `tells` is False only
    of entries that never change anything shown.
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


def past_ddl(present: str, past: str, key: str) -> str:
    """The table of the past beside that of the present, both by their placeholders."""
    valid, known = bucket_sql("valid_from", "valid_to"), bucket_sql("known_from", "known_to")
    return f"""
CREATE TABLE {{{past}}} (
    LIKE {{{present}}},
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


def past_indexes(past: str, key: str, sorts: Iterable[str], filtered: str | None = None) -> str:
    """Each bucket in each order in which pages are asked for.

    The times are in it, and a column that most questions filter by, so that no row is fetched in vain.
    """
    times = "valid_from, valid_to, known_from, known_to"

    def beside(expression: str) -> str:
        return "" if filtered is None or expression.split(maxsplit=1)[0] == filtered else f" INCLUDE ({filtered})"

    orders = (
        f"CREATE INDEX ON {{{past}}} ({bucket}, {expression}, {key}, {times}){beside(expression)} WHERE {bucket} IS NOT NULL"
        for bucket, expression in product(BUCKETS, sorts)
    )
    # Most buckets hold next to nothing, and what is looked for lies in the others: the planner would take these for small ones.
    planned = (f"ALTER TABLE {{{past}}} ALTER {bucket} SET (n_distinct = 32)" for bucket in BUCKETS)
    return ";\n".join((*orders, *planned))
