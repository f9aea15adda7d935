"""What the house decided about its contracts as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.contract.assessed import RiskLevels
from domain.risk import CONTRACTS, PublishRiskRules
from domain.risk.rules import RiskRule
from infra.ledger import RISK, StreamKind
from scripts.demo.telling import DAVID, Step, Story, at, cny


def stories() -> Iterator[tuple[StreamKind[Any], Story]]:
    """One story for each stream."""
    yield RISK, Story(CONTRACTS, [*risk_rules()])


def risk_rules() -> Iterator[Step]:
    """What makes a contract risky."""
    rules = (
        RiskRule(rule_id="large", title="金额 50 万元以上 / Half a million or more", points=30, value_at_least=cny("500000.00")),
        RiskRule(rule_id="long", title="履行期超过两年 / More than two years", points=20, longer_than_days=731),
        RiskRule(rule_id="flagged", title="对方被列入名单 / Counterparty flagged", points=50, counterparty_flagged=True),
        RiskRule(rule_id="uncapped", title="未约定责任上限 / No cap on liability", points=15, lacks_term="liability_cap"),
    )
    levels = RiskLevels(medium=30, high=60)
    yield Step(
        at("2025-01-08"), DAVID, PublishRiskRules(title="合同风险规则 / Contract risk rules", currency="CNY", levels=levels, rules=rules)
    )
