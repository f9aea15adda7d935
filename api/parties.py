"""Reading parties: one as it stands, who changed what of it, and all of them, filtered, sorted and paged."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.administration import asking
from api.answers import HistoryPage
from api.current import EntryCursor, EntryLimit, current, history
from api.describe import READ, READ_ONE, described
from api.door import MASKED_TAG, AtDoor, IfNoneMatch, May, PartyId, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.moments import LISTED_AS_OF, KnownAt, ValidAt
from api.party_answers import PartyAnswer, PartyPage
from api.permissions import ACCOUNT_READERS, HISTORY_READERS, READERS
from api.register import SortOrder
from api.scalars import TEXT
from domain.party import NoSuchParty, Party
from domain.party.state import BankAccount, masked
from infra.ledger import PARTY
from infra.render import Json
from projections.parties import PARTIES, Parties, PartyQuery
from projections.parties.queries import SORTS, listed_json

MAX_LISTED: Final = 500
_COLUMNS: Final = {"id": "party_id"}
PartySort = StrEnum("PartySort", {name: name for name in ("id", *(column for column in SORTS if column != "party_id"))})  # type: ignore[misc]
_BY_NAME: Final = PartySort("name")

ByName = Annotated[str | None, TEXT, Query(max_length=200, description="Found inside the name, in any case.")]
ByIdentifier = Annotated[str | None, TEXT, Query(max_length=200, description="Found inside a registration number, in any case.")]
ByCountry = Annotated[str | None, TEXT, Query(max_length=200, description="Exactly this country.")]
Flagged = Annotated[bool | None, Query(description="Whether it is under any flag.")]
Blocked = Annotated[bool | None, Query(description="Whether it is under a flag that stops contracts.")]
Verified = Annotated[
    bool | None, Query(description="Whether its registration was checked, and that counts today, or on the day of `valid_at`.")
]
Sort = Annotated[PartySort, Query(description="What to sort by.")]
InOrder = Annotated[SortOrder, Query(description="Which way; parties without a value come last either way.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many parties at most.")]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same sort and order; keep the filters."),
]

routes = APIRouter(tags=["parties"])

MASKED = "\n\nOf account numbers, roles but finance, approver and auditor are shown the end only."


def answer(party_id: str, party: Party, *, in_full: bool) -> PartyAnswer:
    """A party as the API shows it. Raises NoSuchParty."""
    if not party.exists:
        raise NoSuchParty
    return PartyAnswer(
        id=party_id,
        version=party.version,
        name=party.name,
        identifiers=party.identifiers,
        address=party.address,
        country=party.country,
        verifications=party.verifications,
        flags=party.flags,
        blocked=bool(party.blocked_by),
        bank_account=None if party.bank_account is None else seen(party.bank_account, in_full=in_full),
        former_accounts=tuple(seen(account, in_full=in_full) for account in party.former_accounts),
        erased_at=party.erased_at,
    )


def seen(account: BankAccount, *, in_full: bool) -> BankAccount:
    """An account with its number, or with the end of it."""
    return account if in_full else replace(account, account_number=masked(account.account_number))


def without_numbers(content: Json) -> Json:
    """JSON in which every account number is masked, also where a change names it by its path."""
    match content:
        case {"path": str(path), "was": was, "becomes": becomes} if path.endswith("account_number"):
            return {"path": path, "was": _end_of(was), "becomes": _end_of(becomes)}
        case dict():
            return {key: _end_of(held) if key == "account_number" else without_numbers(held) for key, held in content.items()}
        case list():
            return [without_numbers(held) for held in content]
        case _:
            return content


def _end_of(number: Json) -> Json:
    return masked(number) if isinstance(number, str) else number


def _reads_accounts(request: Request) -> bool:
    return bool(asking(request).roles & ACCOUNT_READERS)


def asked(
    at: AtDoor,
    *,
    name: ByName = None,
    identifier: ByIdentifier = None,
    country: ByCountry = None,
    flagged: Flagged = None,
    blocked: Blocked = None,
    verified: Verified = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Sort = _BY_NAME,
    order: InOrder = SortOrder.ASC,
) -> PartyQuery:
    """Which parties, in which order; whether a check counts is asked of the day of `valid_at`, or of today."""
    return PartyQuery(
        on=(valid_at or at.ledger.clock()).date(),
        name=name,
        identifier=identifier,
        country=country,
        flagged=flagged,
        blocked=blocked,
        verified=verified,
        valid_at=valid_at,
        known_at=known_at,
        sort=_COLUMNS.get(sort, sort),
        descending=order is SortOrder.DESC,
    )


AskedParties = Annotated[PartyQuery, Depends(asked)]


@routes.get(
    "/parties",
    operation_id="list_parties",
    summary="List the parties",
    description="Every filter that is given must hold. The list is a view and follows the ledger within moments: to see your own write, "
    f"give the position of its answer as `min_position`. {LISTED_AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(PartyPage, "A page of parties.", refusals=READ, headers=("Ledger-Position",)),
)
def list_parties(
    at: AtDoor, query: AskedParties, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, PARTIES.name, min_position)
    listed = Parties(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = {"parties": [listed_json(row, query.on) for row in listed.rows], "next_cursor": listed.next_cursor}
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/parties/{party_id}",
    operation_id="get_party",
    summary="Read a party",
    description=f"Reads the entries themselves, so that it shows every write at once.{MASKED}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(PartyAnswer, "The party.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_party(request: Request, at: AtDoor, party_id: PartyId, if_none_match: IfNoneMatch = None) -> Response:
    in_full = _reads_accounts(request)
    if in_full and at.ledger.load(PARTY, party_id).bank_account is not None:
        at.note_read(PARTY.stream(party_id))
    return current(at, PARTY, party_id, if_none_match, partial(answer, in_full=in_full), mark="" if in_full else MASKED_TAG)


@routes.get(
    "/parties/{party_id}/history",
    operation_id="get_party_history",
    summary="Who changed, checked and flagged a party, when and why",
    description=f"Every entry of the party, oldest first, with what it changed.{MASKED}\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(HistoryPage, "A page of entries.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_party_history(
    request: Request,
    at: AtDoor,
    party_id: PartyId,
    *,
    cursor: EntryCursor = None,
    limit: EntryLimit = 100,
    if_none_match: IfNoneMatch = None,
) -> Response:
    party = at.ledger.load(PARTY, party_id)
    if not party.exists:
        raise NoSuchParty
    page = (cursor or 0, limit)
    if _reads_accounts(request):
        if party.bank_account is not None:
            at.note_read(PARTY.stream(party_id))
        return history(at, PARTY, party_id, page, if_none_match)
    return history(at, PARTY, party_id, page, if_none_match, shown=without_numbers, mark=MASKED_TAG)
