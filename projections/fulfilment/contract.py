"""What every list of fulfilment says of the contract that a row is of, and how rows are found by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from domain.contract.vocabulary import Direction, Status
from projections.fulfilment.table import BETWEEN
from projections.paging import Where, beginning, containing, require_plain
from projections.past import Moments

R = TypeVar("R")
PRESENT: Final = Moments()


@dataclass(frozen=True, slots=True)
class OfContract:
    """A row under a contract: which it is of, as whom it binds, and who answers for it."""

    row_key: str
    contract_id: str
    number: str
    title: str
    status: Status
    direction: Direction
    counterparty: str
    owner: str | None
    department: str | None

    @property
    def counterparties(self) -> tuple[str, ...]:
        """The names of the other sides."""
        return tuple(self.counterparty.split(BETWEEN)) if self.counterparty else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFilter:
    """Under which contracts, as of when; everything that is given must hold."""

    direction: Direction | None = None
    counterparty: str | None = None
    department: str | None = None
    owner: str | None = None
    contract_id: str | None = None
    number_prefix: str | None = None
    moments: Moments = PRESENT

    def under(self, **exactly: str | None) -> Where:
        """What must hold of the contract, and of columns that are to be exactly so. Raises BadQuery for texts that no column can hold."""
        wanted: dict[str, str | None] = {
            "direction": self.direction,
            "department": self.department,
            "owner": self.owner,
            "contract_id": self.contract_id,
            **exactly,
        }
        require_plain(counterparty=self.counterparty, number=self.number_prefix, **wanted)
        where = Where([], [])
        for column, one in wanted.items():
            if one is not None:
                where.add(f"{column} = %s", str(one))
        if self.counterparty is not None:
            where.add("counterparty ILIKE %s", containing(self.counterparty))
        if self.number_prefix is not None:
            where.add('number COLLATE "C" LIKE %s', beginning(self.number_prefix))
        if self.moments.are_past:
            self.moments.add_to(where)
        return where


def typed(row: Callable[..., R], shown: Sequence[str], values: Sequence[object], kind: type[StrEnum] | None = None) -> R:
    """A row of a table with its words as what they are."""
    columns = dict(zip(shown, values, strict=True))
    columns |= {"status": Status(str(columns["status"])), "direction": Direction(str(columns["direction"]))}
    if kind is not None:
        columns["kind"] = kind(str(columns["kind"]))
    return row(**columns)
