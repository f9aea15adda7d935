"""Reading contracts: one contract at any moment, and who changed what. The register is in `api.register`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import HistoryPage
from api.current import EntryCursor, EntryLimit, history
from api.describe import READ_ONE, described
from api.door import AtDoor, ContractId, Door, IfNoneMatch, May, by_content, not_modified, only_known_parameters, rendered, unchanged
from api.journals import JournalAnswer
from api.moments import KnownAt, ValidAt
from api.permissions import HISTORY_READERS, READERS
from api.problems import NotThereThen
from api.scalars import MAX_VERSION
from domain.contract.history import as_of
from domain.contract.journal import journal
from domain.contract.rules import NoSuchContract
from domain.contract.state import Contract
from domain.contract.vocabulary import Confidentiality
from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.render import contract_json, journal_json

AtVersion = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="As it was after its first so many entries.")]

routes = APIRouter(tags=["contracts"])


@routes.get(
    "/contracts/{contract_id}",
    operation_id="get_contract",
    summary="Read a contract, now or at any moment",
    description="Reads the entries themselves, so that it shows every write at once. `valid_at` asks how the contract stood in the world, "
    "`known_at` what the ledger knew; together they tell what one could know then about then. The ETag is the version, except where "
    "`valid_at` or `known_at` choose among the entries: there it names the answer's content.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(Contract, "The contract.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_contract(
    at: AtDoor,
    contract_id: ContractId,
    *,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    version: AtVersion = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    contract = existing(at, contract_id, version)
    if valid_at is None and known_at is None:
        if unchanged(if_none_match, version or contract.version):
            return not_modified(version or contract.version, headers)
        if version is not None:
            contract = at.ledger.contract_as_of(contract_id, version=version)
        return rendered(contract_json(contract_id, contract), version=contract.version, headers=headers)
    contract = at.ledger.contract_as_of(contract_id, valid_at=valid_at, known_at=known_at, version=version)
    if not contract.exists:
        raise NotThereThen("The contract was not there then, as far as was known at that time.")
    content = contract_json(contract_id, contract)
    return by_content(content, if_none_match, headers)


@routes.get(
    "/contracts/{contract_id}/history",
    operation_id="get_contract_history",
    summary="Who changed what, when, from what to what",
    description="Every entry of the contract, oldest first: the fact, when it took effect and when it was recorded, who did it, by which "
    "key and door, why, and what it changed.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(HistoryPage, "A page of entries.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_contract_history(
    at: AtDoor, contract_id: ContractId, *, cursor: EntryCursor = None, limit: EntryLimit = 100, if_none_match: IfNoneMatch = None
) -> Response:
    existing(at, contract_id, None)
    return history(at, CONTRACT, contract_id, (cursor or 0, limit), if_none_match)


@routes.get(
    "/contracts/{contract_id}/journal",
    operation_id="get_contract_journal",
    summary="Read a contract's journal in double entry",
    description="What was accepted, invoiced, paid, held back and credited, as postings whose debits equal their credits after every "
    "entry. A correction takes back what was posted, on its own day, and posts what should have been. `valid_at` and `known_at` ask as "
    "they do of the contract.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(JournalAnswer, "The whole journal.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_contract_journal(
    at: AtDoor, contract_id: ContractId, *, valid_at: ValidAt = None, known_at: KnownAt = None, if_none_match: IfNoneMatch = None
) -> Response:
    headers, entries = entries_as_of(at, contract_id, valid_at, known_at)
    content = journal_json(contract_id, journal(entries))
    return by_content(content, if_none_match, headers)


def existing(at: Door, contract_id: str, version: int | None) -> Contract:
    """The contract as it stands. Raises NoSuchContract; NotThereThen for a version that it does not have yet."""
    contract = at.ledger.load(CONTRACT, contract_id)
    if not contract.exists:
        raise NoSuchContract
    if version is not None and version > contract.version:
        raise NotThereThen(f"The contract has the versions 1 to {contract.version}; there is no version {version} yet.")
    if contract.confidentiality is Confidentiality.CONFIDENTIAL:
        at.note_read(CONTRACT.stream(contract_id))
    return contract


def entries_as_of(at: Door, contract_id: str, valid_at: datetime | None, known_at: datetime | None) -> tuple[dict[str, str], list[Entry]]:
    """What the ledger reaches to, as headers, and the entries that count at these moments. Raises NoSuchContract, NotThereThen."""
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    existing(at, contract_id, None)
    entries = as_of(at.ledger.history(CONTRACT, contract_id), valid_at=valid_at, known_at=known_at)
    if not entries:
        raise NotThereThen("The contract was not there then, as far as was known at that time.")
    return headers, entries
