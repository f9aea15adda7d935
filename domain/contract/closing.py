"""Closing: a contract is completed, terminated before its time, or runs out; and is archived afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import amendment, rules
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import PlannedDelivery, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import termination
from domain.terms.termination import Termination
from domain.text import is_blank


@fact("contract.completed")
class ContractCompleted(Fact):
    """Everything owed was delivered and paid."""

    note: str | None = None


@fact("contract.terminated", schema=3)
class ContractTerminated(Fact):
    """The contract ended before it was completed; the fee and the obligations are what leaving it costs.

    Where an agreed term has this ground, `term_id` and `term_version` name it; `fee_reason` says why the fee is another than it quotes.
    """

    ground: str
    exit_fee: Money | None = None
    exit_obligations: tuple[str, ...] = ()
    term_id: str | None = None
    term_version: int | None = None
    fee_reason: str | None = None


@fact("contract.expired")
class ContractExpired(Fact):
    """The period ran out and the contract with it."""

    note: str | None = None


@fact("contract.archived")
class ContractArchived(Fact):
    """The file of an ended contract was put away under this reference."""

    reference: str


ClosingFact: TypeAlias = ContractCompleted | ContractTerminated | ContractExpired | ContractArchived


@value
class CompleteContract(Command):
    """Close a contract of which everything is delivered and paid."""

    note: str | None = None


@value
class TerminateContract(Command):
    """End a contract, or abandon a draft, on a stated ground.

    On a ground that the agreed terms have, a stated fee is the one that they quote, or `fee_reason` says why it is another.
    """

    ground: str
    exit_fee: Money | None = None
    exit_obligations: tuple[str, ...] = ()
    fee_reason: str | None = None


@value
class ExpireContract(Command):
    """Record that the period has run out and that the contract ends with it."""

    note: str | None = None


@value
class ArchiveContract(Command):
    """Put the file of an ended contract away."""

    reference: str


ClosingCommand: TypeAlias = CompleteContract | TerminateContract | ExpireContract | ArchiveContract

ENDS = (Status.REJECTED, Status.COMPLETED, Status.TERMINATED, Status.EXPIRED)


class PaymentsOutstanding(Refusal):
    """A completed contract owes nothing."""

    template = "{balance} of the contract's value is still to be paid."


class RetentionsOutstanding(Refusal):
    """A completed contract holds nothing back."""

    template = "{retained} are still held back."


class DeliveriesOutstanding(Refusal):
    """A completed contract has every planned delivery accepted whole, and every other one judged."""

    template = "These deliveries are still to be accepted: {deliveries}."


class PeriodNotOver(Refusal):
    """A contract expires only after its last day."""

    template = "The contract runs until {last_day}; it expires only after that day."


class ExitFeeDiffers(Refusal):
    """Leaving costs what was agreed, or a reason says why it costs something else."""

    template = "The term {term_id!r} quotes an exit fee of {quoted}, not of {stated}; another one needs a reason."


class AlreadyArchived(Refusal):
    """A contract is archived once."""

    template = "The contract was already archived, under {reference}."


def complete(contract: Contract, command: CompleteContract) -> list[Fact]:
    """Refusals: WrongStage, AmendmentStillOpen, DeliveriesOutstanding, DefectsOpen, PaymentsOutstanding, RetentionsOutstanding."""
    rules.require_stage(contract, Status.IN_FORCE)
    amendment.require_none_open(contract)
    outstanding = [d for d in {**contract.planned_deliveries, **contract.deliveries} if is_outstanding(contract, d)]
    if outstanding:
        raise DeliveriesOutstanding(deliveries=", ".join(outstanding))
    rules.require_no_defects(contract)
    if contract.balance is not None and contract.balance.minor > 0:
        raise PaymentsOutstanding(balance=contract.balance)
    if contract.retained is not None and contract.retained.minor > 0:
        raise RetentionsOutstanding(retained=contract.retained)
    return [ContractCompleted(note=command.note)]


def terminate(contract: Contract, command: TerminateContract, occasion: Occasion) -> list[Fact]:
    """What is still open of amendments lapses.

    Refusals: WrongStage, NeedsText of the ground, AmountNotPositive, CurrencyDiffers, NeedsText of an obligation, ExitFeeDiffers.
    """
    rules.require_stage(contract, Status.DRAFT, Status.IN_APPROVAL, Status.APPROVED, Status.IN_FORCE, Status.SUSPENDED)
    rules.require_text("ground", command.ground)
    if command.exit_fee is not None:
        rules.require_amount(contract, command.exit_fee)
    for obligation in command.exit_obligations:
        rules.require_text("exit obligation", obligation)
    why = None if command.fee_reason is None or is_blank(command.fee_reason) else command.fee_reason
    agreed = quoted(contract, command.ground, occasion)
    if agreed is not None and command.exit_fee is not None and agreed[1] is not None and command.exit_fee != agreed[1] and why is None:
        raise ExitFeeDiffers(term_id=agreed[0].term_id, quoted=agreed[1], stated=command.exit_fee)
    terminated = ContractTerminated(
        ground=command.ground,
        exit_fee=command.exit_fee,
        exit_obligations=command.exit_obligations,
        term_id=None if agreed is None else agreed[0].term_id,
        term_version=None if agreed is None else agreed[0].version,
        fee_reason=why,
    )
    return [*amendment.lapsing(contract), terminated]


def quoted(contract: Contract, ground: str, occasion: Occasion) -> tuple[AgreedTerm, Money | None] | None:
    """The agreed term that has this ground and the fee that it quotes, declared on this UTC day; None where no term has it.

    The fee is None where it cannot be reckoned, such as a share of a value that is not stated.
    """
    for held in contract.terms.values():
        if isinstance(held.term, Termination) and any(known.ground == ground for known in held.term.grounds):
            if contract.value is None:
                return held, None
            period = contract.period
            try:
                quote = termination.quote(
                    held.term,
                    ground=ground,
                    declared_on=occasion.effective_at.date(),
                    total=contract.value,
                    start=period.start,
                    end=period.end,
                )
            except Refusal:
                return held, None
            return held, quote.amount
    return None


def decide(contract: Contract, command: ClosingCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then NoLastDay and PeriodNotOver, or AlreadyArchived and NeedsText, or those of completing and terminating."""
    match command:
        case CompleteContract():
            return complete(contract, command)
        case TerminateContract():
            return terminate(contract, command, occasion)
        case ExpireContract(note=note):
            rules.require_stage(contract, Status.IN_FORCE, Status.SUSPENDED)
            last_day = rules.require_last_day(contract)
            if occasion.effective_at.date() <= last_day:
                raise PeriodNotOver(last_day=last_day)
            # A contract runs out whatever is still being talked about: nobody has to call that off first.
            return [*amendment.lapsing(contract), ContractExpired(note=note)]
        case ArchiveContract(reference=reference):
            rules.require_stage(contract, *ENDS)
            if contract.archived_under is not None:
                raise AlreadyArchived(reference=contract.archived_under)
            rules.require_text("archive reference", reference)
            return [ContractArchived(reference=reference)]
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
    match happened:
        case ContractCompleted():
            end(contract, entry, Status.COMPLETED)
        case ContractTerminated(ground=ground, exit_fee=exit_fee, exit_obligations=exit_obligations):
            end(contract, entry, Status.TERMINATED)
            contract.ground = ground
            contract.exit_fee = exit_fee
            contract.exit_obligations = exit_obligations
        case ContractExpired():
            end(contract, entry, Status.EXPIRED)
        case ContractArchived(reference=reference):
            contract.archived_under = reference
        case unreachable:
            assert_never(unreachable)


def end(contract: Contract, entry: Entry, status: Status) -> None:
    """Marks how and when the contract ended."""
    contract.status = status
    contract.ended_at = entry.effective_at
