"""Acceptance: judging what came is asked for, and its defects are raised and fixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.delivery import AlreadyJudged
from domain.contract.state import Contract, Defect
from domain.contract.vocabulary import Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("contract.acceptance_requested")
class AcceptanceRequested(Fact):
    """Whoever delivered asks that it be accepted, by a day where one is set."""

    delivery_id: str
    due: date | None = None
    note: str | None = None


@fact("contract.defect_raised")
class DefectRaised(Fact):
    """Something is wrong with what came, accepted or not."""

    defect_id: str
    delivery_id: str
    description: str
    fix_by: date | None = None


@fact("contract.defect_fixed")
class DefectFixed(Fact):
    """What was wrong no longer is."""

    defect_id: str
    how: str


AcceptanceFact: TypeAlias = AcceptanceRequested | DefectRaised | DefectFixed


@value
class RequestAcceptance(Command):
    """Ask that what came be accepted."""

    delivery_id: str
    due: date | None = None
    note: str | None = None


@value
class RaiseDefect(Command):
    """Record that something is wrong with what came, accepted or not."""

    defect_id: str
    delivery_id: str
    description: str
    fix_by: date | None = None


@value
class FixDefect(Command):
    """Record that a defect was fixed, and how."""

    defect_id: str
    how: str


AcceptanceCommand: TypeAlias = RequestAcceptance | RaiseDefect | FixDefect


class AlreadyRequested(Refusal):
    """That a delivery be accepted is asked for once."""

    template = "That the delivery {delivery_id!r} be accepted was already asked for."


class AlreadyFixed(Refusal):
    """A defect is fixed once; one that comes back is another defect."""

    template = "The defect {defect_id!r} was already fixed."


def decide(contract: Contract, command: AcceptanceCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, UnknownElement or ElementExists, AlreadyJudged, AlreadyRequested or AlreadyFixed, NeedsText."""
    match command:
        case RequestAcceptance(delivery_id=delivery_id, due=due, note=note):
            rules.require_stage(contract, Status.IN_FORCE)
            rules.require_known("recorded delivery", delivery_id, contract.deliveries)
            came = contract.deliveries[delivery_id]
            if came.accepted is not None:
                raise AlreadyJudged(delivery_id=delivery_id, judged="accepted" if came.accepted else "rejected")
            if came.acceptance_requested:
                raise AlreadyRequested(delivery_id=delivery_id)
            return [AcceptanceRequested(delivery_id=delivery_id, due=due, note=note)]
        case RaiseDefect(defect_id=defect_id, delivery_id=delivery_id, description=description, fix_by=fix_by):
            rules.require_stage(contract, *rules.BINDING_OR_ENDED)
            rules.require_new("defect", defect_id, contract.defects)
            rules.require_known("recorded delivery", delivery_id, contract.deliveries)
            rules.require_text("description", description)
            return [DefectRaised(defect_id=defect_id, delivery_id=delivery_id, description=description, fix_by=fix_by)]
        case FixDefect(defect_id=defect_id, how=how):
            rules.require_stage(contract, *rules.BINDING_OR_ENDED)
            rules.require_known("defect", defect_id, contract.defects)
            if contract.defects[defect_id].fixed_how is not None:
                raise AlreadyFixed(defect_id=defect_id)
            rules.require_text("remedy", how)
            return [DefectFixed(defect_id=defect_id, how=how)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: AcceptanceFact) -> None:
    """Folds a fact of this stage. What is said of a delivery that is unknown as of the moment asked about stays unsaid."""
    match happened:
        case AcceptanceRequested(delivery_id=delivery_id, due=due):
            came = contract.deliveries.get(delivery_id)
            if came is not None:
                contract.deliveries[delivery_id] = replace(
                    came, acceptance_requested=True, acceptance_due=due, acceptance_requested_at=entry.effective_at
                )
        case DefectRaised(defect_id=defect_id, delivery_id=delivery_id, description=description, fix_by=fix_by):
            if delivery_id in contract.deliveries:
                contract.defects[defect_id] = Defect(defect_id=defect_id, delivery_id=delivery_id, description=description, fix_by=fix_by)
        case DefectFixed(defect_id=defect_id, how=how):
            held = contract.defects.get(defect_id)
            if held is not None:
                contract.defects[defect_id] = replace(held, fixed_how=how)
        case unreachable:
            assert_never(unreachable)
