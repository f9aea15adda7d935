"""Completeness: what a contract of a kind must say before it is handed in, and how it may say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from domain.contract.state import Contract
from domain.contract.vocabulary import Kind, Topic
from domain.facts import value
from domain.refusals import Refusal
from domain.terms import (
    acceptance,
    entitlement,
    late_delivery,
    late_payment,
    profit_share,
    schedule,
    service_level,
)
from domain.terms.rules import Term, sort_of


class Part(StrEnum):
    """A part of a contract beside its clauses and terms, so far as contracts have to have it."""

    COUNTERPARTY = "counterparty"
    VALUE = "value"
    LINE_ITEMS = "line_items"
    INSTALMENTS = "instalments"
    DELIVERY_DAY = "delivery_day"
    BOTH_DAYS = "both_days"


class Requirement(NamedTuple):
    """Something that has to be said; any one of the parts, of the topics of clauses, or of the types of terms says it."""

    name: str
    parts: tuple[Part, ...] = ()
    topics: tuple[Topic, ...] = ()
    terms: tuple[type[Term], ...] = ()

    def met(self, contract: Contract) -> bool:
        """Whether the contract says it."""
        return (
            any(_THERE[part](contract) for part in self.parts)
            or any(clause.about in self.topics for clause in contract.clauses.values() if clause.about is not None)
            or any(isinstance(agreed.term, self.terms) for agreed in contract.terms.values())
        )


@value
class Met:
    """A requirement, the ways in which it can be met, and whether it is."""

    name: str
    met: bool
    parts: tuple[Part, ...]
    topics: tuple[Topic, ...]
    terms: tuple[str, ...]


_THERE: Final[Mapping[Part, Callable[[Contract], bool]]] = {
    Part.COUNTERPARTY: lambda c: bool(c.counterparties),
    Part.VALUE: lambda c: c.value is not None,
    Part.LINE_ITEMS: lambda c: bool(c.items),
    Part.INSTALMENTS: lambda c: bool(c.instalments),
    Part.DELIVERY_DAY: lambda c: any(d.due is not None for d in c.planned_deliveries.values()),
    Part.BOTH_DAYS: lambda c: c.period.start is not None and c.period.end is not None,
}

_EVERY: Final = (Requirement("counterparty", parts=(Part.COUNTERPARTY,)), Requirement("value", parts=(Part.VALUE,)))
_PERIOD: Final = Requirement("period", parts=(Part.BOTH_DAYS,), topics=(Topic.PERIOD,))
_DELIVERY: Final = Requirement("delivery day", parts=(Part.DELIVERY_DAY,), topics=(Topic.DELIVERY,))
_DUTIES: Final = Requirement("duties", topics=(Topic.DUTIES,))

# The number, our own side and the title are there from the first draft on.
REQUIRED: Final[Mapping[Kind, tuple[Requirement, ...]]] = {
    Kind.SALES: (
        *_EVERY,
        Requirement("goods", parts=(Part.LINE_ITEMS,)),
        Requirement("payment terms", parts=(Part.INSTALMENTS,), topics=(Topic.PAYMENT,), terms=(schedule.PaymentSchedule,)),
        _DELIVERY,
        Requirement("place of delivery", topics=(Topic.PLACE,)),
        Requirement("after-sales service", topics=(Topic.AFTER_SALES,), terms=(entitlement.Entitlements,)),
    ),
    Kind.SERVICE: (
        *_EVERY,
        Requirement("scope", parts=(Part.LINE_ITEMS,), topics=(Topic.SCOPE,)),
        _PERIOD,
        Requirement("quality", topics=(Topic.QUALITY,), terms=(service_level.ServiceLevel, acceptance.AcceptanceWindow)),
        _DUTIES,
    ),
    Kind.PARTNER: (
        *_EVERY,
        Requirement("cooperation", topics=(Topic.COOPERATION,)),
        Requirement("profit share", topics=(Topic.PROFIT_SHARE,), terms=(profit_share.ProfitShare,)),
        _PERIOD,
        _DUTIES,
        Requirement("breach", topics=(Topic.BREACH,), terms=(late_delivery.LateDeliveryDamages, late_payment.LatePaymentInterest)),
    ),
    Kind.SUPPLIER: (
        *_EVERY,
        Requirement("specification", parts=(Part.LINE_ITEMS,), topics=(Topic.SPECIFICATION,)),
        _DELIVERY,
        Requirement("quality", topics=(Topic.QUALITY,), terms=(acceptance.AcceptanceWindow,)),
        _DUTIES,
    ),
    Kind.OTHER: _EVERY,
}


class ContractIncomplete(Refusal):
    """What is submitted says what contracts of its kind have to say."""

    template = "The draft is not complete; it lacks: {missing}."


def required(contract: Contract) -> tuple[Requirement, ...]:
    """What the contract has to say. A publisher's contract was concluded elsewhere: of it no more is asked than of any."""
    return _EVERY if contract.source is not None else REQUIRED[contract.kind]


def checked(contract: Contract) -> tuple[Met, ...]:
    """Each requirement, whether it is met, and how it can be."""
    return tuple(
        Met(
            name=one.name,
            met=one.met(contract),
            parts=one.parts,
            topics=one.topics,
            terms=tuple(sort_of(term) for term in one.terms),
        )
        for one in required(contract)
    )


def missing(contract: Contract) -> tuple[str, ...]:
    """The names of what the contract has to say and does not, in the order of the table."""
    return tuple(one.name for one in required(contract) if not one.met(contract))


def require_said(contract: Contract) -> None:
    """Refuses with ContractIncomplete, naming everything that is missing."""
    lacking = missing(contract)
    if lacking:
        raise ContractIncomplete(missing=", ".join(lacking))
