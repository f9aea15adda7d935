"""A sheet as a Word document (Office Open XML)."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Final, assert_never

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell

from infra.rendering.sheet import Grid, Sheet, Text, Title

# The earliest that a ZIP archive can say; when a text was made is for the ledger to say.
_ALWAYS: Final = (1980, 1, 1, 0, 0, 0)
_PAGE_MM: Final = (210, 297)
_MARGIN_MM: Final = 20
_LATIN: Final = "Times New Roman"
_CHINESE: Final = "宋体"


def written(sheet: Sheet) -> bytes:
    """The document's bytes."""
    document = docx.Document()
    _set_up(document, sheet)
    for block in sheet.blocks:
        match block:
            case Title(text=text, level=level):
                document.add_heading(text, level)
            case Text(text=text):
                document.add_paragraph(text)
            case Grid():
                _table(document, block)
            case _:
                assert_never(block)
    held = io.BytesIO()
    document.save(held)
    return _undated(held)


def _set_up(document: Document, sheet: Sheet) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in _PAGE_MM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    section.footer.paragraphs[0].text = sheet.foot
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("eastAsia", _CHINESE)):
            fonts.set(qn(f"w:{script}"), font)
    document.styles["Normal"].font.size = Pt(10.5)
    _lighten(document)
    said = document.core_properties
    said.title, said.language, said.author, said.comments = sheet.title[:255], sheet.language, "Tallystick", ""
    said.created = said.modified = datetime(*_ALWAYS)  # noqa: DTZ001 - the format has no zone
    said.last_modified_by, said.revision = "Tallystick", 1


def _lighten(document: Document) -> None:
    """Leaves out the hundred styles of tables that the library's template brings, most of its size when nothing is compressed."""
    for style in list(document.styles.element.style_lst):
        if style.get(qn("w:type")) == "table" and style.name_val not in ("Normal Table", "Table Grid"):
            document.styles.element.remove(style)
    relations = document.part.rels
    for name in [name for name, relation in relations.items() if relation.reltype.endswith("/stylesWithEffects")]:
        del relations[name]


def _table(document: Document, grid: Grid) -> None:
    rows = [grid.heads, *grid.rows] if grid.heads else list(grid.rows)
    table = document.add_table(len(rows), len(grid.widths), style="Table Grid")
    table.autofit = False
    whole = _PAGE_MM[0] - 2 * _MARGIN_MM
    for at, (cells, row) in enumerate(zip(table.rows, rows, strict=True)):
        for column, (cell, text) in enumerate(zip(cells.cells, row, strict=True)):
            cell.width = Mm(whole * grid.widths[column] / sum(grid.widths))
            _fill(cell, text, right=column in grid.figures, bold=at == 0 and bool(grid.heads))


def _fill(cell: _Cell, text: str, *, right: bool, bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.add_run(text).bold = bold or None
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _undated(saved: io.BytesIO) -> bytes:
    """The same package with one date on all its parts, and stored as they are: what compresses them is each machine's own."""
    held = io.BytesIO()
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as package:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, _ALWAYS)
            # Otherwise the archive says on which operating system it was made.
            entry.create_system = 0
            package.writestr(entry, parts.read(name))
    return held.getvalue()
