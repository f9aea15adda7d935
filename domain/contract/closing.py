"""Closing: a contract is completed, or terminated before its time."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract
from domain.contract.vocabulary import PlannedDelivery, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("contract.completed")
class ContractCompleted(Fact):
    """Everything owed was delivered and paid."""

    note: str | None = None


@fact("contract.terminated")
class ContractTerminated(Fact):
    """The contract ended before it was completed."""

    ground: str


ClosingFact: TypeAlias = ContractCompleted | ContractTerminated


@value
class CompleteContract(Command):
    """Close a contract of which everything is delivered and paid."""

    note: str | None = None


@value
class TerminateContract(Command):
    """End a contract, or abandon a draft, on a stated ground."""

    ground: str


ClosingCommand: TypeAlias = CompleteContract | TerminateContract


class PaymentsOutstanding(Refusal):
    """A completed contract owes nothing."""

    template = "{balance} of the contract's value is still to be paid."


class RetentionsOutstanding(Refusal):
    """A completed contract holds nothing back."""

    template = "{retained} are still held back."


class DeliveriesOutstanding(Refusal):
    """A completed contract has every planned delivery accepted whole, and every other one judged."""

    template = "These deliveries are still to be accepted: {deliveries}."


def decide(contract: Contract, command: ClosingCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, DeliveriesOutstanding, DefectsOpen, PaymentsOutstanding, RetentionsOutstanding, NeedsText."""
    match command:
        case CompleteContract(note=note):
            rules.require_stage(contract, Status.IN_FORCE)
            outstanding = [d for d in {**contract.planned_deliveries, **contract.deliveries} if is_outstanding(contract, d)]
            if outstanding:
                raise DeliveriesOutstanding(deliveries=", ".join(outstanding))
            rules.require_no_defects(contract)
            if contract.balance is not None and contract.balance.minor > 0:
                raise PaymentsOutstanding(balance=contract.balance)
            if contract.retained is not None and contract.retained.minor > 0:
                raise RetentionsOutstanding(retained=contract.retained)
            return [ContractCompleted(note=note)]
        case TerminateContract(ground=ground):
            rules.require_stage(contract, Status.DRAFT, Status.IN_APPROVAL, Status.APPROVED, Status.IN_FORCE)
            rules.require_text("ground", ground)
            return [ContractTerminated(ground=ground)]
        case unreachable:
            assert_never(unreachable)


def is_outstanding(contract: Contract, delivery_id: str) -> bool:
    """Whether a delivery keeps the contract open. One that was rejected does so only while the plan still asks for it."""
    came = contract.deliveries.get(delivery_id)
    planned = contract.planned_deliveries.get(delivery_id)
    return (came is not None and came.accepted is None) or (planned is not None and not is_fulfilled(contract, planned))


def is_fulfilled(contract: Contract, planned: PlannedDelivery) -> bool:
    """Whether all of a planned delivery was accepted. Where a quantity is not stated, one acceptance is enough."""
    accepted = [d for d in contract.deliveries.values() if d.planned_id == planned.delivery_id and d.accepted]
    if planned.quantity is None or any(d.quantity is None for d in accepted):
        return bool(accepted)
    return sum((d.quantity for d in accepted if d.quantity is not None), Decimal()) >= planned.quantity


def evolve(contract: Contract, entry: Entry, happened: ClosingFact) -> None:
    """Folds a fact of this stage."""
    contract.ended_at = entry.effective_at
    match happened:
        case ContractCompleted():
            contract.status = Status.COMPLETED
        case ContractTerminated(ground=ground):
            contract.status = Status.TERMINATED
            contract.ground = ground
        case unreachable:
            assert_never(unreachable)
