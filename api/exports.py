"""Lists as files: every row, as Excel, CSV or Parquet, streamed with memory for one page or one group of rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator
from starlette.responses import Response

from api.contracts import existing
from api.describe import ANSWERS, READ, READ_ONE, described
from api.documents import disposition
from api.door import AtDoor, ContractId, May, only_known_parameters
from api.freshness import MinPosition, read_fresh
from api.parties import AskedParties
from api.permissions import HISTORY_READERS, READERS
from api.products import AskedProducts
from api.register import Asked, reached_by
from api.scalars import no
from api.streams import BUFFER, Streamed
from domain.contract.difference import explained
from domain.fields import CONTRACTS
from infra import history_sheet, parquet
from infra.ledger import CONTRACT, FIELDS
from infra.parquet import PARQUET_TYPE, ParquetMissing, parquet_bytes
from infra.spreadsheet import CSV_TYPE, XLSX_TYPE, Cell, Heads, csv_bytes, into_workbook
from projections.paging import rows
from projections.parties import PARTIES, Parties
from projections.parties import cells as parties
from projections.products import PRODUCTS, Products
from projections.products import cells as products
from projections.register import Register
from projections.register.cells import cells, heads


class FileKind(StrEnum):
    """What sort of file."""

    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


def can_be_written(kind: FileKind) -> FileKind:
    """The same kind. Raises PydanticCustomError for Parquet where nothing here writes it."""
    if kind is FileKind.PARQUET:
        try:
            parquet.require()
        except ParquetMissing as error:
            raise no("format", "This server was installed without what writes Parquet.") from error
    return kind


InFormat = Annotated[
    FileKind,
    AfterValidator(can_be_written),
    Query(alias="format", description="An Excel workbook, CSV in UTF-8, or Parquet with typed columns (where the server has that extra)."),
]

MEDIA_TYPES: Final = {FileKind.XLSX: XLSX_TYPE, FileKind.CSV: CSV_TYPE, FileKind.PARQUET: PARQUET_TYPE}

R = TypeVar("R")

routes = APIRouter()


def answers(refusals: tuple[int, ...]) -> dict[str, object]:
    """What an export answers."""
    said = described(None, "The file.", refusals=refusals, headers=("Ledger-Position",))
    said[ANSWERS]["200"]["content"] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()}
    return said


@routes.get(
    "/exports/contracts",
    operation_id="export_contracts",
    summary="The register as a file",
    description="All contracts for which every given filter holds, as `GET /contracts` lists them page by page; texts that a spreadsheet "
    "would run as formulas are made harmless.\n\nRoles: all.",
    tags=["contracts"],
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_contracts(at: AtDoor, query: Asked, *, kind: InFormat = FileKind.XLSX, min_position: MinPosition = None) -> Response:
    position = reached_by(at, query, min_position)
    found = begun(rows(Register(at.opened).find, query))
    book = at.ledger.load(FIELDS, CONTRACTS)
    at.note_export("contracts", kind, Register(at.opened).count(query))
    return file_of("台账 contracts", kind, heads(book), (cells(row, book) for row in found), position)


@routes.get(
    "/exports/parties",
    operation_id="export_parties",
    summary="The parties as a file",
    description="All parties for which every given filter holds, as `GET /parties` lists them; whether a check counts is asked "
    "of today, or of the day of `valid_at`.\n\nRoles: all.",
    tags=["parties"],
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_parties(at: AtDoor, query: AskedParties, *, kind: InFormat = FileKind.XLSX, min_position: MinPosition = None) -> Response:
    position = read_fresh(at, PARTIES.name, min_position)
    found = begun(rows(Parties(at.opened).find, query))
    at.note_export("parties", kind, Parties(at.opened).count(query))
    return file_of("合同主体 parties", kind, parties.HEADS, (parties.cells(row, query.on) for row in found), position)


@routes.get(
    "/exports/products",
    operation_id="export_products",
    summary="The products as a file",
    description="All products for which every given filter holds, as `GET /products` lists them page by page.\n\nRoles: all.",
    tags=["products"],
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_products(at: AtDoor, query: AskedProducts, *, kind: InFormat = FileKind.XLSX, min_position: MinPosition = None) -> Response:
    position = read_fresh(at, PRODUCTS.name, min_position)
    found = begun(rows(Products(at.opened).find, query))
    at.note_export("products", kind, Products(at.opened).count(query))
    return file_of("产品 products", kind, products.HEADS, map(products.cells, found), position)


def begun(found: Iterator[R]) -> Iterator[R]:
    """The same rows, of which the first is asked for at once: what is wrong with the question is said before the first byte."""
    return chain([*islice(found, 1)], found)


@routes.get(
    "/exports/contracts/{contract_id}/history",
    operation_id="export_contract_history",
    summary="A contract's history as a file",
    description="A row for each field that an entry changed, and one for an entry that changed none, oldest first.\n\n"
    "Roles: all but reader.",
    tags=["contracts"],
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ_ONE),
)
def export_contract_history(at: AtDoor, contract_id: ContractId, *, kind: InFormat = FileKind.XLSX) -> Response:
    position = at.ledger.store.head()
    contract = existing(at, contract_id, None)
    at.note_export(CONTRACT.stream(contract_id), kind, contract.version)
    told = (row for one in explained(at.ledger.history(CONTRACT, contract_id)) for row in history_sheet.cells(one))
    return file_of(f"{contract.number} history", kind, history_sheet.HEADS, told, position)


def file_of(title: str, kind: FileKind, heads: Heads, rows: Iterable[Sequence[Cell]], position: int) -> Response:
    """The file under its name. Raises TooManyRows."""
    media_type = MEDIA_TYPES[kind]
    headers = {
        "Content-Disposition": disposition(f"{title}.{kind}", media_type),
        "Ledger-Position": str(position),
        "Cache-Control": "private, no-cache",
    }
    if kind is FileKind.CSV:
        return Streamed(csv_bytes(heads, rows), lambda: None, headers, media_type)
    if kind is FileKind.PARQUET:
        return Streamed(parquet_bytes(heads, rows), lambda: None, headers, media_type)
    with ExitStack() as opening:
        path = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="tally-export-"))) / "list.xlsx"
        into_workbook(path, heads, rows)
        return Streamed(chunks(path), opening.pop_all().close, headers, media_type)


def chunks(path: Path) -> Iterator[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while piece := file.read(BUFFER):
            yield piece
