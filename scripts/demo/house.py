"""What the house decided about its contracts as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.contract.assessed import ReviewMonths, RiskLevels
from domain.contract.vocabulary import FieldType, Kind
from domain.fields import CONTRACTS, DefineField, FieldDefinition
from domain.risk import PublishRiskRules
from domain.risk.rules import RiskRule
from infra.ledger import FIELDS, RISK, StreamKind
from scripts.demo.telling import DAVID, Step, Story, at, cny


def stories() -> Iterator[tuple[StreamKind[Any], Story]]:
    """One story for each stream."""
    yield FIELDS, Story(CONTRACTS, [*fields()], "fields")
    yield RISK, Story(CONTRACTS, [*risk_rules()], "risk")


def fields() -> Iterator[Step]:
    """What the house wants to know beside what every contract says."""
    defined = (
        FieldDefinition(key="cost_centre", label_en="Cost centre", label_zh="成本中心", type=FieldType.TEXT, max_length=12),
        FieldDefinition(
            key="urgency",
            label_en="Urgency",
            label_zh="紧急程度",
            type=FieldType.CHOICE,
            choices=("普通 Normal", "紧急 Urgent"),
            kinds=(Kind.SUPPLIER,),
        ),
        FieldDefinition(key="bond", label_en="Performance bond", label_zh="履约保函金额", type=FieldType.MONEY),
    )
    for n, definition in enumerate(defined):
        yield Step(at("2025-01-07", 2 + n), DAVID, DefineField(definition=definition))


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
        at("2025-01-08"),
        DAVID,
        PublishRiskRules(
            title="合同风险规则 / Contract risk rules",
            currency="CNY",
            levels=levels,
            rules=rules,
            review_after=ReviewMonths(low=24, medium=12, high=6),
        ),
    )
