"""What every endpoint works with: the opened ledger, who is asking, and what they sent, read within bounds."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin

import orjson
from fastapi import Depends, Header, Path, Request
from fastapi.dependencies.models import Dependant
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import keys, sparse
from api.following import Following
from api.keys import Keys, Presented, Principal
from api.problems import BodyTooLarge, BodyTooSlow, NotAllowed, NotJsonType, NotSignedIn
from api.scalars import MAX_VERSION, no, require_id
from api.strict_json import MAX_FLAWS, Flaw, Flawed, visible
from api.wording import ID
from domain.access import KeyRing, Role
from domain.access.visits import AccessDenied, ListExported, SensitiveRead, SignedIn, SignInRefused, VisitFact
from infra.ledger import CONTRACT, PARTY, Asker, Ledger
from infra.opening import Opened
from infra.render import to_json
from projections.runner import Projectors
from projections.view import Reach, Standing, read_reach

MAX_BODY = 1_000_000
BODY_WITHIN_S = 15.0

# Whoever shows a key that opens nothing: nobody knows who that is.
UNKNOWN: Final = Asker(actor="unknown", credential="unknown", channel="api")
_LONGEST_SUBJECT: Final = 200
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NO_FILTERS: Final = {"format", "min_position"}

_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')
# What some see with less in it has another tag; to write after either means the same version.
MASKED_TAG: Final = "-masked"
_VERSION_TAG: Final = re.compile(rf'(?:W/)?"([1-9][0-9]{{0,9}})(?:{MASKED_TAG})?"')


@dataclass(frozen=True, slots=True)
class Door:
    """One application's way to its ledger; without projectors the views are not served."""

    opened: Opened
    projectors: Projectors | None
    keys: Keys
    following: Following
    request: Request | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.opened.ledger

    def note_read(self, subject: str) -> None:
        """Writes down, before it is answered, that who asks reads something sensitive. Raises StoreUnavailable, Overloaded."""
        visitor, operation = self._visit()
        self.opened.witness.note(visitor, SensitiveRead(operation=operation, subject=subject))

    def note_denied(self, subject: str) -> None:
        """Writes down that who asks was refused what their roles do not allow. Raises StoreUnavailable, Overloaded."""
        visitor, operation = self._visit()
        self.opened.witness.note(visitor, AccessDenied(operation=operation, subject=subject))

    def note_export(self, subject: str, kind: str, rows: int) -> None:
        """Writes down, before it begins, that who asks takes a list away as a file. Raises StoreUnavailable, Overloaded."""
        visitor, operation = self._visit()
        asked = () if self.request is None else tuple(sorted({*self.request.query_params} - _NO_FILTERS))
        self.opened.witness.record(visitor, ListExported(operation=operation, subject=subject, format=kind, filters=asked, rows=rows))

    def note_behind(self, entries: int) -> None:
        """Lets the answer say how many entries the view that was read does not know yet: of several views, the one farthest behind."""
        if self.request is not None:
            state = self.request.state
            state.entries_behind = max(entries, getattr(state, "entries_behind", 0))

    def last(self, view: str) -> None:
        """Lets the answer be given again, as long as neither the ledger nor this view nor the day move; see `api.kept`."""
        state = self._asked.state
        state.lasts = (*getattr(state, "lasts", ()), view)

    def reach(self, view: str) -> Reach | None:
        """How far a view has come, as it stood when the request came or later; None for one that was never begun."""
        seen: Standing | None = None if self.request is None else getattr(self.request.state, "standing", None)
        return read_reach(self.opened, view) if seen is None else seen.reach(view)

    @property
    def principal(self) -> Principal:
        """Who asks, once let in."""
        principal: Principal = self._asked.state.principal
        return principal

    @property
    def _asked(self) -> Request:
        if self.request is None:
            message = "nobody asks at this door"
            raise RuntimeError(message)
        return self.request

    def _visit(self) -> tuple[Asker, str]:
        # To be written down each time, so that nothing is answered without it.
        self._asked.state.noted = True
        return self.principal.asker, self._asked.scope["route"].operation_id


def door(request: Request) -> Door:
    """The application's door."""
    held: Door = request.app.state.door
    return held


# Dependencies that are not async would each wait for a free thread, even those of an endpoint that is.
async def _door(request: Request) -> Door:
    return replace(door(request), request=request)


AtDoor = Annotated[Door, Depends(_door)]


