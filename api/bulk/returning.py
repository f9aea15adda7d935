"""Gives a file back with what is wrong written beside each row."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openpyxl import load_workbook
from openpyxl.styles import Font, PatternFill

from api.bulk.columns import SHEETS
from api.bulk.reading import WORKBOOK, Flaw

RED: Final = PatternFill("solid", fgColor="F8CBAD")
HEAD: Final = "错误 errors"


def beside(path: Path) -> Path:
    """Where the copy goes."""
    return path.with_name(f"{path.stem}-errors{path.suffix}")


def write(path: Path, flaws: Sequence[Flaw]) -> Path:
    """Writes the copy with a last column that says what is wrong; its rows are red."""
    copy = beside(path)
    if path.suffix.lower() == WORKBOOK:
        into_workbook(path, copy, flaws)
    else:
        into_csv(path, copy, flaws)
    return copy


def said(flaws: Sequence[Flaw]) -> dict[tuple[str, int], str]:
    """What is wrong with each row, by sheet and row."""
    told: dict[tuple[str, int], list[str]] = defaultdict(list)
    for flaw in flaws:
        told[flaw.sheet, flaw.row].append(f"{flaw.column}: {flaw.reason}" if flaw.column else flaw.reason)
    return {row: " ".join(reasons) for row, reasons in told.items()}


def into_workbook(path: Path, copy: Path, flaws: Sequence[Flaw]) -> None:
    """A copy of the workbook."""
    book = load_workbook(path)
    told = said(flaws)
    for sheet in SHEETS:
        name = next((n for n in (sheet.title, sheet.name, sheet.chinese) if n in book.sheetnames), None)
        rows = {row: text for (of, row), text in told.items() if of == sheet.name}
        if name is None or not rows:
            continue
        page = book[name]
        last = page.max_column + 1
        page.cell(1, last, HEAD).font = Font(bold=True)
        for row, text in rows.items():
            for cell in page[row]:
                cell.fill = RED
            page.cell(row, last, text).fill = RED
    book.save(copy)


def into_csv(path: Path, copy: Path, flaws: Sequence[Flaw]) -> None:
    """A copy of the CSV file."""
    told = said(flaws)
    with path.open(encoding="utf-8-sig", newline="") as read, copy.open("w", encoding="utf-8-sig", newline="") as written:
        out = csv.writer(written)
        for row, cells in enumerate(csv.reader(read), 1):
            out.writerow([*cells, HEAD if row == 1 else told.get(("contracts", row), "")])
