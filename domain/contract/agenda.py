"""The agenda: what the passing of days makes true of a contract, as commands that record it. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from domain.contract import breach, continuation, obligations, quoting
from domain.contract.accrual import AccrueInterest, AccruePenalty
from domain.contract.amendment import WAITING, TakeAmendmentIntoEffect
from domain.contract.breach import RecordObligationDue, RecordObligationOverdue
from domain.contract.closing import ExpireContract
from domain.contract.continuation import RenewContract
from domain.contract.days import end_of_month
from domain.contract.delays import Accrual, ObligationKind
from domain.contract.obligations import Owed
from domain.contract.review import RecordReviewDue
from domain.contract.rules import BINDING_OR_ENDED
from domain.contract.state import Contract
from domain.contract.vocabulary import Period, Status
from domain.refusals import Refusal
from domain.terms.calendar import Calendar, EveryDay, local_day
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.late_payment import LatePaymentInterest
from domain.terms.renewal import Outlook

DAY: Final = timedelta(days=1)
# Books are closed by the month; a delay of ten years is long enough.
MOST_MONTHS: Final = 120
LIVE: Final = (Status.IN_FORCE, Status.SUSPENDED)

ChoreCommand: TypeAlias = (
    RecordObligationDue
    | RecordObligationOverdue
    | AccruePenalty
    | AccrueInterest
    | ExpireContract
    | RenewContract
    | TakeAmendmentIntoEffect
    | RecordReviewDue
)


class Chore(NamedTuple):
    """Something to record, and the day on which it came true; `name` tells it from every other of the contract, for good."""

    day: date
    name: str
    command: ChoreCommand


class House(NamedTuple):
    """In which calendar and zone days are counted, by their names, and the calendar itself."""

    calendar: str
    zone: str
    counted: Calendar


def chores(contract: Contract, today: date, house: House) -> tuple[Chore, ...]:
    """What came true by a day and is not recorded, in the order in which it did.

    Contracts that somebody else publishes are not acted on here; a contract of which something is still owed does not expire by itself,
    as nothing could be delivered under it any more.
    """
    if contract.source is not None:
        return ()
    found = list(_to_review(contract, today, house))
    if contract.status not in BINDING_OR_ENDED:
        return tuple(sorted(found, key=lambda chore: chore.day))
    owed = _owed(contract, today, house.counted)
    found += [*_fallen(contract, owed, today, house), *_accrued(contract, owed, today, house), *_amended(contract, today, house)]
    found += _ended(contract, owed, today)
    return tuple(sorted(found, key=lambda chore: chore.day))


def _owed(contract: Contract, today: date, calendar: Calendar) -> tuple[Owed, ...]:
    """What is owed by a day. Where it cannot be reckoned, such as in a year without known holidays, nothing is."""
    try:
        return tuple(owed for owed in obligations.obligations(contract, today, calendar) if owed.due is not None)
    except Refusal:
        return ()


def _fallen(contract: Contract, owed: tuple[Owed, ...], today: date, house: House) -> Iterator[Chore]:
    for one in owed:
        due = one.due or today
        if one.fulfilled or due > today:
            continue
        recorded = contract.fallen_due.get(breach.key(one.obligation, due))
        named = breach.key(one.obligation, due)
        if recorded is None:
            yield Chore(due, f"due {named}", RecordObligationDue(obligation=one.obligation, calendar=house.calendar, zone=house.zone))
        if due < today and (recorded is None or not recorded.overdue):
            late = RecordObligationOverdue(obligation=one.obligation, calendar=house.calendar, zone=house.zone)
            yield Chore(due + DAY, f"overdue {named}", late)


def _to_review(contract: Contract, today: date, house: House) -> Iterator[Chore]:
    """Reviews are asked for at any stage."""
    for review in contract.reviews.values():
        if review.end is None and not review.fell_due and review.due <= today:
            command = RecordReviewDue(review_id=review.review_id, calendar=house.calendar, zone=house.zone)
            yield Chore(review.due, f"review {review.review_id} {review.due}", command)


class Delay(NamedTuple):
    """Something late of which the terms say what that costs: since when, what was reckoned so far, and when it was done."""

    kind: ObligationKind
    subject: str
    due: date
    before: Accrual | None
    done_on: date | None

    def months(self, today: date) -> Iterator[date]:
        """The last days of months that are over, after its day and the last reckoning, as long as it lasts and once more after."""
        last = self.due if self.before is None else max(self.before.through, self.due)
        if self.done_on is not None and self.done_on <= last:
            return
        end = end_of_month(last + DAY) if last < date.max else last
        for _ in range(MOST_MONTHS):
            if end >= today:
                return
            yield end
            if self.done_on is not None and self.done_on <= end:
                return
            end = end_of_month(end + DAY)


def _delays(contract: Contract, owed: tuple[Owed, ...], calendar: Calendar) -> Iterator[Delay]:
    terms = {type(agreed.term) for agreed in contract.terms.values()}
    for one in owed:
        kind, subject, due = one.obligation.kind, one.obligation.obligation_id, one.due or date.max
        if kind is ObligationKind.DELIVERY and LateDeliveryDamages in terms and contract.value is not None:
            yield Delay(kind, subject, due, contract.penalties.get(subject), _done_on(contract, one, calendar))
        if kind is ObligationKind.INSTALMENT and LatePaymentInterest in terms:
            yield Delay(kind, subject, due, contract.interest.get(subject), _done_on(contract, one, calendar))


def _accrued(contract: Contract, owed: tuple[Owed, ...], today: date, house: House) -> Iterator[Chore]:
    for delay in _delays(contract, owed, house.counted):
        for through in delay.months(today):
            if delay.kind is ObligationKind.DELIVERY:
                damages = AccruePenalty(delivery_id=delay.subject, through=through, calendar=house.calendar, zone=house.zone)
                yield Chore(through + DAY, f"penalty {delay.subject} {through}", damages)
            else:
                interest = AccrueInterest(instalment_id=delay.subject, through=through, calendar=house.calendar, zone=house.zone)
                yield Chore(through + DAY, f"interest {delay.subject} {through}", interest)


def _done_on(contract: Contract, owed: Owed, calendar: Calendar) -> date | None:
    """The day on which it was done; None while it is not."""
    subject = owed.obligation.obligation_id
    if not owed.fulfilled:
        return None
    if owed.obligation.kind is ObligationKind.DELIVERY:
        plan = contract.planned_deliveries.get(subject)
        return None if plan is None else quoting.completed(contract, plan, calendar).came_on
    return max((paid.on for paid in quoting.towards(contract, subject, calendar)), default=owed.due)


def _amended(contract: Contract, today: date, house: House) -> Iterator[Chore]:
    for amendment in contract.amendments.values():
        if amendment.status == WAITING and amendment.effective_from is not None and contract.status in LIVE:
            day = local_day(house.counted, amendment.effective_from)
            if day <= today:
                command = TakeAmendmentIntoEffect(amendment_id=amendment.amendment_id)
                yield Chore(day, f"effect {amendment.amendment_id} {amendment.effective_from.isoformat()}", command)


def _ended(contract: Contract, owed: tuple[Owed, ...], today: date) -> Iterator[Chore]:
    last = contract.last_day
    if contract.status is not Status.IN_FORCE or last is None or last >= today:
        return
    agreed = continuation.agreed_renewal(contract)
    if agreed is not None:
        try:
            follows = continuation.standing(contract, agreed[1], last, today)
        except Refusal:
            # A next period beyond the calendar never comes.
            return
        if follows.outlook is Outlook.RENEWS:
            command = RenewContract(period=Period(start=follows.next_start, end=follows.next_end))
            yield Chore(last + DAY, f"renew {last}", command)
            return
    if all(one.fulfilled for one in owed):
        yield Chore(last + DAY, f"expire {last}", ExpireContract())


# For what does not depend on where the house is.
_ANYWHERE: Final = House("7×24", "UTC", EveryDay())


def next_chore(contract: Contract) -> date | None:
    """A day before which nothing comes true that is to be recorded, whichever the calendar and zone; None where nothing ever does."""
    if contract.source is not None:
        return None
    days = [review.due for review in contract.reviews.values() if review.end is None and not review.fell_due]
    if contract.status in BINDING_OR_ENDED:
        days += _coming(contract)
    if not days:
        return None
    first = min(days)
    # Where a day begins first, it is the day before in UTC.
    return first if first == date.min else first - DAY


def _coming(contract: Contract) -> Iterator[date]:
    owed = _owed(contract, date.max, _ANYWHERE.counted)
    for one in owed:
        due = one.due or date.max
        recorded = contract.fallen_due.get(breach.key(one.obligation, due))
        if not one.fulfilled and recorded is None:
            yield due
        elif not one.fulfilled and recorded is not None and not recorded.overdue and due < date.max:
            yield due + DAY
    for delay in _delays(contract, owed, _ANYWHERE.counted):
        yield from (through + DAY for through in islice(delay.months(date.max), 1))
    for amendment in contract.amendments.values():
        if amendment.status == WAITING and amendment.effective_from is not None and contract.status in LIVE:
            yield local_day(_ANYWHERE.counted, amendment.effective_from)
    if contract.status is Status.IN_FORCE and contract.last_day is not None and contract.last_day < date.max:
        yield contract.last_day + DAY


def open_since(contract: Contract) -> date | None:
    """The earliest day, past or to come, by which something that is still open was to be; None where nothing is open."""
    return min(_open(contract), default=None)


def _open(contract: Contract) -> Iterator[date]:
    """Days by which something is owed, ends, or waits."""
    yield from (one.due for one in _owed(contract, date.max, _ANYWHERE.counted) if one.due is not None and not one.fulfilled)
    yield from (review.due for review in contract.reviews.values() if review.end is None)
    if contract.status in LIVE:
        if contract.last_day is not None:
            yield contract.last_day
            agreed = continuation.agreed_renewal(contract)
            if agreed is not None:
                yield contract.last_day - min(agreed[1].notice_days, (contract.last_day - date.min).days) * DAY
        if contract.in_force_since is not None and not contract.originals:
            yield contract.in_force_since.date()
    if contract.status is Status.IN_APPROVAL and contract.approval is not None and contract.approval.since is not None:
        yield contract.approval.since.date()
    if contract.status is Status.APPROVED:
        yield from (r.due for party, r in contract.signature_requests.items() if r.due is not None and party not in contract.signatures)
