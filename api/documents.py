"""Documents over HTTP: bytes in and out as streams, whole or in part, by their hash or as a contract names them."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from typing import Annotated, Final, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.administration import asking
from api.answers import DocumentAnswer, DocumentLine, DocumentPage
from api.contracts import existing
from api.describe import ANSWERS, DOWNLOAD, READ, UPLOAD, described
from api.door import AtDoor, ContractId, Door, IfNoneMatch, May, door, identity, not_modified, only_known_parameters, rendered, unchanged
from api.permissions import READERS, WRITERS
from api.problems import NoSuchDocument, RangeNotSatisfiable
from api.scalars import MAX_POSITION
from api.streams import Streamed, declared_type, is_longer, stream_body
from domain.document import StoredDocument
from infra import documents, media_types
from infra.errors import DocumentTooLarge
from infra.ledger import DOCUMENT, Envelope

MAX_LISTED: Final = 500

_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_UNFIT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_LONGEST_NAME: Final = 120

Sha256 = Annotated[
    str,
    Path(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 of the document's bytes, in lower-case hexadecimal.", examples=["0f" * 32]),
]
DocumentId = Annotated[str, identity("The document's id within the contract.")]
Range = Annotated[str | None, Header(alias="Range", description="One range, such as `bytes=0-1023` or `bytes=-500`.", max_length=200)]
IfRange = Annotated[str | None, Header(description="The range counts only while this is still the ETag.", max_length=200)]
Cursor = Annotated[int | None, Query(ge=1, le=MAX_POSITION, description="The `next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many documents at most.")]

_BINARY: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_BODY: Final = {"required": True, "description": "The bytes, under the media type that they are.", "content": _BINARY}
_HOW: Final = (
    "Streamed to disk, hashed on the way, and durable with this answer. The Content-Type is compared with the bytes: PDF, Word, Excel, "
    "PowerPoint, OpenDocument, OFD, images, text and ZIP are kept, anything else is refused with 415. `application/octet-stream` lets "
    "the bytes speak for themselves. The largest size is a setting of the server (TALLY_MAX_DOCUMENT_BYTES). The same bytes are kept "
    "once: sending them again is safe, and heals a file that was damaged on disk. `attach-document` then names the hash.\n\n"
    "Roles: approver, drafter, finance."
)
_GIVEN: Final = (
    "The file is compared with its hash before the first byte is sent; one that is missing or was changed is answered with 503. Ranges, "
    "`If-Range` and `If-None-Match` are understood; of several ranges the whole is sent.\n\nRoles: all."
)

F = TypeVar("F", bound=Callable[..., object])

routes = APIRouter(tags=["documents"])


def upload(method: str, path: str, operation_id: str, summary: str, more: str = "") -> Callable[[F], F]:
    """The route of an upload."""
    headers = ("ETag", "Ledger-Position", "Location")
    answers = described(DocumentAnswer, "It was kept before.", refusals=UPLOAD, headers=headers, body=_BODY)
    answers[ANSWERS]["201"] = described(DocumentAnswer, "It is kept now.", status=201, refusals=(), headers=headers)[ANSWERS]["201"]
    return routes.api_route(
        path,
        methods=[method],
        operation_id=operation_id,
        summary=summary,
        description=more + _HOW,
        response_class=Response,
        dependencies=[Depends(May(WRITERS)), Depends(only_known_parameters)],
        openapi_extra=answers,
    )


@upload("POST", "/documents", "upload_document", "Upload a document")
async def upload_document(request: Request) -> Response:
    return await _take(request, None)


@upload("PUT", "/documents/{sha256}", "put_document", "Upload a document whose hash is known", "Other bytes than announced are refused. ")
async def put_document(request: Request, sha256: Sha256) -> Response:
    return await _take(request, sha256)


async def _take(request: Request, expected: str | None) -> Response:
    """Takes the body as a document. Raises what Incoming does, NotJsonType, BodyTooSlow."""
    at = door(request)
    declared = declared_type(request)
    largest = at.opened.documents.max_size
    if is_longer(request, largest):
        message = f"A document has at most {largest:,} bytes here."
        raise DocumentTooLarge(message)
    receiving = at.opened.documents.receive()
    incoming = await run_in_threadpool(receiving.__enter__)
    try:
        await stream_body(request, incoming.write)
        kept = await run_in_threadpool(incoming.keep, declared, expected)
    finally:
        receiving.__exit__(None, None, None)
    envelope = Envelope(asking(request).asker, str(uuid.uuid4()))
    known, new = await run_in_threadpool(documents.record, at.ledger, kept, envelope)
    answer = DocumentAnswer(sha256=known.sha256, size=known.size, media_type=known.media_type, new=new)
    position = await run_in_threadpool(at.ledger.store.head)
    headers = {"Location": f"/api/v1/documents/{known.sha256}", "Ledger-Position": str(position)}
    return rendered(answer, status=201 if new else 200, version=known.sha256, headers=headers)


@routes.get(
    "/documents",
    operation_id="list_documents",
    summary="List the documents that the ledger keeps",
    description="In the order in which they were first stored, with who stored them.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(DocumentPage, "A page of documents.", refusals=READ, headers=("Ledger-Position",)),
)
def list_documents(at: AtDoor, *, cursor: Cursor = None, limit: Limit = 100) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    found = list(documents.recorded(at.ledger.store, after=cursor or 0, limit=limit + 1))
    listed = tuple(
        DocumentLine(
            sha256=one.kept.sha256,
            size=one.kept.size,
            media_type=one.kept.media_type,
            stored_at=one.stored_at,
            stored_by=one.stored_by,
        )
        for one in found[:limit]
    )
    return rendered(
        DocumentPage(documents=listed, next_cursor=str(found[limit - 1].position) if len(found) > limit else None), headers=headers
    )


def download(path: str, operation_id: str, summary: str) -> Callable[[F], F]:
    """The route of a download."""
    answers = described(None, "The bytes.", refusals=DOWNLOAD, headers=("ETag",), cached=True)
    answers[ANSWERS]["200"]["content"] = _BINARY
    answers[ANSWERS]["206"] = {**answers[ANSWERS]["200"], "description": "The bytes of the range."}
    return routes.get(
        path,
        operation_id=operation_id,
        summary=summary,
        description=_GIVEN,
        response_class=Response,
        dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
        openapi_extra=answers,
    )


@download("/documents/{sha256}", "get_document", "Download a document")
def get_document(
    at: AtDoor, sha256: Sha256, *, range_: Range = None, if_range: IfRange = None, if_none_match: IfNoneMatch = None
) -> Response:
    document = stored(at, sha256)
    # Which contract it belongs to is not asked here: any of them may be confidential.
    at.note_read(DOCUMENT.stream(sha256))
    return _give(at, document, sha256[:16], (range_, if_range, if_none_match))


@download("/contracts/{contract_id}/documents/{document_id}", "get_contract_document", "Download a document of a contract")
def get_contract_document(
    at: AtDoor,
    contract_id: ContractId,
    document_id: DocumentId,
    *,
    range_: Range = None,
    if_range: IfRange = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    named = existing(at, contract_id, None).documents.get(document_id)
    if named is None or named.sha256 is None:
        raise NoSuchDocument("The contract names no such document whose bytes the ledger keeps.")
    return _give(at, stored(at, named.sha256), named.title, (range_, if_range, if_none_match))


def stored(at: Door, sha256: str) -> StoredDocument:
    """What the ledger knows of a document. Raises NoSuchDocument."""
    document = at.ledger.load(DOCUMENT, sha256)
    if not document.exists:
        raise NoSuchDocument("The ledger keeps no document with this SHA-256.")
    return document


def _give(at: Door, document: StoredDocument, title: str, conditions: tuple[str | None, str | None, str | None]) -> Response:
    range_, if_range, if_none_match = conditions
    sha256, size = document.sha256, document.size
    headers = {
        "ETag": f'"{sha256}"',
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
        "Content-Disposition": disposition(title, document.media_type),
        # What people uploaded must not act as a page of ours, and who may read it is asked each time.
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    if unchanged(if_none_match, sha256):
        return not_modified(sha256, headers)
    wanted = part_of(range_, size) if if_range in (None, headers["ETag"]) else None
    file = at.opened.documents.opened(sha256)
    if wanted is None:
        return Streamed(documents.chunks(file, sha256), file.close, headers | {"Content-Length": str(size)}, document.media_type)
    first, last = wanted
    headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return Streamed(documents.part(file, first, last), file.close, headers, document.media_type, 206)


def part_of(range_: str | None, size: int) -> tuple[int, int] | None:
    """The first and the last byte of a Range header (RFC 9110, 14.2); None for the whole. Raises RangeNotSatisfiable."""
    found = _RANGE.fullmatch((range_ or "").replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first > last:
        raise RangeNotSatisfiable(size)
    return first, last


def disposition(title: str, media_type: str) -> str:
    """A Content-Disposition (RFC 6266) under which programs save the document, in Chinese too."""
    suffix = media_types.suffix_of(media_type)
    plain = " ".join(_UNFIT_IN_NAMES.sub(" ", title).split()).strip(". ")[:_LONGEST_NAME] or "document"
    name = plain if plain.lower().endswith(suffix) or media_types.of_name(plain) == media_type else plain + suffix
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
