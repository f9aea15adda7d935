"""Why assessments, and what is said to be done about them, are refused."""

from __future__ import annotations

from decimal import Decimal

from domain.contract.assessed import RiskLevel
from domain.contract.risk import AssessRisk, MitigateRisk, NoSuchRisk, RiskAlreadyMitigated, RiskMitigated
from domain.contract.routing import RateNeeded, RateNotNeeded, RateNotPossible
from domain.contract.rules import ElementExists, NeedsText
from tests.domain.precedence import Fault, Table
from tests.domain.risky import FACTORS, RISKY, assessed
from tests.facts import PUBLISHED, drafted
from tests.spec import told

ASSESSED = assessed("83420.00", *FACTORS)
MITIGATED = RiskMitigated(assessment_id="a1", rule_id="large", how="保函 / Bond", points=25, level=RiskLevel.LOW)
EXISTS = Fault(refusal=ElementExists, also=told(ASSESSED), details={"element": "assessment", "element_id": "a1"})

TABLES = (
    Table(
        command=AssessRisk(assessment_id="a1"),
        given=drafted,
        around=RISKY,
        faults=(EXISTS, Fault(refusal=RateNotNeeded, change={"rate": Decimal("1.2")})),
    ),
    Table(
        command=AssessRisk(assessment_id="a1", rate=Decimal("0.39")),
        given=told(PUBLISHED),
        around=RISKY,
        faults=(
            EXISTS,
            Fault(refusal=RateNeeded, change={"rate": None}, details={"expected": "CNY", "given": "MXN"}),
            Fault(refusal=RateNotPossible, change={"rate": Decimal(0)}, details={"rate": Decimal(0)}),
        ),
        name="in another currency",
    ),
    Table(
        command=MitigateRisk(rule_id="large", how="保函 / Bond"),
        given=drafted + told(ASSESSED),
        faults=(
            Fault(refusal=NoSuchRisk, change={"rule_id": "sold"}, details={"rule_id": "sold"}),
            Fault(refusal=RiskAlreadyMitigated, also=told(MITIGATED), details={"rule_id": "large"}),
            Fault(refusal=NeedsText, change={"how": " "}, details={"field": "measure"}),
        ),
    ),
)
