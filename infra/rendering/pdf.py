"""A sheet as PDF, with typefaces that readers of PDF have of their own (Times, and Song of Adobe-GB1), so that no font file is needed."""

from __future__ import annotations

import io
import threading
from functools import cache
from itertools import groupby
from typing import Final, assert_never
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle
from reportlab.platypus.doctemplate import BaseDocTemplate

from infra.rendering.sheet import Block, Grid, Sheet, Text, Title

_SONG: Final = "STSong-Light"
_LATIN: Final = "Times-Roman"
_MARGIN: Final = 20 * mm
_FOOT: Final = 10 * mm
# ReportLab would look for ever for a page that holds a longer heading and what follows it.
_LONGEST_KEPT: Final = 500
# Above these are the letters that want breaking between any two of them.
_FIRST_CHINESE: Final = "\u2e80"
# ReportLab reads all paragraphs with one parser of its own, which is no place for two threads.
_one_at_a_time = threading.Lock()

_TITLES: Final = (
    ParagraphStyle("title", fontName=_SONG, fontSize=20, leading=28, alignment=TA_CENTER, spaceAfter=12),
    ParagraphStyle("part", fontName=_SONG, fontSize=14, leading=20, spaceBefore=12, spaceAfter=6),
    ParagraphStyle("clause", fontName=_SONG, fontSize=12, leading=18, spaceBefore=6),
)
_BODY: Final = ParagraphStyle("body", fontName=_SONG, fontSize=10.5, leading=17, spaceAfter=4)
_CELL: Final = ParagraphStyle("cell", fontName=_SONG, fontSize=9.5, leading=14)
_FIGURES: Final = ParagraphStyle("figures", parent=_CELL, alignment=TA_RIGHT)
_LINES: Final = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)
_HEADS: Final = TableStyle([("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)])
_NOTE: Final = ParagraphStyle("note", fontName=_SONG, fontSize=8, leading=10)


def written(sheet: Sheet) -> bytes:
    """The document's bytes."""
    with _one_at_a_time:
        _register()
        held = io.BytesIO()
        document = SimpleDocTemplate(
            held,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            title=sheet.title,
            author="Tallystick",
            lang=sheet.language,
            # Neither the moment nor an id of its own, and no compression.
            invariant=1,
            pageCompression=0,
        )

        def foot(canvas: Canvas, _: BaseDocTemplate) -> None:
            note = _paragraph(f"{sheet.foot} · {canvas.getPageNumber()}", _NOTE)
            note.wrapOn(canvas, A4[0] - 2 * _MARGIN, _MARGIN)
            note.drawOn(canvas, _MARGIN, _FOOT)

        document.build([_flowable(block) for block in sheet.blocks], onFirstPage=foot, onLaterPages=foot)
        return held.getvalue()


@cache
def _register() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(_SONG))


def _flowable(block: Block) -> Flowable:
    match block:
        case Title(text=text, level=level):
            return _paragraph(text, _TITLES[level], kept=level > 0 and len(text) <= _LONGEST_KEPT)
        case Text(text=text):
            return _paragraph(text, _BODY)
        case Grid():
            return _table(block)
        case _:
            assert_never(block)


def _table(grid: Grid) -> Table:
    rows = [grid.heads, *grid.rows] if grid.heads else list(grid.rows)
    whole = A4[0] - 2 * _MARGIN
    table = Table(
        [[_paragraph(cell, _FIGURES if column in grid.figures else _CELL) for column, cell in enumerate(row)] for row in rows],
        colWidths=[whole * width / sum(grid.widths) for width in grid.widths],
        repeatRows=1 if grid.heads else 0,
        # A cell may be longer than a page.
        splitInRow=1,
    )
    table.setStyle(_LINES)
    if grid.heads:
        table.setStyle(_HEADS)
    return table


def _paragraph(text: str, style: ParagraphStyle, *, kept: bool = False) -> Paragraph:
    wrap = "CJK" if any(letter >= _FIRST_CHINESE for letter in text) else None
    return Paragraph(marked_up(text), ParagraphStyle(style.name, parent=style, wordWrap=wrap, keepWithNext=int(kept)))


def marked_up(text: str) -> str:
    """A text in the markup of paragraphs, each letter in a typeface that has it. What neither has is named by its number, never dropped."""
    return "".join(_run(font, "".join(letters)) for font, letters in groupby(text, _font_of))


def _run(font: str | None, letters: str) -> str:
    if font is None:
        return "".join(f"[U+{ord(letter):04X}]" for letter in letters)
    return escape(letters) if font == _SONG else f'<font name="{font}">{escape(letters)}</font>'


def _font_of(letter: str) -> str | None:
    # Quotation marks and dashes are those of the Chinese where both have them.
    for font, encoding in ((_LATIN, "latin-1"), (_SONG, "gbk"), (_LATIN, "cp1252")):
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            continue
        return font
    return None
