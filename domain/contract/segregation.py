"""Segregation of duties 职责分离: who had two hands in one contract that are better two people's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from domain.contract.accrual import InterestAccrued, InterestWaived, PenaltyAccrued, PenaltyWaived
from domain.contract.amendment import AmendmentApproved, AmendmentProposed
from domain.contract.approval import StepApproved, SubmittedForApproval
from domain.contract.correction import FactCorrected
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded
from domain.contract.deviation import ClauseDeviationApproved, ClauseDeviationRequested
from domain.contract.drafting import ContractDrafted
from domain.contract.invoicing import InvoiceRegistered
from domain.contract.payment import PaymentRecorded
from domain.contract.settlement import ReconciliationMatched
from domain.facts import Entry, Fact, value


class Duty(StrEnum):
    """What somebody did under a contract that somebody else should have an eye on."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PROPOSED_AMENDMENT = "proposed_amendment"
    APPROVED_AMENDMENT = "approved_amendment"
    REQUESTED_DEVIATION = "requested_deviation"
    APPROVED_DEVIATION = "approved_deviation"
    RECORDED_DELIVERY = "recorded_delivery"
    ACCEPTED_DELIVERY = "accepted_delivery"
    REGISTERED_INVOICE = "registered_invoice"
    PAID = "paid"
    RECONCILED = "reconciled"
    ACCRUED_PENALTY = "accrued_penalty"
    WAIVED_PENALTY = "waived_penalty"
    ACCRUED_INTEREST = "accrued_interest"
    WAIVED_INTEREST = "waived_interest"


class Separation(StrEnum):
    """Two duties that one person should not have under one contract."""

    DRAFT_AND_APPROVAL = "draft_and_approval"
    DRAFT_AND_PAYMENT = "draft_and_payment"
    APPROVAL_AND_PAYMENT = "approval_and_payment"
    AMENDMENT = "amendment"
    DEVIATION = "deviation"
    DELIVERY = "delivery"
    ACCEPTANCE_AND_PAYMENT = "acceptance_and_payment"
    INVOICE_AND_PAYMENT = "invoice_and_payment"
    PAYMENT_AND_RECONCILIATION = "payment_and_reconciliation"
    PENALTY = "penalty"
    INTEREST = "interest"


class _Pair(NamedTuple):
    """The duties on either side; with `alike` only those that are about the same thing."""

    one: frozenset[Duty]
    other: frozenset[Duty]
    alike: bool = False


def _pair(one: Duty | tuple[Duty, ...], other: Duty, *, alike: bool = False) -> _Pair:
    return _Pair(frozenset((one,) if isinstance(one, Duty) else one), frozenset((other,)), alike)


PAIRS: Final[Mapping[Separation, _Pair]] = {
    Separation.DRAFT_AND_APPROVAL: _pair((Duty.DRAFTED, Duty.SUBMITTED), Duty.APPROVED),
    Separation.DRAFT_AND_PAYMENT: _pair((Duty.DRAFTED, Duty.SUBMITTED), Duty.PAID),
    Separation.APPROVAL_AND_PAYMENT: _pair((Duty.APPROVED, Duty.APPROVED_AMENDMENT), Duty.PAID),
    Separation.AMENDMENT: _pair(Duty.PROPOSED_AMENDMENT, Duty.APPROVED_AMENDMENT, alike=True),
    Separation.DEVIATION: _pair(Duty.REQUESTED_DEVIATION, Duty.APPROVED_DEVIATION, alike=True),
    Separation.DELIVERY: _pair(Duty.RECORDED_DELIVERY, Duty.ACCEPTED_DELIVERY, alike=True),
    Separation.ACCEPTANCE_AND_PAYMENT: _pair(Duty.ACCEPTED_DELIVERY, Duty.PAID),
    Separation.INVOICE_AND_PAYMENT: _pair(Duty.REGISTERED_INVOICE, Duty.PAID),
    Separation.PAYMENT_AND_RECONCILIATION: _pair(Duty.PAID, Duty.RECONCILED, alike=True),
    Separation.PENALTY: _pair(Duty.ACCRUED_PENALTY, Duty.WAIVED_PENALTY, alike=True),
    Separation.INTEREST: _pair(Duty.ACCRUED_INTEREST, Duty.WAIVED_INTEREST, alike=True),
}


@value
class Act:
    """A duty that somebody had, and the entry that proves it; `in_name_only`: another acted on their behalf."""

    duty: Duty
    subject: str
    person: str
    version: int
    position: int
    fact: str
    at: datetime
    in_name_only: bool = False


@value
class Conflict:
    """What one person did on both sides of a separation, in the order in which it was recorded."""

    separation: Separation
    person: str
    acts: tuple[Act, ...]


