"""What rules find in a new entry of a contract, which is looked at as it stood before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias, cast

from domain.alert.vocabulary import AlertFigures, AlertKind
from domain.alerting.found import NO_FIGURES, Found, Neighbourhood, Watched
from domain.alerting.rules import AlertRule
from domain.contract import operations, triggers
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.approval import StepApproved, SubmittedForApproval
from domain.contract.breach import BreachDeclared
from domain.contract.delivery import DeliveryRecorded, DeliveryRejected
from domain.contract.disputes import DisputeOpened
from domain.contract.invoicing import InvoiceRegistered
from domain.contract.operations import PutInstalment, PutTerm, RemoveInstalment, RemoveTerm
from domain.contract.payment import PaymentRecorded
from domain.contract.risk import RiskAssessed
from domain.contract.rules import IMPORT
from domain.contract.services import MilestoneReached, ServiceLevelMeasured, ServicePerformed
from domain.contract.settlement import ReconciliationBroken
from domain.contract.state import Contract, Made, Payment
from domain.contract.triggers import PaymentPrecededTrigger
from domain.contract.vocabulary import Direction, Status
from domain.delegation import Delegation
from domain.facts import Entry, Fact
from domain.money import Money
from domain.party.state import Party

# Given the rule, the contract as it stood, the entry and what is around.
OnEntry: TypeAlias = Callable[[AlertRule, Watched, Entry, Neighbourhood], Iterator[Found]]

UNDER_WAY: Final = (Status.IN_APPROVAL, Status.APPROVED, Status.IN_FORCE, Status.SUSPENDED)


def payment_short(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """Money that came in for an instalment, and with what came before leaves more than `percent` of it, and `amount`, still to come."""
    paid, contract = cast("PaymentRecorded", entry.fact), watched.contract
    if contract.direction is not Direction.RECEIVABLE or paid.instalment_id is None:
        return
    wanted = triggers.amounts(contract).get(paid.instalment_id)
    if wanted is None or wanted.currency != paid.amount.currency:
        return
    short = Money(wanted.minor - paid.amount.minor - paid_towards(contract, paid.instalment_id, wanted.currency), wanted.currency)
    if short.minor * 100 > wanted.minor * (rule.percent or 0) and rule.reaches(short):
        yield Found(paid.payment_id, AlertFigures(amount=short, limit=wanted, what=paid.instalment_id))


def paid_towards(contract: Contract, instalment_id: str, currency: str) -> int:
    """What stands of payments that name an instalment, in minor units."""
    towards = (p.standing for p in contract.payments.values() if p.instalment_id == instalment_id)
    return sum(standing.minor for standing in towards if standing.currency == currency)


def payment_before_trigger(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """A payment that counts for an instalment before what that waits for, such as an acceptance."""
    early = cast("PaymentPrecededTrigger", entry.fact)
    amount = _amount_of(watched.contract, early.payment_id)
    # The fact may come before that of its payment.
    if amount is None or rule.reaches(amount):
        yield Found(early.payment_id, AlertFigures(amount=amount, what=early.instalment_id))


def _amount_of(contract: Contract, payment_id: str) -> Money | None:
    held = contract.payments.get(payment_id)
    return None if held is None else held.amount


def payment_duplicate(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """A payment of an amount that was paid for the same instalment, or for none, within `days`."""
    paid = cast("PaymentRecorded", entry.fact)
    if not rule.reaches(paid.amount):
        return
    near = timedelta(days=rule.days or 0)
    for earlier in watched.contract.payments.values():
        if _is_alike(earlier, paid) and abs(earlier.paid_at - entry.effective_at) <= near:
            yield Found(paid.payment_id, AlertFigures(amount=paid.amount, what=earlier.payment_id, day=earlier.paid_at.date()))
            return


def _is_alike(earlier: Payment, paid: PaymentRecorded) -> bool:
    return (
        not earlier.reversed
        and earlier.payment_id != paid.payment_id
        and earlier.amount == paid.amount
        and earlier.instalment_id == paid.instalment_id
    )


def payment_above_value(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """A payment with which more was paid than the contract's value and `percent` of it."""
    fact, contract = cast("PaymentRecorded", entry.fact), watched.contract
    if contract.value is None or contract.paid is None or fact.amount.currency != contract.value.currency:
        return
    over = Money(contract.paid.minor + fact.amount.minor - contract.value.minor, contract.value.currency)
    if over.minor * 100 > contract.value.minor * (rule.percent or 0) and rule.reaches(over):
        yield Found(fact.payment_id, AlertFigures(amount=over, limit=contract.value))


