"""The lists whose past is kept, so that what moved in them can be told: where their rows stand, and what people read of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeAlias

from domain.contract.vocabulary import Period
from domain.money import MAX_MINOR, Money
from projections.fulfilment.contract import OfContract
from projections.fulfilment.deliveries import DeliveryRow, delivery
from projections.fulfilment.obligations import ObligationRow, obligation
from projections.fulfilment.penalties import ChargeRow, charge
from projections.fulfilment.receivables import Receivable, exact, receivable
from projections.fulfilment.table import BETWEEN, FULFILMENT
from projections.fulfilment.table import PAST as FULFILMENT_PAST
from projections.governance.about import OfContract as Governed
from projections.governance.departures import DeviationLine, TemplateUseLine, deviation_line, template_use
from projections.governance.inbox import AwaitedDecision, awaited_decision
from projections.governance.renewals import RenewalLine, renewal_line
from projections.governance.segregation import ConflictLine, conflict_line
from projections.governance.table import GOVERNANCE
from projections.governance.table import PAST as GOVERNANCE_PAST
from projections.parties import queries as parties
from projections.parties import table as parties_table
from projections.past.shape import ORIGIN, Kept, PastTable
from projections.products import queries as products
from projections.products import table as products_table
from projections.register import REGISTER, RegisteredContract, past
from projections.register import queries as register
from projections.several import PastOfSeveral, past_of
from projections.view import View


class PastView(StrEnum):
    """Views whose past can be asked for: lists, and sums over their rows."""

    REGISTER = "register"
    PARTIES = "parties"
    PRODUCTS = "products"
    RECEIVABLES = "receivables"
    DELIVERIES = "deliveries"
    PENALTIES = "penalties"
    OBLIGATIONS = "obligations"
    APPROVALS = "approvals"
    RENEWALS = "renewals"
    SEGREGATION = "segregation"
    TEMPLATE_USES = "template-uses"
    DEVIATIONS = "deviations"
    EXPOSURE = "exposure"
    FORECAST = "forecast"
    AGEING = "ageing"
    PROGRESS = "progress"
    STATISTICS = "statistics"


# From the columns of a row to what it is called, and what it shows.
Telling: TypeAlias = Callable[[tuple[Any, ...]], tuple[str, dict[str, object]]]


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list with its past: `columns` are read, and `told` says of them what the row is called and what it shows."""

    view: View
    past: Kept[Any]
    table: PastTable
    columns: tuple[str, ...]
    told: Telling

    @property
    def is_of_contracts(self) -> bool:
        """Whether each row belongs to a contract."""
        return self.table.of == "contract_id"


def _contract(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
    it = register.registered(row)
    amounts = ("value_minor", "paid_minor", "period_start", "period_end")
    plain = {f.name: getattr(it, f.name) for f in fields(RegisteredContract) if f.name not in {*amounts, *ORIGIN, "contract_id"}}
    return it.number, {**plain, "value": it.value, "paid": it.paid, "period": Period(start=it.period_start, end=it.period_end)}


def _plain(made: type, named: str, key: str) -> Telling:
    def told(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
        it = made(*row)
        return getattr(it, named), {f.name: getattr(it, f.name) for f in fields(made) if f.name not in {*ORIGIN, key}}

    return told


def _of_contract(made: Callable[..., OfContract | Governed], names: tuple[str, ...]) -> Telling:
    """Rows of contracts, called by the contract's number and by `names` of their own."""

    def told(row: tuple[Any, ...]) -> tuple[str, dict[str, object]]:
        it = made(*row)
        shown: dict[str, object] = {"counterparties": it.counterparties}
        for name in (f.name for f in fields(it) if f.name not in {"row_key", "contract_id", "counterparty"}):
            told_as, value = _shown(it, name)
            shown[told_as] = value
        return " ".join((it.number, *(str(getattr(it, name)) for name in names))), shown

    return told


def _shown(it: OfContract | Governed, name: str) -> tuple[str, object]:
    """What a column is called and says where people read it."""
    value = getattr(it, name)
    if name.endswith("_minor"):
        amount = name.removesuffix("_minor")
        return amount, money(value, getattr(it, f"{amount}_currency", getattr(it, "currency", None)))
    if name == "percent_hundredth":
        return "percent", plain_text(getattr(it, "percent", None))
    if name in _LINES:
        return name, tuple(value.split(BETWEEN)) if value else ()
    return name, plain_text(value)


# Columns with a name in each line.
_LINES: Final = frozenset({"barred", "decided", "left_to"})


def money(minor: int | None, currency: str | None) -> object:
    """An amount; as text where it is a sum beyond what an amount can be."""
    if minor is None or currency is None:
        return None
    return Money(minor, currency) if abs(minor) <= MAX_MINOR else f"{exact(minor, currency):f} {currency}"


def plain_text(value: object) -> object:
    """Whatever it is; a number with all of its digits and no more as text."""
    return format(value, "f") if isinstance(value, Decimal) else value


def _one(view: View, past: Kept[Any], columns: tuple[str, ...], told: Telling) -> KeptList:
    """A list of a view with one table."""
    (table,) = past.tables
    return KeptList(view, past, table, columns, told)


def _of_several(
    view: View, past: PastOfSeveral, table: str, made: type[OfContract | Governed], typed: Callable[..., OfContract | Governed], *names: str
) -> KeptList:
    """A list of a view with several tables, whose rows are called by `names` beside the contract's number."""
    (kept,) = (one for one in past.tables if one.name == past_of(table))
    return KeptList(view, past, kept, tuple(f.name for f in fields(made)), _of_contract(typed, names))


_fulfilment = partial(_of_several, FULFILMENT, FULFILMENT_PAST)
_governance = partial(_of_several, GOVERNANCE, GOVERNANCE_PAST)

LISTS: Final[Mapping[PastView, KeptList]] = {
    PastView.REGISTER: _one(REGISTER, past.SHAPE, register.SHOWN, _contract),
    PastView.PARTIES: _one(parties_table.PARTIES, parties_table.PAST, parties.SHOWN, _plain(parties.ListedParty, "name", parties.KEY.name)),
    PastView.PRODUCTS: _one(
        products_table.PRODUCTS, products_table.PAST, products.SHOWN, _plain(products.ListedProduct, "code", products.KEY.name)
    ),
    PastView.RECEIVABLES: _fulfilment("receivables", Receivable, receivable, "kind", "subject"),
    PastView.DELIVERIES: _fulfilment("deliveries", DeliveryRow, delivery, "delivery_id"),
    PastView.PENALTIES: _fulfilment("charges", ChargeRow, charge, "kind", "subject"),
    PastView.OBLIGATIONS: _fulfilment("obligations", ObligationRow, obligation, "kind", "obligation_id"),
    PastView.APPROVALS: _governance("decisions", AwaitedDecision, awaited_decision, "matter", "seat_name"),
    PastView.RENEWALS: _governance("renewals", RenewalLine, renewal_line),
    PastView.SEGREGATION: _governance("conflicts", ConflictLine, conflict_line, "person", "separation"),
    PastView.TEMPLATE_USES: _governance("template_uses", TemplateUseLine, template_use),
    PastView.DEVIATIONS: _governance("deviations", DeviationLine, deviation_line, "deviation_id"),
}
