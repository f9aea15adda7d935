"""Review: somebody looks at a contract again by a day, and says what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import days, rules
from domain.contract.assessed import RiskLevel
from domain.contract.breach import AlreadyRecorded, NotDueYet
from domain.contract.state import Contract, Review, ReviewEnd
from domain.contract.vocabulary import ReviewOutcome
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.terms.calendar import add_months, local_day


@fact("contract.review_scheduled", schema=2)
class ReviewScheduled(Fact):
    """Somebody is to look at the contract by a day.

    `rules_edition` and `level` are the edition of the risk rules, and the level of the contract's risk, that the day follows from; None
    where it was stated.
    """

    review_id: str
    about: str
    due: date
    reviewer: str
    rules_edition: int | None = None
    level: RiskLevel | None = None


@fact("contract.review_completed")
class ReviewCompleted(Fact):
    """Somebody looked at the contract, and this was found."""

    review_id: str
    findings: str
    outcome: ReviewOutcome


@fact("contract.review_fell_due")
class ReviewFellDue(Fact):
    """The day came by which somebody is to look at the contract, and they had not."""

    review_id: str
    due: date
    reviewer: str
    calendar: str
    zone: str


ReviewFact: TypeAlias = ReviewScheduled | ReviewCompleted | ReviewFellDue


@value
class ScheduleReview(Command):
    """Ask for a review of a contract by a day, at any stage.

    Without a day it is that of the risk rules in use: so many months, by the level of the contract's risk, after its last review, or after
    it came into force, or after now where neither was.
    """

    review_id: str
    about: str
    reviewer: str
    due: date | None = None


@value
class CompleteReview(Command):
    """Say what a review found."""

    review_id: str
    findings: str
    outcome: ReviewOutcome


@value
class RecordReviewDue(Command):
    """Record that the day came by which a review is to be completed; days are those of the zone."""

    review_id: str
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC


ReviewCommand: TypeAlias = ScheduleReview | CompleteReview | RecordReviewDue


class ReviewOver(Refusal):
    """A review is completed once; looking again is another review."""

    template = "The review {review_id!r} was already completed."


class NoReviewDay(Refusal):
    """A review has a day: a stated one, or one by the risk rules and the contract's level of risk."""

    template = "State the day: no risk rules in use say when contracts are reviewed, or the contract's risk was never assessed."


def decide(contract: Contract, command: ReviewCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: ElementExists, NeedsText, NoReviewDay; or UnknownElement, ReviewOver, NeedsText; of days those of the calendar, NotDueYet,
    AlreadyRecorded.
    """
    match command:
        case ScheduleReview(review_id=review_id, about=about, due=due, reviewer=reviewer):
            rules.require_new("review", review_id, contract.reviews)
            rules.require_text("subject", about)
            rules.require_text("reviewer", reviewer)
            if due is not None:
                return [ReviewScheduled(review_id=review_id, about=about, due=due, reviewer=reviewer)]
            day, edition, level = day_by_risk(contract, occasion)
            return [ReviewScheduled(review_id=review_id, about=about, due=day, reviewer=reviewer, rules_edition=edition, level=level)]
        case CompleteReview(review_id=review_id, findings=findings, outcome=outcome):
            rules.require_known("review", review_id, contract.reviews)
            if contract.reviews[review_id].end is not None:
                raise ReviewOver(review_id=review_id)
            rules.require_text("findings", findings)
            return [ReviewCompleted(review_id=review_id, findings=findings, outcome=outcome)]
        case RecordReviewDue():
            return [fallen_due(contract, command, occasion)]
        case unreachable:
            assert_never(unreachable)


def fallen_due(contract: Contract, command: RecordReviewDue, occasion: Occasion) -> ReviewFellDue:
    """That a review's day came. Refusals: UnknownElement, ReviewOver, those of the calendar, NotDueYet, AlreadyRecorded."""
    rules.require_known("review", command.review_id, contract.reviews)
    review = contract.reviews[command.review_id]
    if review.end is not None:
        raise ReviewOver(review_id=review.review_id)
    calendar = days.counted(occasion, command.calendar, command.zone)
    today = local_day(calendar, occasion.effective_at)
    if today < review.due:
        raise NotDueYet(kind="review", obligation_id=review.review_id, due=review.due, today=today)
    if review.fell_due:
        raise AlreadyRecorded(kind="review", obligation_id=review.review_id, due=review.due)
    return ReviewFellDue(review_id=review.review_id, due=review.due, reviewer=review.reviewer, calendar=calendar.name, zone=command.zone)


def day_by_risk(contract: Contract, occasion: Occasion) -> tuple[date, int, RiskLevel]:
    """The day of the next review by the risk rules in use, their edition, and the contract's level. Refuses with NoReviewDay."""
    # Risk rules are made of contracts' words.
    from domain.risk import CONTRACTS, RiskRules  # noqa: PLC0415

    book = occasion.around.state(RiskRules, CONTRACTS)
    if not book.in_use or book.review_after is None or contract.risk is None:
        raise NoReviewDay
    ends = [review.end.at for review in contract.reviews.values() if review.end is not None]
    since = max(ends, default=contract.in_force_since or occasion.effective_at)
    level = contract.risk.level
    return add_months(since.date(), book.review_after.after(level)), book.edition, level


def evolve(contract: Contract, entry: Entry, happened: ReviewFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case ReviewScheduled():
            contract.reviews[happened.review_id] = Review(
                review_id=happened.review_id, about=happened.about, due=happened.due, reviewer=happened.reviewer
            )
        case ReviewFellDue(review_id=review_id):
            # As of a moment before it was asked for, there is none.
            if review_id in contract.reviews:
                contract.reviews[review_id] = replace(contract.reviews[review_id], fell_due=True)
        case ReviewCompleted(review_id=review_id, findings=findings, outcome=outcome):
            # It may be dated before it was asked for, and tells nothing until then.
            if review_id in contract.reviews:
                end = ReviewEnd(findings=findings, outcome=outcome, by=entry.meta.actor, at=entry.effective_at)
                contract.reviews[review_id] = replace(contract.reviews[review_id], end=end)
        case unreachable:
            assert_never(unreachable)
