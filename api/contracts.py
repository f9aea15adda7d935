"""Reading contracts: one contract at any moment, and who changed what. The register is in `api.register`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import islice
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import HistoryPage
from api.describe import READ_ONE, described
from api.door import AtDoor, ContractId, Door, IfNoneMatch, May, only_known_parameters, rendered, unchanged
from api.permissions import HISTORY_READERS, READERS
from api.problems import NotThereThen
from api.scalars import MAX_VERSION, MOMENT_SCHEMA, MOMENT_TEXT
from api.strict_json import Flaw, Flawed
from domain.contract.difference import explained
from domain.contract.rules import NoSuchContract
from domain.contract.state import Contract
from infra.ledger import CONTRACT
from infra.render import change_json, contract_json, entry_json

MAX_ENTRIES: Final = 500

ValidAt = Annotated[
    datetime | None,
    MOMENT_TEXT,
    MOMENT_SCHEMA,
    Query(description="How it stood in the world at this moment, included. In an address, write the + of an offset as %2B."),
]
KnownAt = Annotated[
    datetime | None,
    MOMENT_TEXT,
    MOMENT_SCHEMA,
    Query(description="As the ledger knew it at this moment, included: what was recorded or corrected later is left out."),
]
AtVersion = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="As it was after its first so many entries.")]
EntryCursor = Annotated[
    int | None, Query(ge=1, le=MAX_VERSION, description="The `next_cursor` of the page before; the first page where it is left out.")
]
EntryLimit = Annotated[int, Query(ge=1, le=MAX_ENTRIES, description="How many entries at most.")]

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
    # A correction can change the answer to this question and leave the last version that counts the same.
    tag = hashlib.sha256(orjson.dumps(content)).hexdigest()[:32]
    return not_modified(tag, headers) if unchanged(if_none_match, tag) else rendered(content, version=tag, headers=headers)


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
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    latest = existing(at, contract_id, None).version
    seen = cursor or 0
    if seen > latest:
        raise Flawed([Flaw("query.cursor", f"The history ends at version {latest}.")])
    if unchanged(if_none_match, latest):
        return not_modified(latest, headers)
    last = min(seen + limit, latest)
    entries = at.ledger.history(CONTRACT, contract_id, to=last)
    page = [
        {**entry_json(told.entry), "changes": [change_json(change) for change in told.changes]}
        for told in islice(explained(entries), seen, None)
    ]
    content = {"entries": page, "next_cursor": str(last) if last < latest else None}
    return rendered(content, version=latest, headers=headers)


def existing(at: Door, contract_id: str, version: int | None) -> Contract:
    """The contract as it stands. Raises NoSuchContract; NotThereThen for a version that it does not have yet."""
    contract = at.ledger.load(CONTRACT, contract_id)
    if not contract.exists:
        raise NoSuchContract
    if version is not None and version > contract.version:
        raise NotThereThen(f"The contract has the versions 1 to {contract.version}; there is no version {version} yet.")
    return contract


def not_modified(version: int | str, headers: dict[str, str]) -> Response:
    """Says that what the caller holds is still right."""
    return Response(status_code=304, headers={**headers, "ETag": f'"{version}"'})
