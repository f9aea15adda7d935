"""What risk rules that are not published yet would make of a contract, beside what it was last assessed as."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from domain.contract.assessed import RiskFactor, RiskLevel
from domain.contract.risk import case_of, holding, weighed
from domain.contract.routing import RateNeeded
from domain.contract.rules import SumTooLarge
from domain.contract.state import Contract
from domain.facts import value
from domain.money import Money
from domain.risk import PublishRiskRules

_ORDER = tuple(RiskLevel)


class RiskVerdict(StrEnum):
    """How a contract's level would change."""

    SAME = "same"
    HIGHER = "higher"
    LOWER = "lower"
    NEW = "new"
    NO_RATE = "no_rate"


@value
class RiskRejudged:
    """What rules make of a contract: which hold and what they add up to, and what the last assessment found before anything was done.

    `points` and `level` are None where the contract's value cannot be converted into the rules' currency.
    """

    verdict: RiskVerdict
    was_points: int | None
    was: RiskLevel | None
    amount: Money | None = None
    factors: tuple[RiskFactor, ...] = ()
    points: int | None = None
    level: RiskLevel | None = None


@dataclass(slots=True)
class RiskTotals:
    """What rules make of many contracts."""

    contracts: int = 0
    by_verdict: Counter[RiskVerdict] = field(default_factory=Counter)
    by_level: Counter[RiskLevel] = field(default_factory=Counter)
    by_level_before: Counter[RiskLevel] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)

    def add(self, judged: RiskRejudged) -> None:
        """Counts one more."""
        self.contracts += 1
        self.by_verdict[judged.verdict] += 1
        if judged.level is not None:
            self.by_level[judged.level] += 1
        if judged.was is not None:
            self.by_level_before[judged.was] += 1
        self.by_rule.update(factor.rule_id for factor in judged.factors)


def rejudged(contract: Contract, rules: PublishRiskRules, *, flagged: bool, rate: Decimal | None) -> RiskRejudged:
    """What the rules make of a contract as it stands. `flagged`: a party opposite is; `rate` converts its value where that is needed."""
    last = contract.risk
    was_points = None if last is None else sum(f.points for f in last.factors)
    was = None if last is None or was_points is None else last.levels.of(was_points)
    try:
        amount = weighed(contract, rules, rate if needs_rate(contract, rules) else None)
    except (RateNeeded, SumTooLarge):
        return RiskRejudged(verdict=RiskVerdict.NO_RATE, was_points=was_points, was=was)
    factors = holding(rules.rules, case_of(contract, amount, flagged=flagged))
    points = sum(f.points for f in factors)
    level = rules.levels.of(points)
    return RiskRejudged(
        verdict=compared(was, level), was_points=was_points, was=was, amount=amount, factors=factors, points=points, level=level
    )


def needs_rate(contract: Contract, rules: PublishRiskRules) -> bool:
    """Whether a rule asks for a value that the contract states in another currency."""
    asked = any(rule.value_at_least is not None for rule in rules.rules)
    return asked and contract.value is not None and contract.value.currency != rules.currency


def compared(was: RiskLevel | None, level: RiskLevel) -> RiskVerdict:
    """How one level stands to the one before."""
    if was is None:
        return RiskVerdict.NEW
    difference = _ORDER.index(level) - _ORDER.index(was)
    return RiskVerdict.HIGHER if difference > 0 else RiskVerdict.LOWER if difference < 0 else RiskVerdict.SAME
