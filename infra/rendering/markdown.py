"""A sheet as Markdown (CommonMark with tables). Nothing that people wrote acts as markup."""

from __future__ import annotations

import re
from typing import Final, assert_never

from infra.rendering.sheet import Block, Grid, Sheet, Text, Title

_MARKUP: Final = re.compile(r"([\\`*_\[\]<>#|&~$!])")
_BEGINNING: Final = re.compile(r"^([-+=:]|\d+(?=[.)](?:\s|$)))")


def written(sheet: Sheet) -> bytes:
    """The text in UTF-8."""
    return "\n\n".join([*map(_block, sheet.blocks), escaped(sheet.foot)]).encode() + b"\n"


def escaped(text: str) -> str:
    """A text that is shown as it is. Of white space at its ends, which could mean code, nothing stays."""
    shown = _MARKUP.sub(r"\\\1", text.strip(" \t"))
    return _BEGINNING.sub(lambda found: found[0] + "\\" if found[0].isdecimal() else f"\\{found[0]}", shown)


def _block(block: Block) -> str:
    match block:
        case Title(text=text, level=level):
            return f"{'#' * (level + 1)} {escaped(text)}"
        case Text(text=text):
            return escaped(text)
        case Grid():
            return _table(block)
        case _:
            assert_never(block)


def _table(grid: Grid) -> str:
    columns = range(len(grid.widths))
    heads = grid.heads or ("",) * len(columns)
    rules = ["---:" if column in grid.figures else "---" for column in columns]
    rows = [[escaped(cell) for cell in row] for row in (heads, *grid.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rules, *rows[1:]))