class May:
    """Lets a request in whose key has one of the given roles, and nobody else."""

    def __init__(self, roles: frozenset[Role]) -> None:
        """Takes the roles that would do."""
        self.roles = roles

    async def __call__(self, request: Request) -> Principal:
        """Raises NotSignedIn, NotAllowed, StoreUnavailable."""
        shown = keys.presented(request.headers.get("authorization"))
        ring = await ring_for(door(request), shown)
        try:
            principal = keys.sign_in(ring, shown)
        except NotSignedIn:
            issued = shown.key_id in ring.keys or shown.key_id in ring.revoked
            await _noted(request, UNKNOWN, SignInRefused(key_id=shown.key_id if issued else None))
            raise
        await _noted(request, principal.asker, SignedIn(key_id=principal.key_id))
        if not principal.roles & self.roles:
            operation = request.scope["route"].operation_id
            await _noted(request, principal.asker, AccessDenied(operation=operation, subject=_asked_of(request)))
            raise NotAllowed(frozenset(principal.roles), frozenset(self.roles))
        request.state.principal = principal
        return principal


async def ring_for(at: Door, shown: Presented) -> KeyRing:
    """The keys by which who shows one now is let in or not. Raises StoreUnavailable, Overloaded."""
    asked_at = time.monotonic()
    remembered = at.keys.remembered(shown.key_id)
    return await run_in_threadpool(at.keys.read, asked_at) if remembered is None else remembered


def _asked_of(request: Request) -> str:
    """The contract or party that an address names, otherwise the address as it was sent; nobody has looked at either yet."""
    for name, kind in (("contract_id", CONTRACT), ("party_id", PARTY)):
        named = request.path_params.get(name, "")
        if _PLAIN.fullmatch(named):
            return kind.stream(named)
    sent: bytes = request.scope["raw_path"]
    return sent.decode("ascii", "replace")[:_LONGEST_SUBJECT]


async def _noted(request: Request, visitor: Asker, what: VisitFact) -> None:
    witness = door(request).opened.witness
    if not witness.has_noted(visitor, what):
        await run_in_threadpool(witness.note, visitor, what)


