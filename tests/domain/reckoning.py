"""Another way to what views of money and performance say, slow and plain: entries folded in Python, sums made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal
from fractions import Fraction

from domain.contract import replay
from domain.contract.receivables import Claim, ClaimKind, claims
from domain.contract.rules import BINDING_OR_ENDED
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction, PlannedDelivery, Status
from domain.facts import Entry


def in_turn(found: Sequence[Claim], currency: str) -> list[Claim]:
    """What is owed in a currency in the order in which it is paid: by its day, then what has none, then what is held back."""
    owed = [one for one in found if one.currency == currency and one.open > 0]
    held = [one for one in owed if one.kind is ClaimKind.RETENTION]
    free = [one for one in owed if one.kind is not ClaimKind.RETENTION]
    day_by_day: list[Claim] = []
    for some in (free, held):
        for day in sorted({one.due for one in some if one.due is not None}):
            day_by_day += [one for one in some if one.due == day]
        day_by_day += [one for one in some if one.due is None]
    return day_by_day


def foreseen_of(found: Sequence[Claim]) -> list[tuple[str, date | None, int]]:
    """Currency, day and amount of what is still to be paid: a deduction eats up the amounts in their turn, and what is left comes back."""
    flows: list[tuple[str, date | None, int]] = []
    for currency in {one.currency for one in found}:
        hunger = -sum(one.open for one in found if one.currency == currency and one.open < 0)
        for one in in_turn(found, currency):
            eaten = min(hunger, one.open)
            hunger -= eaten
            if one.open > eaten:
                flows.append((currency, one.due, one.open - eaten))
        if hunger:
            flows.append((currency, None, -hunger))
    return flows


def foreseen(streams: Iterable[Sequence[Entry]], on: date) -> dict[tuple[str, str], tuple[int, int]]:
    """By month and currency what comes in and what goes out."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for entries in streams:
        contract = replay(entries)
        for currency, due, minor in foreseen_of(claims(contract)):
            month = "undated" if due is None else "overdue" if due < on else due.isoformat()[:7]
            came, went = sums.get((month, currency), (0, 0))
            incoming = contract.direction is Direction.RECEIVABLE
            sums[month, currency] = (came + minor, went) if incoming else (came, went + minor)
    return sums


def days_of_month(day: date) -> list[date]:
    """Every day of a day's month, counted out."""
    days = [day.replace(day=1)]
    while (after := days[-1] + timedelta(days=1)).month == day.month:
        days.append(after)
    return days


def units_that_came(contract: Contract, plan: PlannedDelivery) -> tuple[Decimal, date | None]:
    """How much came of a plan and was not rejected, and the day on which nothing of it was missing any more: carried in one by one."""
    quantity, whole_on = Decimal(0), None
    for one in sorted(contract.deliveries.values(), key=lambda one: one.delivered_at.astimezone(UTC).date()):
        if (one.towards or one.delivery_id) != plan.delivery_id or one.accepted is False:
            continue
        if one.quantity is not None:
            quantity += one.quantity
        else:
            quantity += 1 if plan.quantity is None else max(plan.quantity - quantity, Decimal(0))
        if whole_on is None and (plan.quantity is None or quantity >= plan.quantity):
            whole_on = one.delivered_at.astimezone(UTC).date()
    return quantity, whole_on


def share_of(contract: Contract, plan: PlannedDelivery) -> Fraction:
    """How much of a plan came, in whole hundredths of a percent that are not more."""
    quantity, whole_on = units_that_came(contract, plan)
    if whole_on is not None:
        return Fraction(100)
    return Fraction(0) if plan.quantity is None else Fraction(int(Fraction(quantity) / Fraction(plan.quantity) * 10_000), 100)


def is_freed(contract: Contract, plan: PlannedDelivery) -> bool:
    """Whether the contract was ended before what is missing was to come."""
    if contract.status is not Status.TERMINATED or contract.ended_at is None or units_that_came(contract, plan)[1] is not None:
        return False
    return plan.due is None or plan.due > contract.ended_at.astimezone(UTC).date()


def how_far(streams: Iterable[Sequence[Entry]], on: date) -> dict[str, tuple[int, int, int, int]]:
    """By direction: plans, complete and late ones, and hundredths of the mean percent."""
    shares: dict[str, list[tuple[Fraction, date | None, date | None]]] = {}
    for entries in streams:
        contract = replay(entries)
        if contract.status not in BINDING_OR_ENDED:
            continue
        for plan in contract.planned_deliveries.values():
            if not is_freed(contract, plan):
                told = (share_of(contract, plan), plan.due, units_that_came(contract, plan)[1])
                shares.setdefault(contract.direction.value, []).append(told)
    return {
        direction: (
            len(found),
            sum(whole_on is not None for _, _, whole_on in found),
            sum(whole_on is None and due is not None and due < on for _, due, whole_on in found),
            int(sum((share for share, _, _ in found), Fraction(0)) * 100 / len(found)),
        )
        for direction, found in shares.items()
    }


def stands_with(streams: Iterable[Sequence[Entry]], on: date) -> dict[tuple[str, str], list[int]]:
    """By party, or name where there is none, and currency: committed, receivable, overdue of it, payable, overdue of it."""
    sums: dict[tuple[str, str], list[int]] = {}
    for entries in streams:
        contract = replay(entries)
        if contract.status not in BINDING_OR_ENDED:
            continue
        stands: dict[str, list[int]] = {}
        if contract.value is not None and contract.status in (Status.IN_FORCE, Status.SUSPENDED):
            stands[contract.value.currency] = [contract.value.minor, 0, 0]
        for claim in claims(contract):
            if claim.open:
                of_it = stands.setdefault(claim.currency, [0, 0, 0])
                of_it[1] += claim.open
                of_it[2] += claim.open if claim.open > 0 and claim.due is not None and claim.due < on else 0
        at = 1 if contract.direction is Direction.RECEIVABLE else 3
        for called in {side.party_id or side.name for side in contract.counterparties.values()}:
            for currency, (committed, owed, overdue) in stands.items():
                line = sums.setdefault((called, currency), [0, 0, 0, 0, 0])
                line[0] += committed
                line[at] += owed
                line[at + 1] += overdue
    return sums


def charged(streams: Iterable[Sequence[Entry]]) -> dict[tuple[str, str], tuple[int, int]]:
    """By kind and currency what accrued, and what stands of it."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for entries in streams:
        it = replay(entries)
        forgivable = [("penalty", one) for one in it.penalties.values()] + [("interest", one) for one in it.interest.values()]
        found = [(kind, one.total, 0 if one.waived is None else min(one.waived.minor, one.total.minor)) for kind, one in forgivable]
        found += [("service_credit", one.total, 0) for one in it.service_credits.values()]
        found += [("profit_share", one.total, 0) for one in it.profit_shares.values()]
        found += [("performance_pay", one.total, 0) for one in it.performance_pay.values()]
        for kind, total, waived in found:
            accrued, standing = sums.get((kind, total.currency), (0, 0))
            sums[kind, total.currency] = (accrued + total.minor, standing + total.minor - waived)
    return sums
