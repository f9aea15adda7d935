"""The typed operations that an amendment is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias, assert_never, cast, get_args

from domain.contract.state import AgreedTerm, Made
from domain.contract.vocabulary import Clause, Instalment, LineItem, Period, PlannedDelivery
from domain.facts import value
from domain.money import Money
from domain.terms.rules import Term

if TYPE_CHECKING:
    from domain.contract.state import Contract


# What the value is called among prices. An item of that name has a price, and then the value follows from the items.
VALUE: Final = "value"


class Operation:
    """One change to the contract's content; `op` is its stored name."""

    __slots__ = ()
    KINDS: ClassVar[dict[str, type[Operation]]] = {}


@value
class ChangeTitle(Operation):
    """Gives the contract another title."""

    title: str
    op: Literal["change_title"] = "change_title"


@value
class ChangeValue(Operation):
    """Sets the total value."""

    value: Money
    op: Literal["change_value"] = "change_value"


@value
class ChangePeriod(Operation):
    """Sets the period."""

    period: Period
    op: Literal["change_period"] = "change_period"


@value
class PutItem(Operation):
    """Adds a line item, or replaces the one with the same id."""

    item: LineItem
    op: Literal["put_item"] = "put_item"


@value
class RemoveItem(Operation):
    """Takes a line item away."""

    item_id: str
    op: Literal["remove_item"] = "remove_item"


@value
class PutInstalment(Operation):
    """Adds an instalment to the payment schedule, or replaces the one with the same id."""

    instalment: Instalment
    op: Literal["put_instalment"] = "put_instalment"


@value
class RemoveInstalment(Operation):
    """Takes an instalment out of the payment schedule."""

    instalment_id: str
    op: Literal["remove_instalment"] = "remove_instalment"


@value
class PutDelivery(Operation):
    """Adds a delivery to the plan, or replaces the one with the same id."""

    delivery: PlannedDelivery
    op: Literal["put_delivery"] = "put_delivery"


@value
class RemoveDelivery(Operation):
    """Takes a delivery out of the plan."""

    delivery_id: str
    op: Literal["remove_delivery"] = "remove_delivery"


@value
class PutClause(Operation):
    """Adds a clause, or rewords the one with the same id."""

    clause: Clause
    op: Literal["put_clause"] = "put_clause"


@value
class RemoveClause(Operation):
    """Withdraws a clause."""

    clause_id: str
    op: Literal["remove_clause"] = "remove_clause"


@value
class PutTerm(Operation):
    """Adds a term that acts, or replaces the one with the same id."""

    term_id: str
    term: Term
    op: Literal["put_term"] = "put_term"


@value
class RemoveTerm(Operation):
    """Takes a term away."""

    term_id: str
    op: Literal["remove_term"] = "remove_term"


AnyOperation: TypeAlias = (
    ChangeTitle
    | ChangeValue
    | ChangePeriod
    | PutItem
    | RemoveItem
    | PutInstalment
    | RemoveInstalment
    | PutDelivery
    | RemoveDelivery
    | PutClause
    | RemoveClause
    | PutTerm
    | RemoveTerm
)

Operation.KINDS.update({cls.__dataclass_fields__["op"].default: cls for cls in get_args(AnyOperation)})


def subject(operation: Operation) -> tuple[str, str]:
    """What the operation touches: two open amendments may not touch the same thing."""
    match cast("AnyOperation", operation):
        case ChangeTitle():
            return ("title", "")
        case ChangeValue():
            return ("value", "")
        case ChangePeriod():
            return ("period", "")
        case PutItem(item=item):
            return ("item", item.item_id)
        case RemoveItem(item_id=item_id):
            return ("item", item_id)
        case PutInstalment(instalment=instalment):
            return ("instalment", instalment.instalment_id)
        case RemoveInstalment(instalment_id=instalment_id):
            return ("instalment", instalment_id)
        case PutDelivery(delivery=delivery):
            return ("delivery", delivery.delivery_id)
        case RemoveDelivery(delivery_id=delivery_id):
            return ("delivery", delivery_id)
        case PutClause(clause=clause):
            return ("clause", clause.clause_id)
        case RemoveClause(clause_id=clause_id):
            return ("clause", clause_id)
        case PutTerm(term_id=term_id) | RemoveTerm(term_id=term_id):
            return ("term", term_id)
        case unreachable:
            assert_never(unreachable)


def apply(operation: Operation, contract: Contract, made: Made) -> None:
    """Folds one operation of an amendment that took effect as `made` says into a contract's state."""
    match cast("AnyOperation", operation):
        case ChangeTitle(title=title):
            contract.title = title
        case ChangeValue(value=changed):
            if changed != contract.value:
                contract.repriced_on[VALUE] = made.at.date()
            contract.value = changed
            contract.currency = changed.currency
        case ChangePeriod(period=period):
            contract.period = period
        case PutItem(item=item):
            held = contract.items.get(item.item_id)
            if held is None or held.unit_price != item.unit_price:
                contract.repriced_on[item.item_id] = made.at.date()
            contract.items[item.item_id] = item
        case RemoveItem(item_id=item_id):
            contract.items.pop(item_id, None)
            contract.item_products.pop(item_id, None)
        case PutInstalment(instalment=instalment):
            contract.instalments[instalment.instalment_id] = instalment
        case RemoveInstalment(instalment_id=instalment_id):
            contract.instalments.pop(instalment_id, None)
        case PutDelivery(delivery=delivery):
            contract.planned_deliveries[delivery.delivery_id] = delivery
        case RemoveDelivery(delivery_id=delivery_id):
            contract.planned_deliveries.pop(delivery_id, None)
        case PutClause(clause=clause):
            contract.clauses[clause.clause_id] = clause
        case RemoveClause(clause_id=clause_id):
            contract.clauses.pop(clause_id, None)
        case PutTerm(term_id=term_id, term=term):
            contract.terms[term_id] = AgreedTerm(term_id=term_id, term=term, version=made.version, since=made.at)
        case RemoveTerm(term_id=term_id):
            contract.terms.pop(term_id, None)
        case unreachable:
            assert_never(unreachable)
