"""What the lists of governance have in common: which contracts they are of, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.contract.vocabulary import Confidentiality, Direction, Kind, Status
from projections.governance.table import BETWEEN
from projections.paging import SortColumn, Where, beginning, containing, require_plain
from projections.past import Moments

# So that a cursor fits into an address, however long the texts are.
SORTED_LENGTH: Final = 100
KEY: Final = SortColumn("row_key", "text")
PRESENT: Final = Moments()
BY_CONTRACT: Final = (
    SortColumn("number", "text"),
    SortColumn("counterparty", "text", length=SORTED_LENGTH),
    SortColumn("department", "text", nullable=True, length=SORTED_LENGTH),
    SortColumn("owner", "text", nullable=True, length=SORTED_LENGTH),
)
TYPED: Final[Mapping[str, Callable[[str], object]]] = {
    "status": Status,
    "kind": Kind,
    "direction": Direction,
    "confidentiality": Confidentiality,
}


@dataclass(frozen=True, slots=True)
class OfContract:
    """A row under a contract: which it is of, as whom it binds, and who answers for it."""

    row_key: str
    contract_id: str
    number: str
    title: str
    status: Status
    kind: Kind
    direction: Direction
    counterparty: str
    owner: str | None
    department: str | None
    confidentiality: Confidentiality

    @property
    def counterparties(self) -> tuple[str, ...]:
        """The names of the other sides."""
        return tuple(self.counterparty.split(BETWEEN)) if self.counterparty else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFilter:
    """Which contracts, as of when; everything that is given must hold."""

    contract_id: str | None = None
    number_prefix: str | None = None
    counterparty: str | None = None
    kind: tuple[Kind, ...] = ()
    direction: Direction | None = None
    department: str | None = None
    owner: str | None = None
    moments: Moments = PRESENT

    @property
    def where(self) -> Where:
        """What must hold. Raises BadQuery."""
        texts = {"contract_id": self.contract_id, "department": self.department, "owner": self.owner}
        require_plain(counterparty=self.counterparty, number=self.number_prefix, **texts)
        where = Where([], [])
        for column, wanted in ({"direction": self.direction} | texts).items():
            if wanted is not None:
                where.add(f"{column} = %s", str(wanted))
        if self.kind:
            where.add("kind = ANY(%s)", [kind.value for kind in self.kind])
        if self.counterparty is not None:
            where.add("counterparty ILIKE %s", containing(self.counterparty))
        if self.number_prefix is not None:
            where.add('number COLLATE "C" LIKE %s', beginning(self.number_prefix))
        if self.moments.are_past:
            self.moments.add_to(where)
        return where


EVERY: Final = ContractFilter()


def typed(names: tuple[str, ...], row: tuple[object, ...], more: Mapping[str, Callable[[str], object]]) -> dict[str, object]:
    """The columns of a row by their names, those of the program's words as these."""
    columns: dict[str, object] = dict(zip(names, row, strict=True))
    return columns | {name: made(str(columns[name])) for name, made in {**TYPED, **more}.items()}
