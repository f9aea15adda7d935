"""What the fields of quotes and obligations mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording

FIELDS: Final[dict[str, Wording]] = {
    field: Wording(says, None)
    for field, says in (
        ("as_of", "The day up to which it is reckoned."),
        ("bearing", "What bore interest in these days."),
        ("capped", "Whether it would be more without the agreed limit."),
        ("cure_until", "The last day to put it right."),
        ("current_end", "The last day of the present period."),
        ("days_charged", "The days that count, after those that are free or paused."),
        ("days_late", "The days late, of which some may be free or paused."),
        ("days_left", "The days until the last one for notice; below zero once it is over."),
        ("days_overdue", "The days after its day on which it was still not fulfilled."),
        ("days_paused", "The days that granted relief takes off."),
        ("declared_on", "The day on which it would be declared."),
        ("delivered", "Whether it has come."),
        ("effective_on", "The day that would be the contract's last."),
        ("fulfilled", "Whether it was done."),
        ("formula", "How it was reckoned, with the figures."),
        ("gross", "What it is before anything is taken off."),
        ("incident_id", "The incident's id; for a month, that of its measurement."),
        ("interest_paid", "What payments paid of the interest."),
        ("limit_seconds", "Within how many seconds it was to be done."),
        ("may_terminate_from", "From when on the delay is a ground to end the contract; null while it is none."),
        ("misses", "The times that were missed."),
        ("net", "What is left of it."),
        ("next_end", "The last day of the next period; null where there is none."),
        ("next_start", "The first day of the next period; null where there is none."),
        ("notice_deadline", "The last day for notice."),
        ("obligation", "Which obligation of the contract."),
        ("obligation_id", "The id of what is owed, among those of its kind."),
        ("obligations", "What is or was owed, by day; what has no day yet comes last."),
        ("ours", "Whether our side owes it."),
        ("outlook", "What follows the present period."),
        ("periods", "How many periods are charged, as an exact number such as 2 or 17/7."),
        ("principal_open", "What is still owed without interest."),
        ("quotes", "One for each thing that the question is about."),
        ("remaining_days", "The days from then to the end of the period; null where it has none."),
        ("result", "What the term comes to."),
        ("stretches", "The days over which the same amount bore interest."),
        ("surplus", "What was paid beyond all that was owed."),
        ("waits_for", "What has to happen before it has a day; null where it has one."),
    )
}

# The same word for different things: what it means within one class.
WITHIN: Final[dict[tuple[str, str], Wording]] = {
    ("DamagesTerm", "base"): Wording("What the rate is taken of.", None),
    ("DamagesTerm", "until"): Wording("The last day that is reckoned with.", None),
    ("Obligation", "kind"): Wording("What is owed: a delivery, an instalment, acceptance, fixing a defect, or a release.", "delivery"),
    ("ObligationsAnswer", "on"): Wording("The day that was asked about.", "2026-03-31"),
    ("Owed", "amount"): Wording("How much, where money is owed.", None),
    ("Owed", "description"): Wording("What is owed, in words.", None),
    ("Owed", "due"): Wording("By which day; null while it has none.", "2026-03-31"),
    ("Quote", "about"): Wording("What was asked.", "late_delivery"),
    ("Quote", "on"): Wording("The day that was asked about.", "2026-03-31"),
    ("Quote", "subject"): Wording("What it is for: a delivery, an instalment, a ground, a month.", "1"),
    ("Quote", "version"): Wording("The version of the entry that made the term.", 9),
}
