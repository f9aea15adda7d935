"""Reads a workbook or a CSV file into contracts, row by row, and keeps where each cell stood."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from openpyxl import load_workbook

from api.bulk.cells import BadCell, text_of
from api.bulk.columns import CONTRACTS, SHEETS, Column, Sheet

WORKBOOK: Final = ".xlsx"
MAX_UNPACKED: Final = 1_000_000_000


class Unreadable(ValueError):
    """A file that cannot be read at all; says why."""


class Flaw(NamedTuple):
    """What is wrong with a row. `row` counts from 1, as spreadsheets do; `column` is the head, or blank for the row as a whole."""

    sheet: str
    row: int
    column: str
    reason: str
    number: str = ""


@dataclass
class Filled:
    """A row with its cells as text, by field."""

    sheet: Sheet
    row: int
    cells: dict[str, str]


def rows_of(path: Path) -> Iterator[tuple[Filled, list[Flaw]]]:
    """Every filled row of a workbook (by its name, .xlsx) or a CSV file, with what is wrong with it. Raises Unreadable and OSError."""
    return workbook_rows(path) if path.suffix.lower() == WORKBOOK else csv_rows(path)


def workbook_rows(path: Path) -> Iterator[tuple[Filled, list[Flaw]]]:
    """Every filled row of every sheet that is known, in memory for one row."""
    try:
        require_modest(path)
        with closing(load_workbook(path, read_only=True, data_only=True)) as book:
            for name, sheet in known_sheets(book.sheetnames):
                yield from filled_rows(sheet, book[name].iter_rows(values_only=True))
    except (Unreadable, OSError):
        raise
    except Exception as error:
        # The library raises whatever a broken file leads it to.
        message = "this is no Excel workbook (.xlsx)."
        raise Unreadable(message) from error


def known_sheets(names: Sequence[str]) -> list[tuple[str, Sheet]]:
    """The sheets of a workbook that mean something here. Raises Unreadable where that of the contracts is missing."""
    known = {name: sheet for sheet in SHEETS for name in (sheet.title, sheet.name, sheet.chinese)}
    found = [(name, known[name]) for name in names if name in known]
    if not any(sheet is CONTRACTS for _, sheet in found):
        message = f"there is no sheet {CONTRACTS.title!r}; `tally import template` writes a workbook that has it."
        raise Unreadable(message)
    return found


def require_modest(path: Path) -> None:
    """Refuses a file that would fill the memory when it is unpacked. Raises Unreadable, BadZipFile."""
    with zipfile.ZipFile(path) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > MAX_UNPACKED:
        message = f"unpacked this has {size:,} bytes, and more than {MAX_UNPACKED:,} are not taken; divide it."
        raise Unreadable(message)


def csv_rows(path: Path) -> Iterator[tuple[Filled, list[Flaw]]]:
    """The rows of a CSV file in UTF-8: contracts alone, since it has no further sheets."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield from filled_rows(CONTRACTS, csv.reader(file))
        except (UnicodeDecodeError, csv.Error) as error:
            message = f"this is no CSV file in UTF-8: {error}."
            raise Unreadable(message) from error


def filled_rows(sheet: Sheet, rows: Iterable[Sequence[object]]) -> Iterator[tuple[Filled, list[Flaw]]]:
    """Rows below the heads; blank ones are passed over."""
    found = iter(rows)
    columns = heads(sheet, next(found, ()))
    for row, values in enumerate(found, 2):
        if all(value is None or (isinstance(value, str) and not value.strip()) for value in values):
            continue
        cells: dict[str, str] = {}
        flaws: list[Flaw] = []
        for column, value in zip(columns, values, strict=False):
            if column is None:
                continue
            try:
                said = text_of(column, value)
            except BadCell as error:
                flaws.append(Flaw(sheet.name, row, column.head, f"{str(error)[0].upper()}{str(error)[1:]}."))
                continue
            if said is not None:
                cells[column.field] = said
        said_number = cells.get("number", "")
        wanting = [c for c in sheet.columns if c.required and c.field not in cells and c.head not in {f.column for f in flaws}]
        flaws += [Flaw(sheet.name, row, c.head, "This has to be filled in.") for c in wanting]
        yield Filled(sheet, row, cells), [f._replace(number=said_number) for f in flaws]


def heads(sheet: Sheet, row: Sequence[object]) -> list[Column | None]:
    """Which column stands where: by its whole head, its name or its Chinese name. Raises Unreadable where a required one is missing."""
    by_head: dict[str, Column] = {}
    for column in sheet.columns:
        by_head |= dict.fromkeys((column.head, column.head.removesuffix(" *"), column.field, column.chinese), column)
    columns = [by_head.get(str(value).strip()) if value is not None else None for value in row]
    missing = [column.head for column in sheet.columns if column.required and column not in columns]
    if missing:
        message = f"the sheet {sheet.name} lacks the columns {', '.join(missing)}."
        raise Unreadable(message)
    return columns
