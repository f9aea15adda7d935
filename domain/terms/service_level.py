"""Service levels SLA: availability and times kept, and the credits that follow where they were not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import SECOND, Calendar, add_months, local_day, require_zone, worked_between, working_time_between
from domain.terms.exact import Ratio, amount_text, decimals, limited, percent
from domain.terms.rules import Term

MAX_SECONDS = 366 * 86_400
MONTHS_OF_CAP = 12
PERCENT_DIGITS = 4


class Metric(StrEnum):
    """Which time is kept: until somebody answers, or until it works again."""

    RESPONSE = "response"
    FIX = "fix"


@value
class CreditStep:
    """Availability below this costs this share of the month's fee."""

    below: Ratio
    credit: Ratio


@value
class Availability:
    """The share of service time that is promised. The ladder goes down step by step; the lowest step reached counts, alone."""

    target: Ratio
    ladder: tuple[CreditStep, ...]


@value
class TimeLimit:
    """How much service time an incident of a severity may take; each miss costs this share of the month's fee."""

    metric: Metric
    severity: str
    seconds: int
    credit: Ratio


@value
class ServiceLevel(Term):
    """`calendar` names the service time, as in "7×24". Caps are shares of the month's fee and of the fees of twelve months."""

    calendar: str
    availability: Availability | None = None
    limits: tuple[TimeLimit, ...] = ()
    monthly_cap: Ratio | None = None
    rolling_cap: Ratio | None = None
    term: Literal["service_level"] = "service_level"


@value
class Span:
    """From a moment to another, both aware; without an end it goes on."""

    start: datetime
    end: datetime | None = None


@value
class Incident:
    """What was reported, and when it was answered and mended, as far as it was."""

    incident_id: str
    severity: str
    reported_at: datetime
    responded_at: datetime | None = None
    fixed_at: datetime | None = None


@value
class MonthlyCredit:
    """Fee of an earlier month, and the credit granted for it. `month` is its first day."""

    month: date
    fee: Money
    credit: Money


@value
class Miss:
    """A limit that an incident broke, as of the day asked for."""

    incident_id: str
    metric: Metric
    seconds: int
    limit_seconds: int


@value
class ServiceCredit:
    """What a month has come to. `availability` is the share of service time, in percent with four digits, for reading."""

    amount: Money
    fee: Money
    month: date
    calendar: str
    service_seconds: int
    downtime_seconds: int
    availability: str | None
    target_met: bool
    misses: tuple[Miss, ...]
    capped: bool
    formula: str


@value
class Taken:
    """How much service time an incident took until it was answered or mended, in whole seconds."""

    incident_id: str
    metric: Metric
    severity: str
    seconds: int


@value
class MeasuredCredit:
    """What the figures that were measured for a month come to, caps applied. `availability` is in percent, for reading."""

    amount: Money
    fee: Money
    month: date
    availability: str | None
    misses: tuple[Miss, ...]
    capped: bool
    formula: str


class LadderAboveTarget(Refusal):
    """Credits start where the promise is broken."""

    template = "The ladder starts at {below}, above the target of {target}."


class LadderNotFalling(Refusal):
    """Each step lies lower and costs more."""

    template = "The step below {below} with a credit of {credit} does not lie lower and cost more than the one before it."


def check(term: ServiceLevel) -> None:
    """Refuses levels without a measure, ladders out of order, and limits and caps that make no sense."""
    rules.require_text("calendar", term.calendar)
    if term.availability is None and not term.limits:
        raise rules.NothingListed(element="measure of service")
    if term.availability is not None:
        _check_ladder(term.availability)
    rules.require_unique("limit", (f"{limit.metric.value} {limit.severity}".strip() for limit in term.limits))
    for limit in term.limits:
        rules.require_text("severity", limit.severity)
        rules.require_count("limit in seconds", limit.seconds, 1, MAX_SECONDS)
        rules.require_share("credit", limit.credit)
    rules.require_share("monthly cap", term.monthly_cap)
    rules.require_share("12-month cap", term.rolling_cap)


def _check_ladder(availability: Availability) -> None:
    rules.require_share("target", availability.target)
    if not availability.ladder:
        raise rules.NothingListed(element="step of the ladder")
    before: CreditStep | None = None
    for step in availability.ladder:
        rules.require_share("threshold", step.below)
        rules.require_share("credit", step.credit)
        if before is None and step.below.exact > availability.target.exact:
            raise LadderAboveTarget(below=step.below, target=availability.target)
        if before is not None and not (step.below.exact < before.below.exact and step.credit.exact > before.credit.exact):
            raise LadderNotFalling(below=step.below, credit=step.credit)
        before = step


