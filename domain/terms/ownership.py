"""Intellectual property 知识产权: whose the results are, from when, and by when they must be assigned."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.terms import rules
from domain.terms.calendar import shift
from domain.terms.rules import Term


class Owner(StrEnum):
    """Whose it is."""

    US = "us"
    COUNTERPARTY = "counterparty"
    JOINT = "joint"


class Passes(StrEnum):
    """With what the right passes."""

    CREATION = "creation"
    ACCEPTANCE = "acceptance"
    FULL_PAYMENT = "full_payment"


@value
class Right:
    """`maker` owns it until it passes to `owner`; papers of assignment are due so many days after that."""

    right_id: str
    subject: str
    maker: Owner
    owner: Owner
    passes: Passes = Passes.CREATION
    assignment_days: int | None = None


@value
class IntellectualProperty(Term):
    """What each side brings along stays its own; these are the rights in what the contract brings about."""

    rights: tuple[Right, ...]
    term: Literal["intellectual_property"] = "intellectual_property"


@value
class RightStanding:
    """Who owns a right as of a day; `assignment_due` is None before it has passed, and where no assignment is needed."""

    right: Right
    owner: Owner
    passed_on: date | None
    assignment_due: date | None
    formula: str


def check(term: IntellectualProperty) -> None:
    """Refuses rights in nothing, named twice, or with a number of days that makes no sense."""
    if not term.rights:
        raise rules.NothingListed(element="right")
    rules.require_unique("right", (right.right_id for right in term.rights))
    for right in term.rights:
        rules.require_text("subject of a right", right.subject)
        if right.assignment_days is not None:
            rules.require_count("number of days until assignment", right.assignment_days)


def standing(right: Right, *, as_of: date, happened_on: date | None) -> RightStanding:
    """Who owns a right, given the day of what it passes with, None while that has not happened."""
    passed_on = happened_on if happened_on is not None and happened_on <= as_of else None
    owner = right.maker if passed_on is None else right.owner
    due = None if passed_on is None or right.assignment_days is None else shift(passed_on, right.assignment_days)
    what = right.passes.value.replace("_", " ")
    when = f"{what} has not happened by {as_of}" if passed_on is None else f"passed with {what} on {passed_on}"
    papers = "" if due is None else f"; assignment due {passed_on} + {right.assignment_days} days = {due}"
    return RightStanding(
        right=right,
        owner=owner,
        passed_on=passed_on,
        assignment_due=due,
        formula=f"{right.subject}: {when}; owned by {owner.value}{papers}",
    )