async def read_body(request: Request) -> bytes:
    """The whole body, if it calls itself JSON, is not too large and comes in time. Raises NotJsonType, BodyTooLarge, BodyTooSlow."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower()
    if media_type.strip().lower() != "application/json" or charset not in {"", "charset=utf-8", 'charset="utf-8"'}:
        raise NotJsonType("Send the body as application/json, in UTF-8, with that Content-Type.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise NotJsonType("A compressed body is not taken.")
    too_large = BodyTooLarge(f"The body is larger than {MAX_BODY:,} bytes.")
    length = request.headers.get("content-length", "0")
    if len(length) > len(str(MAX_BODY)) or (length.isdecimal() and int(length) > MAX_BODY):
        raise too_large
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BODY:
                    raise too_large
                chunks.append(chunk)
    except TimeoutError as error:
        raise BodyTooSlow(f"The body did not come within {BODY_WITHIN_S:.0f} seconds.") from error
    return b"".join(chunks)


def read_key(value: object) -> object:
    """An Idempotency-Key, bare or in the quotes that its draft standard has. Raises PydanticCustomError."""
    if value is None:
        return None
    text = str(value)
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not bare or len(bare) > ID or not bare.isascii() or not bare.isprintable() or bare != bare.strip():
        raise no("key", f"An Idempotency-Key has 1 to {ID} visible ASCII characters; a UUID is a good one.")
    return bare


def read_version_tag(value: object) -> object:
    """The version in an If-Match header. Raises PydanticCustomError."""
    if value is None:
        return None
    found = _VERSION_TAG.fullmatch(str(value).strip())
    if found is None or int(found.group(1)) > MAX_VERSION:
        raise no("version", 'If-Match takes one version as the ETag gave it, such as "7".')
    return int(found.group(1))


IdempotencyKey = Annotated[
    str | None,
    BeforeValidator(read_key),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": ID, "pattern": "^[!-~]([ -~]*[!-~])?$"}),
    Header(
        description="Makes the command safe to repeat: the same key and content is done once and answered alike, the same key with other "
        "content is refused. Keys are the ledger's, not the caller's own: take UUIDs. Without one the server makes one; see Command-Id.",
        examples=["2f1c4a52-6f0e-4c0e-9b7e-0d0f6c1f1d3a"],
    ),
]
CorrelationId = Annotated[
    str | None,
    BeforeValidator(read_key),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": ID, "pattern": "^[!-~]([ -~]*[!-~])?$"}),
    Header(description="The caller's own mark, kept beside the facts, such as a trace.", examples=["trace-4bf92f35"]),
]
IfMatch = Annotated[
    int | None,
    BeforeValidator(read_version_tag),
    WithJsonSchema({"type": "string", "pattern": '^"[1-9][0-9]{0,8}(-masked)?"$'}),
    Header(description="The version that the caller read, as its ETag. A newer one refuses the command with 412.", examples=['"7"']),
]
IfNoneMatch = Annotated[
    str | None, Header(description="An ETag that the caller holds; 304 if it is still right.", max_length=2_000, examples=['"7"'])
]


def identity(says: str) -> object:
    """A path parameter that names something."""
    return Path(
        min_length=1,
        max_length=ID,
        description=says,
        openapi_examples={"uuid": {"value": "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"}},
    )


ContractId = Annotated[str, AfterValidator(require_id), identity("The contract's id.")]
PartyId = Annotated[str, AfterValidator(require_id), identity("The party's id.")]
TemplateId = Annotated[str, AfterValidator(require_id), identity("The template's id.")]
ProductId = Annotated[str, AfterValidator(require_id), identity("The product's id.")]
DelegationId = Annotated[str, AfterValidator(require_id), identity("The delegation's id.")]
AlertRulesId = Annotated[Literal["contracts"], Path(description="Which rules: those for contracts.")]
AlertId = Annotated[str, AfterValidator(require_id), identity("The alert's id.")]
RiskRulesId = Annotated[Literal["contracts"], Path(description="Which rules: those for contracts.")]
FieldsId = Annotated[Literal["contracts"], Path(description="Whose fields: those of contracts.")]
PolicyId = Annotated[Literal["approval"], Path(description="Which policy: that of approval.")]
CommandId = Annotated[str, AfterValidator(require_id), identity("The command's id: its Idempotency-Key, or what Command-Id said.")]
KeyId = Annotated[str, AfterValidator(require_id), identity("The key's id.")]


class Received(NamedTuple):
    """A command on its way in, before its body is read as anything."""

    principal: Principal
    body: bytes
    command_id: str
    correlation_id: str | None
    read_at: int | None = None


async def receive_first(request: Request, idempotency_key: IdempotencyKey = None, correlation_id: CorrelationId = None) -> Received:
    """What begins something new; there is no version of it yet."""
    # Remembered, so that even a failure tells by which id the outcome can be asked for.
    request.state.command_id = idempotency_key or str(uuid.uuid4())
    return Received(request.state.principal, await read_body(request), request.state.command_id, correlation_id)


async def receive(
    request: Request, idempotency_key: IdempotencyKey = None, if_match: IfMatch = None, correlation_id: CorrelationId = None
) -> Received:
    """What changes something that is there."""
    received = await receive_first(request, idempotency_key, correlation_id)
    return received._replace(read_at=if_match)


ReceivedFirst = Annotated[Received, Depends(receive_first)]
ReceivedNext = Annotated[Received, Depends(receive)]


async def only_known_parameters(request: Request) -> None:
    """Refuses query parameters that the endpoint does not have, or has been given twice: they would be ignored in silence."""
    known = query_parameters(request.scope["route"].dependant)
    given = [name for name, _ in request.query_params.multi_items()]
    lines = request.app.state.sparse.get(request.scope["route"].operation_id)
    if lines is not None:
        known[sparse.PARAMETER] = str
    flaws = [Flaw(f"query.{visible(name)}", "There is no such parameter here.") for name in dict.fromkeys(given) if name not in known]
    flaws += [Flaw(f"query.{name}", "Give it once.") for name in known if given.count(name) > 1 and not is_list(known[name])]
    if flaws:
        raise Flawed(flaws[:MAX_FLAWS])
    if sparse.PARAMETER in given and lines is not None:
        # What looks at answers from outside, in `api.conditional`, leaves the rest out.
        request.state.chosen = lines.chosen(request.query_params[sparse.PARAMETER])


def query_parameters(dependant: Dependant) -> dict[str, Any]:
    """The query parameters of an endpoint and of all that it depends on, with their types."""
    found = {parameter.alias: parameter.field_info.annotation for parameter in dependant.query_params}
    for one in dependant.dependencies:
        found |= query_parameters(one)
    return found


def is_list(annotation: Any) -> bool:  # noqa: ANN401 - types are values here
    """Whether a parameter may be given several times."""
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))


def rendered(content: object, *, status: int = 200, version: int | str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer as JSON, with its ETag where it has a version."""
    more = dict(headers or {})
    if version is not None:
        more["ETag"] = f'"{version}"'
    return Response(orjson.dumps(to_json(content)), status, more, "application/json")


def unchanged(if_none_match: str | None, version: int | str) -> bool:
    """Whether the caller holds this version already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or str(version) in _TAG.findall(if_none_match)


def not_modified(version: int | str, headers: dict[str, str]) -> Response:
    """Says that what the caller holds is still right."""
    return Response(status_code=304, headers={**headers, "ETag": f'"{version}"'})


def by_content(content: object, if_none_match: str | None, headers: dict[str, str]) -> Response:
    """An answer whose ETag names its content.

    A correction can change what is answered about a moment and leave the last version that counts the same.
    """
    tag = hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
    return not_modified(tag, headers) if unchanged(if_none_match, tag) else rendered(content, version=tag, headers=headers)