def credit(  # noqa: PLR0913 - each is a separate measurement
    term: ServiceLevel,
    calendar: Calendar,
    *,
    month: date,
    fee: Money,
    as_of: datetime,
    outages: Sequence[Span] = (),
    excused: Sequence[Span] = (),
    incidents: Sequence[Incident] = (),
    history: Sequence[MonthlyCredit] = (),
) -> ServiceCredit:
    """What a month has come to as of a moment, measured in the calendar's service time.

    Excused time (announced maintenance, force majeure) is neither service nor downtime. Before the month is over its downtime stands
    against the whole month. An incident belongs to the month of its report. Rounded half to even once, never above the caps, which are
    rounded down. Refusals: AmountOutOfRange, CurrenciesDiffer, NeedsZone, PeriodRunsBackwards.
    """
    rules.require_not_negative("fee", fee)
    first = month.replace(day=1)
    start, end = _midnight(calendar, first), _midnight(calendar, add_months(first, 1))
    pardoned = _merged(excused, end, start, end)
    service = _seconds(calendar, _without([(start, end)], pardoned))
    down = _seconds(calendar, _without(_merged(outages, as_of, start, end), pardoned))
    misses, missed = _misses(term, calendar, first, incidents, as_of)
    shares, reasons, reached = _availability(term.availability, service, down)
    total = shares + sum((share for _, share in missed), Fraction(0))
    exact = total * fee.minor
    cap, cap_text = _cap(term, first, fee, history)
    result = limited(exact, cap, fee.currency)
    texts = [*reasons, *(text for text, _ in missed), f"{percent(total)} × {fee} = {amount_text(exact, fee.currency)}{cap_text}"]
    return ServiceCredit(
        amount=result,
        fee=fee,
        month=first,
        calendar=calendar.name,
        service_seconds=service,
        downtime_seconds=down,
        availability=None if reached is None else f"{decimals(reached * 100, PERCENT_DIGITS)}%",
        target_met=not missed and (term.availability is None or reached is None or reached >= term.availability.target.exact),
        misses=tuple(misses),
        capped=cap is not None and exact > cap,
        formula=f"{'; '.join(texts)}; credit {result}",
    )


def measured(  # noqa: PLR0913 - each is a separate measurement
    term: ServiceLevel,
    *,
    month: date,
    fee: Money,
    reached: Fraction | None = None,
    taken: Sequence[Taken] = (),
    history: Sequence[MonthlyCredit] = (),
) -> MeasuredCredit:
    """What a month comes to by figures that somebody measured: the availability `reached`, and the time that incidents took.

    Months of the history after this one count too: no window of twelve months that ends with one of their credits passes its cap.
    Rounded half to even once, never above the caps, which are rounded down. Refusals: AmountOutOfRange, CurrenciesDiffer.
    """
    rules.require_not_negative("fee", fee)
    first = month.replace(day=1)
    share, reasons = Fraction(0), list[str]()
    if term.availability is not None and reached is not None:
        share, reasons = _laddered(term.availability, reached, "availability")
    missed = [_missed(limit, one.incident_id, one.seconds) for one in taken for limit in term.limits if _breaks(one, limit)]
    total = share + sum((part for _, _, part in missed), Fraction(0))
    exact = total * fee.minor
    cap, cap_text = _cap(term, first, fee, history)
    result = limited(exact, cap, fee.currency)
    within = [] if missed or not taken else ["all limits kept"]
    texts = [
        *reasons,
        *within,
        *(text for _, text, _ in missed),
        f"{percent(total)} × {fee} = {amount_text(exact, fee.currency)}{cap_text}",
    ]
    return MeasuredCredit(
        amount=result,
        fee=fee,
        month=first,
        availability=None if reached is None else f"{decimals(reached * 100, PERCENT_DIGITS)}%",
        misses=tuple(miss for miss, _, _ in missed),
        capped=cap is not None and exact > cap,
        formula=f"{'; '.join(texts)}; credit {result}",
    )


def _breaks(one: Taken, limit: TimeLimit) -> bool:
    return (one.metric, one.severity) == (limit.metric, limit.severity) and one.seconds > limit.seconds


def _missed(limit: TimeLimit, incident_id: str, seconds: int) -> tuple[Miss, str, Fraction]:
    miss = Miss(incident_id=incident_id, metric=limit.metric, seconds=seconds, limit_seconds=limit.seconds)
    text = f"{incident_id} {limit.metric.value} {seconds} s > {limit.seconds} s: {limit.credit}"
    return miss, text, limit.credit.exact


def _midnight(calendar: Calendar, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=calendar.zone).astimezone(UTC)


