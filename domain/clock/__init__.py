"""The clock 时钟: days begin, each once and in order, where the house is; what is reckoned by days follows these facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeAlias, cast

from domain.contract import days
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.refusals import Refusal
from domain.terms.calendar import local_day

HOUSE: Final = "house"


@fact("clock.day_began")
class DayBegan(Fact):
    """A day began in the zone of the house; what falls due on it, or was to be done by the day before, shows from here on."""

    day: date
    calendar: str
    zone: str


ClockFact: TypeAlias = DayBegan


@value
class BeginDay(Command):
    """Record that a day began: the one after the last that did."""

    day: date
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC


ClockCommand: TypeAlias = BeginDay


class DayBeganAlready(Refusal):
    """A day begins once."""

    template = "{day} began already; the last day that did is {last}."


class DayLeftOut(Refusal):
    """Days begin one after the other, after however long a stop."""

    template = "{day} does not come next; {expected} does."


class DayNotCome(Refusal):
    """A day begins once it has come where the house is."""

    template = "{day} has not come yet; it is {today}."


@dataclass(slots=True)
class Clock:
    """The last day that began; none did where `version` is zero."""

    version: int = 0
    day: date | None = None

    @property
    def exists(self) -> bool:
        """Whether a day ever began."""
        return self.version > 0

    def copy(self) -> Clock:
        """A state that may be folded further without touching this one."""
        return replace(self)


def decide(clock: Clock, command: ClockCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """Refusals: HappensInTheFuture, those of the calendar, DayBeganAlready, DayLeftOut, DayNotCome."""
    require_past(occasion)
    calendar = days.counted(occasion, command.calendar, command.zone)
    if clock.day is not None and command.day <= clock.day:
        raise DayBeganAlready(day=command.day, last=clock.day)
    if clock.day is not None and command.day != clock.day + timedelta(days=1):
        raise DayLeftOut(day=command.day, expected=clock.day + timedelta(days=1))
    today = local_day(calendar, occasion.now)
    if command.day > today:
        raise DayNotCome(day=command.day, today=today)
    return [DayBegan(day=command.day, calendar=command.calendar, zone=command.zone)]


def fold(clock: Clock, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("ClockFact", entry.fact)
    clock.day = happened.day
    clock.version = entry.version
