"""How a contract began to bind, rested, went on and ended, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.closing import ClosingFact, ContractArchived, ContractCompleted, ContractExpired, ContractTerminated
from domain.contract.continuation import ContinuationFact, ContractRenewed, ContractResumed, ContractSuspended, RenewalNoticeGiven
from domain.contract.signing import ContractInForce, OriginalDeposited, SealAffixed, SignatureRequested, Signed, SigningFact, TextFixed
from projections.timeline.summary.phrases import because, on, short, span, whom


def of_stage(happened: SigningFact | ContinuationFact | ClosingFact) -> str:
    """How the contract began to bind, rested, went on, and ended."""
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
        case RenewalNoticeGiven(party=party, renews=renews, note=note):
            return f"Notice for {whom(party)}: {'goes on' if renews else 'does not go on'} after the present period{because(note)}"
        case ContractRenewed(period=period, note=note):
            return f"Contract renewed for {span(period)}{because(note)}"
        case ContractSuspended(why=why, until=until):
            return "Contract suspended" + ("" if until is None else f" until {until.isoformat()}") + because(why)
        case ContractResumed(note=note):
            return f"Contract resumed{because(note)}"
        case TextFixed(sha256=sha256, rendered_version=version):
            return f"Text of version {version} fixed for signing: {happened.format.value}, {sha256[:12]}…"
        case ContractCompleted(note=note):
            return f"Contract completed{because(note)}"
        case ContractTerminated(ground=ground, exit_fee=exit_fee):
            return "Contract terminated" + ("" if exit_fee is None else f" at a fee of {exit_fee}") + because(ground)
        case ContractExpired(note=note):
            return f"Contract expired{because(note)}"
        case ContractArchived(reference=reference):
            return f"Contract archived under {short(reference)}"
        case unreachable:
            assert_never(unreachable)
