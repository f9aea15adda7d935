"""Credit: what a month's measured service levels give back under the agreed service level, and what was granted for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from domain.contract import rules
from domain.contract.claims import GrantedCredit
from domain.contract.services import ServiceLevelMeasured
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import Measurement, Period
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import service_level
from domain.terms.calendar import add_months, shift
from domain.terms.exact import rounded
from domain.terms.service_level import MONTHS_OF_CAP, MeasuredCredit, Metric, MonthlyCredit, ServiceLevel, Taken

AVAILABILITY: Final = "availability"
_PERCENT: Final = frozenset({"%", "percent", "per cent", "％"})
_SECONDS: Final = {
    **dict.fromkeys(("s", "second", "seconds", "秒"), 1),
    **dict.fromkeys(("min", "minute", "minutes", "分", "分钟"), 60),
    **dict.fromkeys(("h", "hour", "hours", "时", "小时"), 3_600),
}


@value
class Figure:
    """A measurement as it stood when it was reckoned with. `version` is that of the entry that recorded it."""

    measurement_id: str
    version: int
    metric: str
    measured: Decimal
    unit: str | None = None


@fact("contract.service_credit_granted")
class ServiceCreditGranted(Fact):
    """The credit for a month under a service level, which rests on these figures; `change` is what this adds to what was granted before.

    `rests_on_corrections` are the versions of the figures that had been corrected by then.
    """

    term_id: str
    term_version: int
    month: date
    figures: tuple[Figure, ...]
    fee: Money
    total: Money
    change: Money
    formula: str
    rests_on_corrections: tuple[int, ...] = ()
    note: str | None = None


CreditFact: TypeAlias = ServiceCreditGranted


@value
class GrantServiceCredit(Command):
    """Grant the credit that a month's measured service levels give; once more after a correction, it grants the difference.

    `month` is any day of it. The month's `fee` is the value spread evenly over the months of the period where it is left out.
    """

    term_id: str
    month: date
    fee: Money | None = None
    note: str | None = None


CreditCommand: TypeAlias = GrantServiceCredit


class NoServiceLevel(Refusal):
    """Service credits follow from service levels."""

    template = "The term {term_id!r} is no service level."


class MonthNotOver(Refusal):
    """A month's credit is granted once the month is over."""

    template = "The month ends on {last_day}; its credit is granted only after that day."


class TermChangedSince(Refusal):
    """A month is reckoned by the term that applied in it."""

    template = "The term {term_id!r} reads as it does only since {since}; it does not apply to what ended on {last_day}."


class FeeNotKnown(Refusal):
    """A credit is a share of the month's fee."""

    template = "The fee of {month} has to be stated: it does not follow from the contract's value and period."


class FeeDiffers(Refusal):
    """A month has one fee, whatever is granted for it."""

    template = "The credit of {month} was granted on a fee of {granted_on}, not of {fee}."


class NotMeasured(Refusal):
    """A promised availability is measured, by one figure for the whole of the month."""

    template = "No measurement of the availability covers {start} to {end}; one has to, from the first day to the last."


class MeasuredTwice(Refusal):
    """A month has one availability."""

    template = "The measurements {first!r} and {second!r} are both of the availability from {start} to {end}; strike one of them out."


class NotInPercent(Refusal):
    """Availability is measured in percent."""

    template = "The measurement {measurement_id!r} has the unit {unit!r}; an availability is measured in percent."


class NotInTime(Refusal):
    """What incidents took is measured in seconds, minutes or hours."""

    template = "The measurement {measurement_id!r} has the unit {unit!r}; what an incident took is measured in seconds, minutes or hours."


class NoCreditDue(Refusal):
    """Where service levels were kept, or nothing is left of a cap, there is nothing to grant."""

    template = "Nothing is to be granted for {month}: {formula}."


class CreditAlreadyGranted(Refusal):
    """A month's credit is granted once; again only where a corrected figure gives another one."""

    template = "The credit of {granted} for {month} was already granted, and nothing about it changed."


class Reckoned(NamedTuple):
    """What a month comes to, and the figures that it rests on."""

    result: MeasuredCredit
    figures: tuple[Figure, ...]


def key(term_id: str, month: date) -> str:
    """How a month's credit under a term is named within a contract."""
    return f"{term_id} {month:%Y-%m}"


def covered(contract: Contract, month: date) -> Period | None:
    """The days of a month within one of the contract's periods; None where it lies outside of them."""
    first = month.replace(day=1)
    last = shift(add_months(first, 1), -1)
    for period in (contract.period, *reversed(contract.earlier_periods)):
        start, end = max(period.start or first, first), min(period.end or last, last)
        if start <= end:
            return Period(start=start, end=end)
    return None