def _merged(spans: Sequence[Span], open_until: datetime, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The spans within start and end, overlaps joined; nothing after `open_until` is known yet."""
    last = min(require_zone(open_until), end)
    merged: list[tuple[datetime, datetime]] = []
    for span in sorted(spans, key=lambda span: require_zone(span.start)):
        if span.end is not None and require_zone(span.end) < span.start:
            raise rules.PeriodRunsBackwards(field="outage", start=span.start, end=span.end)
        opens, closes = max(span.start.astimezone(UTC), start), min((span.end or last).astimezone(UTC), last.astimezone(UTC))
        if opens >= closes:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _without(spans: Sequence[tuple[datetime, datetime]], removed: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    kept: list[tuple[datetime, datetime]] = []
    for opens, closes in spans:
        at = opens
        for out, back in removed:
            if back <= at or out >= closes:
                continue
            if out > at:
                kept.append((at, out))
            at = max(at, back)
        if at < closes:
            kept.append((at, closes))
    return kept


def _seconds(calendar: Calendar, spans: Sequence[tuple[datetime, datetime]]) -> int:
    return sum((worked_between(calendar, opens, closes) for opens, closes in spans), timedelta()) // SECOND


def _availability(promised: Availability | None, service: int, down: int) -> tuple[Fraction, list[str], Fraction | None]:
    if promised is None or service == 0:
        return Fraction(0), [] if promised is None else ["no service time in the month"], None
    reached = Fraction(service - down, service)
    return *_laddered(promised, reached, f"availability ({service} s − {down} s) / {service} s ="), reached


def _laddered(promised: Availability, reached: Fraction, how: str) -> tuple[Fraction, list[str]]:
    text = f"{how} {decimals(reached * 100, PERCENT_DIGITS)}%"
    steps = [step for step in promised.ladder if reached < step.below.exact]
    if steps:
        return steps[-1].credit.exact, [f"{text}, below {steps[-1].below}: {steps[-1].credit}"]
    kept = reached >= promised.target.exact
    verdict = f"target of {promised.target} kept" if kept else f"target of {promised.target} missed, but above {promised.ladder[0].below}"
    return Fraction(0), [f"{text}, {verdict}"]


def _misses(
    term: ServiceLevel, calendar: Calendar, first: date, incidents: Sequence[Incident], as_of: datetime
) -> tuple[list[Miss], list[tuple[str, Fraction]]]:
    misses, texts = [], []
    for incident in incidents:
        reported = local_day(calendar, incident.reported_at)
        if incident.reported_at > as_of or (reported.year, reported.month) != (first.year, first.month):
            continue
        for limit in term.limits:
            if limit.severity != incident.severity:
                continue
            done = incident.responded_at if limit.metric is Metric.RESPONSE else incident.fixed_at
            until = done if done is not None and done <= as_of else as_of
            taken = working_time_between(calendar, incident.reported_at, until)
            if taken > limit.seconds:
                miss, text, share = _missed(limit, incident.incident_id, taken)
                misses.append(miss)
                texts.append((text, share))
    return misses, texts


def _cap(term: ServiceLevel, first: date, fee: Money, history: Sequence[MonthlyCredit]) -> tuple[Fraction | None, str]:
    """The lower of the two caps in whole minor units, and how it came about."""
    caps: list[tuple[Fraction, str]] = []
    if term.monthly_cap is not None:
        exact = term.monthly_cap.exact * fee.minor
        month = limited(exact, exact, fee.currency)
        caps.append((Fraction(month.minor), f"; the month's cap is {term.monthly_cap} × {fee} = {month}"))
    if term.rolling_cap is not None:
        caps.append(min((_room(term.rolling_cap, first, end, fee, history) for end in _ends(first, history)), key=lambda cap: cap[0]))
    if not caps:
        return None, ""
    return min(cap for cap, _ in caps), "".join(text for _, text in caps)


def _ends(first: date, history: Sequence[MonthlyCredit]) -> list[date]:
    """The months with which windows of twelve months end that hold this month and have to keep the cap."""
    later = {past.month.replace(day=1) for past in history if past.credit.minor > 0}
    return [first, *sorted(month for month in later if first < month < add_months(first, MONTHS_OF_CAP))]


def _room(cap: Ratio, first: date, end: date, fee: Money, history: Sequence[MonthlyCredit]) -> tuple[Fraction, str]:
    """What the cap leaves for a month in the twelve months up to an end."""
    recent = [past for past in history if add_months(end, 1 - MONTHS_OF_CAP) <= past.month.replace(day=1) <= end]
    others = [past for past in recent if past.month.replace(day=1) != first]
    for past in others:
        rules.require_currency("credit of an earlier month", past.fee, fee.currency)
        rules.require_currency("credit of an earlier month", past.credit, fee.currency)
    fees = sum((past.fee.minor for past in others), fee.minor)
    granted = sum(past.credit.minor for past in others)
    room = max(int(cap.exact * fees) - granted, 0)
    until = "" if end == first else f" to {end:%Y-%m}"
    text = f"{cap} × {Money(fees, fee.currency)} − {Money(granted, fee.currency)} granted"
    return Fraction(room), f"; the 12-month cap{until} leaves {text} = {Money(room, fee.currency)}"
