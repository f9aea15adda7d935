"""Risk rules that decisions find around them, beside parties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from domain.contract.assessed import ReviewMonths, RiskFactor, RiskLevels
from domain.contract.risk import RiskAssessed
from domain.contract.vocabulary import Kind
from domain.party import Party
from domain.risk import CONTRACTS, RiskRules
from domain.risk.rules import RiskRule
from domain.surroundings import Alone
from tests.facts import cny

S = TypeVar("S")

LEVELS = RiskLevels(medium=30, high=60)
LARGE = RiskRule(rule_id="large", title="金额较大 / Large", points=40, value_at_least=cny("40000.00"))
LONE = RiskRule(rule_id="lone", title="未用范本 / No template", points=25, without_template=True)
SOLD = RiskRule(rule_id="sold", title="销售 / Sales", points=90, kinds=(Kind.SALES,))


class Risky(Alone):
    """Nothing around but risk rules, and parties by id."""

    def __init__(
        self, *rules: RiskRule, in_use: bool = True, review_after: ReviewMonths | None = None, parties: Mapping[str, Party] | None = None
    ) -> None:
        """Takes the rules of the third edition."""
        self._book = RiskRules(
            version=4, edition=3, title="x", currency="CNY", levels=LEVELS, rules=rules, review_after=review_after, in_use=in_use
        )
        self._parties = parties or {}

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """The rules, a party; a blank state of anything else."""
        if blank is Party and identity in self._parties:
            return cast("S", self._parties[identity])
        return cast("S", self._book) if blank is RiskRules and identity == CONTRACTS else blank()


RISKY = Risky(LARGE, LONE, SOLD)
FACTORS = tuple(RiskFactor(rule_id=rule.rule_id, title=rule.title, points=rule.points) for rule in (LARGE, LONE))


def assessed(amount: str | None = "41710.00", *factors: RiskFactor) -> RiskAssessed:
    """What the rules say of a contract of such a value."""
    points = sum(f.points for f in factors)
    return RiskAssessed(
        assessment_id="a1",
        edition=3,
        levels=LEVELS,
        amount=None if amount is None else cny(amount),
        rate=None,
        parties=(),
        factors=factors,
        points=points,
        level=LEVELS.of(points),
    )
