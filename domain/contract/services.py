"""Services: milestones that were reached, work that was performed, how well it was measured to go, and what was thought of it."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.drafting import require_period
from domain.contract.state import Contract, Milestone
from domain.contract.vocabulary import Feedback, Measurement, PerformedService, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal

BEST_SCORE = 5


@fact("contract.milestone_reached")
class MilestoneReached(Fact):
    """Something that the contract waits for came about."""

    milestone_id: str
    description: str


@fact("contract.service_performed")
class ServicePerformed(Fact):
    """Work was done, or a service given, over a period."""

    service: PerformedService


@fact("contract.service_level_measured")
class ServiceLevelMeasured(Fact):
    """A figure says how well a service went over a period."""

    measurement: Measurement


@fact("contract.feedback_recorded")
class FeedbackRecorded(Fact):
    """Somebody said what they thought of the performance."""

    feedback: Feedback


ServiceFact: TypeAlias = MilestoneReached | ServicePerformed | ServiceLevelMeasured | FeedbackRecorded


@value
class ReachMilestone(Command):
    """Record that a milestone was reached."""

    milestone_id: str
    description: str


@value
class RecordService(Command):
    """Record work that was done or a service that was given over a period."""

    service: PerformedService


@value
class MeasureServiceLevel(Command):
    """Record a measured figure of a service level."""

    measurement: Measurement


@value
class RecordFeedback(Command):
    """Record what somebody thought of the performance, from one for bad to five for good."""

    feedback: Feedback


ServiceCommand: TypeAlias = ReachMilestone | RecordService | MeasureServiceLevel | RecordFeedback


class PeriodOpen(Refusal):
    """What was performed or measured has a first day and a last."""

    template = "The {element} {element_id!r} needs a first day and a last."


class ScoreOutOfRange(Refusal):
    """Scores go from one to five."""

    template = "The score {score} is not between 1 and {best}."


def decide(contract: Contract, command: ServiceCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, ElementExists, then the content's own."""
    if isinstance(command, RecordFeedback):
        rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    else:
        rules.require_stage(contract, Status.IN_FORCE)
    match command:
        case ReachMilestone(milestone_id=milestone_id, description=description):
            rules.require_new("milestone", milestone_id, contract.milestones)
            rules.require_text("description", description)
            return [MilestoneReached(milestone_id=milestone_id, description=description)]
        case RecordService(service=service):
            rules.require_new("service", service.service_id, contract.services)
            require_service(service)
            return [ServicePerformed(service=service)]
        case MeasureServiceLevel(measurement=measurement):
            rules.require_new("measurement", measurement.measurement_id, contract.measurements)
            require_measurement(measurement)
            return [ServiceLevelMeasured(measurement=measurement)]
        case RecordFeedback(feedback=feedback):
            rules.require_new("feedback", feedback.feedback_id, contract.feedback)
            rules.require_text("feedback", feedback.text)
            if not 1 <= feedback.score <= BEST_SCORE:
                raise ScoreOutOfRange(score=feedback.score, best=BEST_SCORE)
            return [FeedbackRecorded(feedback=feedback)]
        case unreachable:
            assert_never(unreachable)


def require_service(service: PerformedService) -> None:
    """Refusals: NeedsText, PeriodOpen, PeriodEndsBeforeItStarts, QuantityNotPositive."""
    rules.require_text("description", service.description)
    if service.period.start is None or service.period.end is None:
        raise PeriodOpen(element="service", element_id=service.service_id)
    require_period(service.period)
    rules.require_quantity("service", service.service_id, service.quantity)


def require_measurement(measurement: Measurement) -> None:
    """Refusals: NeedsText, PeriodOpen, PeriodEndsBeforeItStarts, QuantityNotPositive."""
    rules.require_text("metric", measurement.metric)
    if measurement.period.start is None or measurement.period.end is None:
        raise PeriodOpen(element="measurement", element_id=measurement.measurement_id)
    require_period(measurement.period)
    # A measured level may be zero, as a price may.
    rules.require_quantity("measurement", measurement.measurement_id, None, measurement.measured)


def evolve(contract: Contract, entry: Entry, happened: ServiceFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case MilestoneReached() | ServicePerformed() | ServiceLevelMeasured():
            contract.recordings[entry.version] = happened
            record(contract, entry, happened)
        case FeedbackRecorded(feedback=feedback):
            contract.feedback[feedback.feedback_id] = feedback
        case unreachable:
            assert_never(unreachable)


def record(contract: Contract, entry: Entry, happened: MilestoneReached | ServicePerformed | ServiceLevelMeasured) -> None:
    """Notes what was reached, done or measured; a correction comes this way again."""
    match happened:
        case MilestoneReached(milestone_id=milestone_id, description=description):
            contract.milestones[milestone_id] = Milestone(milestone_id=milestone_id, description=description, reached_at=entry.effective_at)
        case ServicePerformed(service=service):
            contract.services[service.service_id] = service
        case ServiceLevelMeasured(measurement=measurement):
            contract.measurements[measurement.measurement_id] = measurement
        case unreachable:
            assert_never(unreachable)


def forget(contract: Contract, struck_out: MilestoneReached | ServicePerformed | ServiceLevelMeasured) -> None:
    """Takes out what should never have been recorded."""
    match struck_out:
        case MilestoneReached(milestone_id=milestone_id):
            contract.milestones.pop(milestone_id, None)
        case ServicePerformed(service=service):
            contract.services.pop(service.service_id, None)
        case ServiceLevelMeasured(measurement=measurement):
            contract.measurements.pop(measurement.measurement_id, None)
        case unreachable:
            assert_never(unreachable)
