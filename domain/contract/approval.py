"""Approval: the route that the policy says, step by step, with four eyes; one step where there is no policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import agreement, completeness, custom, rules
from domain.contract.counterparts import looked_up
from domain.contract.delegated import seat_under
from domain.contract.route import (
    ANY_APPROVER,
    ONE_STEP,
    Approval,
    Approver,
    ChosenRoute,
    Decision,
    DelegationRef,
    HandedOver,
    PartySeen,
    PolicyEdition,
)
from domain.contract.routing import barred, judged
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal


@fact("contract.submitted_for_approval", schema=3)
class SubmittedForApproval(Fact):
    """The draft was handed in; its content is fixed while others decide.

    `amount` is what the policy judged, in its currency; `rate` is what one unit of the contract's currency was taken for; `parties` are
    those on the other side as they stood then.
    """

    note: str | None = None
    route: ChosenRoute = ONE_STEP
    policy: PolicyEdition | None = None
    amount: Money | None = None
    rate: Decimal | None = None
    parties: tuple[PartySeen, ...] = ()


@fact("contract.step_approved", schema=3)
class StepApproved(Fact):
    """An approver agreed; `seat` is the approver that the route names, `on_behalf_of` whose place they took."""

    step: int
    opinion: str | None = None
    seat: Approver | None = None
    on_behalf_of: str | None = None
    delegation: DelegationRef | None = None


@fact("contract.step_rejected", schema=3)
class StepRejected(Fact):
    """An approver said no; the contract will not be concluded."""

    step: int
    opinion: str
    seat: Approver | None = None
    on_behalf_of: str | None = None
    delegation: DelegationRef | None = None


@fact("contract.sent_back", schema=3)
class SentBack(Fact):
    """An approver wants changes; the contract is a draft again."""

    step: int
    opinion: str
    seat: Approver | None = None
    on_behalf_of: str | None = None
    delegation: DelegationRef | None = None


@fact("contract.step_delegated")
class StepDelegated(Fact):
    """An approver left a step of this contract to somebody else, who decides on their behalf."""

    step: int
    seat: Approver | None
    to: str
    why: str


@fact("contract.approval_completed")
class ApprovalCompleted(Fact):
    """Every step agreed; the contract may be signed."""


@fact("contract.approval_withdrawn")
class ApprovalWithdrawn(Fact):
    """The submitter took the draft back."""

    why: str


ApprovalFact: TypeAlias = (
    SubmittedForApproval | StepApproved | StepRejected | SentBack | StepDelegated | ApprovalCompleted | ApprovalWithdrawn
)


@value
class SubmitForApproval(Command):
    """Hand the draft in for approval. `rate`: units of the policy's currency for one of the contract's, where they differ."""

    note: str | None = None
    rate: Decimal | None = None


@value
class Approve(Command):
    """Approve the contract, for oneself or under a delegation."""

    opinion: str | None = None
    delegation_id: str | None = None


@value
class Reject(Command):
    """Reject the contract for good, for oneself or under a delegation."""

    opinion: str
    delegation_id: str | None = None


@value
class SendBack(Command):
    """Send the contract back to be changed, for oneself or under a delegation."""

    opinion: str
    delegation_id: str | None = None


@value
class DelegateStep(Command):
    """Leave the awaited step of this contract to somebody else."""

    to: str
    why: str


@value
class WithdrawSubmission(Command):
    """Take one's own submission back."""

    why: str


ApprovalCommand: TypeAlias = SubmitForApproval | Approve | Reject | SendBack | DelegateStep | WithdrawSubmission
Deciding: TypeAlias = Approve | Reject | SendBack | DelegateStep


class CreatorMayNotApprove(Refusal):
    """Four eyes: who drafted or submitted a contract does not decide on it, nor does anybody decide for them."""

    template = "{actor} drafted or submitted this contract; somebody else has to decide."


class CreatorOnRoute(Refusal):
    """A route that waits for whoever drafted or submitted the contract would never end."""

    template = "Step {step} of the route {route!r} waits for {actor}, who drafted or submits this contract; somebody else has to submit it."


class DecidedAlready(Refusal):
    """Nobody decides twice on one route, for themselves or for others, unless the policy allows it."""

    template = "{actor} already decided on this contract; somebody else has to decide step {step}."


