"""What an import says of its work: the rows that were not taken as they stand, and the counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import IO, Literal, NamedTuple, TypeAlias


class Severity(StrEnum):
    """`notice`: imported, but not exactly as it stands. `skipped`: a part was left out. `error`: a file, release or contract was."""

    NOTICE = "notice"
    SKIPPED = "skipped"
    ERROR = "error"


class Row(NamedTuple):
    """One thing in the input that was not taken as it stands.

    `file` is relative to the given path; `path` is a JSON Pointer into the document (`/releases/0/contracts/0/value/amount`), in
    JSON Lines after the line (`line 7/ocid`); `code` is stable, `reason` a sentence; `found` is what stood there, shortened.
    """

    severity: Severity
    code: str
    reason: str
    file: str
    path: str = ""
    found: str = ""
    publisher: str = ""
    ocid: str = ""

    def line(self) -> str:
        """The row as a line of JSON, without the line's end."""
        return json.dumps({name: held for name, held in self._asdict().items() if held != ""}, ensure_ascii=False)


OnRow: TypeAlias = Callable[[Row], None]


def to_lines(file: IO[str]) -> OnRow:
    """An `on_row` that writes each row to a text file as a line of JSON."""

    def write(row: Row) -> None:
        file.write(row.line() + "\n")

    return write


class Progress(NamedTuple):
    """How far an import or export has come. `total` is None while nobody knows it.

    `reading` counts files, `contracts` the entries for contracts in all releases, `parties` parties, `exporting` contracts written.
    """

    stage: Literal["reading", "contracts", "parties", "exporting"]
    done: int
    total: int | None


OnProgress: TypeAlias = Callable[[Progress], None]


@dataclass(slots=True)
class Counts:
    """What came of one publisher's data. A contract counts once, however many releases speak of it.

    `facts` are those appended, `payments` the new ones among them, `parties` the parties registered or changed.
    """

    files: int = 0
    releases: int = 0
    contracts_new: int = 0
    contracts_changed: int = 0
    contracts_unchanged: int = 0
    contracts_failed: int = 0
    facts: int = 0
    payments: int = 0
    parties: int = 0
    notices: int = 0
    skipped: int = 0
    errors: int = 0

    @property
    def contracts(self) -> int:
        """All contracts that were read."""
        return self.contracts_new + self.contracts_changed + self.contracts_unchanged + self.contracts_failed

    def __add__(self, other: Counts) -> Counts:
        """The counts of both."""
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)})


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import: counts per publisher ("" where none is named) and how often each kind of row came up.

    `files` is how many were read, and `broken_files` how many of them could not be used at all. In a dry run `facts`, `payments`
    and `parties` are what an import would append.
    """

    dry_run: bool
    files: int = 0
    broken_files: int = 0
    publishers: dict[str, Counts] = field(default_factory=dict)
    rows: Counter[tuple[Severity, str]] = field(default_factory=Counter)

    def count(self, severity: Severity) -> int:
        """How many rows of a severity came up, also of files that name no publisher."""
        return sum(n for (held, _), n in self.rows.items() if held is severity)

    @property
    def total(self) -> Counts:
        """The counts of all publishers together."""
        return sum(self.publishers.values(), Counts())
