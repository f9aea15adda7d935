"""`--to FILE`: lists written to files instead of shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from infra import parquet, spreadsheet
from infra.parquet import ParquetMissing
from infra.spreadsheet import Cell, Columns, Heads, TooManyRows
from scripts.cli.terminal import Stopped, safe, say, usage

__all__ = ["Cell", "Columns", "ToFile", "require_kind", "write", "write_list"]

ToFile = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help="Write every row to FILE (.xlsx, .csv, .parquet) instead of showing some."),
]


def require_kind(path: Path | None) -> None:
    """Refuses a name of another kind, a kind that cannot be written, and a file that is there, before any work is done. Raises Stopped."""
    if path is None:
        return
    if path.suffix.lower() not in (".xlsx", ".csv", ".parquet"):
        raise usage(f"{path}: name a file that ends in .xlsx, .csv or .parquet.")
    if path.suffix.lower() == ".parquet":
        try:
            parquet.require()
        except ParquetMissing as error:
            raise Stopped(str(error)) from error
    if path.exists():
        raise Stopped(f"{path} is there already and is not overwritten.")


def write(path: Path, heads: Heads, rows: Iterable[Sequence[Cell]]) -> int:
    """Writes the rows under their heads; how many they were. Raises Stopped where Excel has no room for them."""
    try:
        return spreadsheet.write(path, heads, rows)
    except TooManyRows as error:
        raise Stopped(str(error)) from error


def write_list(path: Path, heads: Heads, rows: Iterable[Sequence[Cell]], noun: str) -> None:
    """Writes a whole list, and says how many rows it had. Raises Stopped."""
    count = write(path, heads, rows)
    say(f"{count:,} {noun} were written to {safe(str(path))}.")