class NotAnApprover(Refusal):
    """A step is decided by those whom its route names, or to whom they left it."""

    template = "Step {step} waits for {approvers}; {actor} is none of them."


class NotTheSubmitter(Refusal):
    """Only who submitted may withdraw."""

    template = "{submitter} submitted this contract; {actor} cannot withdraw it."


class DelegatesToOneself(Refusal):
    """A step is left to somebody else."""

    template = "{actor} cannot leave a step to themselves."


class DelegateMayNotDelegate(Refusal):
    """What was left to somebody is not left to yet another."""

    template = "{holder} left this step to {actor}, who cannot leave it to yet another."


def require_complete(contract: Contract) -> Money:
    """The value of a contract that may be handed in. Refusals: ContractIncomplete, ScheduleDoesNotAddUp, those of the terms together."""
    completeness.require_said(contract)
    assert contract.value is not None  # noqa: S101 - without one it is incomplete
    rules.require_schedule(contract.value, contract.instalments.values())
    agreement.require_terms(contract)
    return contract.value


def require_other_eyes(contract: Contract, who: str) -> None:
    """Refuses with CreatorMayNotApprove."""
    if who in (contract.drafted_by, contract.submitted_by):
        raise CreatorMayNotApprove(actor=who)


def submit(contract: Contract, command: SubmitForApproval, occasion: Occasion) -> SubmittedForApproval:
    """The submission, with the route that it takes.

    Refusals: WrongStage, what `require_complete`, `require_filled`, `looked_up` and `judged` refuse, CreatorOnRoute.
    """
    rules.require_stage(contract, Status.DRAFT)
    total = require_complete(contract)
    custom.require_filled(contract, occasion)
    parties = looked_up(contract, occasion)
    found = judged(contract, total, command.rate, occasion)
    for n, step in enumerate(found.route.steps, 1):
        creator = barred(step, (contract.drafted_by, occasion.actor))
        if creator is not None:
            raise CreatorOnRoute(step=n, route=found.route.route_id, actor=creator)
    return SubmittedForApproval(
        note=command.note,
        route=found.route,
        policy=found.policy,
        amount=found.amount,
        rate=command.rate,
        parties=parties,
    )


def seat_of(approval: Approval, occasion: Occasion) -> tuple[Approver | None, str | None]:
    """Which seat of the awaited step somebody has, and on whose behalf: their own by name, by role, then those left to them.

    A seat without a name is for approvers, where the interface says what somebody is. Refuses with NotAnApprover.
    """
    actor = occasion.actor
    vacant = approval.vacant
    for seat in sorted(vacant, key=lambda s: s is not None and s.name != actor):
        if (seat is None and not occasion.roles) or (seat or ANY_APPROVER).admits(actor, occasion.roles):
            return seat, None
    for left in approval.handed_over:
        if (left.step, left.to) == (approval.step, actor) and left.seat in vacant:
            return left.seat, left.by
    raise NotAnApprover(step=approval.step, approvers=", ".join(str(seat or ANY_APPROVER) for seat in vacant), actor=actor)


def acting(occasion: Occasion) -> tuple[str, ...]:
    """Who commands, and for whom: whoever acts for somebody sees with their eyes."""
    return (occasion.actor,) if occasion.on_behalf_of is None else (occasion.actor, occasion.on_behalf_of)


def require_first_decision(approval: Approval, who: str) -> None:
    """Refuses with DecidedAlready."""
    if who in approval.deciders and not approval.route.may_repeat:
        raise DecidedAlready(actor=who, step=approval.step)


