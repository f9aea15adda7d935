"""Dispute path 争议解决: which steps follow each other, for which breach, and how long each must be tried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import Calendar, DayUnit, EveryDay, after
from domain.terms.rules import Term


class StepKind(StrEnum):
    """协商, 调解, expert determination, 仲裁, 诉讼. The last two decide, and exclude each other."""

    NEGOTIATION = "negotiation"
    MEDIATION = "mediation"
    EXPERT = "expert"
    ARBITRATION = "arbitration"
    LITIGATION = "litigation"


DECIDING = frozenset({StepKind.ARBITRATION, StepKind.LITIGATION})


@value
class Step:
    """The step must be tried for so many days before the next one may begin; `forum` is the institution or the court."""

    kind: StepKind
    days: int = 0
    unit: DayUnit = DayUnit.CALENDAR
    forum: str | None = None


@value
class Route:
    """Steps for these types of breach; with none named, for all that no other route names."""

    steps: tuple[Step, ...]
    breaches: tuple[str, ...] = ()


@value
class DisputePath(Term):
    """`law` is the governing law."""

    routes: tuple[Route, ...]
    law: str
    term: Literal["dispute_path"] = "dispute_path"


@value
class Entered:
    """A step that was begun, on a day."""

    kind: StepKind
    on: date


@value
class DisputeStanding:
    """`following` may be entered from `following_from` on; both are None after the last step."""

    breach: str
    law: str
    current: Step | None
    following: Step | None
    following_from: date | None
    may_enter: bool
    formula: str


class BreachOnTwoRoutes(Refusal):
    """A breach takes one route."""

    template = "The breach {breach!r} is on more than one route."


class SecondGeneralRoute(Refusal):
    """One route at most serves all breaches that are not named."""

    template = "More than one route names no breach."


class LastStepMustDecide(Refusal):
    """A route ends with arbitration or litigation, and has neither before its end."""

    template = "A route must end with arbitration or litigation and have neither before; {kind} is step {number} of {count}."


class ForumMissing(Refusal):
    """Where it will be decided is agreed."""

    template = "The term does not say before which {kind} forum the dispute goes."


class NoRoute(Refusal):
    """A dispute follows an agreed route."""

    template = "The contract has no route for the breach {breach!r}."


class StepOutOfTurn(Refusal):
    """Steps are entered in order."""

    template = "The next step is {following}; {given} is not."


class StepTooEarly(Refusal):
    """Each step is tried for as long as agreed."""

    template = "{given} may be entered from {from_day} on; {on} is too early."


def check(term: DisputePath) -> None:
    """Refuses routes that no dispute could follow, or two at once."""
    rules.require_text("governing law", term.law)
    if not term.routes:
        raise rules.NothingListed(element="route")
    if sum(not route.breaches for route in term.routes) > 1:
        raise SecondGeneralRoute
    seen: set[str] = set()
    for route in term.routes:
        for breach in route.breaches:
            rules.require_text("type of breach", breach)
            if breach in seen:
                raise BreachOnTwoRoutes(breach=breach)
            seen.add(breach)
        _check_steps(route.steps)


def _check_steps(steps: Sequence[Step]) -> None:
    if not steps:
        raise rules.NothingListed(element="step")
    for number, step in enumerate(steps, start=1):
        rules.require_count("number of days of a step", step.days)
        if (step.kind in DECIDING) != (number == len(steps)):
            raise LastStepMustDecide(kind=step.kind.value, number=number, count=len(steps))
        if step.kind in DECIDING and not (step.forum or "").strip():
            raise ForumMissing(kind=step.kind.value)
    rules.require_unique("step", (step.kind.value for step in steps))


def standing(  # noqa: PLR0913 - each is a separate fact of the dispute
    term: DisputePath, *, breach: str, opened_on: date, as_of: date, entered: Sequence[Entered] = (), calendar: Calendar | None = None
) -> DisputeStanding:
    """Which step a dispute is at, and which may follow from when. Refusals: NoRoute, StepOutOfTurn, StepTooEarly."""
    route = route_for(term, breach)
    days = calendar or EveryDay()
    may_from, how, current = opened_on, f"opened on {opened_on}", None
    for number, begun in enumerate(entered):
        if number >= len(route.steps) or route.steps[number].kind is not begun.kind:
            following = route.steps[number].kind.value if number < len(route.steps) else "none: the last one is entered"
            raise StepOutOfTurn(following=following, given=begun.kind.value)
        if begun.on < may_from:
            raise StepTooEarly(given=begun.kind.value, from_day=may_from, on=begun.on)
        current = route.steps[number]
        may_from = after(days, current.unit, begun.on, current.days) if current.days else begun.on
        unit = current.unit.value.replace("_", " ")
        how = f"{current.kind.value} entered on {begun.on} + {current.days} {unit} = {may_from}"
    following_step = route.steps[len(entered)] if len(entered) < len(route.steps) else None
    then = "no step follows" if following_step is None else f"{following_step.kind.value} may be entered from {may_from} on"
    return DisputeStanding(
        breach=breach,
        law=term.law,
        current=current,
        following=following_step,
        following_from=None if following_step is None else may_from,
        may_enter=following_step is not None and may_from <= as_of,
        formula=f"{how}; {then}",
    )


def route_for(term: DisputePath, breach: str) -> Route:
    """The route that names the breach, otherwise the one that names none. Refuses with NoRoute."""
    named = next((route for route in term.routes if breach in route.breaches), None)
    general = next((route for route in term.routes if not route.breaches), None)
    if named is None and general is None:
        raise NoRoute(breach=breach)
    return named or general or term.routes[0]
