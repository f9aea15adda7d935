"""Lists as files for spreadsheets: row after row, with memory for one, and nothing in them that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from scripts.cli.terminal import Stopped, usage

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Cell: TypeAlias = str | int | Decimal | date | datetime | None

ToFile = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Write every row to FILE (.xlsx or .csv) instead of showing some of them.")
]

# What a spreadsheet takes for the beginning of a formula, even in a file that holds only text.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
_MOST_ROWS: Final = 1_048_576


def require_kind(path: Path) -> None:
    """Refuses a name that says neither Excel nor CSV, and a file that is there, before any work is done. Raises Stopped."""
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise usage(f"{path}: name a file that ends in .xlsx or .csv.")
    if path.exists():
        raise Stopped(f"{path} is there already and is not overwritten.")


def write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the rows under their heads; how many they were. Raises Stopped where Excel has no room for them."""
    return into_workbook(path, heads, rows) if path.suffix.lower() == ".xlsx" else into_csv(path, heads, rows)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


def into_csv(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """In UTF-8 with the mark by which Excel knows it."""
    count = 0
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(heads)
        for row in rows:
            out.writerow([written(cell) for cell in row])
            count += 1
    return count


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


def moment(at: datetime) -> str:
    """In UTC, to the second: spreadsheets know no zones."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def into_workbook(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """As a workbook of one sheet, which goes to disk while it is written."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("tally")
    page.freeze_panes = "A2"
    page.append(list(heads))
    count = 0
    for row in rows:
        count += 1
        if count >= _MOST_ROWS:
            # What was written so far lies in a temporary file, which has to be ended before it can be let go.
            page.close()
            raise Stopped(f"Excel has room for {_MOST_ROWS - 1:,} rows, and there are more: write a .csv file.")
        page.append([in_workbook(page, cell) for cell in row])
    book.save(path)
    return count


def in_workbook(page: WriteOnlyWorksheet, cell: Cell) -> object:
    """Numbers as numbers where a double holds them exactly, and as text where it would lose a digit."""
    from openpyxl.cell import WriteOnlyCell

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
