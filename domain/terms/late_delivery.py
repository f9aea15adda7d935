"""Late-delivery damages 逾期交付违约金: so much for each day, week or other period that a delivery is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal, NamedTuple

from domain.facts import value
from domain.money import Money
from domain.terms import rules
from domain.terms.calendar import DAY
from domain.terms.exact import Ratio, amount_text, limited, plain
from domain.terms.rules import Term

MAX_PERIOD_DAYS = 366


class Base(StrEnum):
    """What the rate is a share of."""

    DELAYED_PART = "delayed_part"
    WHOLE_VALUE = "whole_value"


class Fractions(StrEnum):
    """What a period that has begun but not ended counts: a whole one (不足一周按一周计), its days, or nothing."""

    FULL = "full"
    PRO_RATA = "pro_rata"
    NOTHING = "nothing"


class Grace(StrEnum):
    """Whether days of grace stay free once the delay is longer, or count from the first."""

    STAYS_FREE = "stays_free"
    COUNTS_ONCE_EXCEEDED = "counts_once_exceeded"


class Relief(StrEnum):
    """Which days of force majeure 不可抗力 do not count: all; those of an event that began by the due day (民法典 590); none."""

    PAUSES = "pauses"
    PAUSES_UNLESS_LATE_ALREADY = "pauses_unless_late_already"
    IGNORED = "ignored"


@value
class LateDeliveryDamages(Term):
    """`rate` of the base for every `per_days` days late (7 for weeks); `cap` is a share of the same base: of
    the delayed part for that part, of the whole value for all deliveries together.

    More than `terminate_after_days` counted days give the right to terminate; grace is no part of that count.
    """

    rate: Ratio
    per_days: int = 1
    base: Base = Base.DELAYED_PART
    fractions: Fractions = Fractions.FULL
    grace_days: int = 0
    grace: Grace = Grace.STAYS_FREE
    cap: Ratio | None = None
    terminate_after_days: int | None = None
    relief: Relief = Relief.PAUSES
    term: Literal["late_delivery_damages"] = "late_delivery_damages"


@value
class Pause:
    """Days of granted relief, first and last included; without an end it goes on."""

    start: date
    end: date | None = None


@value
class Damages:
    """What the delay has come to as of a day. `periods` is exact text, as in "2" or "17/7"."""

    amount: Money
    base: Money
    due: date
    until: date
    delivered: bool
    days_late: int
    days_paused: int
    days_charged: int
    periods: str
    capped: bool
    may_terminate_from: date | None
    formula: str


@value
class DelayedPart:
    """Some of a delivery: what it costs, and the day on which it came, if it did."""

    cost: Money
    came_on: date | None = None


@value
class DeliveryDamages:
    """What the delay of a delivery has come to as of a day: that of its parts, summed exactly and rounded once."""

    amount: Money
    due: date
    as_of: date
    delivered: bool
    parts: tuple[Damages, ...]
    capped: bool
    may_terminate_from: date | None
    formula: str


def check(term: LateDeliveryDamages) -> None:
    """Refuses rates, caps and numbers of days that make no sense."""
    rules.require_share("rate", term.rate)
    rules.require_count("length of a period in days", term.per_days, 1, MAX_PERIOD_DAYS)
    rules.require_count("number of days of grace", term.grace_days)
    rules.require_share("cap", term.cap)
    if term.terminate_after_days is not None:
        rules.require_count("number of days after which the contract may be terminated", term.terminate_after_days)


def accrue(  # noqa: PLR0913 - each is a separate fact of the delay
    term: LateDeliveryDamages,
    *,
    due: date,
    delivered_on: date | None,
    as_of: date,
    total: Money,
    delayed: Money,
    pauses: Sequence[Pause] = (),
) -> Damages:
    """What has accrued as of a day; the day after `due` is the first day late, the day of delivery the last.

    A delivery after `as_of` is still open as of that day. Rounded once, half to even, and never above the cap.
    Refusals: AmountOutOfRange, CurrenciesDiffer, PeriodRunsBackwards.
    """
    rules.require_currency("delayed part", delayed, total.currency)
    base = total if term.base is Base.WHOLE_VALUE else delayed
    return _reckon(term, due, DelayedPart(cost=base, came_on=delivered_on), as_of, pauses).damages


def together(  # noqa: PLR0913 - each is a separate fact of the delay
    term: LateDeliveryDamages,
    *,
    due: date,
    parts: Sequence[DelayedPart],
    as_of: date,
    room: Money | None = None,
    pauses: Sequence[Pause] = (),
) -> DeliveryDamages:
    """What the parts of a delivery, each late for its own days, have come to as of a day.

    Summed exactly, rounded once, half to even, and never above the caps of the parts together, nor above `room`: what a cap on the
    whole value, which bounds all deliveries together (违约金总额不超过合同总价的一定比例), leaves for this one.
    Refusals: AmountOutOfRange, CurrenciesDiffer, PeriodRunsBackwards.
    """
    reckoned = [_reckon(term, due, part, as_of, pauses) for part in parts]
    currency = parts[0].cost.currency
    for part in parts:
        rules.require_currency("part", part.cost, currency)
    exact = sum((min(one.exact, one.exact if one.cap is None else one.cap) for one in reckoned), Fraction(0))
    caps = None if term.cap is None else sum((one.cap or Fraction(0) for one in reckoned), Fraction(0))
    own = limited(exact, caps, currency)
    amount = own if room is None or own.minor <= room.minor else Money(max(room.minor, 0), currency)
    damages = tuple(one.damages for one in reckoned)
    rights = [one.may_terminate_from for one in damages if one.may_terminate_from is not None]
    formula = "; ".join(one.formula for one in damages)
    if len(damages) > 1:
        formula += f"; together {amount_text(exact, currency)}"
    if room is not None and amount != own:
        formula += f"; the cap on the whole value leaves {amount} beside the other deliveries"
    return DeliveryDamages(
        amount=amount,
        due=due,
        as_of=as_of,
        delivered=all(one.delivered for one in damages),
        parts=damages,
        capped=any(one.capped for one in damages) or amount != own,
        may_terminate_from=min(rights, default=None),
        formula=formula,
    )


class _Reckoned(NamedTuple):
    """A part's damages, and in exact minor units what they come to before the cap, and the cap."""

    damages: Damages
    exact: Fraction
    cap: Fraction | None


