"""Under which contracts: how lists of fulfilment are asked for them, and what their lines say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from api.moments import KnownAt, ValidAt
from api.register import ByDirection
from api.scalars import TEXT
from domain.contract.vocabulary import Direction, Status
from projections.fulfilment.contract import ContractFilter, OfContract
from projections.past import Moments

ByCounterparty = Annotated[str | None, TEXT, Query(max_length=200, description="Found inside a counterparty's name, in any case.")]
ByDepartment = Annotated[str | None, TEXT, Query(max_length=200, description="Exactly this department.")]
ByOwner = Annotated[str | None, TEXT, Query(max_length=200, description="Exactly this owner.")]
ByContract = Annotated[str | None, TEXT, Query(max_length=200, description="Of the contract with exactly this id.")]
ByNumber = Annotated[str | None, TEXT, Query(max_length=200, description="What the contract's number begins with.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOfContract:
    """A line under a contract."""

    contract_id: str
    number: str
    title: str
    status: Status
    direction: Direction
    counterparties: tuple[str, ...]
    owner: str | None
    department: str | None


def of_contract(row: OfContract) -> dict[str, Any]:
    """What a line says of the contract that its row is of."""
    return {name: getattr(row, name) for name in LineOfContract.__dataclass_fields__}


def under(
    *,
    direction: ByDirection = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    contract: ByContract = None,
    number: ByNumber = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
) -> ContractFilter:
    """Under which contracts, as of when."""
    return ContractFilter(
        direction=direction,
        counterparty=counterparty,
        department=department,
        owner=owner,
        contract_id=contract,
        number_prefix=number,
        moments=Moments(valid_at, known_at),
    )


Under = Annotated[ContractFilter, Depends(under)]