def whole_months(period: Period) -> int | None:
    """How many months a period has that begins with one and ends with one; None for any other."""
    if period.start is None or period.end is None or period.start.day != 1:
        return None
    after = shift(period.end, 1)
    months = (after.year - period.start.year) * 12 + after.month - period.start.month
    return months if after.day == 1 and months > 0 else None


def fee_of_period(contract: Contract, part: Period) -> Money | None:
    """The value spread evenly over the months of the contract's period, rounded half to even; None where that gives none for the part."""
    for whole in (contract.period, *contract.earlier_periods):
        months, all_months = whole_months(part), whole_months(whole)
        if contract.value is None or months is None or all_months is None or part.start is None or whole.start is None:
            continue
        if whole.start <= part.start and add_months(part.start, months) <= add_months(whole.start, all_months):
            return rounded(Fraction(contract.value.minor * months, all_months), contract.value.currency)
    return None


def monthly_fee(contract: Contract, month: date) -> Money | None:
    """What a month costs, where that follows from the value and the period."""
    first = month.replace(day=1)
    return fee_of_period(contract, Period(start=first, end=shift(add_months(first, 1), -1)))


def history(contract: Contract, term_id: str, month: date, fee: Money) -> tuple[MonthlyCredit, ...]:
    """The months around one of which caps take account: each with its fee, otherwise this one's, and with what was granted for it."""
    found = []
    for by in range(1 - MONTHS_OF_CAP, MONTHS_OF_CAP):
        other = add_months(month, by)
        granted = contract.service_credits.get(key(term_id, other))
        if by == 0 or (granted is None and covered(contract, other) is None):
            continue
        its_fee = monthly_fee(contract, other) or fee if granted is None else granted.fee
        found.append(MonthlyCredit(month=other, fee=its_fee, credit=Money.zero(its_fee.currency) if granted is None else granted.total))
    return tuple(found)


def recorded(contract: Contract) -> Iterator[tuple[int, Measurement]]:
    """The measurements that stand, with the versions of their entries."""
    for version, happened in contract.recordings.items():
        if isinstance(happened, ServiceLevelMeasured):
            yield version, happened.measurement


def figure(version: int, measurement: Measurement) -> Figure:
    """A measurement as a fact cites it."""
    return Figure(
        measurement_id=measurement.measurement_id,
        version=version,
        metric=measurement.metric,
        measured=measurement.measured,
        unit=measurement.unit,
    )


def availability(contract: Contract, month: date) -> tuple[Figure, Fraction]:
    """The one figure for the month. Refusals: NotMeasured, MeasuredTwice, NotInPercent."""
    span = covered(contract, month) or Period(start=month, end=shift(add_months(month, 1), -1))
    found = [figure(version, m) for version, m in recorded(contract) if m.period == span and m.metric.strip().lower() == AVAILABILITY]
    if not found:
        raise NotMeasured(start=span.start, end=span.end)
    if len(found) > 1:
        raise MeasuredTwice(first=found[0].measurement_id, second=found[1].measurement_id, start=span.start, end=span.end)
    if (found[0].unit or "").strip().lower() not in _PERCENT:
        raise NotInPercent(measurement_id=found[0].measurement_id, unit=found[0].unit or "")
    return found[0], Fraction(found[0].measured) / 100


def incidents(contract: Contract, term: ServiceLevel, month: date) -> Iterator[tuple[Figure, Taken]]:
    """What incidents took: measurements such as `fix P1`, which belong to the month of their first day. Refuses with NotInTime."""
    limited = {(limit.metric, limit.severity) for limit in term.limits}
    for version, one in recorded(contract):
        name, _, severity = one.metric.strip().partition(" ")
        first = one.period.start
        known = next((metric for metric in Metric if metric.value == name.lower()), None)
        if known is None or (known, severity.strip()) not in limited or first is None or first.replace(day=1) != month:
            continue
        unit = _SECONDS.get((one.unit or "").strip().lower())
        if unit is None:
            raise NotInTime(measurement_id=one.measurement_id, unit=one.unit or "")
        seconds = Fraction(one.measured) * unit // 1
        yield figure(version, one), Taken(incident_id=one.measurement_id, metric=known, severity=severity.strip(), seconds=seconds)


