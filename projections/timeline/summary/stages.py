"""How a contract began to bind and how it ended, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.closing import ClosingFact, ContractCompleted, ContractTerminated
from domain.contract.signing import ContractInForce, OriginalDeposited, SealAffixed, SignatureRequested, Signed, SigningFact
from projections.timeline.summary.phrases import because, on, short, whom


def of_stage(happened: SigningFact | ClosingFact) -> str:
    """How the contract began to bind, and how it ended."""
    match happened:
        case Signed(party=party, signatory=signatory):
            return f"Signed for {whom(party)}" + (f" by {short(signatory)}" if signatory else "")
        case ContractInForce():
            return "Contract in force"
        case SignatureRequested(party=party, signatory=signatory, due=due):
            return f"Signature for {whom(party)} by {short(signatory)} asked for{on(due)}"
        case SealAffixed(party=party, kind=kind, by=by):
            return f"Seal ({kind.value.replace('_', ' ')}) of {whom(party)} affixed by {short(by)}"
        case OriginalDeposited(place=place, copies=copies):
            return f"{copies} original{'s' if copies > 1 else ''} deposited: {short(place)}"
        case ContractCompleted(note=note):
            return f"Contract completed{because(note)}"
        case ContractTerminated(ground=ground):
            return f"Contract terminated{because(ground)}"
        case unreachable:
            assert_never(unreachable)
