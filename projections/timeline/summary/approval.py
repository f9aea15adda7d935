"""What approvers decided, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalFact,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmittedForApproval,
)
from domain.contract.route import PolicyEdition
from projections.timeline.summary.phrases import because, short


def of_approval(happened: ApprovalFact) -> str:
    """What was decided."""
    match happened:
        case SubmittedForApproval(note=note, route=route, policy=PolicyEdition(edition=edition)):
            return f"Submitted for approval on route {short(route.route_id)} of edition {edition}{because(note)}"
        case SubmittedForApproval(note=note):
            return f"Submitted for approval{because(note)}"
        case StepApproved(step=step, opinion=opinion, on_behalf_of=holder):
            return f"Step {step} approved{behalf(holder)}{because(opinion)}"
        case StepRejected(step=step, opinion=opinion, on_behalf_of=holder):
            return f"Step {step} rejected{behalf(holder)}{because(opinion)}"
        case SentBack(opinion=opinion, on_behalf_of=holder):
            return f"Sent back{behalf(holder)}{because(opinion)}"
        case StepDelegated(step=step, to=to, why=why):
            return f"Step {step} left to {short(to)}{because(why)}"
        case ApprovalCompleted():
            return "Approval completed"
        case ApprovalWithdrawn(why=why):
            return f"Submission withdrawn{because(why)}"
        case unreachable:
            assert_never(unreachable)


def behalf(holder: str | None) -> str:
    """For whom somebody decided, where not for themselves."""
    return "" if holder is None else f" on behalf of {short(holder)}"
