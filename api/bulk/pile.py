"""The rows of a file on their way to the ledger: kept on disk, so that those of one contract come out together however long the file is."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from api.bulk.columns import CONTRACTS, EXAMPLE, SHEETS, Sheet
from api.bulk.draft import Draft
from api.bulk.reading import Filled, Flaw, rows_of

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE head (number TEXT PRIMARY KEY, line INTEGER, cells TEXT, flaws TEXT) WITHOUT ROWID;
CREATE TABLE again (number TEXT, line INTEGER);
CREATE TABLE part (number TEXT, sheet TEXT, line INTEGER, cells TEXT, flaws TEXT);
CREATE TABLE stray (sheet TEXT, line INTEGER);
"""
_INDEXES: Final = """
CREATE INDEX head_in_order ON head (line);
CREATE INDEX again_of ON again (number);
CREATE INDEX part_of ON part (number, sheet, line);
"""
_BY_NAME: Final = {sheet.name: sheet for sheet in SHEETS}


class _Kept(NamedTuple):
    """A row as it is kept: its cells, and the columns and reasons of its flaws."""

    cells: str
    flaws: str


class Pile:
    """The rows of one file in a temporary database, gone at the end of the `with`. For one thread."""

    def __enter__(self) -> Self:
        """Makes it, in the folder for temporary files."""
        self._folder = tempfile.TemporaryDirectory(prefix="tally-bulk-")
        self._rows = sqlite3.connect(Path(self._folder.name) / "rows", isolation_level=None, check_same_thread=False)
        self._rows.executescript(_TABLES)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Removes it."""
        self._rows.close()
        self._folder.cleanup()

    def fill(self, path: Path) -> Self:
        """Takes the rows of a file. Raises Unreadable and OSError."""
        self._rows.execute("BEGIN")
        for filled, flaws in rows_of(path):
            self._take(filled, _kept(filled, flaws))
        self._rows.execute("COMMIT")
        self._rows.executescript(_INDEXES)
        return self

    def _take(self, filled: Filled, kept: _Kept) -> None:
        number = filled.cells.get("number", "")
        if number == EXAMPLE:
            return
        if not number:
            self._rows.execute("INSERT INTO stray VALUES (?, ?)", (filled.sheet.name, filled.row))
        elif filled.sheet is not CONTRACTS:
            self._rows.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?)", (number, filled.sheet.name, filled.row, *kept))
        elif not self._rows.execute("INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?)", (number, filled.row, *kept)).rowcount:
            self._rows.execute("INSERT INTO again VALUES (?, ?)", (number, filled.row))

    def __len__(self) -> int:
        """How many contracts there are."""
        (count,) = self._rows.execute("SELECT count(*) FROM head").fetchone()
        return int(count)

    def drafts(self) -> Iterator[Draft]:
        """The contracts in the order of their rows, one at a time."""
        for number, line, cells, flaws in self._rows.execute("SELECT number, line, cells, flaws FROM head ORDER BY line"):
            head = Filled(CONTRACTS, line, json.loads(cells))
            draft = Draft(number, line, head, flaws=_flaws(CONTRACTS, line, number, flaws))
            for (again,) in self._rows.execute("SELECT line FROM again WHERE number = ? ORDER BY line", (number,)):
                draft.flaws.append(Flaw(CONTRACTS.name, again, "", f"The number stands in row {line} already.", number))
            parts = self._rows.execute("SELECT sheet, line, cells, flaws FROM part WHERE number = ? ORDER BY sheet, line", (number,))
            for name, at, held, wrong in parts:
                draft.parts.setdefault(name, []).append(Filled(_BY_NAME[name], at, json.loads(held)))
                draft.flaws += _flaws(_BY_NAME[name], at, number, wrong)
            yield draft

    def strays(self) -> Iterator[Flaw]:
        """What is wrong with rows that belong to no contract."""
        for name, line in self._rows.execute("SELECT sheet, line FROM stray ORDER BY sheet, line"):
            yield Flaw(name, line, _BY_NAME[name].columns[0].head, "The row names no contract.")
        orphans = "SELECT sheet, line, number FROM part WHERE number NOT IN (SELECT number FROM head) ORDER BY sheet, line"
        for name, line, number in self._rows.execute(orphans):
            yield Flaw(name, line, "", f"No row of contracts has the number {number}.", number)


def _kept(filled: Filled, flaws: list[Flaw]) -> _Kept:
    return _Kept(json.dumps(filled.cells, ensure_ascii=False), json.dumps([(f.column, f.reason) for f in flaws], ensure_ascii=False))


def _flaws(sheet: Sheet, line: int, number: str, kept: str) -> list[Flaw]:
    return [Flaw(sheet.name, line, column, reason, number) for column, reason in json.loads(kept)]
