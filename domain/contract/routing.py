"""Which route a submission takes: the policy that is in use, and the amount that it judges."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from domain.contract import rules
from domain.contract.route import ONE_STEP, ApproverKind, ChosenRoute, PartySeen, PolicyEdition, Quorum, RouteStep
from domain.contract.state import Contract
from domain.facts import Occasion
from domain.money import Money, exponent
from domain.refusals import Refusal

if TYPE_CHECKING:
    from domain.policy.routes import Case


class RateNeeded(Refusal):
    """A value in another currency than the policy's is converted at a rate that the submitter states."""

    template = "The policy judges amounts in {expected}; state the rate at which {given} is to be converted."


class RateNotNeeded(Refusal):
    """A rate that converts nothing would mislead whoever reads it."""

    template = "Nothing is converted here; leave the rate out."


class RateNotPossible(Refusal):
    """A rate is above zero and a plain decimal."""

    template = "The rate {rate} is not possible: rates are above zero, with at most six digits after the point."


class NoRouteTakes(Refusal):
    """Each contract takes a route of the policy that is in use."""

    template = "No route of edition {edition} of the policy takes this contract; a new edition has to."


class Judged(NamedTuple):
    """The route of a submission, and why: the policy's edition, the amount in its currency, and the parties as they were seen; none of
    these without a policy.
    """

    route: ChosenRoute
    policy: PolicyEdition | None = None
    amount: Money | None = None
    parties: tuple[PartySeen, ...] = ()


def judged(contract: Contract, total: Money, rate: Decimal | None, occasion: Occasion) -> Judged:
    """The route by the policy in use. Refusals: RateNotNeeded, RateNeeded, RateNotPossible, SumTooLarge, NoRouteTakes."""
    # Policies are made of contracts' words.
    from domain.policy import APPROVAL, Policy  # noqa: PLC0415
    from domain.policy.routes import choose  # noqa: PLC0415

    policy = occasion.around.state(Policy, APPROVAL)
    if not policy.in_use:
        if rate is not None:
            raise RateNotNeeded
        return Judged(ONE_STEP)
    amount = converted(total, policy.currency, rate)
    parties = seen(contract, occasion)
    route = choose(policy.routes, case_of(contract, amount, flagged=any(party.flagged for party in parties)))
    if route is None:
        raise NoRouteTakes(edition=policy.edition)
    return Judged(route.chosen, PolicyEdition(policy_id=APPROVAL, edition=policy.edition), amount, parties)


def seen(contract: Contract, occasion: Occasion) -> tuple[PartySeen, ...]:
    """The parties on the other side that have streams of their own, as they are now, each once."""
    from domain.party import Party  # noqa: PLC0415 - as above

    ids = dict.fromkeys(c.party_id for c in contract.counterparties.values() if c.party_id is not None)
    found = ((party_id, occasion.around.state(Party, party_id)) for party_id in ids)
    return tuple(PartySeen(party_id=party_id, version=p.version, flagged=p.flagged) for party_id, p in found if p.exists)


def case_of(contract: Contract, amount: Money, *, flagged: bool) -> Case:
    """What of a contract decides on its route; the amount is in the policy's currency, `flagged` whether any party opposite is."""
    from domain.policy.routes import Case  # noqa: PLC0415 - as above

    return Case(contract.kind, contract.direction, contract.department, amount.minor, contract.deviates, flagged)


def converted(total: Money, currency: str, rate: Decimal | None) -> Money:
    """The total in another currency: exact, then rounded half to even to its minor unit.

    Refusals: RateNotNeeded, RateNeeded, RateNotPossible, SumTooLarge.
    """
    if total.currency == currency:
        if rate is not None:
            raise RateNotNeeded
        return total
    if rate is None:
        raise RateNeeded(expected=currency, given=total.currency)
    if not rules.is_plain(rate) or rate <= 0:
        raise RateNotPossible(rate=rate)
    minor = round(Fraction(total.minor) * Fraction(rate) * 10 ** exponent(currency) / 10 ** exponent(total.currency))
    rules.require_sum("converted value", minor)
    return Money(minor, currency)


def barred(step: RouteStep, creators: Collection[str]) -> str | None:
    """A creator without whom the step could not be decided."""
    named = [a.name for a in step.approvers if a.kind is ApproverKind.PRINCIPAL and a.name in creators]
    if named and (step.quorum is Quorum.ALL or len(named) == len(step.approvers)):
        return named[0]
    return None
