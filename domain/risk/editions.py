"""The editions of the risk rules as their entries tell of them, those that are not used any more included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.contract.assessed import ReviewMonths, RiskLevels
from domain.facts import Entry, value
from domain.risk import RiskRulesPublished, RiskRulesRetired
from domain.risk.rules import RiskRule


@value
class RiskEdition:
    """An edition, the version of the stream that it made, when and by whom it was published, and whether contracts are assessed by it."""

    edition: int
    version: int
    title: str
    currency: str
    levels: RiskLevels
    rules: tuple[RiskRule, ...]
    review_after: ReviewMonths | None
    published_at: datetime
    published_by: str
    in_use: bool


def editions(entries: Iterable[Entry]) -> tuple[RiskEdition, ...]:
    """The editions in order."""
    told = list(entries)
    last = max((entry.version for entry in told if isinstance(entry.fact, RiskRulesPublished)), default=0)
    retired = any(isinstance(entry.fact, RiskRulesRetired) and entry.version > last for entry in told)
    return tuple(
        RiskEdition(
            edition=entry.fact.edition,
            version=entry.version,
            title=entry.fact.title,
            currency=entry.fact.currency,
            levels=entry.fact.levels,
            rules=entry.fact.rules,
            review_after=entry.fact.review_after,
            published_at=entry.recorded_at,
            published_by=entry.meta.actor,
            in_use=entry.version == last and not retired,
        )
        for entry in told
        if isinstance(entry.fact, RiskRulesPublished)
    )