def decide_step(contract: Contract, command: Deciding, occasion: Occasion) -> list[Fact]:
    """Refusals: CreatorMayNotApprove, DecidedAlready, what `seat_of` or `seat_under` says, the first two of whom it is decided for, then
    what is wrong with the decision.
    """
    approval = contract.approval
    if approval is None:
        raise rules.WrongStage(status=contract.status.value, allowed=Status.IN_APPROVAL.value)
    for who in acting(occasion):
        require_other_eyes(contract, who)
    for who in acting(occasion):
        require_first_decision(approval, who)
    delegation_id = None if isinstance(command, DelegateStep) else command.delegation_id
    under: DelegationRef | None = None
    if delegation_id is None:
        seat, behalf = seat_of(approval, occasion)
    else:
        seat, behalf, under = seat_under(contract, approval, delegation_id, occasion)
    if behalf is not None:
        require_other_eyes(contract, behalf)
        require_first_decision(approval, behalf)
    step = approval.step
    match command:
        case Approve(opinion=opinion):
            agreed = StepApproved(step=step, opinion=opinion, seat=seat, on_behalf_of=behalf, delegation=under)
            last = step == len(approval.route.steps) and agree(approval, agreed, occasion.actor).passed
            return [agreed, ApprovalCompleted()] if last else [agreed]
        case Reject(opinion=text):
            rules.require_text("opinion", text)
            return [StepRejected(step=step, opinion=text, seat=seat, on_behalf_of=behalf, delegation=under)]
        case SendBack(opinion=text):
            rules.require_text("opinion", text)
            return [SentBack(step=step, opinion=text, seat=seat, on_behalf_of=behalf, delegation=under)]
        case DelegateStep():
            if behalf is not None:
                raise DelegateMayNotDelegate(actor=occasion.actor, holder=behalf)
            return [delegate(contract, approval, seat, command, occasion.actor)]
        case unreachable:
            assert_never(unreachable)


def delegate(contract: Contract, approval: Approval, seat: Approver | None, command: DelegateStep, actor: str) -> StepDelegated:
    """A step left to somebody who could decide it. Refusals: DelegatesToOneself, CreatorMayNotApprove, DecidedAlready, NeedsText."""
    rules.require_text("delegate", command.to)
    if command.to == actor:
        raise DelegatesToOneself(actor=actor)
    require_other_eyes(contract, command.to)
    require_first_decision(approval, command.to)
    rules.require_text("reason", command.why)
    return StepDelegated(step=approval.step, seat=seat, to=command.to, why=command.why)


def agree(approval: Approval, agreed: StepApproved, by: str) -> Approval:
    """The approval with one more decision."""
    decision = Decision(step=agreed.step, seat=agreed.seat, by=by, on_behalf_of=agreed.on_behalf_of, delegation=agreed.delegation)
    return replace(approval, decisions=(*approval.decisions, decision))


def decide(contract: Contract, command: ApprovalCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then what `submit`, `decide_step` or NotTheSubmitter and NeedsText say."""
    if isinstance(command, SubmitForApproval):
        return [submit(contract, command, occasion)]
    rules.require_stage(contract, Status.IN_APPROVAL)
    if isinstance(command, WithdrawSubmission):
        if occasion.actor != contract.submitted_by:
            raise NotTheSubmitter(submitter=contract.submitted_by, actor=occasion.actor)
        rules.require_text("reason", command.why)
        return [ApprovalWithdrawn(why=command.why)]
    return decide_step(contract, command, occasion)


def evolve(contract: Contract, entry: Entry, happened: ApprovalFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case SubmittedForApproval(route=route, policy=policy, amount=amount):
            contract.status = Status.IN_APPROVAL
            contract.submitted_by = entry.meta.actor
            contract.approval = Approval(route=route, policy=policy, amount=amount, since=entry.effective_at)
        case StepApproved():
            contract.approved_by = entry.meta.actor
            if contract.approval is not None:
                contract.approval = onward(agree(contract.approval, happened, entry.meta.actor), entry.effective_at)
        case StepRejected():
            contract.status = Status.REJECTED
        case SentBack() | ApprovalWithdrawn():
            contract.status = Status.DRAFT
            contract.submitted_by = None
            contract.approval = None
        case StepDelegated(step=step, seat=seat, to=to):
            if contract.approval is not None:
                left = HandedOver(step=step, seat=seat, by=entry.meta.actor, to=to)
                contract.approval = replace(contract.approval, handed_over=(*contract.approval.handed_over, left))
        case ApprovalCompleted():
            contract.status = Status.APPROVED
        case unreachable:
            assert_never(unreachable)


def onward(approval: Approval, at: datetime) -> Approval:
    """The approval at its next step, where this one is passed and not the last."""
    if approval.passed and approval.step < len(approval.route.steps):
        return replace(approval, step=approval.step + 1, since=at)
    return approval
