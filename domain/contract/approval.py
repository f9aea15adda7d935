"""Approval: one step for now, with four eyes."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from domain.contract import agreement, rules
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("contract.submitted_for_approval")
class SubmittedForApproval(Fact):
    """The draft was handed in; its content is fixed while others decide."""

    note: str | None = None


@fact("contract.step_approved")
class StepApproved(Fact):
    """An approver agreed."""

    step: int
    opinion: str | None = None


@fact("contract.step_rejected")
class StepRejected(Fact):
    """An approver said no; the contract will not be concluded."""

    step: int
    opinion: str


@fact("contract.sent_back")
class SentBack(Fact):
    """An approver wants changes; the contract is a draft again."""

    step: int
    opinion: str


@fact("contract.approval_completed")
class ApprovalCompleted(Fact):
    """Every step agreed; the contract may be signed."""


@fact("contract.approval_withdrawn")
class ApprovalWithdrawn(Fact):
    """The submitter took the draft back."""

    why: str


ApprovalFact: TypeAlias = SubmittedForApproval | StepApproved | StepRejected | SentBack | ApprovalCompleted | ApprovalWithdrawn


@value
class SubmitForApproval(Command):
    """Hand the draft in for approval."""

    note: str | None = None


@value
class Approve(Command):
    """Approve the contract."""

    opinion: str | None = None


@value
class Reject(Command):
    """Reject the contract for good."""

    opinion: str


@value
class SendBack(Command):
    """Send the contract back to be changed."""

    opinion: str


@value
class WithdrawSubmission(Command):
    """Take one's own submission back."""

    why: str


ApprovalCommand: TypeAlias = SubmitForApproval | Approve | Reject | SendBack | WithdrawSubmission


class ContractIncomplete(Refusal):
    """What is submitted names its counterparties and its value."""

    template = "The draft is not complete; it lacks: {missing}."


class CreatorMayNotApprove(Refusal):
    """Four eyes: who drafted or submitted a contract does not decide on it."""

    template = "{actor} drafted or submitted this contract; somebody else has to decide."


class NotTheSubmitter(Refusal):
    """Only who submitted may withdraw."""

    template = "{submitter} submitted this contract; {actor} cannot withdraw it."


def require_complete(contract: Contract) -> None:
    """Refuses with ContractIncomplete, naming everything that is missing, or with ScheduleDoesNotAddUp."""
    missing = [name for name, present in (("counterparty", contract.counterparties), ("value", contract.value)) if not present]
    if missing:
        raise ContractIncomplete(missing=", ".join(missing))
    rules.require_schedule(contract.value, contract.instalments.values())
    agreement.require_terms(contract)


def require_other_eyes(contract: Contract, occasion: Occasion) -> None:
    """Refuses with CreatorMayNotApprove."""
    if occasion.actor in (contract.drafted_by, contract.submitted_by):
        raise CreatorMayNotApprove(actor=occasion.actor)


def decide(contract: Contract, command: ApprovalCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then ContractIncomplete or CreatorMayNotApprove, then NeedsText."""
    if isinstance(command, SubmitForApproval):
        rules.require_stage(contract, Status.DRAFT)
        require_complete(contract)
        return [SubmittedForApproval(note=command.note)]
    rules.require_stage(contract, Status.IN_APPROVAL)
    if isinstance(command, WithdrawSubmission):
        if occasion.actor != contract.submitted_by:
            raise NotTheSubmitter(submitter=contract.submitted_by, actor=occasion.actor)
        rules.require_text("reason", command.why)
        return [ApprovalWithdrawn(why=command.why)]
    require_other_eyes(contract, occasion)
    match command:
        case Approve(opinion=opinion):
            return [StepApproved(step=1, opinion=opinion), ApprovalCompleted()]
        case Reject(opinion=text):
            rules.require_text("opinion", text)
            return [StepRejected(step=1, opinion=text)]
        case SendBack(opinion=text):
            rules.require_text("opinion", text)
            return [SentBack(step=1, opinion=text)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: ApprovalFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case SubmittedForApproval():
            contract.status = Status.IN_APPROVAL
            contract.submitted_by = entry.meta.actor
        case StepApproved():
            contract.approved_by = entry.meta.actor
        case StepRejected():
            contract.status = Status.REJECTED
        case SentBack() | ApprovalWithdrawn():
            contract.status = Status.DRAFT
            contract.submitted_by = None
        case ApprovalCompleted():
            contract.status = Status.APPROVED
        case unreachable:
            assert_never(unreachable)