class Duties:
    """Who did what under one contract, told by its entries.

    What a publisher's release tells was done elsewhere, by others: whoever brought it in had no hand in it.
    """

    def __init__(self) -> None:
        """Begins with nothing."""
        self._acts: dict[int, tuple[Act, ...]] = {}
        self._elsewhere = False
        # Since the last act; most entries are nobody's duty.
        self._found: tuple[Conflict, ...] | None = None

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        happened = entry.fact
        if isinstance(happened, ContractDrafted):
            self._elsewhere = happened.source is not None
        elif isinstance(happened, FactCorrected):
            if happened.becomes is None and self._acts.pop(happened.corrects, None) is not None:
                self._found = None
            return
        done = duty_of(happened)
        if done is not None and not self._elsewhere:
            self._acts[entry.version] = tuple(_acts(entry, *done))
            self._found = None

    def conflicts(self) -> tuple[Conflict, ...]:
        """The conflicts by now, by separation and person; the same ones as long as nobody had another duty."""
        if self._found is None:
            self._found = tuple(self._clashes())
        return self._found

    def _clashes(self) -> Iterator[Conflict]:
        by_person: dict[str, list[Act]] = {}
        for acts in self._acts.values():
            for act in acts:
                by_person.setdefault(act.person, []).append(act)
        had = {person: {act.duty for act in acts} for person, acts in sorted(by_person.items())}
        for separation, pair in PAIRS.items():
            for person, duties in had.items():
                if pair.one.isdisjoint(duties) or pair.other.isdisjoint(duties):
                    continue
                acts = clashing(pair, by_person[person])
                if acts:
                    yield Conflict(separation=separation, person=person, acts=acts)


def clashing(pair: _Pair, acts: list[Act]) -> tuple[Act, ...]:
    """The acts of one person that are on both sides of a pair; none where they are on one side only."""
    ones = {act.subject if pair.alike else "" for act in acts if act.duty in pair.one}
    others = {act.subject if pair.alike else "" for act in acts if act.duty in pair.other}
    both, either = ones & others, pair.one | pair.other
    return tuple(act for act in acts if (act.subject if pair.alike else "") in both and act.duty in either)


def duty_of(happened: Fact) -> tuple[Duty, str] | None:
    """Which duty a fact is of, and about what; None for one of no duty."""
    match happened:
        case ContractDrafted():
            return Duty.DRAFTED, ""
        case SubmittedForApproval():
            return Duty.SUBMITTED, ""
        case StepApproved():
            return Duty.APPROVED, ""
        case AmendmentProposed(amendment_id=subject):
            return Duty.PROPOSED_AMENDMENT, subject
        case AmendmentApproved(amendment_id=subject):
            return Duty.APPROVED_AMENDMENT, subject
        case ClauseDeviationRequested(deviation_id=subject):
            return Duty.REQUESTED_DEVIATION, subject
        case ClauseDeviationApproved(deviation_id=subject):
            return Duty.APPROVED_DEVIATION, subject
        case _:
            return _performed(happened)


def _performed(happened: Fact) -> tuple[Duty, str] | None:
    match happened:
        case DeliveryRecorded(delivery_id=subject):
            return Duty.RECORDED_DELIVERY, subject
        case DeliveryAccepted(delivery_id=subject):
            return Duty.ACCEPTED_DELIVERY, subject
        case InvoiceRegistered(invoice=invoice):
            return Duty.REGISTERED_INVOICE, invoice.invoice_id
        case PaymentRecorded(payment_id=subject):
            return Duty.PAID, subject
        case ReconciliationMatched(payment_id=subject):
            return Duty.RECONCILED, subject
        case PenaltyAccrued(delivery_id=subject):
            return Duty.ACCRUED_PENALTY, subject
        case PenaltyWaived(delivery_id=subject):
            return Duty.WAIVED_PENALTY, subject
        case InterestAccrued(instalment_id=subject):
            return Duty.ACCRUED_INTEREST, subject
        case InterestWaived(instalment_id=subject):
            return Duty.WAIVED_INTEREST, subject
        case _:
            return None


def _acts(entry: Entry, duty: Duty, subject: str) -> Iterator[Act]:
    """The act of whoever did it, and of those on whose behalf it was done."""
    behalf = (entry.meta.on_behalf_of, entry.fact.on_behalf_of if isinstance(entry.fact, StepApproved) else None)
    for person in dict.fromkeys(name for name in (entry.meta.actor, *behalf) if name is not None):
        yield Act(
            duty=duty,
            subject=subject,
            person=person,
            version=entry.version,
            position=entry.position,
            fact=entry.fact.NAME,
            at=entry.effective_at,
            in_name_only=person != entry.meta.actor,
        )
