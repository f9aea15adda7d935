"""How the command line speaks: data on stdout, as a table or as one JSON document; everything else on stderr."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

REFUSED: Final = 1
USAGE: Final = 2

# A pipe has no width; nothing is cut or folded there.
_PIPE_COLUMNS: Final = 100_000
_MOMENT_S: Final = 0.7

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


class Stopped(Exception):
    """A command that cannot go on; its message is one sentence for the person who typed it."""

    def __init__(self, message: str, *, exit_code: int = REFUSED) -> None:
        """`exit_code` is 1 where the ledger says no or something failed, 2 where the command was typed wrong."""
        super().__init__(message)
        self.exit_code = exit_code


def usage(message: str) -> Stopped:
    """What to raise when the command was typed wrong."""
    return Stopped(message, exit_code=USAGE)


def out() -> Console:
    """Stdout, as wide as the terminal or, in a pipe, as wide as needed."""
    return _console(sys.stdout)


def err() -> Console:
    """Stderr."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:  # noqa: ANN401 - any text stream, also one that a test put there
    console = Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=False)
    return console if console.is_terminal else Console(file=stream, markup=False, highlight=False, emoji=False, width=_PIPE_COLUMNS)


def say(message: str) -> None:
    """A sentence beside the data, on stderr."""
    err().print(safe(message), soft_wrap=True)


# What was imported from elsewhere may hold escape sequences and characters that reorder a line; a terminal must show, not obey them.
_UNSAFE: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"},
    **{code: f"\\u{code:04x}" for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


def safe(text: str) -> str:
    """The text with control characters made visible."""
    return text.translate(_UNSAFE)


def one_line(text: str) -> str:
    """The text in one line, with control characters made visible."""
    return safe(" ".join(text.split()))


class Column(NamedTuple):
    """A column of a table. Numbers are set right.

    Where the terminal is narrow, columns with the highest `drop` are left out first, then those that `shrinks` are cut, and
    those that `folds` go on in the next line, down to `least` cells. In a pipe nothing of this happens.
    """

    title: str
    right: bool = False
    shrinks: bool = False
    folds: bool = False
    drop: int = 0
    least: int = 12


_GAP: Final = 2


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """Prints rows under columns, counting a Chinese character as two cells; None is an empty cell."""
    console = out()
    cells = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    natural = [max([cell_len(column.title), *(cell_len(row[n]) for row in cells)]) for n, column in enumerate(columns)]
    widths = fitted(columns, natural, console.width)
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, _GAP, 0, 0))
    for n, width in widths.items():
        column = columns[n]
        grid.add_column(
            column.title,
            justify="right" if column.right else "left",
            width=width,
            no_wrap=not column.folds,
            overflow="fold" if column.folds else "ellipsis",
        )
    for row in cells:
        grid.add_row(*(Text(row[n]) for n in widths))
    if console.is_terminal:
        console.print(grid)
        return
    with console.capture() as printed:
        console.print(grid)
    # Cells are filled up to their column's width: nobody wants the blanks after the last one in a file.
    typer.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def fitted(columns: Sequence[Column], natural: Sequence[int], room: int) -> dict[int, int]:
    """The columns that find room, by their numbers, and how wide each is to be."""

    def least(n: int) -> int:
        return min(natural[n], columns[n].least) if columns[n].shrinks or columns[n].folds else natural[n]

    kept = list(range(len(columns)))
    while sum(least(n) + _GAP for n in kept) - _GAP > room and any(columns[n].drop for n in kept):
        kept.remove(max(kept, key=lambda n: columns[n].drop))
    widths = {n: least(n) for n in kept}
    spare = room - sum(width + _GAP for width in widths.values()) + _GAP
    while spare > 0 and (growing := [n for n in kept if widths[n] < natural[n]]):
        for n in growing[:spare]:
            widths[n] += 1
        spare -= len(growing)
    return widths


def write_json(document: object) -> None:
    """The one JSON document of a command, in UTF-8; indented for eyes, in one line for pipes."""
    text = msgspec.json.encode(document)
    if sys.stdout.isatty():
        text = msgspec.json.format(text, indent=2)
    typer.echo(text)


def write_json_list(
    name: str, items: Iterable[object], around: dict[str, object], after: Callable[[], dict[str, object]] | None = None
) -> None:
    """One JSON object with a list of any length in it, written as it comes: `around`'s fields, the list, then what `after` has to say.

    `after` is asked once the list is written.
    """
    head = msgspec.json.encode(around)[:-1]
    typer.echo(head + (b"," if around else b"") + msgspec.json.encode(name) + b":[", nl=False)
    for n, item in enumerate(items):
        typer.echo((b",\n" if n else b"\n") + msgspec.json.encode(item), nl=False)
    rest = b"" if after is None else b"," + msgspec.json.encode(after())[1:-1]
    typer.echo(b"]" + rest + b"}")


class Bar:
    """How far a job has come; shown once the job has taken longer than a moment."""

    def __init__(self, progress: Progress | None, doing: str) -> None:
        """Made by `progress`."""
        self._progress = progress
        self._doing = doing
        self._begun = time.monotonic()
        self._task: TaskID | None = None

    def at(self, done: float, total: float | None = None, doing: str | None = None) -> None:
        """So much is done, of so much if that is known."""
        if self._progress is None or time.monotonic() - self._begun < _MOMENT_S:
            return
        if self._task is None:
            self._progress.start()
            self._task = self._progress.add_task(self._doing)
        self._progress.update(self._task, completed=done, total=total, description=safe(doing or self._doing))


@contextmanager
def progress(doing: str) -> Iterator[Bar]:
    """Shows how far a long job has come, on stderr where that is a terminal, and leaves nothing behind."""
    console = err()
    if not console.is_terminal:
        yield Bar(None, doing)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = Progress(*columns, console=console, transient=True)
    try:
        yield Bar(shown, doing)
    finally:
        shown.stop()


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Says what is being waited for, on a terminal, once it has taken longer than a moment."""
    console = err()
    if not console.is_terminal:
        yield
        return
    status = console.status(Text(doing))
    soon = threading.Timer(_MOMENT_S, status.start)
    soon.daemon = True
    soon.start()
    try:
        yield
    finally:
        soon.cancel()
        soon.join()
        status.stop()
