"""Review: somebody looks at a contract again by a day, and says what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, Review, ReviewEnd
from domain.contract.vocabulary import ReviewOutcome
from domain.facts import Command, Entry, Fact, fact, value
from domain.refusals import Refusal


@fact("contract.review_scheduled")
class ReviewScheduled(Fact):
    """Somebody is to look at the contract by a day."""

    review_id: str
    about: str
    due: date
    reviewer: str


@fact("contract.review_completed")
class ReviewCompleted(Fact):
    """Somebody looked at the contract, and this was found."""

    review_id: str
    findings: str
    outcome: ReviewOutcome


ReviewFact: TypeAlias = ReviewScheduled | ReviewCompleted


@value
class ScheduleReview(Command):
    """Ask for a review of a contract by a day, at any stage."""

    review_id: str
    about: str
    due: date
    reviewer: str


@value
class CompleteReview(Command):
    """Say what a review found."""

    review_id: str
    findings: str
    outcome: ReviewOutcome


ReviewCommand: TypeAlias = ScheduleReview | CompleteReview


class ReviewOver(Refusal):
    """A review is completed once; looking again is another review."""

    template = "The review {review_id!r} was already completed."


def decide(contract: Contract, command: ReviewCommand) -> list[Fact]:
    """Refusals: ElementExists, NeedsText; or UnknownElement, ReviewOver, NeedsText."""
    match command:
        case ScheduleReview(review_id=review_id, about=about, due=due, reviewer=reviewer):
            rules.require_new("review", review_id, contract.reviews)
            rules.require_text("subject", about)
            rules.require_text("reviewer", reviewer)
            return [ReviewScheduled(review_id=review_id, about=about, due=due, reviewer=reviewer)]
        case CompleteReview(review_id=review_id, findings=findings, outcome=outcome):
            rules.require_known("review", review_id, contract.reviews)
            if contract.reviews[review_id].end is not None:
                raise ReviewOver(review_id=review_id)
            rules.require_text("findings", findings)
            return [ReviewCompleted(review_id=review_id, findings=findings, outcome=outcome)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: ReviewFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case ReviewScheduled():
            contract.reviews[happened.review_id] = Review(
                review_id=happened.review_id, about=happened.about, due=happened.due, reviewer=happened.reviewer
            )
        case ReviewCompleted(review_id=review_id, findings=findings, outcome=outcome):
            end = ReviewEnd(findings=findings, outcome=outcome, by=entry.meta.actor, at=entry.effective_at)
            contract.reviews[review_id] = replace(contract.reviews[review_id], end=end)
        case unreachable:
            assert_never(unreachable)
