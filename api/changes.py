"""What is recorded, in the order of the log: a page after a position, for programs that follow the ledger without gaps or repetitions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from api.administration import asking
from api.answers import ChangeLine, ChangePage
from api.describe import READ, described
from api.door import AtDoor, Door, IfNoneMatch, May, by_content, only_known_parameters
from api.freshness import reached
from api.parties import without_numbers
from api.permissions import ACCOUNT_READERS, HISTORY_READERS, KEY_READERS, READERS
from api.problems import ViewBehind
from api.scalars import MAX_POSITION, require_id
from api.service import identity_of
from api.strict_json import Flaw, Flawed, visible
from api.wording import ID
from domain.access import AccessFact, Role
from domain.facts import FACTS, Entry
from infra import codec
from infra.ledger import CONTRACT
from infra.render import Json, to_json
from projections.feed import Asked, Piece, piece
from projections.known import ALL_VIEWS
from projections.timeline.summary import summary

MAX_LISTED: Final = 500
MAX_FACTS: Final = 50
# Not even the hash of a secret is anybody's business.
_WITHHELD: Final = frozenset({"secret_sha256"})

FollowedView = StrEnum("FollowedView", {view.name: view.name for view in ALL_VIEWS})  # type: ignore[misc]

After = Annotated[
    int,
    Query(
        ge=0,
        le=MAX_POSITION,
        description="What was recorded after this position: the `next_cursor` of the page before, or any `position` or `Ledger-Position`. "
        "From the beginning where it is left out; a position that the ledger has not reached is refused with 422.",
        openapi_examples={"beginning": {"value": 0}, "later": {"value": 4711}},
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many changes at most.")]
OfContract = Annotated[
    str | None,
    AfterValidator(lambda text: text if text is None else require_id(text)),
    Query(min_length=1, max_length=ID, description="Of this contract only."),
]
OfStream = Annotated[
    str | None,
    AfterValidator(lambda text: text if text is None else require_id(text)),
    Query(
        min_length=1,
        max_length=ID + 20,
        description="Of this stream only, by the name that changes have as `stream`, such as that of a party.",
        openapi_examples={"party": {"value": "party-6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"}},
    ),
]
OfFact = Annotated[
    list[str] | None,
    Query(
        min_length=1,
        max_length=MAX_FACTS,
        description="Facts of this name only, whatever its schema; several may be given.",
        openapi_examples={"payments": {"value": ["contract.payment_recorded", "contract.payment_reversed"]}},
    ),
]
OfView = Annotated[
    FollowedView | None,
    Query(description="Only what this view has taken in: whoever follows it so finds every change in the view at once."),
]

# What is read of the ledger in its order, as access is written down.
ALL: Final = "changes"

routes = APIRouter(tags=["changes"])


class Sight(NamedTuple):
    """What of a change somebody is shown: who did what; account numbers in full; keys."""

    histories: bool
    numbers: bool
    keys: bool

    @classmethod
    def of(cls, roles: frozenset[Role]) -> Sight:
        """What some roles are shown."""
        return cls(bool(roles & HISTORY_READERS), bool(roles & ACCOUNT_READERS), bool(roles & KEY_READERS))

    def line(self, entry: Entry) -> ChangeLine:
        """A change as it is shown."""
        told = self.histories and (self.keys or not isinstance(entry.fact, AccessFact))
        return ChangeLine(
            position=entry.position,
            stream=entry.stream,
            id=identity_of(entry.stream),
            version=entry.version,
            fact=codec.topic(entry.fact),
            effective_at=entry.effective_at,
            recorded_at=entry.recorded_at,
            command_id=entry.command_id,
            actor=entry.meta.actor if told else None,
            summary=summary(entry.fact) if told else None,
            data=self._content(entry) if told else None,
        )

    def _content(self, entry: Entry) -> dict[str, Json]:
        said = to_json(entry.fact)
        shown = said if self.numbers else without_numbers(said)
        if not isinstance(shown, dict):
            message = f"{type(entry.fact).__name__} is no JSON object"
            raise TypeError(message)
        return {name: held for name, held in shown.items() if name not in _WITHHELD}


class Followed(NamedTuple):
    """What is followed: entries, as far as a view has come if one is given."""

    asked: Asked
    view: str | None

    def until(self, at: Door) -> int:
        """How far it can be followed now. Raises ViewBehind, StoreUnavailable."""
        if self.view is None:
            return at.ledger.store.head()
        position = reached(at, self.view)
        if position is None:
            raise ViewBehind(f"The view {self.view} has not been begun; is `tally up` running?")
        return position

    def piece(self, at: Door, after: int, limit: int) -> tuple[Piece, int]:
        """What follows a position, and how far it can be followed now. Raises UnknownFact, ViewBehind, StoreUnavailable."""
        until = self.until(at)
        return piece(at.ledger.store, self.asked, after=after, until=until, limit=limit), until


async def followed(contract_id: OfContract = None, stream: OfStream = None, fact: OfFact = None, view: OfView = None) -> Followed:
    """What is asked to be followed. Raises Flawed."""
    if contract_id is not None and stream is not None:
        raise Flawed([Flaw("query.stream", "Give contract_id or stream, not both.")])
    unknown = [one for one in fact or () if one not in FACTS]
    if unknown:
        raise Flawed(
            [Flaw("query.fact", f"There is no fact {visible(one)}; a name is as in contract.payment_recorded.") for one in unknown]
        )
    wanted = stream if contract_id is None else CONTRACT.stream(contract_id)
    return Followed(Asked(wanted, frozenset(fact or ())), None if view is None else view.value)


AskedChanges = Annotated[Followed, Depends(followed)]


def require_reached(at: Door, after: int, name: str = "query.after") -> None:
    """Refuses a position that the ledger has not reached: it is that of another ledger, or this one was restored. Raises Flawed."""
    head = at.ledger.store.head()
    if after > head:
        raise Flawed([Flaw(name, f"The ledger ends at position {head}.")])


SHOWN: Final = (
    "Who did it, what it says in a line and its data are shown to those who may read histories, of keys to admin and auditor; of account "
    "numbers, roles but finance, approver and auditor are shown the end only.\n\nRoles: all."
)


@routes.get(
    "/changes",
    operation_id="list_changes",
    summary="Read what was recorded after a position",
    description="Everything that is recorded has a position, from 1 without a gap, and nothing is ever recorded before what was read: "
    "whoever goes on with `next_cursor` as `after` misses nothing and reads nothing twice. `next_cursor` is always there, moves past what "
    "does not match, and is `Ledger-Position` once there is nothing more for now; a page may have fewer changes than `limit`, or none, "
    "before that. Who came and read is left out unless its facts (`access.…`) or its stream are asked for; see `GET /access-log`."
    f"\n\n{SHOWN}",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(ChangePage, "A page of changes.", refusals=READ, headers=("ETag", "Ledger-Position"), cached=True),
)
def list_changes(
    request: Request, at: AtDoor, what: AskedChanges, *, after: After = 0, limit: Limit = 100, if_none_match: IfNoneMatch = None
) -> Response:
    require_reached(at, after)
    found, until = what.piece(at, after, limit)
    sight = Sight.of(asking(request).roles)
    if sight.histories:
        at.note_read(ALL)
    page = to_json(ChangePage(changes=tuple(map(sight.line, found.entries)), next_cursor=str(found.reached)))
    headers = {"Ledger-Position": str(until)}
    return by_content(page, if_none_match, headers)
