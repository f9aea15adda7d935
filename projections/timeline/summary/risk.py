"""What makes contracts risky, and what was done about it, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.risk import RiskAssessed, RiskFact, RiskMitigated
from domain.risk import RiskRulesFact, RiskRulesPublished, RiskRulesRetired
from projections.timeline.summary.phrases import because, short


def of_risk(happened: RiskFact | RiskRulesFact) -> str:
    """Rules, assessments and what was done about them."""
    match happened:
        case RiskAssessed(level=level, points=points, factors=factors):
            found = f": {', '.join(short(f.rule_id) for f in factors)}" if factors else ""
            return f"Risk assessed as {level.value}, {points} points{found}"
        case RiskMitigated(rule_id=rule_id, level=level, points=points, how=how):
            return f"Risk {short(rule_id)} mitigated, {level.value} with {points} points left{because(how)}"
        case RiskRulesPublished(edition=edition, title=title, rules=rules):
            return f"Risk rules published, edition {edition} with {len(rules)} rules: {short(title)}"
        case RiskRulesRetired(why=why):
            return f"Risk rules retired{because(why)}"
        case unreachable:
            assert_never(unreachable)
