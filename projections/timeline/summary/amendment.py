"""What is agreed anew, in one line."""

from __future__ import annotations

from typing import assert_never, cast

from domain.contract import operations
from domain.contract.amendment import (
    AmendmentApproved,
    AmendmentFact,
    AmendmentLapsed,
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    AmendmentTookEffect,
    AmendmentWaits,
)
from domain.contract.operations import AnyOperation
from projections.timeline.summary.phrases import because, kind_of_term, planned_delivery, planned_payment, short, span, whom


def of_amendment(happened: AmendmentFact) -> str:
    """What is agreed anew."""
    match happened:
        case AmendmentProposed(amendment_id=amendment_id, why=why):
            return f"Amendment {short(amendment_id)} proposed{because(why)}"
        case AmendmentApproved(amendment_id=amendment_id, opinion=opinion):
            return f"Amendment {short(amendment_id)} approved{because(opinion)}"
        case AmendmentRejected(amendment_id=amendment_id, opinion=opinion):
            return f"Amendment {short(amendment_id)} rejected{because(opinion)}"
        case AmendmentSigned(amendment_id=amendment_id, party=party):
            return f"Amendment {short(amendment_id)} signed for {whom(party)}"
        case AmendmentWaits(amendment_id=amendment_id, effective_from=moment):
            return f"Amendment {short(amendment_id)} waits until {moment.isoformat()}"
        case AmendmentLapsed(amendment_id=amendment_id):
            return f"Amendment {short(amendment_id)} lapsed"
        case AmendmentTookEffect(amendment_id=amendment_id, operations=changes):
            said = ", ".join(of_operation(cast("AnyOperation", o)) for o in changes[:3])
            more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""  # noqa: PLR2004 - as many as are said
            return f"Amendment {short(amendment_id)} took effect" + (f": {said}{more}" if said else "")
        case unreachable:
            assert_never(unreachable)


def of_operation(operation: AnyOperation) -> str:
    """One change of an amendment."""
    match operation:
        case operations.ChangeTitle(title=title):
            return f"title {short(title)}"
        case operations.ChangeValue(value=value):
            return f"value {value}"
        case operations.ChangePeriod(period=period):
            return f"period {span(period)}"
        case operations.PutItem(item=item):
            return f"item {short(item.item_id)}"
        case operations.RemoveItem(item_id=item_id):
            return f"item {short(item_id)} removed"
        case operations.PutInstalment(instalment=instalment):
            return f"instalment {planned_payment(instalment)}"
        case operations.RemoveInstalment(instalment_id=instalment_id):
            return f"instalment {short(instalment_id)} removed"
        case operations.PutDelivery(delivery=delivery):
            return f"delivery {planned_delivery(delivery)}"
        case operations.RemoveDelivery(delivery_id=delivery_id):
            return f"delivery {short(delivery_id)} removed"
        case operations.PutClause(clause=clause):
            return f"clause {short(clause.clause_id)}"
        case operations.RemoveClause(clause_id=clause_id):
            return f"clause {short(clause_id)} withdrawn"
        case operations.PutTerm(term_id=term_id, term=term):
            return f"term {short(term_id)} ({kind_of_term(term)})"
        case operations.RemoveTerm(term_id=term_id):
            return f"term {short(term_id)} withdrawn"
        case unreachable:
            assert_never(unreachable)
