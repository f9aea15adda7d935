"""Acceptance, defects and services in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.acceptance import AcceptanceFact, AcceptanceRequested, DefectFixed, DefectRaised
from domain.contract.services import FeedbackRecorded, MilestoneReached, ServiceFact, ServiceLevelMeasured, ServicePerformed
from projections.timeline.summary.phrases import because, on, short, span


def of_performance(happened: AcceptanceFact | ServiceFact) -> str:
    """What was asked to be accepted, what was wrong with it, what was done and how well."""
    match happened:
        case AcceptanceRequested(delivery_id=delivery_id, due=due):
            return f"Acceptance of delivery {short(delivery_id)} asked for{on(due)}"
        case DefectRaised(defect_id=defect_id, delivery_id=delivery_id, description=description):
            return f"Defect {short(defect_id)} of delivery {short(delivery_id)} raised{because(description)}"
        case DefectFixed(defect_id=defect_id, how=how):
            return f"Defect {short(defect_id)} fixed{because(how)}"
        case MilestoneReached(milestone_id=milestone_id, description=description):
            return f"Milestone {short(milestone_id)} reached{because(description)}"
        case ServicePerformed(service=service):
            return f"Service {short(service.service_id)} performed, {span(service.period)}{because(service.description)}"
        case ServiceLevelMeasured(measurement=measured):
            unit = f" {short(measured.unit)}" if measured.unit else ""
            return f"{short(measured.metric)} measured, {span(measured.period)}: {measured.measured:f}{unit}"
        case FeedbackRecorded(feedback=feedback):
            return f"Feedback {feedback.score} of 5{because(feedback.text)}"
        case unreachable:
            assert_never(unreachable)
