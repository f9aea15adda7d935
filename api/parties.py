"""Reading parties: one as it stands, and who changed what of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.administration import asking
from api.answers import HistoryPage, PartyAnswer
from api.current import EntryCursor, EntryLimit, current, history
from api.describe import READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, PartyId, only_known_parameters
from api.permissions import ACCOUNT_READERS, HISTORY_READERS, READERS
from domain.party import NoSuchParty, Party
from domain.party.state import BankAccount, masked
from infra.ledger import PARTY
from infra.render import Json

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
    return current(at, PARTY, party_id, if_none_match, partial(answer, in_full=_reads_accounts(request)))


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
    if not at.ledger.load(PARTY, party_id).exists:
        raise NoSuchParty
    shown = (lambda entry: entry) if _reads_accounts(request) else without_numbers
    return history(at, PARTY, party_id, (cursor or 0, limit), if_none_match, shown=shown)
