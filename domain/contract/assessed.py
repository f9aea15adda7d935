"""What an assessment of a contract's risk is made of, as facts pin it and the state keeps it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.contract.route import PartySeen
from domain.facts import value
from domain.money import Money


class RiskLevel(StrEnum):
    """How risky a contract is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@value
class RiskLevels:
    """From how many points on the risk is medium, and from how many it is high."""

    medium: int
    high: int

    def of(self, points: int) -> RiskLevel:
        """The level that so many points make."""
        if points >= self.high:
            return RiskLevel.HIGH
        return RiskLevel.MEDIUM if points >= self.medium else RiskLevel.LOW


@value
class ReviewMonths:
    """After how many months a contract of each level is looked at again."""

    low: int
    medium: int
    high: int

    def after(self, level: RiskLevel) -> int:
        """The months for a level."""
        return {RiskLevel.LOW: self.low, RiskLevel.MEDIUM: self.medium, RiskLevel.HIGH: self.high}[level]


@value
class RiskFactor:
    """A rule that held when the contract was assessed, and what it counts for."""

    rule_id: str
    title: str
    points: int


@value
class Mitigation:
    """What was done about a factor, who said so, and when."""

    rule_id: str
    how: str
    by: str
    at: datetime


@value
class RiskAssessment:
    """The last assessment: the edition of the rules, what it saw, the factors that held, and what was done about them since.

    `amount` is the contract's value in the rules' currency, None where none was stated; `points` and `level` are what is left after what
    was done.
    """

    assessment_id: str
    edition: int
    levels: RiskLevels
    amount: Money | None
    parties: tuple[PartySeen, ...]
    factors: tuple[RiskFactor, ...]
    points: int
    level: RiskLevel
    at: datetime
    mitigations: tuple[Mitigation, ...] = ()
