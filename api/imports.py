"""Contracts in bulk over HTTP: a workbook to fill in, and what became of each of its rows, line by line as they are recorded."""

from __future__ import annotations

import io
import tempfile
import threading
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.administration import asking
from api.answers import Problem
from api.bulk import reading, returning, template
from api.bulk.pile import Pile
from api.bulk.reading import Flaw as Wrong
from api.bulk.sending import Became, Result, Sender
from api.describe import ANSWERS, UPLOAD, described
from api.documents import disposition
from api.door import Door, May, door, only_known_parameters
from api.permissions import DRAFTERS, READERS
from api.problems import BodyTooLarge, NotJsonType, problem
from api.streams import BUFFER, Streamed, declared_type, is_longer, stream_body
from api.strict_json import Flaw, Flawed
from infra.errors import Overloaded, StoreUnavailable
from infra.render import to_json
from infra.spreadsheet import CSV_TYPE, LINES_TYPE, XLSX_TYPE
from projections.register import Register
from projections.view import ViewMissing

MAX_FILE: Final = 100_000_000
# An import keeps several connections busy; the others must go on.
MAX_AT_ONCE: Final = 2
# How many lines go into one piece of the answer.
PIECE: Final = 100

_SUFFIXES: Final = {XLSX_TYPE: reading.WORKBOOK, CSV_TYPE: ".csv"}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFlaw:
    """What is wrong with a row of the file."""

    sheet: str
    row: int
    column: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """What became of a contract of the file; without one, what is wrong with rows that belong to none."""

    number: str | None
    row: int | None
    became: Became | None
    id: str | None
    flaws: tuple[RowFlaw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEnd:
    """The last line. One that is not complete says what came in between; the same file sent again goes on where this one stopped."""

    complete: bool
    dry_run: bool
    new: int
    unchanged: int
    changed: int
    refused: int
    wrong: int
    problem: Problem | None


class Wanted(StrEnum):
    """What comes back: a line for each contract, or a copy of the file with what is wrong beside its rows."""

    LINES = "lines"
    FILE = "file"


DryRun = Annotated[bool, Query(description="Decide everything, and record nothing.")]
Answer = Annotated[
    Wanted,
    Query(description="`lines`: JSON Lines, one for each contract as soon as it is done. `file`: a copy of the file with its errors."),
]

routes = APIRouter(tags=["imports"])

importing = threading.BoundedSemaphore(MAX_AT_ONCE)

_WORKBOOK: Final = described(None, "The workbook.", refusals=(401, 403, 422, 503))
_WORKBOOK[ANSWERS]["200"]["content"] = {XLSX_TYPE: _BINARY}


@routes.get(
    "/imports/template",
    operation_id="get_import_template",
    summary="The workbook that contracts are imported from",
    description="An Excel workbook with a sheet for contracts and one for each of their parts, an example in each, lists to choose from, "
    "and what it all means in Chinese and English.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=_WORKBOOK,
)
def get_import_template() -> Response:
    book = io.BytesIO()
    template.write(book)
    return Response(book.getvalue(), 200, {"Content-Disposition": disposition("合同导入 contracts", XLSX_TYPE)}, XLSX_TYPE)


_IMPORTED: Final = described(
    None,
    "What became of each contract.",
    refusals=UPLOAD,
    body={
        "required": True,
        "description": "The workbook of `/imports/template`, filled in, or a CSV file in UTF-8 with the columns of its first sheet.",
        "content": {XLSX_TYPE: _BINARY, CSV_TYPE: _BINARY},
    },
)
_IMPORTED[ANSWERS]["200"]["content"] = {
    LINES_TYPE: {"schema": {"anyOf": [{"$ref": "#/components/schemas/ImportLine"}, {"$ref": "#/components/schemas/ImportEnd"}]}},
    XLSX_TYPE: _BINARY,
    CSV_TYPE: _BINARY,
}


@routes.post(
    "/imports/contracts",
    operation_id="import_contracts",
    summary="Draft the contracts of a workbook or a CSV file",
    description="Each contract is recorded whole or not at all, and once however often its rows come: an import that was cut off is sent "
    "again, and goes on where it stopped. A contract that the ledger has with other content is told, not changed. The answer begins with "
    "the first rows; its last line has `complete`, and an answer without that was cut off.\n\nRoles: drafter.",
    response_class=Response,
    dependencies=[Depends(May(DRAFTERS)), Depends(only_known_parameters)],
    openapi_extra=_IMPORTED,
)
async def import_contracts(request: Request, *, dry_run: DryRun = False, answer: Answer = Wanted.LINES) -> Response:
    kind = declared_type(request)
    if kind not in _SUFFIXES:
        raise NotJsonType(f"Send an Excel workbook as {XLSX_TYPE}, or a CSV file as {CSV_TYPE}.")
    if is_longer(request, MAX_FILE):
        raise _too_large()
    if not importing.acquire(blocking=False):
        raise Overloaded
    with ExitStack() as opening:
        opening.callback(importing.release)
        path = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="tally-import-"))) / f"contracts{_SUFFIXES[kind]}"
        await _receive(request, path)
        pile = opening.enter_context(Pile())
        try:
            await run_in_threadpool(pile.fill, path)
        except reading.Unreadable as error:
            raise Flawed([Flaw("body", f"{str(error)[0].upper()}{str(error)[1:]}")]) from error
        told = opening.enter_context(closing(outcomes(sender(door(request), request, dry_run=dry_run), pile)))
        if answer is Wanted.LINES:
            return Streamed(pieces(told, dry_run=dry_run), opening.pop_all().close, {}, LINES_TYPE)
        headers = {"Content-Disposition": disposition("合同导入 contracts-errors", kind)}
        return Streamed(copied(told, path), opening.pop_all().close, headers, kind)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"A file for an import has at most {MAX_FILE:,} bytes.")


