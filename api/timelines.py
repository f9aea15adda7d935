"""Reading the timeline: what was recorded, by whom, about what; and who came, read, took lists away and was refused."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.administration import asking
from api.describe import READ, described
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.permissions import HISTORY_READERS, KEY_READERS
from api.register import SortOrder
from api.scalars import MOMENT_SCHEMA, MOMENT_TEXT, TEXT, require_id
from api.strict_json import Flaw, Flawed
from api.wording import ID
from infra.ledger import ACCESS
from projections.timeline import TIMELINE, Happening, Timeline, TimelineQuery

MAX_LISTED: Final = 500

Named = AfterValidator(lambda text: text if text is None else require_id(text))
OfContract = Annotated[
    str | None, Named, Query(min_length=1, max_length=ID, description="What was done to this contract, and who read it.")
]
OfSubject = Annotated[
    str | None,
    Named,
    Query(
        min_length=1,
        max_length=ID + 20,
        description="What was done to this stream, and who read it, by its name as entries have it.",
        openapi_examples={"party": {"value": "party-6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"}},
    ),
]
ByActor = Annotated[str | None, Named, Query(min_length=1, max_length=ID, description="What this person or program did.")]
OnBehalfOf = Annotated[str | None, Named, Query(min_length=1, max_length=ID, description="What was done on behalf of somebody.")]
Since = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Recorded at this moment or later.")]
Until = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Recorded before this moment.")]
InOrder = Annotated[SortOrder, Query(description="The latest first, or `asc` for the oldest first.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many entries at most.")]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same order; keep the filters."),
]

routes = APIRouter(tags=["timeline"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """An entry of the ledger in a line. `subject` is its stream, or what was read, taken away or refused."""

    position: int
    stream: str
    subject: str
    version: int
    fact: str
    effective_at: datetime
    recorded_at: datetime
    actor: str
    on_behalf_of: str | None
    credential: str
    channel: str
    reason: str | None
    command_id: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinePage:
    """A page of the timeline."""

    entries: tuple[TimelineLine, ...]
    next_cursor: str | None


async def asked(
    contract_id: OfContract = None,
    subject: OfSubject = None,
    *,
    actor: ByActor = None,
    on_behalf_of: OnBehalfOf = None,
    since: Since = None,
    until: Until = None,
    order: InOrder = SortOrder.DESC,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TimelineQuery:
    """Which entries, in which order. Raises Flawed."""
    if contract_id is not None and subject is not None:
        raise Flawed([Flaw("query.subject", "Give contract_id or subject, not both.")])
    return TimelineQuery(
        contract_id=contract_id,
        subject=subject,
        actor=actor,
        on_behalf_of=on_behalf_of,
        since=since,
        until=until,
        newest_first=order is SortOrder.DESC,
        limit=limit,
        cursor=cursor,
    )


AskedTimeline = Annotated[TimelineQuery, Depends(asked)]
_FRESH: Final = "The view follows the ledger within moments: to see your own write, give the position of its answer as `min_position`."


@routes.get(
    "/timeline",
    operation_id="list_timeline",
    summary="Who did what, across contracts, parties and all else",
    description="Every entry of the ledger in a line, of a person, of a contract or of all, the latest first. Who came, read and was "
    f"refused stands among them for those who may read the access log. {_FRESH}\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(TimelinePage, "A page of the timeline.", refusals=READ, headers=("Ledger-Position",)),
)
def list_timeline(request: Request, at: AtDoor, query: AskedTimeline, *, min_position: MinPosition = None) -> Response:
    at.note_read(TIMELINE.name)
    in_full = bool(asking(request).roles & KEY_READERS)
    return _page(at, query if in_full else replace(query, access=False), min_position)


@routes.get(
    "/access-log",
    operation_id="list_access_log",
    summary="Who came, read, took lists away and was refused",
    description="Keys issued, revoked and used; keys that were refused; what a role did not allow; reads of confidential contracts, of "
    "documents, of account numbers, of histories of all, and of this log, each once an hour; every list that was taken away as a file; "
    f"every command that a rule refused. {_FRESH}\n\nRoles: admin, auditor.",
    response_class=Response,
    dependencies=[Depends(May(KEY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(TimelinePage, "A page of the log.", refusals=READ, headers=("Ledger-Position",)),
)
def list_access_log(at: AtDoor, query: AskedTimeline, *, min_position: MinPosition = None) -> Response:
    at.note_read(ACCESS.stream(""))
    return _page(at, replace(query, access=True), min_position)


def _page(at: AtDoor, query: TimelineQuery, min_position: int | None) -> Response:
    position = read_lasting(at, TIMELINE.name, min_position)
    found = Timeline(at.opened).find(query)
    page = TimelinePage(entries=tuple(map(_line, found.rows)), next_cursor=found.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


def _line(row: Happening) -> TimelineLine:
    return TimelineLine(**asdict(row))
