"""Lists as files: row after row, with memory for few, and nothing in those for spreadsheets that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from infra.parquet import parquet_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Cell: TypeAlias = str | int | Decimal | date | datetime | None
# The heads of a list's columns, in order, and what their cells hold where they are not empty.
Columns: TypeAlias = Mapping[str, type[str] | type[int] | type[Decimal] | type[date] | type[datetime]]
# Heads alone say nothing of what the cells hold: where types matter, everything under them is text.
Heads: TypeAlias = Columns | Sequence[str]

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv"
LINES_TYPE: Final = "application/x-ndjson"

# What a spreadsheet takes for the beginning of a formula, even in a file that holds only text.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
_MOST_ROWS: Final = 1_048_576
_CHUNK: Final = 65_536
# The mark by which Excel knows that a CSV file is in UTF-8.
_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


class TooManyRows(ValueError):
    """A list that Excel has no room for; says so."""


def write(path: Path, heads: Heads, rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the rows under their heads into a new file; how many they were. Raises TooManyRows, ParquetMissing, FileExistsError."""
    if path.suffix.lower() == ".xlsx":
        return into_workbook(path, heads, rows)
    if path.suffix.lower() == ".parquet":
        return into_parquet(path, heads, rows)
    with path.open("x", encoding="utf-8", newline="") as file:
        count = -1
        for line in csv_lines(heads, rows):
            file.write(line)
            count += 1
    return count


def into_parquet(path: Path, heads: Heads, rows: Iterable[Sequence[Cell]]) -> int:
    """As Parquet; how many rows there were. Raises ParquetMissing, FileExistsError."""
    count = 0

    def counted() -> Iterator[Sequence[Cell]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with path.open("xb") as file:
        file.writelines(parquet_bytes(heads, counted()))
    return count


def csv_bytes(heads: Heads, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The rows as CSV in UTF-8, in pieces of some size."""
    waiting: list[str] = []
    size = 0
    for line in csv_lines(heads, rows):
        waiting.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def csv_lines(heads: Heads, rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The heads, with the mark by which Excel knows UTF-8, and then each row, as lines of CSV."""
    buffer = StringIO(newline="")
    out = csv.writer(buffer)
    out.writerow(heads)
    yield _MARK + buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        out.writerow([written(cell) for cell in row])
        yield buffer.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


def written(cell: Cell) -> str:
    """A cell in plain text."""
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case datetime():
            return moment(cell)
        case Decimal():
            return format(cell, "f")
        case _:
            return str(cell)


def yes_or_no(yes: bool) -> str:  # noqa: FBT001 - the value itself
    """What a cell says of what is so or not."""
    return "yes" if yes else "no"


def moment(at: datetime) -> str:
    """In UTC, to the second: spreadsheets know no zones."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def into_workbook(path: Path, heads: Heads, rows: Iterable[Sequence[Cell]]) -> int:
    """As a workbook of one sheet, which goes to disk while it is written. Raises TooManyRows."""
    # Few processes write workbooks, and the library takes a quarter of a second to import.
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    page = book.create_sheet("tally")
    page.freeze_panes = "A2"
    page.append(list(heads))
    count = 0
    try:
        for row in with_room(rows):
            count += 1
            page.append([in_workbook(page, cell) for cell in row])
    except BaseException:
        # What was written so far lies in a temporary file, which has to be ended before it can be let go.
        page.close()
        raise
    book.save(path)
    return count


def with_room(rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """The rows, as long as a sheet has room for them. Raises TooManyRows."""
    for count, row in enumerate(rows, 1):
        if count >= _MOST_ROWS:
            raise TooManyRows(f"Excel has room for {_MOST_ROWS - 1:,} rows, and there are more: take a .csv file.")
        yield row


def in_workbook(page: WriteOnlyWorksheet, cell: Cell) -> object:
    """Numbers as numbers where a double holds them exactly, and as text where it would lose a digit."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    match cell:
        case str():
            return harmless(cell)
        case datetime():
            return moment(cell)
        case Decimal():
            if Decimal(repr(float(cell))) != cell:
                return format(cell, "f")
            exponent = cell.as_tuple().exponent
            made = WriteOnlyCell(page, float(cell))
            made.number_format = "#,##0" + (f".{'0' * -exponent}" if isinstance(exponent, int) and exponent < 0 else "")
            return made
        case _:
            return cell
