"""A contract as a document: Word, PDF or Markdown, at any version, with the SHA-256 of its bytes."""

from __future__ import annotations

import base64
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.approval_answers import ApprovalRounds
from api.contracts import AtVersion, existing
from api.describe import ANSWERS, READ_ONE, described
from api.documents import disposition
from api.door import (
    AtDoor,
    ContractId,
    Door,
    IfNoneMatch,
    May,
    not_modified,
    only_known_parameters,
    rendered,
    unchanged,
)
from api.permissions import HISTORY_READERS, READERS
from api.scalars import MAX_VERSION
from domain.contract.rounds import rounds, up_to
from domain.contract.signing import FixText
from domain.contract.vocabulary import TextFormat, TextLanguage
from infra.errors import HashDiffers
from infra.ledger import CONTRACT
from infra.rendering import MEDIA_TYPES, Rendering, file_name, render, render_approval
from infra.rendering.wording import Heading, said

InFormat = Annotated[TextFormat, Query(alias="format", description="Word, PDF or Markdown.")]
OfRound = Annotated[int | None, Query(alias="round", ge=1, le=MAX_VERSION, description="The round of approval; the latest by default.")]
InLanguage = Annotated[TextLanguage, Query(alias="lang", description="The language of the headings; what people wrote stays as it is.")]

routes = APIRouter(tags=["contracts"])

_SAID: Final = ("ETag", "Ledger-Position", "Rendered-Version", "Rendered-By")
_ANSWERS: Final = described(None, "The document.", refusals=READ_ONE, headers=_SAID, cached=True)
_ANSWERS[ANSWERS]["200"]["content"] = {MEDIA_TYPES[form]: {"schema": {"type": "string", "format": "binary"}} for form in TextFormat}


@routes.get(
    "/contracts/{contract_id}/rendering",
    operation_id="render_contract",
    summary="Write a contract out as Word, PDF or Markdown",
    description="Parties, value in figures and in Chinese capital numerals, clauses, items, payments due, delivery plan, signatures "
    "of a version. The same version, format and language give the same bytes, as long as the server runs the same release; the ETag is "
    "their SHA-256, which `fix-text` fixes as what will be signed.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=_ANSWERS,
)
def render_contract(
    at: AtDoor,
    contract_id: ContractId,
    *,
    form: InFormat = TextFormat.PDF,
    language: InLanguage = TextLanguage.CHINESE,
    version: AtVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    head = at.ledger.store.head()
    contract = existing(at, contract_id, version)
    if version is not None:
        contract = at.ledger.contract_as_of(contract_id, version=version)
    return sent(render(contract, form, language), file_name(contract), (head, contract.version), if_none_match)


@routes.get(
    "/contracts/{contract_id}/approval-sheet",
    operation_id="get_approval_sheet",
    summary="Write the approval sheet out as Word, PDF or Markdown",
    description="Who approved the contract (审批单): what was submitted, the route and the edition of the policy, every decision with its "
    "opinion, whom a step was left to, sendings back, withdrawal, and the rounds before. The same entries, format and language give the "
    "same bytes, as long as the server runs the same release.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=_ANSWERS,
)
def get_approval_sheet(
    at: AtDoor,
    contract_id: ContractId,
    *,
    number: OfRound = None,
    form: InFormat = TextFormat.PDF,
    language: InLanguage = TextLanguage.CHINESE,
    if_none_match: IfNoneMatch = None,
) -> Response:
    head = at.ledger.store.head()
    existing(at, contract_id, None)
    told = up_to(rounds(at.ledger.history(CONTRACT, contract_id)), number)
    contract = at.ledger.contract_as_of(contract_id, version=told[-1].version)
    rendering = render_approval(contract, told, form, language)
    name = f"{contract.number} {said(Heading.APPROVAL_SHEET, language)} {told[-1].number}"
    return sent(rendering, name, (head, told[-1].last_version), if_none_match)


@routes.get(
    "/contracts/{contract_id}/approvals",
    operation_id="list_approvals",
    summary="Read the rounds of approval",
    description="What the approval sheet shows, for programs: each submission and its route, and every decision.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(ApprovalRounds, "The rounds.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def list_approvals(at: AtDoor, contract_id: ContractId, if_none_match: IfNoneMatch = None) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    version = existing(at, contract_id, None).version
    if unchanged(if_none_match, version):
        return not_modified(version, headers)
    told = rounds(at.ledger.history(CONTRACT, contract_id, to=version))
    return rendered(ApprovalRounds(id=contract_id, version=version, rounds=told), version=version, headers=headers)


def sent(rendering: Rendering, name: str, read: tuple[int, int], if_none_match: str | None) -> Response:
    """A document under its name and hash; `read` is the ledger's position and the contract's version that it shows."""
    media_type = MEDIA_TYPES[rendering.format]
    headers = {
        "ETag": f'"{rendering.sha256}"',
        "Ledger-Position": str(read[0]),
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(rendering.sha256)).decode()}:",
        "Content-Disposition": disposition(name, media_type),
        "Rendered-Version": str(read[1]),
        "Rendered-By": rendering.renderer,
        "Content-Language": rendering.language.value,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    if unchanged(if_none_match, rendering.sha256):
        return not_modified(rendering.sha256, headers)
    return Response(rendering.content, 200, headers, media_type)


def require_rendered(at: Door, contract_id: str, command: FixText) -> None:
    """Raises HashDiffers where this server writes out another text from that version. One to come is the ledger's to refuse."""
    contract = at.ledger.contract_as_of(contract_id, version=command.rendered_version)
    if contract.version != command.rendered_version:
        return
    rendering = render(contract, command.format, command.language)
    if (rendering.sha256, rendering.renderer) != (command.sha256, command.renderer):
        message = f"Version {contract.version} written out here is {rendering.sha256}, by {rendering.renderer}."
        raise HashDiffers(message)