def _reckon(term: LateDeliveryDamages, due: date, part: DelayedPart, as_of: date, pauses: Sequence[Pause]) -> _Reckoned:
    base = part.cost
    rules.require_not_negative("base", base)
    for pause in pauses:
        rules.require_order("pause", pause.start, pause.end or pause.start)
    delivered = part.came_on is not None and part.came_on <= as_of
    until = part.came_on if part.came_on is not None and delivered else as_of
    late = [due + n * DAY for n in range(1, (until - due).days + 1)]
    counted = [day for day in late if not _paused(term, day, due, pauses)]
    charged = _charged(term, len(counted))
    periods = _periods(term, charged)
    exact = term.rate.exact * base.minor * periods
    cap = None if term.cap is None else term.cap.exact * base.minor
    limit = term.terminate_after_days
    result = limited(exact, cap, base.currency)
    damages = Damages(
        amount=result,
        base=base,
        due=due,
        until=until,
        delivered=delivered,
        days_late=len(late),
        days_paused=len(late) - len(counted),
        days_charged=charged,
        periods=plain(periods),
        capped=cap is not None and exact > cap,
        may_terminate_from=counted[limit] if limit is not None and len(counted) > limit else None,
        formula=f"{_days_text(term, late, counted, charged)}; {term.rate} × {base} × {plain(periods)} = "
        f"{amount_text(exact, base.currency)}{rules.cap_text(exact, cap, base.currency)}; accrued {result}",
    )
    return _Reckoned(damages, exact, cap)


def _paused(term: LateDeliveryDamages, day: date, due: date, pauses: Sequence[Pause]) -> bool:
    if term.relief is Relief.IGNORED:
        return False
    return any(
        pause.start <= day and (pause.end is None or day <= pause.end) and (term.relief is Relief.PAUSES or pause.start <= due)
        for pause in pauses
    )


def _charged(term: LateDeliveryDamages, counted: int) -> int:
    if counted <= term.grace_days:
        return 0
    return counted if term.grace is Grace.COUNTS_ONCE_EXCEEDED else counted - term.grace_days


def _periods(term: LateDeliveryDamages, charged: int) -> Fraction:
    match term.fractions:
        case Fractions.FULL:
            return Fraction(-(-charged // term.per_days))
        case Fractions.PRO_RATA:
            return Fraction(charged, term.per_days)
        case Fractions.NOTHING:
            return Fraction(charged // term.per_days)


def _days_text(term: LateDeliveryDamages, late: Sequence[date], counted: Sequence[date], charged: int) -> str:
    if not late:
        return "0 days late"
    text = f"{len(late)} days late ({late[0]} to {late[-1]})"
    if len(counted) < len(late):
        text += f" − {len(late) - len(counted)} days of relief"
    if term.grace_days and charged < len(counted):
        text += f" − {len(counted) - charged} days of grace"
    unit = "started " if term.fractions is Fractions.FULL else "full " if term.fractions is Fractions.NOTHING else ""
    return f"{text} = {charged} days, in {unit}periods of {term.per_days}"
