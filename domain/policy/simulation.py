"""What a policy that is not published yet would make of a submission of the past, beside what became of it then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from domain.contract.approval import SubmittedForApproval
from domain.contract.route import ChosenRoute, PolicyEdition
from domain.contract.routing import barred, case_of, converted
from domain.contract.rules import SumTooLarge
from domain.contract.state import Contract
from domain.facts import value
from domain.money import Money
from domain.policy.routes import Route, choose


class Verdict(StrEnum):
    """What the policy would make of a submission: the same or another approval, or none because of what is missing or in the way."""

    SAME = "same"
    CHANGED = "changed"
    NO_ROUTE = "no_route"
    NO_RATE = "no_rate"
    BARRED = "barred"


@value
class Rejudged:
    """A submission's route as it was, and as it would be. `barred` is who would have to decide on what they drafted or submitted.

    `gained` and `lost` are approvers, and `steps_differ` whether the steps have other titles, another order or another quorum.
    """

    was: ChosenRoute
    policy: PolicyEdition | None
    verdict: Verdict
    amount: Money | None = None
    becomes: ChosenRoute | None = None
    barred: str | None = None
    steps_differ: bool = False
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class Totals:
    """What a policy would change over many submissions: how many of each verdict, and of each approver gained and lost."""

    submissions: int = 0
    by_verdict: Counter[Verdict] = field(default_factory=Counter)
    steps_differ: int = 0
    approvers_differ: int = 0
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, one: Rejudged) -> None:
        """Counts a submission."""
        self.submissions += 1
        self.by_verdict[one.verdict] += 1
        self.steps_differ += one.steps_differ
        self.approvers_differ += bool(one.gained or one.lost)
        self.gained.update(one.gained)
        self.lost.update(one.lost)


@value
class Then:
    """A submission of the past: the contract just before, what was submitted and by whom, and whether a party opposite was flagged.

    `rate` is what one unit of the contract's currency is taken for where it was not converted then.
    """

    before: Contract
    submitted: SubmittedForApproval
    by: str
    flagged: bool = False
    rate: Decimal | None = None


def rejudged(then: Then, currency: str, routes: Sequence[Route]) -> Rejudged:
    """What routes in a currency would make of a submission of the past."""
    before, submitted, by = then.before, then.submitted, then.by
    was, policy = submitted.route, submitted.policy
    amount = amount_in(currency, then)
    if amount is None:
        return Rejudged(was=was, policy=policy, verdict=Verdict.NO_RATE)
    route = choose(routes, case_of(before, amount, flagged=then.flagged))
    if route is None:
        return Rejudged(was=was, policy=policy, verdict=Verdict.NO_ROUTE, amount=amount)
    becomes = route.chosen
    creator = next(filter(None, (barred(step, (before.drafted_by, by)) for step in becomes.steps)), None)
    old, new = approvers(was), approvers(becomes)
    same = (was.steps, was.may_repeat) == (becomes.steps, becomes.may_repeat)
    return Rejudged(
        was=was,
        policy=policy,
        verdict=Verdict.BARRED if creator is not None else Verdict.SAME if same else Verdict.CHANGED,
        amount=amount,
        becomes=becomes,
        barred=creator,
        steps_differ=[(s.title, s.quorum) for s in was.steps] != [(s.title, s.quorum) for s in becomes.steps],
        gained=tuple(name for name in new if name not in old),
        lost=tuple(name for name in old if name not in new),
    )


def amount_in(currency: str, then: Then) -> Money | None:
    """What was submitted, in a currency: its own, the one into which it was converted then, or at the rate that is given.

    None where there is no rate, or the amount comes to more than the ledger keeps exactly.
    """
    total = then.before.value
    known = (total, then.submitted.amount)
    found = next((amount for amount in known if amount is not None and amount.currency == currency), None)
    if found is not None or total is None or then.rate is None:
        return found
    try:
        return converted(total, currency, then.rate)
    except SumTooLarge:
        return None


def approvers(route: ChosenRoute) -> tuple[str, ...]:
    """Everybody whom a route names, in the order of its steps."""
    return tuple(dict.fromkeys(str(approver) for step in route.steps for approver in step.approvers))
