"""Continuation: a contract in force rests for a while, and goes on."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import Command, Fact, Occasion, fact, value


@fact("contract.suspended")
class ContractSuspended(Fact):
    """Performance rests: nothing is delivered meanwhile, while payments may still be made."""

    why: str
    until: date | None = None


@fact("contract.resumed")
class ContractResumed(Fact):
    """Performance goes on."""

    note: str | None = None


ContinuationFact: TypeAlias = ContractSuspended | ContractResumed


@value
class SuspendContract(Command):
    """Let a contract rest, such as in a case of force majeure; deliveries wait until it is resumed."""

    why: str
    until: date | None = None


@value
class ResumeContract(Command):
    """Go on with a suspended contract."""

    note: str | None = None


ContinuationCommand: TypeAlias = SuspendContract | ResumeContract


def decide(contract: Contract, command: ContinuationCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, NeedsText."""
    match command:
        case SuspendContract(why=why, until=until):
            rules.require_stage(contract, Status.IN_FORCE)
            rules.require_text("reason", why)
            return [ContractSuspended(why=why, until=until)]
        case ResumeContract(note=note):
            rules.require_stage(contract, Status.SUSPENDED)
            return [ContractResumed(note=note)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, happened: ContinuationFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case ContractSuspended(until=until):
            contract.status = Status.SUSPENDED
            contract.suspended_until = until
        case ContractResumed():
            contract.status = Status.IN_FORCE
            contract.suspended_until = None
        case unreachable:
            assert_never(unreachable)
