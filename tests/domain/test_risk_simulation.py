"""Risk rules tried on a contract: the same rules that would assess it, beside what it was assessed as."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.contract.assessed import RiskLevel
from domain.contract.risk import RiskMitigated
from domain.money import MAX_MINOR, Money
from domain.risk import PublishRiskRules
from domain.risk.simulation import RiskTotals, RiskVerdict, compared, rejudged
from tests.domain.risky import LARGE, LEVELS, LONE, SOLD
from tests.domain.tables.risk import ASSESSED
from tests.facts import drafted
from tests.spec import given, told

RULES = PublishRiskRules(title="x", currency="CNY", levels=LEVELS, rules=(LARGE, LONE, SOLD))
DOLLARS = replace(given(drafted).contract, value=Money(100_000_00, "USD"))


def test_rules_find_what_an_assessment_by_them_would_find() -> None:
    contract = given(drafted + told(ASSESSED)).contract
    judged = rejudged(contract, RULES, flagged=False, rate=None)
    assert (judged.factors, judged.points, judged.level, judged.amount) == (
        ASSESSED.factors,
        ASSESSED.points,
        ASSESSED.level,
        ASSESSED.amount,
    )
    assert (judged.was, judged.was_points, judged.verdict) == (ASSESSED.level, ASSESSED.points, RiskVerdict.SAME)


def test_what_was_done_about_the_last_assessment_does_not_make_new_rules_look_harsher() -> None:
    done = RiskMitigated(assessment_id=ASSESSED.assessment_id, rule_id=ASSESSED.factors[0].rule_id, how="x", points=0, level=RiskLevel.LOW)
    judged = rejudged(given(drafted + told(ASSESSED, done)).contract, RULES, flagged=False, rate=None)
    assert (judged.was, judged.was_points) == (ASSESSED.level, ASSESSED.points)


@pytest.mark.parametrize(
    ("was", "level", "verdict"),
    [
        (None, RiskLevel.LOW, RiskVerdict.NEW),
        (RiskLevel.LOW, RiskLevel.HIGH, RiskVerdict.HIGHER),
        (RiskLevel.HIGH, RiskLevel.MEDIUM, RiskVerdict.LOWER),
        (RiskLevel.MEDIUM, RiskLevel.MEDIUM, RiskVerdict.SAME),
    ],
)
def test_levels_are_compared_in_their_order(was: RiskLevel | None, level: RiskLevel, verdict: RiskVerdict) -> None:
    assert compared(was, level) is verdict


def test_a_value_in_another_currency_needs_a_rate_only_where_a_rule_asks_for_values() -> None:
    assert rejudged(DOLLARS, RULES, flagged=False, rate=None).verdict is RiskVerdict.NO_RATE
    assert rejudged(DOLLARS, RULES, flagged=False, rate=Decimal(7)).amount == Money(700_000_00, "CNY")
    huge = replace(DOLLARS, value=Money(MAX_MINOR, "USD"))
    assert rejudged(huge, RULES, flagged=False, rate=Decimal(7)).verdict is RiskVerdict.NO_RATE
    assert rejudged(DOLLARS, replace(RULES, rules=(LONE, SOLD)), flagged=False, rate=Decimal(7)).amount is None


def test_totals_count_levels_before_and_after_and_each_rule() -> None:
    totals = RiskTotals()
    for contract, rate in ((given(drafted + told(ASSESSED)).contract, None), (DOLLARS, None)):
        totals.add(rejudged(contract, RULES, flagged=False, rate=rate))
    assert (totals.contracts, totals.by_verdict) == (2, {RiskVerdict.SAME: 1, RiskVerdict.NO_RATE: 1})
    assert (totals.by_level, totals.by_level_before) == ({ASSESSED.level: 1}, {ASSESSED.level: 1})
    assert totals.by_rule == {f.rule_id: 1 for f in ASSESSED.factors}
