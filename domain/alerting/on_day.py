"""What rules find on a day: what is due soon or late, and what waits for too long. A contract is looked at as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple, TypeAlias

from domain.alert.vocabulary import AlertFigures, AlertKind
from domain.alerting.found import Found
from domain.alerting.rules import AlertRule
from domain.contract import continuation, obligations
from domain.contract.delays import ObligationKind
from domain.contract.obligations import Owed
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.refusals import Refusal
from domain.terms.calendar import Calendar, local_day
from domain.terms.renewal import Outlook

LIVE: Final = (Status.IN_FORCE, Status.SUSPENDED)
# What ends the contract, or lets it go on, unless somebody says otherwise by the deadline.
UNDECIDED: Final = (Outlook.RENEWS_UNLESS_NOTICE, Outlook.ENDS_UNLESS_NOTICE)


class Today(NamedTuple):
    """A contract on a day of a calendar's zone, with all that is still owed under it."""

    contract: Contract
    day: date
    calendar: Calendar
    owed: tuple[Owed, ...]

    def since(self, earlier: date) -> int:
        """How many days have passed since an earlier one; below zero where it is still to come."""
        return (self.day - earlier).days


OnDay: TypeAlias = Callable[[AlertRule, Today], Iterator[Found]]


def today(contract: Contract, day: date, calendar: Calendar) -> Today:
    """A contract on a day. Where its schedule cannot be reckoned, nothing is owed by it."""
    try:
        known = obligations.obligations(contract, day, calendar)
    except Refusal:
        known = ()
    return Today(contract, day, calendar, tuple(owed for owed in known if not owed.fulfilled and owed.due is not None))


def _owed(now: Today, kind: ObligationKind, rule: AlertRule) -> Iterator[tuple[Owed, date]]:
    for owed in now.owed:
        if owed.obligation.kind is kind and owed.due is not None and (rule.amount is None or rule.reaches(owed.amount)):
            yield owed, owed.due


def _soon(kind: ObligationKind) -> OnDay:
    """What is owed within `days`, its own day included."""

    def find(rule: AlertRule, now: Today) -> Iterator[Found]:
        for owed, due in _owed(now, kind, rule):
            left = -now.since(due)
            if 0 <= left <= (rule.days or 0):
                yield Found(owed.obligation.obligation_id, AlertFigures(amount=owed.amount, day=due, days=left), due)

    return find


def _late(kind: ObligationKind) -> OnDay:
    """What was owed `days` ago or earlier, and was not done."""

    def find(rule: AlertRule, now: Today) -> Iterator[Found]:
        for owed, due in _owed(now, kind, rule):
            late = now.since(due)
            if late >= (rule.days or 0):
                yield Found(owed.obligation.obligation_id, AlertFigures(amount=owed.amount, day=due, days=late), due)

    return find


def approval_stuck(rule: AlertRule, now: Today) -> Iterator[Found]:
    """An approval whose step was reached `days` ago and waits still."""
    approval = now.contract.approval
    if now.contract.status is not Status.IN_APPROVAL or approval is None or approval.since is None:
        return
    since = local_day(now.calendar, approval.since)
    if now.since(since) >= (rule.days or 0):
        who = ", ".join(str(seat) for seat in approval.vacant if seat is not None) or None
        figures = AlertFigures(day=since, days=now.since(since), what=approval.awaited.title, who=who)
        yield Found(str(approval.step), figures, since)


def signature_late(rule: AlertRule, now: Today) -> Iterator[Found]:
    """A signature that was asked for by a day that passed `days` ago."""
    if now.contract.status is not Status.APPROVED:
        return
    for party, request in now.contract.signature_requests.items():
        if request.due is not None and party not in now.contract.signatures and now.since(request.due) >= (rule.days or 0):
            yield Found(party, AlertFigures(day=request.due, days=now.since(request.due)), request.due)


def contract_expiring(rule: AlertRule, now: Today) -> Iterator[Found]:
    """A period that ends within `days`, its last day included."""
    last = now.contract.last_day
    if now.contract.status in LIVE and last is not None and 0 <= -now.since(last) <= (rule.days or 0) and rule.reaches(now.contract.value):
        yield Found(None, AlertFigures(day=last, days=-now.since(last), amount=now.contract.value), last)


def renewal_notice(rule: AlertRule, now: Today) -> Iterator[Found]:
    """A deadline for a notice of renewal within `days`, where no notice was given."""
    agreed, last = continuation.agreed_renewal(now.contract), now.contract.last_day
    if agreed is None or last is None or now.contract.status not in LIVE or not rule.reaches(now.contract.value):
        return
    held, term = agreed
    standing = continuation.standing(now.contract, term, last, now.day)
    left = -now.since(standing.notice_deadline)
    if standing.outlook in UNDECIDED and 0 <= left <= (rule.days or 0):
        figures = AlertFigures(day=standing.notice_deadline, days=left, what=standing.outlook.value)
        yield Found(held.term_id, figures, standing.notice_deadline)


def original_missing(rule: AlertRule, now: Today) -> Iterator[Found]:
    """A contract in force for `days` of which no original was deposited."""
    contract = now.contract
    if contract.status not in LIVE or contract.in_force_since is None or contract.originals or not rule.reaches(contract.value):
        return
    since = local_day(now.calendar, contract.in_force_since)
    if now.since(since) >= (rule.days or 0):
        yield Found(None, AlertFigures(day=since, days=now.since(since)), since)


def review_overdue(rule: AlertRule, now: Today) -> Iterator[Found]:
    """A review that was to be completed by a day that passed `days` ago."""
    for review in now.contract.reviews.values():
        if review.end is None and now.since(review.due) >= (rule.days or 0):
            yield Found(review.review_id, AlertFigures(day=review.due, days=now.since(review.due), who=review.reviewer), review.due)


ON_DAY: Final[Mapping[AlertKind, OnDay]] = {
    AlertKind.PAYMENT_DUE: _soon(ObligationKind.INSTALMENT),
    AlertKind.PAYMENT_OVERDUE: _late(ObligationKind.INSTALMENT),
    AlertKind.DELIVERY_DUE: _soon(ObligationKind.DELIVERY),
    AlertKind.DELIVERY_LATE: _late(ObligationKind.DELIVERY),
    AlertKind.ACCEPTANCE_CLOSING: _soon(ObligationKind.ACCEPTANCE),
    AlertKind.DEFECT_OVERDUE: _late(ObligationKind.DEFECT),
    AlertKind.RETENTION_DUE: _soon(ObligationKind.RELEASE),
    AlertKind.APPROVAL_STUCK: approval_stuck,
    AlertKind.SIGNATURE_LATE: signature_late,
    AlertKind.CONTRACT_EXPIRING: contract_expiring,
    AlertKind.RENEWAL_NOTICE: renewal_notice,
    AlertKind.ORIGINAL_MISSING: original_missing,
    AlertKind.REVIEW_OVERDUE: review_overdue,
}
