"""Visits: who used a key, read what is sensitive, took lists away, was refused. A stream holds a day of one credential."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias, cast

from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("access.signed_in")
class SignedIn(Fact):
    """A key was used, for the first time in this hour."""

    key_id: str


@fact("access.sign_in_refused")
class SignInRefused(Fact):
    """Somebody showed a key that opens nothing, for the first time in this hour. `key_id` is None where no such key was ever issued."""

    key_id: str | None


@fact("access.denied")
class AccessDenied(Fact):
    """A key was used for what its roles do not allow, for the first time in this hour. `subject` is what was asked for."""

    operation: str
    subject: str


@fact("access.sensitive_read")
class SensitiveRead(Fact):
    """Something sensitive was read, for the first time in this hour: `subject` is the stream, or what it was beside the streams."""

    operation: str
    subject: str


@fact("access.exported")
class ListExported(Fact):
    """A list was taken away as a file: so many `rows`, chosen by these filters. What they were set to is not kept: it may name people."""

    operation: str
    subject: str
    format: str
    filters: tuple[str, ...]
    rows: int


@fact("access.command_refused")
class CommandRefused(Fact):
    """A rule said no to a command. `input_hash` is what would have been stored with it: whether two commands were the same."""

    stream: str
    command: str
    refusal: str
    refused_command_id: str
    input_hash: str


VisitFact: TypeAlias = SignedIn | SignInRefused | AccessDenied | SensitiveRead | ListExported | CommandRefused

# What happens again and again within an hour is said once; files and refusals are said each time.
_EACH_TIME: Final = (ListExported, CommandRefused)


@value
class RecordVisit(Command):
    """Record what somebody did at the ledger's door."""

    what: VisitFact


class AlreadyNoted(Refusal):
    """What repeats within an hour is noted once."""

    template = "This is noted already for this hour."


def hour_of(moment: datetime) -> str:
    """The hour of a moment (aware), in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H}"


@dataclass(slots=True)
class Visits:
    """What was noted of a credential in the last hour of a day in which it came."""

    version: int = 0
    hour: str = ""
    noted: set[VisitFact] = field(default_factory=set)

    @property
    def exists(self) -> bool:
        """Whether anything was noted."""
        return self.version > 0

    def copy(self) -> Visits:
        """A state that may be folded further without touching this one."""
        return Visits(version=self.version, hour=self.hour, noted=set(self.noted))


def decide(visits: Visits, command: RecordVisit, occasion: Occasion) -> Sequence[Fact | Dated]:
    """Refusals: AlreadyNoted."""
    if hour_of(occasion.now) == visits.hour and command.what in visits.noted:
        raise AlreadyNoted
    return [command.what]


def fold(visits: Visits, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("VisitFact", entry.fact)
    # By the clock that dates commands, so that what is decided and what is folded speak of the same hour.
    hour = hour_of(entry.effective_at)
    if hour != visits.hour:
        visits.hour = hour
        visits.noted = set()
    if not isinstance(happened, _EACH_TIME):
        visits.noted.add(happened)
    visits.version = entry.version


def evolve(visits: Visits, entries: Iterable[Entry]) -> Visits:
    """A new state: the given one with more entries folded in."""
    folded = visits.copy()
    for entry in entries:
        fold(folded, entry)
    return folded
