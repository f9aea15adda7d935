"""The endpoints of commands: each reads its body as the command, and hands it to the ledger."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from inspect import Parameter, Signature
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import CommandAnswer
from api.describe import BEGIN, WRITE, described, request_body
from api.door import (
    AlertId,
    AlertRulesId,
    AtDoor,
    ContractId,
    DelegationId,
    Door,
    FieldsId,
    May,
    PartyId,
    PolicyId,
    ProductId,
    Received,
    ReceivedFirst,
    ReceivedNext,
    RiskRulesId,
    TemplateId,
    only_known_parameters,
    rendered,
)
from api.permissions import Roles
from api.problems import Contended
from api.renderings import require_rendered
from api.shapes import CommandShape, parse, shape_of
from domain.contract import signing
from domain.facts import Command
from infra.errors import StaleVersion
from infra.ledger import (
    ALERT,
    ALERTING,
    CONTRACT,
    DELEGATION,
    FIELDS,
    PARTY,
    POLICY,
    PRODUCT,
    RISK,
    TEMPLATE,
    Envelope,
    Outcome,
    StreamKind,
)

NAMESPACE: Final = uuid.UUID("5b0c1f4e-7a4a-5f0f-9f0b-7d1c1f0a7a11")


class Row(NamedTuple):
    """A command's line. Without a `path` it is /contracts/{contract_id}/ and the class's name in kebab case.

    `refusals` are the statuses of what may be answered instead, where they differ from those of other commands.
    """

    command: type[Command]
    roles: Roles
    path: str | None = None
    kind: StreamKind[Any] = CONTRACT
    refusals: tuple[int, ...] = ()

    @property
    def address(self) -> str:
        """The path under the API's prefix."""
        return self.path or f"/contracts/{{contract_id}}/{dashed(self.command)}"

    @property
    def begins(self) -> bool:
        """Whether it is the first of its stream."""
        return not self.address.count("{")

    @property
    def operation_id(self) -> str:
        """A stable name for generated clients."""
        return dashed(self.command).replace("-", "_")


def dashed(command: type[Command]) -> str:
    """RecordPayment as record-payment."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


TAGS: Final = {
    CONTRACT.prefix: "contracts",
    PARTY.prefix: "parties",
    POLICY.prefix: "policies",
    TEMPLATE.prefix: "templates",
    DELEGATION.prefix: "delegations",
    PRODUCT.prefix: "products",
    FIELDS.prefix: "fields",
    RISK.prefix: "risk rules",
    ALERTING.prefix: "alert rules",
    ALERT.prefix: "alerts",
}
WRITTEN: Final = ("ETag", "Ledger-Position", "Command-Id")


def endpoints(rows: Iterable[Row]) -> APIRouter:
    """The endpoints of commands."""
    router = APIRouter()
    for row in rows:
        begins = row.begins
        router.add_api_route(
            row.address,
            beginning(row) if begins else NEXT[row.kind.prefix](row),
            methods=["POST"],
            status_code=201 if begins else 200,
            operation_id=row.operation_id,
            summary=(row.command.__doc__ or "").split("\n")[0].rstrip("."),
            description=f"{row.command.__doc__}\n\nRoles: {', '.join(sorted(row.roles))}.",
            tags=[TAGS[row.kind.prefix]],
            response_class=Response,
            dependencies=[Depends(May(row.roles)), Depends(only_known_parameters)],
            openapi_extra=described(
                CommandAnswer,
                "It is stored, and durable.",
                status=201 if begins else 200,
                refusals=row.refusals or (BEGIN if begins else WRITE),
                headers=(*WRITTEN, "Location") if begins else WRITTEN,
                body=request_body(shape_of(row.command), row.command),
            ),
        )
    return router


def beginning(row: Row) -> Callable[..., Response]:
    """The endpoint of a command that begins a stream."""

    def begin(at: AtDoor, received: ReceivedFirst) -> Response:
        identity = str(uuid.uuid5(NAMESPACE, received.command_id))
        outcome = send(at, row, identity, received)
        return told(identity, received, outcome, location=f"/api/v1/{TAGS[row.kind.prefix]}/{identity}")

    return begin


def following(name: str, identity: Any) -> Callable[[Row], Callable[..., Response]]:  # noqa: ANN401 - a type with what describes it
    """How commands on what is there already are answered, where its id stands in the address under this name and is of such a type."""
    asked = {"at": AtDoor, name: identity, "received": ReceivedNext}

    def of(row: Row) -> Callable[..., Response]:
        def act(**given: Any) -> Response:  # noqa: ANN401 - what the signature below names
            at, received, stream = given["at"], given["received"], given[name]
            return told(stream, received, send(at, row, stream, received))

        # FastAPI reads from the signature what an endpoint takes.
        parameters = [Parameter(one, Parameter.KEYWORD_ONLY, annotation=kind) for one, kind in asked.items()]
        act.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        return act

    return of


NEXT: Final = {
    CONTRACT.prefix: following("contract_id", ContractId),
    PARTY.prefix: following("party_id", PartyId),
    POLICY.prefix: following("policy_id", PolicyId),
    TEMPLATE.prefix: following("template_id", TemplateId),
    DELEGATION.prefix: following("delegation_id", DelegationId),
    PRODUCT.prefix: following("product_id", ProductId),
    FIELDS.prefix: following("fields_id", FieldsId),
    RISK.prefix: following("rules_id", RiskRulesId),
    ALERTING.prefix: following("rules_id", AlertRulesId),
    ALERT.prefix: following("alert_id", AlertId),
}


def send(at: Door, row: Row, identity: str, received: Received) -> Outcome:
    """Reads the body as the command, and hands it to the ledger. Raises Flawed, HashDiffers, and what Ledger.handle raises."""
    shape = parse(shape_of(row.command), received.body)
    assert isinstance(shape, CommandShape)  # noqa: S101 - shape_of gives commands this base
    envelope = Envelope(
        received.principal.asker,
        received.command_id,
        received.read_at,
        effective_at=shape.effective_at,
        reason=shape.reason,
        correlation_id=received.correlation_id,
    )
    command = shape.to_domain()
    if isinstance(command, signing.FixText):
        require_rendered(at, identity, command)
    try:
        return at.opened.witness.handle(row.kind, identity, command, envelope)
    except StaleVersion as error:
        if received.read_at is None:
            # The caller stated no version that could be stale; it was the others who did not let it in.
            raise Contended("Others kept writing to the same stream; nothing of this command was stored.") from error
        raise


def told(identity: str, received: Received, outcome: Outcome, *, location: str | None = None) -> Response:
    """The answer of a command."""
    answer = CommandAnswer(
        id=identity,
        command_id=received.command_id,
        version=outcome.version,
        position=outcome.position,
        recorded_at=outcome.recorded_at,
        facts=outcome.facts,
        repeated=outcome.repeated,
    )
    headers = {"Command-Id": received.command_id, "Ledger-Position": str(outcome.position)}
    if location is not None:
        headers["Location"] = location
    return rendered(answer, status=200 if location is None else 201, version=outcome.version, headers=headers)
