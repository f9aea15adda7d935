"""What the house decided about its contracts as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.alert.vocabulary import AlertKind, AlertSeverity
from domain.alerting import PublishAlertRules
from domain.alerting.rules import AlertRule
from domain.contract.assessed import ReviewMonths, RiskLevels
from domain.contract.vocabulary import FieldType, Kind
from domain.fields import CONTRACTS, DefineField, FieldDefinition
from domain.risk import PublishRiskRules
from domain.risk.rules import RiskRule
from infra.ledger import ALERTING, FIELDS, RISK, StreamKind
from scripts.demo.telling import DAVID, Step, Story, at, cny


def stories() -> Iterator[tuple[StreamKind[Any], Story]]:
    """One story for each stream."""
    yield FIELDS, Story(CONTRACTS, [*fields()], "fields")
    yield RISK, Story(CONTRACTS, [*risk_rules()], "risk")
    yield ALERTING, Story(CONTRACTS, [*alert_rules()], "alerting")


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


def watched_for(
    kind: AlertKind,
    title: str,
    severity: AlertSeverity = AlertSeverity.WARNING,
    days: int | None = None,
    **more: Any,  # noqa: ANN401 - the rule's other fields
) -> AlertRule:
    """A rule that is called like what it watches for."""
    return AlertRule(rule_id=kind.value.replace("_", "-"), title=title, kind=kind, severity=severity, days=days, **more)


def alert_rules() -> Iterator[Step]:
    """What the house wants to be told of: a sensible beginning."""
    kinds, notice, critical = AlertKind, AlertSeverity.NOTICE, AlertSeverity.CRITICAL
    later: dict[str, Any] = {"escalate_after_hours": 48, "escalate_to": (DAVID,)}
    rules = (
        watched_for(kinds.PAYMENT_DUE, "款项即将到期 / Payment due", notice, 7),
        watched_for(kinds.PAYMENT_OVERDUE, "款项逾期 / Payment overdue", critical, 3, **later),
        watched_for(kinds.PAYMENT_SHORT, "收款不足 / Received short"),
        watched_for(kinds.PAYMENT_BEFORE_TRIGGER, "提前付款 / Paid before what it waits for"),
        watched_for(kinds.PAYMENT_DUPLICATE, "疑似重复付款 / Possibly paid twice", critical, 30, **later),
        watched_for(kinds.PAYMENT_ABOVE_VALUE, "付款超过合同金额 / Paid above the value", critical),
        watched_for(kinds.ACCOUNT_CHANGED, "付款前变更账户 / Account changed before payment", critical, 14, **later),
        watched_for(kinds.DELIVERY_DUE, "交付即将到期 / Delivery due", notice, 7),
        watched_for(kinds.DELIVERY_LATE, "交付逾期 / Delivery late", days=1),
        watched_for(kinds.DELIVERY_REJECTED, "验收不合格 / Delivery rejected"),
        watched_for(kinds.ACCEPTANCE_CLOSING, "验收期限将至 / Acceptance window closing", days=3),
        watched_for(kinds.DEFECT_OVERDUE, "整改逾期 / Defect not fixed", days=1),
        watched_for(kinds.RETENTION_DUE, "质保金到期 / Retention due", notice, 30),
        watched_for(kinds.APPROVAL_STUCK, "审批停滞 / Approval stuck", days=5),
        watched_for(kinds.SIGNATURE_LATE, "签署逾期 / Signature late", days=3),
        watched_for(kinds.CONTRACT_EXPIRING, "合同即将到期 / Contract expiring", notice, 30),
        watched_for(kinds.RENEWAL_NOTICE, "续约通知期限 / Notice of renewal", days=30),
        watched_for(kinds.ORIGINAL_MISSING, "原件未归存 / Original not deposited", notice, 30),
        watched_for(kinds.TERM_CHANGED, "签署后变更条件 / Terms changed after signing", amount=cny("100000.00")),
        watched_for(kinds.VALUE_RAISED, "变更增加金额 / Value raised", percent=10),
        watched_for(kinds.SELF_APPROVED, "审批本人合同 / Approved by its author", critical),
        watched_for(kinds.DELEGATION_EXPIRED, "授权失效后审批 / Approved under an expired delegation", critical),
        watched_for(kinds.CONTRACTS_SPLIT, "疑似拆分合同 / Contracts split", critical, 60, amount=cny("500000.00")),
        watched_for(kinds.PARTY_CHANGED, "签署后主体变更 / Party changed after signing"),
        watched_for(kinds.PARTY_FLAGGED, "签署后主体被列入名单 / Party flagged after signing", critical, **later),
        watched_for(kinds.RISK_ABOVE, "风险较高 / Risk above the limit", points=60),
        watched_for(kinds.REVIEW_OVERDUE, "审核逾期 / Review overdue", days=1),
        watched_for(kinds.BACKDATED, "补录超期 / Recorded late", notice, 45),
        watched_for(kinds.RECONCILIATION_BROKEN, "对账不符 / Reconciliation broken"),
        watched_for(kinds.BREACH_DECLARED, "主张违约 / Breach declared"),
        watched_for(kinds.DISPUTE_OPENED, "发生争议 / Dispute opened", critical),
    )
    title = "合同预警规则 / Contract alert rules"
    yield Step(at("2025-01-09"), DAVID, PublishAlertRules(title=title, currency="CNY", rules=rules))
