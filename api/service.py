"""Is it alive, is it ready, and what became of a command."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import Health, Readiness, RelayReadiness, StoredCommand, ViewReadiness
from api.describe import READ_ONE, described
from api.door import AtDoor, CommandId, May, only_known_parameters, rendered
from api.permissions import READERS
from api.problems import NoSuchCommand, NotReady
from infra.ledger import KINDS
from infra.published import Published, published

routes = APIRouter(tags=["service"])


@routes.get(
    "/health",
    operation_id="get_health",
    summary="Is the process alive?",
    description="Needs no key, asks nothing of the database, and is answered however busy the server is.",
    response_class=Response,
    dependencies=[Depends(only_known_parameters)],
    openapi_extra=described(Health, "It is.", refusals=(422,)) | {"security": []},
)
async def get_health() -> Response:
    return rendered(Health(status="alive"))


@routes.get(
    "/ready",
    operation_id="get_ready",
    summary="Can it serve?",
    description="Needs no key. 200 where the store answers and every view that this process keeps takes in entries; 503 otherwise, with "
    "the same figures in `details`. How the relay to Kafka is doing is told beside that, and makes no difference.",
    response_class=Response,
    dependencies=[Depends(only_known_parameters)],
    openapi_extra=described(Readiness, "It can.", refusals=(422, 503)) | {"security": []},
)
def get_ready(at: AtDoor) -> Response:
    # Without its answer nothing can be stored or read.
    head = at.ledger.store.head()
    kept = {} if at.projectors is None else at.projectors.health()
    views = tuple(
        ViewReadiness(view=name, running=health.running and health.error is None, lag=health.lag, stopped_at=health.stopped_at)
        for name, health in sorted(kept.items())
    )
    if not all(view.running for view in views):
        raise NotReady(views)
    return rendered(Readiness(ready=True, views=views, relay=relay_readiness(published(at.opened), head)))


def relay_readiness(found: Published | None, head: int) -> RelayReadiness | None:
    """What of the relay is told to everybody: not where the brokers are, and not what it stands before."""
    if found is None:
        return None
    return RelayReadiness(
        running=found.runs,
        stopped=found.stopped_by is not None,
        lag=max(head - found.position, 0),
        promise="exactly_once" if found.exactly_once else "at_least_once",
    )


@routes.get(
    "/commands/{command_id}",
    operation_id="get_command",
    summary="What became of a command?",
    description="For callers who got no answer, or 503. A command that is found took effect, once. One that is not found has not taken "
    "effect, yet: it may still be under way, so send it again with the same Idempotency-Key, which is always safe.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(StoredCommand, "It took effect.", refusals=READ_ONE, headers=("Ledger-Position",)),
)
def get_command(at: AtDoor, command_id: CommandId) -> Response:
    record = at.ledger.store.command(command_id)
    if record is None:
        raise NoSuchCommand(
            "Nothing of this command is stored. It may still be under way: sending it again with the same Idempotency-Key is safe."
        )
    last_position = record.first_position + record.size - 1
    rows = at.ledger.store.read_log(after=record.first_position - 1, to=last_position, limit=record.size)
    stream = rows[-1].stream
    answer = StoredCommand(
        command_id=command_id,
        stream=stream,
        id=identity_of(stream),
        version=rows[-1].version,
        position=last_position,
        recorded_at=record.recorded_at,
        facts=tuple(row.fact for row in rows),
    )
    return rendered(answer, headers={"Ledger-Position": str(last_position)})


def identity_of(stream: str) -> str:
    """A stream's name without the prefix of its kind."""
    prefix = next((kind.prefix for kind in KINDS.values() if stream.startswith(kind.prefix)), "")
    return stream.removeprefix(prefix)
