"""What the past of a stream should say at any two moments: the domain's fold of what stood then, with nothing remembered in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from domain.contract.correction import FactCorrected
from domain.contract.history import as_of
from domain.facts import Entry
from projections.past.asked import Moments
from projections.view import Row, RowsPerStream, Told, ToldRows

# Of a stream with more pairs of moments than this, as many of them are looked at, evenly spread.
MAX_POINTS: Final = 4_096


class Together:
    """All rows of a stream in several tables as if they were the columns of one, by their tables and by what tells them apart there."""

    def __init__(self, expects: RowsPerStream, key: str) -> None:
        """Begins with nothing."""
        self._expects = expects
        self._told: ToldRows = expects.begin(key)

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        self._told.fold(entry)

    def row(self) -> Row:
        """The rows that should stand by now."""
        told = self._told.rows()
        tables = self._expects.tables.items()
        return {f"{table} {row[0]}": dict(zip(columns, row, strict=True)) for table, columns in tables for row in told.get(table, ())}


@dataclass(slots=True)
class Stood:
    """One stream's row at any two moments. `tells` is False of entries by which no row of the past ever begins."""

    prefix: str
    key: str
    entries: Sequence[Entry]
    begin: Callable[[str], Told]
    tells: Callable[[Entry], bool]
    _folded: dict[tuple[int, ...], Row] = field(default_factory=dict)

    def at(self, moments: Moments) -> Row | None:
        """The row; None where nothing stood then."""
        standing = as_of(self.entries, valid_at=moments.valid_at, known_at=moments.known_at)
        if not standing:
            return None
        versions = tuple(entry.version for entry in standing)
        if versions not in self._folded:
            told = self.begin(self.key)
            for entry in standing:
                told.fold(entry)
            self._folded[versions] = told.row()
        return self._folded[versions]

    def last(self, moments: Moments) -> Entry | None:
        """The entry that had the last word then, of those that may change a row."""
        standing = as_of(self.entries, valid_at=moments.valid_at, known_at=moments.known_at)
        return next((entry for entry in reversed(standing) if self.tells(entry)), None)

    def points(self) -> Iterator[Moments]:
        """Every pair of moments at which something may begin to be otherwise, and those without regard to moments of the world."""
        telling = [entry for entry in self.entries if self.tells(entry)]
        known = sorted({entry.recorded_at for entry in telling})
        corrected = {e.fact.effective_at for e in telling if isinstance(e.fact, FactCorrected) and e.fact.effective_at is not None}
        valid = sorted({entry.effective_at for entry in self.entries} | corrected)
        pairs = [Moments(v, k) for k, v in product(known, (*valid, None))]
        stride = max(1, len(pairs) // MAX_POINTS)
        yield from pairs[::-stride]
