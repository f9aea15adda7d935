"""Risk rules 风险规则: what makes a contract risky, in points. One stream holds the editions for contracts; an edition never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, TypeAlias, assert_never, cast

from domain.contract.assessed import ReviewMonths, RiskLevels
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.refusals import Refusal
from domain.risk.rules import RiskNeedsText, RiskRule, require_months, require_sound
from domain.text import is_blank

CONTRACTS: Final = "contracts"


@fact("risk.rules_published")
class RiskRulesPublished(Fact):
    """An edition of the rules; what is assessed from then on is assessed by them. Their amounts are in `currency`."""

    edition: int
    title: str
    currency: str
    levels: RiskLevels
    rules: tuple[RiskRule, ...]
    review_after: ReviewMonths | None = None


@fact("risk.rules_retired")
class RiskRulesRetired(Fact):
    """Nothing is assessed by the rules any more."""

    edition: int
    why: str


RiskRulesFact: TypeAlias = RiskRulesPublished | RiskRulesRetired


@value
class PublishRiskRules(Command):
    """Publish the next edition of the risk rules; all of them are given."""

    title: str
    currency: str
    levels: RiskLevels
    rules: tuple[RiskRule, ...]
    review_after: ReviewMonths | None = None


@value
class RetireRiskRules(Command):
    """Take the risk rules out of use; what was assessed by them stays."""

    why: str


RiskRulesCommand: TypeAlias = PublishRiskRules | RetireRiskRules


class RiskRulesNotInUse(Refusal):
    """Only rules that are in use can be retired."""

    template = "No risk rules are in use."


class RiskRulesUnchanged(Refusal):
    """An edition that says what the one before said leaves no trace."""

    template = "Edition {edition} of the risk rules already says so; nothing changes."


@dataclass(slots=True)
class RiskRules:
    """The rules after the first `version` facts; `edition` counts what was published."""

    version: int = 0
    edition: int = 0
    title: str = ""
    currency: str = ""
    levels: RiskLevels | None = None
    rules: tuple[RiskRule, ...] = ()
    review_after: ReviewMonths | None = None
    in_use: bool = False

    @property
    def exists(self) -> bool:
        """Whether an edition was ever published."""
        return self.version > 0

    def says(self, command: PublishRiskRules) -> bool:
        """Whether the edition already says what would be published."""
        return all(getattr(self, f.name) == getattr(command, f.name) for f in fields(command))

    def copy(self) -> RiskRules:
        """A state that may be folded further without touching this one."""
        return replace(self)


def decide(book: RiskRules, command: RiskRulesCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: RiskNeedsText, what `require_sound` and `require_months` refuse, RiskRulesUnchanged; RiskRulesNotInUse, RiskNeedsText.
    """
    require_past(occasion)
    match command:
        case PublishRiskRules():
            if is_blank(command.title):
                raise RiskNeedsText(field="title")
            require_sound(command.currency, command.levels, command.rules)
            require_months(command.review_after)
            if book.in_use and book.says(command):
                raise RiskRulesUnchanged(edition=book.edition)
            return [
                RiskRulesPublished(
                    edition=book.edition + 1,
                    title=command.title,
                    currency=command.currency,
                    levels=command.levels,
                    rules=command.rules,
                    review_after=command.review_after,
                )
            ]
        case RetireRiskRules(why=why):
            if not book.in_use:
                raise RiskRulesNotInUse
            if is_blank(why):
                raise RiskNeedsText(field="reason")
            return [RiskRulesRetired(edition=book.edition, why=why)]
        case unreachable:
            assert_never(unreachable)


def fold(book: RiskRules, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("RiskRulesFact", entry.fact)
    match happened:
        case RiskRulesPublished():
            book.edition = happened.edition
            book.title = happened.title
            book.currency = happened.currency
            book.levels = happened.levels
            book.rules = happened.rules
            book.review_after = happened.review_after
            book.in_use = True
        case RiskRulesRetired():
            book.in_use = False
        case unreachable:
            assert_never(unreachable)
    book.version = entry.version