async def _receive(request: Request, path: Path) -> None:
    """Writes the body to a file. Raises BodyTooLarge, BodyTooSlow."""
    size = 0
    with path.open("wb") as file:

        def write(chunk: bytes) -> None:
            nonlocal size
            size += len(chunk)
            if size > MAX_FILE:
                raise _too_large()
            file.write(chunk)

        await stream_body(request, write)


def sender(at: Door, request: Request, *, dry_run: bool) -> Sender:
    """Sends in the name of whoever asks; numbers are known as far as the register has come."""
    asker = asking(request).asker._replace(channel="import")
    return Sender(at.ledger, asker, witness=at.opened.witness, numbered=Register(at.opened).numbered, dry_run=dry_run)


def outcomes(sends: Sender, pile: Pile) -> Generator[tuple[Result | None, list[Wrong]]]:
    """What became of each contract, and what is wrong with it; at the end, what is wrong with rows that belong to none."""
    yield from sends.send(pile.drafts())
    for stray in pile.strays():
        yield None, [stray]


def pieces(told: Iterable[tuple[Result | None, list[Wrong]]], *, dry_run: bool) -> Iterator[bytes]:
    """The answer in lines. Where the ledger goes away the last line says so."""
    counts: Counter[str] = Counter()
    lines: list[bytes] = []
    met: Problem | None = None
    try:
        for result, flaws in told:
            counts["wrong"] += len(flaws)
            if result is not None:
                counts[result.became] += 1
            lines.append(line(result, flaws))
            if len(lines) >= PIECE:
                yield b"".join(lines)
                lines.clear()
    except (StoreUnavailable, Overloaded, ViewMissing) as error:
        met = Problem(**orjson.loads(bytes(problem(error).body)))
    totals = {name: counts[name] for name in (*Became, "wrong")}
    end = ImportEnd(complete=met is None, dry_run=dry_run, problem=met, **totals)
    yield b"".join([*lines, orjson.dumps(to_json(end), option=orjson.OPT_APPEND_NEWLINE)])


def line(result: Result | None, flaws: list[Wrong]) -> bytes:
    """A contract's line; without a contract, that of a row that belongs to none."""
    answered = ImportLine(
        number=None if result is None else result.number,
        row=None if result is None else result.row,
        became=None if result is None else result.became,
        id=None if result is None else result.contract_id,
        flaws=tuple(RowFlaw(sheet=f.sheet, row=f.row, column=f.column or None, reason=f.reason) for f in flaws),
    )
    return orjson.dumps(to_json(answered), option=orjson.OPT_APPEND_NEWLINE)


def copied(told: Iterable[tuple[Result | None, list[Wrong]]], path: Path) -> Iterator[bytes]:
    """The file with what is wrong beside its rows."""
    copy = returning.write(path, [flaw for _, flaws in told for flaw in flaws])
    with copy.open("rb") as file:
        while piece := file.read(BUFFER):
            yield piece