def reckon(contract: Contract, agreed: AgreedTerm, term: ServiceLevel, month: date, fee: Money) -> Reckoned:
    """What a month comes to by its measured figures. Refusals: NotMeasured, MeasuredTwice, NotInPercent, NotInTime, SumTooLarge."""
    figures, reached = [], None
    if term.availability is not None:
        measured, reached = availability(contract, month)
        figures.append(measured)
    took = list(incidents(contract, term, month))
    around = history(contract, agreed.term_id, month, fee)
    # No share of the fee is above one: the month's availability and each incident give one at most.
    rules.require_sum("fees", max(fee.minor + sum(other.fee.minor for other in around), fee.minor * (1 + len(took))))
    result = service_level.measured(
        term,
        month=month,
        fee=fee,
        reached=reached,
        taken=[taken for _, taken in took],
        history=around,
    )
    return Reckoned(result, (*figures, *(measured for measured, _ in took)))


def due(contract: Contract, on: date) -> Iterator[tuple[AgreedTerm, str, MeasuredCredit]]:
    """What each month that was measured and is over on a day comes to. Refusals: FeeNotKnown, MeasuredTwice, NotInPercent, NotInTime."""
    starts = {m.period.start.replace(day=1) for _, m in recorded(contract) if m.period.start is not None}
    levels = [(agreed, agreed.term) for agreed in contract.terms.values() if isinstance(agreed.term, ServiceLevel)]
    for agreed, term in levels:
        for month in sorted(starts):
            if (
                month >= on.replace(day=1)
                or covered(contract, month) is None
                or not applies(contract, agreed, shift(add_months(month, 1), -1))
            ):
                continue
            try:
                reckoned = reckon(contract, agreed, term, month, fee_of(contract, agreed.term_id, month, None))
            except NotMeasured:
                continue
            if reckoned.figures:
                yield agreed, f"{month:%Y-%m}", reckoned.result


def applies(contract: Contract, agreed: AgreedTerm, last_day: date) -> bool:
    """Whether the term as it reads now applied to what ended on a day: what an amendment changed applies from then on."""
    changed = contract.in_force_since is not None and agreed.since > contract.in_force_since
    return not changed or agreed.since.date() <= last_day


def fee_of(contract: Contract, term_id: str, month: date, stated: Money | None) -> Money:
    """The month's fee: as granted before, as stated, or as it follows from the value. Refusals: FeeDiffers, FeeNotKnown."""
    before = contract.service_credits.get(key(term_id, month))
    if before is not None:
        if stated is not None and stated != before.fee:
            raise FeeDiffers(month=f"{month:%Y-%m}", granted_on=before.fee, fee=stated)
        return before.fee
    fee = stated or monthly_fee(contract, month)
    if fee is None:
        raise FeeNotKnown(month=f"{month:%Y-%m}")
    return fee


def decide(contract: Contract, command: CreditCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, UnknownElement, NoServiceLevel, MonthNotOver, TermChangedSince, then those of the fee and the figures.

    In the end NoCreditDue, or CreditAlreadyGranted.
    """
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    rules.require_known("term", command.term_id, contract.terms)
    agreed = contract.terms[command.term_id]
    if not isinstance(agreed.term, ServiceLevel):
        raise NoServiceLevel(term_id=command.term_id)
    month = command.month.replace(day=1)
    last_day = shift(add_months(month, 1), -1)
    if occasion.effective_at.date() <= last_day:
        raise MonthNotOver(last_day=last_day)
    if not applies(contract, agreed, last_day):
        raise TermChangedSince(term_id=command.term_id, since=agreed.since.date(), last_day=last_day)
    if command.fee is not None:
        rules.require_amount(contract, command.fee)
    fee = fee_of(contract, command.term_id, month, command.fee)
    reckoned = reckon(contract, agreed, agreed.term, month, fee)
    before = contract.service_credits.get(key(command.term_id, month))
    total = reckoned.result.amount
    if before is None and total.minor == 0:
        raise NoCreditDue(month=f"{month:%Y-%m}", formula=reckoned.result.formula)
    if before is not None and before.total == total:
        raise CreditAlreadyGranted(granted=total, month=f"{month:%Y-%m}")
    return [
        ServiceCreditGranted(
            term_id=command.term_id,
            term_version=agreed.version,
            month=month,
            figures=reckoned.figures,
            fee=fee,
            total=total,
            change=total if before is None else total - before.total,
            formula=reckoned.result.formula,
            rests_on_corrections=tuple(f.version for f in reckoned.figures if f.version in contract.rests_on_corrections),
            note=command.note,
        )
    ]


def evolve(contract: Contract, entry: Entry, happened: CreditFact) -> None:
    """Folds a fact of this stage: the last total of a month is the one that stands."""
    contract.service_credits[key(happened.term_id, happened.month)] = GrantedCredit(
        term_id=happened.term_id,
        month=happened.month,
        fee=happened.fee,
        total=happened.total,
        term_version=happened.term_version,
        version=entry.version,
    )
