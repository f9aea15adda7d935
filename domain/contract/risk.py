"""Risk 风险: a contract is assessed by the house's rules, and what is done about a factor takes its points away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, assert_never

from domain.contract import rules
from domain.contract.assessed import Mitigation, RiskAssessment, RiskFactor, RiskLevel, RiskLevels
from domain.contract.route import PartySeen
from domain.contract.routing import RateNotNeeded, converted, seen
from domain.contract.state import Contract
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms.rules import sort_of

if TYPE_CHECKING:
    from domain.risk import PublishRiskRules, RiskRules
    from domain.risk.rules import RiskCase, RiskRule


@fact("contract.risk_assessed")
class RiskAssessed(Fact):
    """The contract was assessed: by which edition of the rules, what was seen, which rules held, and what they add up to.

    `amount` is the contract's value in the rules' currency, converted at `rate` where it is in another.
    """

    assessment_id: str
    edition: int
    levels: RiskLevels
    amount: Money | None
    rate: Decimal | None
    parties: tuple[PartySeen, ...]
    factors: tuple[RiskFactor, ...]
    points: int
    level: RiskLevel


@fact("contract.risk_mitigated")
class RiskMitigated(Fact):
    """Something was done about a factor of the last assessment; `points` and `level` are what is left."""

    assessment_id: str
    rule_id: str
    how: str
    points: int
    level: RiskLevel


RiskFact: TypeAlias = RiskAssessed | RiskMitigated


@value
class AssessRisk(Command):
    """Assess a contract's risk by the rules that are in use.

    `rate` converts the contract's value into the rules' currency. What was done about an earlier assessment counts for that one alone.
    """

    assessment_id: str
    rate: Decimal | None = None


@value
class MitigateRisk(Command):
    """Say what was done about a factor of the last assessment."""

    rule_id: str
    how: str


RiskCommand: TypeAlias = AssessRisk | MitigateRisk


class NoRiskRules(Refusal):
    """What is assessed is assessed by published rules."""

    template = "No risk rules are in use; an admin publishes them."


class NoSuchRisk(Refusal):
    """What is done about a risk is done about a factor of the last assessment."""

    template = "The last assessment of the contract's risk, if there was one, found no {rule_id!r}."


class RiskAlreadyMitigated(Refusal):
    """A factor's points are taken away once."""

    template = "Something was done about {rule_id!r} already; its points are gone."


def decide(contract: Contract, command: RiskCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: NoRiskRules, ElementExists, what `weighed` refuses; or NoSuchRisk, RiskAlreadyMitigated, NeedsText."""
    match command:
        case AssessRisk():
            return [assess(contract, command, occasion)]
        case MitigateRisk(rule_id=rule_id, how=how):
            last = contract.risk
            factor = None if last is None else next((f for f in last.factors if f.rule_id == rule_id), None)
            if last is None or factor is None:
                raise NoSuchRisk(rule_id=rule_id)
            if any(m.rule_id == rule_id for m in last.mitigations):
                raise RiskAlreadyMitigated(rule_id=rule_id)
            rules.require_text("measure", how)
            left = last.points - factor.points
            return [
                RiskMitigated(assessment_id=last.assessment_id, rule_id=rule_id, how=how, points=left, level=last.levels.of(left)),
            ]
        case unreachable:
            assert_never(unreachable)


def assess(contract: Contract, command: AssessRisk, occasion: Occasion) -> RiskAssessed:
    """The assessment. Refusals: NoRiskRules, ElementExists, what `weighed` refuses."""
    # Risk rules are made of contracts' words.
    from domain.risk import CONTRACTS, RiskRules  # noqa: PLC0415

    book = occasion.around.state(RiskRules, CONTRACTS)
    if not book.in_use or book.levels is None:
        raise NoRiskRules
    rules.require_new("assessment", command.assessment_id, contract.assessments)
    amount = weighed(contract, book, command.rate)
    parties = seen(contract, occasion)
    case = case_of(contract, amount, flagged=any(party.flagged for party in parties))
    factors = holding(book.rules, case)
    points = sum(f.points for f in factors)
    return RiskAssessed(
        assessment_id=command.assessment_id,
        edition=book.edition,
        levels=book.levels,
        amount=amount,
        rate=command.rate,
        parties=parties,
        factors=factors,
        points=points,
        level=book.levels.of(points),
    )


def holding(given: Sequence[RiskRule], case: RiskCase) -> tuple[RiskFactor, ...]:
    """Of some rules those that hold for a contract."""
    return tuple(RiskFactor(rule_id=r.rule_id, title=r.title, points=r.points) for r in given if r.holds(case))


def weighed(contract: Contract, book: RiskRules | PublishRiskRules, rate: Decimal | None) -> Money | None:
    """The contract's value in the rules' currency; None where none is stated, or no rule asks for it.

    Refusals: RateNotNeeded, RateNeeded, RateNotPossible, SumTooLarge.
    """
    if contract.value is None or all(rule.value_at_least is None for rule in book.rules):
        if rate is not None:
            raise RateNotNeeded
        return None
    return converted(contract.value, book.currency, rate)


def case_of(contract: Contract, amount: Money | None, *, flagged: bool) -> RiskCase:
    """What of a contract the rules look at; `flagged` is whether any party opposite is."""
    from domain.risk.rules import RiskCase  # noqa: PLC0415 - as above

    start, end = contract.period.start, contract.period.end
    return RiskCase(
        kind=contract.kind,
        minor=None if amount is None else amount.minor,
        flagged=flagged,
        deviates=contract.deviates,
        templated=contract.template is not None,
        terms=frozenset(sort_of(type(agreed.term)) for agreed in contract.terms.values()),
        days=None if start is None or end is None else (end - start).days + 1,
    )


def mitigated(last: RiskAssessment, done: Mitigation) -> RiskAssessment:
    """The assessment with one more thing done. What is left is reckoned anew: at an earlier moment less may have been done."""
    mitigations = (*last.mitigations, done)
    gone = {m.rule_id for m in mitigations}
    left = sum(f.points for f in last.factors if f.rule_id not in gone)
    return replace(last, points=left, level=last.levels.of(left), mitigations=mitigations)


def evolve(contract: Contract, entry: Entry, happened: RiskFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case RiskAssessed():
            contract.assessments[happened.assessment_id] = RiskAssessment(
                assessment_id=happened.assessment_id,
                edition=happened.edition,
                levels=happened.levels,
                amount=happened.amount,
                parties=happened.parties,
                factors=happened.factors,
                points=happened.points,
                level=happened.level,
                at=entry.effective_at,
            )
        case RiskMitigated(assessment_id=assessment_id):
            last = contract.assessments.get(assessment_id)
            # What was done may be dated before the assessment, and tells nothing until then.
            if last is not None:
                done = Mitigation(rule_id=happened.rule_id, how=happened.how, by=entry.meta.actor, at=entry.effective_at)
                contract.assessments[assessment_id] = mitigated(last, done)
        case unreachable:
            assert_never(unreachable)
