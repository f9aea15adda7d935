"""The lists whose past is kept, so that what moved in them can be told: where their rows stand, and what people read of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.contract.vocabulary import Period
from domain.money import MAX_MINOR, Money
from projections.fulfilment.contract import OfContract
from projections.fulfilment.deliveries import DeliveryRow, delivery
from projections.fulfilment.obligations import ObligationRow, obligation
from projections.fulfilment.penalties import ChargeRow, charge
from projections.fulfilment.receivables import Receivable, exact, receivable
from projections.fulfilment.table import FULFILMENT
from projections.fulfilment.table import PAST as FULFILMENT_PAST
from projections.parties import queries as parties
from projections.parties import table as parties_table
from projections.past.shape import ORIGIN, Kept, PastTable
from projections.products import queries as products
from projections.products import table as products_table
from projections.register import REGISTER, RegisteredContract, past
from projections.register import queries as register
from projections.several import past_of
from projections.view import View


class PastView(StrEnum):
    """Lists that keep their past."""

    REGISTER = "register"
    PARTIES = "parties"
    PRODUCTS = "products"
    RECEIVABLES = "receivables"
    DELIVERIES = "deliveries"
    PENALTIES = "penalties"
    OBLIGATIONS = "obligations"


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list with its past: `columns` are read, and `told` says of them what the row is called and what it shows."""

    view: View
    past: Kept[Any]
    table: PastTable
    columns: tuple[str, ...]
    told: Callable[[tuple[Any, ...]], tuple[str, dict[str, object]]]

    @property
    def is_of_contracts(self) -> bool:
        """Whether each row belongs to a contract."""
        return self.table.of == "contract_id"


def _contract(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
    it = register.registered(row)
    amounts = ("value_minor", "paid_minor", "period_start", "period_end")
    plain = {f.name: getattr(it, f.name) for f in fields(RegisteredContract) if f.name not in {*amounts, *ORIGIN, "contract_id"}}
    return it.number, {**plain, "value": it.value, "paid": it.paid, "period": Period(start=it.period_start, end=it.period_end)}


def _plain(made: type, named: str, key: str) -> Callable[[tuple[Any, ...]], tuple[str, dict[str, object]]]:
    def told(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
        it = made(*row)
        return getattr(it, named), {f.name: getattr(it, f.name) for f in fields(made) if f.name not in {*ORIGIN, key}}

    return told


def _of_contract(made: Callable[..., OfContract], names: tuple[str, ...]) -> Callable[[tuple[Any, ...]], tuple[str, dict[str, object]]]:
    """Rows of contracts, called by the contract's number and by `names` of their own."""

    def told(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
        it = made(*row)
        shown: dict[str, object] = {"counterparties": it.counterparties}
        for name in (f.name for f in fields(it) if f.name not in {"row_key", "contract_id", "counterparty"}):
            value = getattr(it, name)
            if name.endswith("_minor"):
                shown[name.removesuffix("_minor")] = _money(value, getattr(it, "currency", None))
            elif name == "percent_hundredth":
                shown["percent"] = getattr(it, "percent", None)
            else:
                shown[name] = value
        own = (str(getattr(it, name)) for name in names)
        return " ".join((it.number, *own)), {name: _text(value) if isinstance(value, Decimal) else value for name, value in shown.items()}

    return told


def _money(minor: int | None, currency: str | None) -> object:
    """An amount; as text where it is a sum beyond what an amount can be."""
    if minor is None or currency is None:
        return None
    return Money(minor, currency) if abs(minor) <= MAX_MINOR else f"{_text(exact(minor, currency))} {currency}"


def _text(number: Decimal) -> str:
    return format(number, "f")


def _fulfilment(table: str, made: type[OfContract], typed: Callable[..., OfContract], *names: str) -> KeptList:
    (kept,) = (one for one in FULFILMENT_PAST.tables if one.name == past_of(table))
    return KeptList(FULFILMENT, FULFILMENT_PAST, kept, tuple(f.name for f in fields(made)), _of_contract(typed, names))


LISTS: Final[Mapping[PastView, KeptList]] = {
    PastView.REGISTER: KeptList(REGISTER, past.SHAPE, past.SHAPE.tables[0], register.SHOWN, _contract),
    PastView.PARTIES: KeptList(
        parties_table.PARTIES,
        parties_table.PAST,
        parties_table.PAST.tables[0],
        parties.SHOWN,
        _plain(parties.ListedParty, "name", parties.KEY.name),
    ),
    PastView.PRODUCTS: KeptList(
        products_table.PRODUCTS,
        products_table.PAST,
        products_table.PAST.tables[0],
        products.SHOWN,
        _plain(products.ListedProduct, "code", products.KEY.name),
    ),
    PastView.RECEIVABLES: _fulfilment("receivables", Receivable, receivable, "kind", "subject"),
    PastView.DELIVERIES: _fulfilment("deliveries", DeliveryRow, delivery, "delivery_id"),
    PastView.PENALTIES: _fulfilment("charges", ChargeRow, charge, "kind", "subject"),
    PastView.OBLIGATIONS: _fulfilment("obligations", ObligationRow, obligation, "kind", "obligation_id"),
}
