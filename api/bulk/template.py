"""The workbook that people fill in: a sheet for each part of a contract, lists to choose from, an example, and what it all means."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from api.bulk.columns import EXAMPLE, SHEETS, Column, Sheet, Takes

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEAD: Final = PatternFill("solid", fgColor="DCE6F1")
LAST_ROW: Final = 50_001
WIDTH: Final = 22

EXPLAINED: Final = (
    (
        "每份合同在“合同 contracts”表中占一行；其他各表的行以合同编号归属。",
        "Each contract is a row of contracts; rows of other sheets name it.",
    ),
    ("标 * 的列必填。", "Columns with * must be filled in."),
    (f"编号为 {EXAMPLE} 的行是示例，导入时跳过。", f"Rows with the number {EXAMPLE} are examples and are passed over."),
    ("日期写作 2026-03-31 或使用日期格式。", "Days are written 2026-03-31, or formatted as dates."),
    ("金额不超过币种的小数位数。", "Amounts have no more digits than their currency has."),
    ("重复导入同一文件不会重复记录。", "Importing the same file again records nothing twice."),
)


def write(file: Path | IO[bytes]) -> None:
    """Writes the workbook."""
    book = Workbook()
    first = book.active
    if first is not None:
        book.remove(first)
    for sheet in SHEETS:
        fill(book.create_sheet(sheet.title), sheet)
    notes = book.create_sheet("说明 read me")
    for chinese, english in EXPLAINED:
        notes.append([chinese, english])
    notes.column_dimensions["A"].width = notes.column_dimensions["B"].width = 80
    book.save(file)


def fill(page: Worksheet, sheet: Sheet) -> None:
    """Heads, an example, and what cells take."""
    page.append([column.head for column in sheet.columns])
    page.append([column.example or None for column in sheet.columns])
    page.freeze_panes = "B2"
    for number, column in enumerate(sheet.columns, 1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = WIDTH
        page[f"{letter}1"].font = Font(bold=True)
        page[f"{letter}1"].fill = HEAD
        page[f"{letter}2"].font = Font(italic=True, color="808080")
        restrict(page, letter, column)


def restrict(page: Worksheet, letter: str, column: Column) -> None:
    """Lists offer what may be chosen; everything else is text, so that no spreadsheet bends what is typed."""
    if column.takes is Takes.CHOICE:
        offered = DataValidation("list", formula1=f'"{",".join(column.choices)}"', allow_blank=not column.required)
        page.add_data_validation(offered)
        offered.add(f"{letter}2:{letter}{LAST_ROW}")
    if column.takes in (Takes.TEXT, Takes.NUMBER):
        page.column_dimensions[letter].number_format = "@"
        page[f"{letter}2"].number_format = "@"
