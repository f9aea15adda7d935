"""Why recording milestones, services, measurements and feedback is refused."""

from __future__ import annotations

from datetime import date

from domain.contract.drafting import PeriodEndsBeforeItStarts
from domain.contract.rules import ElementExists, NeedsText
from domain.contract.services import (
    FeedbackRecorded,
    MeasureServiceLevel,
    MilestoneReached,
    PeriodOpen,
    ReachMilestone,
    RecordFeedback,
    RecordService,
    ScoreOutOfRange,
    ServiceLevelMeasured,
    ServicePerformed,
)
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.delivery import OVER
from tests.domain.tables.drafting import impossible
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import PRAISE, SUPPORT, UPTIME, in_force
from tests.spec import told


def spans(path: str, element: str, element_id: str) -> tuple[Fault, ...]:
    """A period that is open, or ends before it starts."""
    return (
        Fault(
            refusal=PeriodOpen,
            change={f"{path}.start": None},
            details={"element": element, "element_id": element_id},
            name="start",
        ),
        Fault(refusal=PeriodOpen, change={f"{path}.end": None}, name="end"),
        Fault(refusal=PeriodEndsBeforeItStarts, change={f"{path}.end": date(2025, 12, 31)}),
    )


TABLES = (
    Table(
        command=ReachMilestone(milestone_id="k", description="上线 / Went live"),
        given=in_force,
        faults=(
            LONG_AGO,
            OVER,
            Fault(
                refusal=ElementExists,
                also=told(MilestoneReached(milestone_id="k", description="x")),
                details={"element": "milestone", "element_id": "k"},
            ),
            Fault(refusal=NeedsText, change={"description": " "}, details={"field": "description"}),
        ),
    ),
    Table(
        command=RecordService(service=SUPPORT),
        given=in_force,
        faults=(
            LONG_AGO,
            OVER,
            Fault(
                refusal=ElementExists,
                also=told(ServicePerformed(service=SUPPORT)),
                details={"element": "service", "element_id": "s1"},
            ),
            Fault(refusal=NeedsText, change={"service.description": " "}, details={"field": "description"}),
            *spans("service.period", "service", "s1"),
            *impossible("service.quantity", "service", "s1"),
        ),
    ),
    Table(
        command=MeasureServiceLevel(measurement=UPTIME),
        given=in_force,
        faults=(
            LONG_AGO,
            OVER,
            Fault(
                refusal=ElementExists,
                also=told(ServiceLevelMeasured(measurement=UPTIME)),
                details={"element": "measurement", "element_id": "m1"},
            ),
            Fault(refusal=NeedsText, change={"measurement.metric": " "}, details={"field": "metric"}),
            *spans("measurement.period", "measurement", "m1"),
            *(f for f in impossible("measurement.measured", "measurement", "m1") if not f.name.endswith(" 0")),
        ),
    ),
    Table(
        command=RecordFeedback(feedback=PRAISE),
        given=in_force,
        faults=(
            NOT_BINDING,
            Fault(
                refusal=ElementExists,
                also=told(FeedbackRecorded(feedback=PRAISE)),
                details={"element": "feedback", "element_id": "k1"},
            ),
            Fault(refusal=NeedsText, change={"feedback.text": " "}, details={"field": "feedback"}),
            *(
                Fault(refusal=ScoreOutOfRange, change={"feedback.score": score}, details={"score": score, "best": 5}, name=str(score))
                for score in (-1, 0, 6)
            ),
        ),
    ),
)