def account_changed(rule: AlertRule, watched: Watched, entry: Entry, around: Neighbourhood) -> Iterator[Found]:
    """A payment to a party that named another account within `days` before."""
    paid, contract = cast("PaymentRecorded", entry.fact), watched.contract
    if contract.direction is not Direction.PAYABLE or not rule.reaches(paid.amount):
        return
    since = entry.effective_at - timedelta(days=rule.days or 0)
    for party_id in dict.fromkeys(c.party_id for c in contract.counterparties.values() if c.party_id is not None):
        party = around.state(Party, party_id)
        known = [*party.former_accounts, *([] if party.bank_account is None else [party.bank_account])]
        # The first account that a party names changes nothing.
        changed = [a for a in known[1:] if since <= a.changed_at <= entry.effective_at]
        if changed:
            figures = AlertFigures(amount=paid.amount, day=changed[-1].changed_at.date(), who=changed[-1].changed_by, what=party_id)
            yield Found(paid.payment_id, figures)


def delivery_rejected(_: AlertRule, __: Watched, entry: Entry, ___: Neighbourhood) -> Iterator[Found]:
    """A delivery that was not accepted."""
    yield Found(cast("DeliveryRejected", entry.fact).delivery_id)


def term_changed(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """Terms or the payment schedule changed after signing, of contracts worth `amount` or more."""
    changes = cast("AmendmentTookEffect", entry.fact)
    touched = [
        o.term_id if isinstance(o, PutTerm | RemoveTerm) else "payment_schedule"
        for o in changes.operations
        if isinstance(o, PutTerm | RemoveTerm | PutInstalment | RemoveInstalment)
    ]
    if touched and rule.reaches(watched.contract.value):
        what = ", ".join(dict.fromkeys(touched))
        yield Found(changes.amendment_id, AlertFigures(amount=watched.contract.value, what=what))


def value_raised(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """An amendment that raised the value by `percent` or more, and by `amount`."""
    changes, before = cast("AmendmentTookEffect", entry.fact), watched.contract.value
    if before is None or before.minor <= 0:
        return
    amended = watched.contract.copy()
    for operation in changes.operations:
        operations.apply(cast("Any", operation), amended, Made(entry.version, entry.effective_at))
    after = amended.value
    if after is None or after.currency != before.currency:
        return
    risen = Money(after.minor - before.minor, before.currency)
    if risen.minor > 0 and risen.minor * 100 >= before.minor * (rule.percent or 0) and rule.reaches(risen):
        yield Found(changes.amendment_id, AlertFigures(amount=risen, limit=before, percent=risen.minor * 100 // before.minor))


def self_approved(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """Whoever drafted the contract or handed it in also agreed to it."""
    contract, who = watched.contract, entry.meta.actor
    if who in (contract.drafted_by, contract.submitted_by) and rule.reaches(contract.value):
        yield Found(str(cast("StepApproved", entry.fact).step), AlertFigures(who=who))


def delegation_expired(_: AlertRule, __: Watched, entry: Entry, around: Neighbourhood) -> Iterator[Found]:
    """A step that was agreed to under a delegation at a moment at which that did not count."""
    agreed = cast("StepApproved", entry.fact)
    if agreed.delegation is None:
        return
    held = around.state(Delegation, agreed.delegation.delegation_id)
    if held.begins_at is None or held.ends_at is None or held.begins_at <= entry.effective_at < held.ends_at:
        return
    yield Found(agreed.delegation.delegation_id, AlertFigures(who=entry.meta.actor, day=held.ends_at.date()))


def contracts_split(rule: AlertRule, watched: Watched, entry: Entry, around: Neighbourhood) -> Iterator[Found]:
    """Contracts with one party, handed in within `days`, of which none is worth `amount` and all together are."""
    contract, limit = watched.contract, rule.amount
    if limit is None or contract.value is None or contract.value.currency != limit.currency or contract.value.minor >= limit.minor:
        return
    since = entry.effective_at - timedelta(days=rule.days or 0)
    for party_id in dict.fromkeys(c.party_id for c in contract.counterparties.values() if c.party_id is not None):
        others = [
            other
            for other in around.dealings(party_id, since.date())
            if other.contract_id != watched.contract_id and _is_part(other.contract, limit, since_of=(since, entry))
        ]
        together = Money(contract.value.minor + sum(o.contract.value.minor for o in others if o.contract.value), limit.currency)
        if others and together.minor >= limit.minor:
            numbers = ", ".join(sorted(o.contract.number for o in others))
            yield Found(party_id, AlertFigures(amount=together, limit=limit, what=numbers, days=rule.days))


def _is_part(other: Contract, limit: Money, *, since_of: tuple[Any, Entry]) -> bool:
    since, entry = since_of
    handed_in = None if other.approval is None else other.approval.since
    return (
        other.status in UNDER_WAY
        and handed_in is not None
        and since <= handed_in <= entry.effective_at
        and other.value is not None
        and other.value.currency == limit.currency
        and other.value.minor < limit.minor
    )


def risk_above(rule: AlertRule, _: Watched, entry: Entry, __: Neighbourhood) -> Iterator[Found]:
    """An assessment that came to `points` or more."""
    assessed = cast("RiskAssessed", entry.fact)
    if assessed.points >= (rule.points or 0):
        yield Found(assessed.assessment_id, AlertFigures(points=assessed.points, what=assessed.level.value))


def backdated(rule: AlertRule, _: Watched, entry: Entry, __: Neighbourhood) -> Iterator[Found]:
    """Something of the world that was recorded more than `days` after it happened."""
    late = (entry.recorded_at - entry.effective_at).days
    # Imports are of things past.
    if late > (rule.days or 0) and entry.meta.channel != IMPORT:
        yield Found(entry.fact.NAME, AlertFigures(days=late, day=entry.effective_at.date(), who=entry.meta.actor))


def reconciliation_broken(_: AlertRule, watched: Watched, entry: Entry, __: Neighbourhood) -> Iterator[Found]:
    """A bank statement that does not say what a payment says."""
    broken = cast("ReconciliationBroken", entry.fact)
    yield Found(broken.payment_id, AlertFigures(amount=broken.found, limit=_amount_of(watched.contract, broken.payment_id)))


def breach_declared(_: AlertRule, __: Watched, entry: Entry, ___: Neighbourhood) -> Iterator[Found]:
    """A side says that the other broke the contract."""
    declared = cast("BreachDeclared", entry.fact)
    yield Found(declared.breach_id, AlertFigures(who=declared.by, day=declared.cure_by))


def dispute_opened(rule: AlertRule, watched: Watched, entry: Entry, _: Neighbourhood) -> Iterator[Found]:
    """The sides argue about the contract."""
    if rule.reaches(watched.contract.value):
        yield Found(cast("DisputeOpened", entry.fact).dispute_id, NO_FIGURES)


WORLDLY: Final[tuple[type[Fact], ...]] = (
    PaymentRecorded,
    DeliveryRecorded,
    InvoiceRegistered,
    MilestoneReached,
    ServicePerformed,
    ServiceLevelMeasured,
)
# By kind of rule: the facts that it looks at, and how.
ON_ENTRY: Final[Mapping[AlertKind, tuple[tuple[type[Fact], ...], OnEntry]]] = {
    AlertKind.PAYMENT_SHORT: ((PaymentRecorded,), payment_short),
    AlertKind.PAYMENT_BEFORE_TRIGGER: ((PaymentPrecededTrigger,), payment_before_trigger),
    AlertKind.PAYMENT_DUPLICATE: ((PaymentRecorded,), payment_duplicate),
    AlertKind.PAYMENT_ABOVE_VALUE: ((PaymentRecorded,), payment_above_value),
    AlertKind.ACCOUNT_CHANGED: ((PaymentRecorded,), account_changed),
    AlertKind.DELIVERY_REJECTED: ((DeliveryRejected,), delivery_rejected),
    AlertKind.TERM_CHANGED: ((AmendmentTookEffect,), term_changed),
    AlertKind.VALUE_RAISED: ((AmendmentTookEffect,), value_raised),
    AlertKind.SELF_APPROVED: ((StepApproved,), self_approved),
    AlertKind.DELEGATION_EXPIRED: ((StepApproved,), delegation_expired),
    AlertKind.CONTRACTS_SPLIT: ((SubmittedForApproval,), contracts_split),
    AlertKind.RISK_ABOVE: ((RiskAssessed,), risk_above),
    AlertKind.BACKDATED: (WORLDLY, backdated),
    AlertKind.RECONCILIATION_BROKEN: ((ReconciliationBroken,), reconciliation_broken),
    AlertKind.BREACH_DECLARED: ((BreachDeclared,), breach_declared),
    AlertKind.DISPUTE_OPENED: ((DisputeOpened,), dispute_opened),
}
