"""What delays came to, and what could not be helped, in one line."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from domain.contract.accrual import AccrualFact, InterestAccrued, InterestWaived, PenaltyAccrued, PenaltyWaived
from domain.contract.breach import BreachDeclared, BreachFact, BreachRemedied, ObligationFellDue, ObligationOverdue
from domain.contract.relief import ReliefClaimed, ReliefFact, ReliefGranted, ReliefRefused
from projections.timeline.summary.phrases import because, short, whom


def of_delay(happened: AccrualFact | ReliefFact | BreachFact) -> str:
    """What accrued and was waived, which days do not count, what fell due and what was broken."""
    return of_breach(happened) if isinstance(happened, BreachFact) else of_reckoning(happened)


def of_breach(happened: BreachFact) -> str:
    """What fell due, and what was broken."""
    match happened:
        case ObligationFellDue(obligation=owed, due=due, description=description):
            return f"{owed.kind.value.capitalize()} {short(owed.obligation_id)} fell due on {due}{because(description)}"
        case ObligationOverdue(obligation=owed, due=due, description=description):
            return f"{owed.kind.value.capitalize()} {short(owed.obligation_id)}, due on {due}, is overdue{because(description)}"
        case BreachDeclared(breach_id=breach_id, by=by, against=against, about=about):
            return f"Breach {short(breach_id)} declared by {whom(by)} against {whom(against)}{because(about)}"
        case BreachRemedied(breach_id=breach_id, how=how):
            return f"Breach {short(breach_id)} remedied{because(how)}"
        case unreachable:
            assert_never(unreachable)


def of_reckoning(happened: AccrualFact | ReliefFact) -> str:
    """What accrued and was waived, and which days do not count."""
    match happened:
        case PenaltyAccrued(delivery_id=subject) | InterestAccrued(instalment_id=subject):
            return f"{_what(happened)} {short(subject)} through {happened.through}: {_total(happened)} under {short(happened.term_id)}"
        case PenaltyWaived(delivery_id=subject, amount=amount, why=why):
            return f"{amount} of the penalty for delivery {short(subject)} waived{because(why)}"
        case InterestWaived(instalment_id=subject, amount=amount, why=why):
            return f"{amount} of the interest on instalment {short(subject)} waived{because(why)}"
        case ReliefClaimed(relief_id=relief_id, party=party, event=event, start=start, end=end):
            return f"Relief {short(relief_id)} claimed by {whom(party)} {_days(start, end)}{because(event)}"
        case ReliefGranted(relief_id=relief_id, start=start, end=end, opinion=opinion):
            return f"Relief {short(relief_id)} granted {_days(start, end)}{because(opinion)}"
        case ReliefRefused(relief_id=relief_id, why=why):
            return f"Relief {short(relief_id)} refused{because(why)}"
        case unreachable:
            assert_never(unreachable)


def _what(happened: PenaltyAccrued | InterestAccrued) -> str:
    return "Penalty for delivery" if isinstance(happened, PenaltyAccrued) else "Interest on instalment"


def _total(happened: PenaltyAccrued | InterestAccrued) -> str:
    return f"{happened.total}" if happened.change == happened.total else f"{happened.total}, changed by {happened.change},"


def _days(start: date, end: date | None) -> str:
    return f"from {start}" if end is None else f"from {start} to {end}"
