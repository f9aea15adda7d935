"""What a view says of itself to have its past kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from domain.facts import Entry

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
    return f"""
CREATE TABLE {{{past}}} (
    LIKE {{{present}}},
    -- Half open: in the world from the one to the other, and in the ledger's knowledge.
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL,
    known_from timestamptz NOT NULL,
    known_to   timestamptz NOT NULL,
    PRIMARY KEY ({key}, known_to, valid_from)
)
"""


def past_indexes(past: str, key: str, sorts: Iterable[str]) -> str:
    """An index for each order in which pages are asked for. The times are in it, so that no row of another time is fetched."""
    times = "valid_from, valid_to, known_from, known_to"
    orders = (f"CREATE INDEX ON {{{past}}} ({expression}, {key}, {times})" for expression in sorts)
    return ";\n".join((*orders, f"CREATE INDEX ON {{{past}}} (known_from)", f"CREATE INDEX ON {{{past}}} (valid_from)"))
