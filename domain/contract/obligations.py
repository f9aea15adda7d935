"""Obligations: what the sides owe each other by a day, and whether it was done. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from domain.contract import quoting, rules
from domain.contract.delays import Obligation, ObligationKind
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction, Status
from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms.calendar import Calendar, local_day
from domain.terms.schedule import PaymentSchedule, PlannedInstalment


@value
class Owed:
    """What one side owes. `ours` if that is us; without `due` it has no day yet, and `waits_for` says for what, where that is known.

    `days_overdue` are those after its day on which it was still not fulfilled, up to the day that was asked about.
    """

    obligation: Obligation
    description: str
    ours: bool
    due: date | None
    fulfilled: bool
    amount: Money | None = None
    waits_for: str | None = None
    days_overdue: int = 0


def obligations(contract: Contract, on: date, calendar: Calendar) -> tuple[Owed, ...]:
    """What is or was owed, by day; days are those of the calendar's zone. Before a contract is in force, nobody owes anything.

    What was done is what the contract says by now, also where the day that is asked about was before that.
    Termination frees both sides from what they had still to perform (Civil Code of China, article 566): deliveries and instalments
    that would have fallen due after its day, or have no day, are no longer owed; those of before stay, and so does settling up.
    Refusals are those of the payment schedule and of the calendar.
    """
    if contract.status not in rules.BINDING_OR_ENDED:
        return ()
    known = (*deliveries(contract, calendar), *instalments(contract, calendar))
    lasting = [owed for owed in known if owed.fulfilled or not is_released(contract, owed, calendar)]
    found = (*lasting, *acceptances(contract), *defects(contract), *releases(contract))
    return tuple(sorted((overdue(owed, on) for owed in found), key=lambda owed: (owed.due is None, owed.due or on)))


def as_far_as_known(contract: Contract, on: date, calendar: Calendar) -> tuple[Owed, ...]:
    """The same, where instalments count as they are stated if the agreed payment schedule cannot be reckoned."""
    try:
        return obligations(contract, on, calendar)
    except Refusal:
        stated = contract.copy()
        stated.terms = {term_id: agreed for term_id, agreed in contract.terms.items() if not isinstance(agreed.term, PaymentSchedule)}
        return obligations(stated, on, calendar)


def overdue(owed: Owed, on: date) -> Owed:
    """The same with the days that it is overdue."""
    late = 0 if owed.due is None or owed.fulfilled else max((on - owed.due).days, 0)
    return owed if late == owed.days_overdue else replace(owed, days_overdue=late)


def is_released(contract: Contract, owed: Owed, calendar: Calendar) -> bool:
    """Whether termination came before the day on which it would have fallen due."""
    if contract.status is not Status.TERMINATED or contract.ended_at is None:
        return False
    return owed.due is None or owed.due > local_day(calendar, contract.ended_at)


def we_pay(contract: Contract) -> bool:
    """Whether money goes out, and what is bought comes in."""
    return contract.direction is Direction.PAYABLE


def deliveries(contract: Contract, calendar: Calendar) -> Iterator[Owed]:
    """Planned deliveries; one is fulfilled once all of it came and was not rejected."""
    for plan in contract.planned_deliveries.values():
        yield Owed(
            obligation=Obligation(kind=ObligationKind.DELIVERY, obligation_id=plan.delivery_id),
            description=plan.description,
            ours=not we_pay(contract),
            due=plan.due,
            fulfilled=quoting.completed(contract, plan, calendar).came_on is not None,
        )


def instalments(contract: Contract, calendar: Calendar) -> Iterator[Owed]:
    """Instalments, or those that an agreed payment schedule comes to.

    One is fulfilled once payments towards it cover it, and each once nothing of the contract's value is left to be paid.
    """
    all_paid = contract.balance is not None and contract.balance.minor <= 0
    for instalment_id, amount, due, description, waits_for in planned(contract, calendar):
        paid = sum(payment.amount.minor for payment in quoting.towards(contract, instalment_id, calendar))
        yield Owed(
            obligation=Obligation(kind=ObligationKind.INSTALMENT, obligation_id=instalment_id),
            description=description,
            ours=we_pay(contract),
            due=due,
            fulfilled=all_paid or paid >= amount.minor,
            amount=amount,
            waits_for=waits_for,
        )


def planned(contract: Contract, calendar: Calendar) -> Iterator[tuple[str, Money, date | None, str, str | None]]:
    """Id, amount, day, description of each instalment, and what it waits for.

    One that is stated and part of an agreed payment schedule falls due once its trigger has come about and its stated day has come.
    """
    scheduled = any(isinstance(agreed.term, PaymentSchedule) for agreed in contract.terms.values())
    if contract.instalments:
        agreed = dict(parts(contract, calendar)) if scheduled and contract.value is not None else {}
        for one in contract.instalments.values():
            part = agreed.get(one.instalment_id)
            if part is None:
                yield one.instalment_id, one.amount, one.due, one.description, None
            else:
                due = None if part.due is None else max(part.due, one.due or part.due)
                yield one.instalment_id, one.amount, due, one.description, part.waits_for
    elif scheduled:
        for _, part in parts(contract, calendar):
            yield part.instalment_id, part.amount, part.due, part.formula, part.waits_for


def parts(contract: Contract, calendar: Calendar) -> Iterator[tuple[str, PlannedInstalment]]:
    """What the parts of the agreed payment schedule come to, by the ids of the instalments."""
    for found in quoting.planned(contract, calendar):
        if isinstance(found.result, PlannedInstalment):
            yield found.result.instalment_id, found.result


def acceptances(contract: Contract) -> Iterator[Owed]:
    """Whoever receives judges what came, once that was asked for."""
    for came in contract.deliveries.values():
        if came.acceptance_requested:
            yield Owed(
                obligation=Obligation(kind=ObligationKind.ACCEPTANCE, obligation_id=came.delivery_id),
                description=came.description,
                ours=we_pay(contract),
                due=came.acceptance_due,
                fulfilled=came.accepted is not None,
            )


def defects(contract: Contract) -> Iterator[Owed]:
    """Whoever delivered fixes what is wrong."""
    for defect in contract.defects.values():
        yield Owed(
            obligation=Obligation(kind=ObligationKind.DEFECT, obligation_id=defect.defect_id),
            description=defect.description,
            ours=not we_pay(contract),
            due=defect.fix_by,
            fulfilled=defect.fixed_how is not None,
        )


def releases(contract: Contract) -> Iterator[Owed]:
    """Whoever pays releases what is held back; once nothing is, that is done."""
    for held in contract.retentions.values():
        yield Owed(
            obligation=Obligation(kind=ObligationKind.RELEASE, obligation_id=held.retention_id),
            description=held.description,
            ours=we_pay(contract),
            due=held.until,
            fulfilled=held.amount.minor == 0,
            amount=held.amount,
        )
