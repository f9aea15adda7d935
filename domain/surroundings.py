"""What a decision may look at beside its own stream: other streams' present states, and calendars. Its facts name what it used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.terms.calendar import Calendar

S = TypeVar("S")


class Surroundings(Protocol):
    """Only decisions look around. Folding never does: an old fact means the same whatever became of its surroundings."""

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """The present state of another stream, such as `state(Party, "p1")`; a blank one where nothing began. It must not be changed."""
        ...

    def calendar(self, code: str, zone: str) -> Calendar:
        """A working calendar. Refusals: CalendarNotKnown, ZoneNotKnown."""
        ...


class Alone:
    """Nothing around: every other stream is blank, and there are no calendars."""

    def state(self, blank: Callable[[], S], identity: str) -> S:  # noqa: ARG002 - whatever the identity
        """A blank state."""
        return blank()

    def calendar(self, code: str, zone: str) -> Calendar:  # noqa: ARG002 - whatever the zone
        """Refuses with CalendarNotKnown."""
        # Terms are themselves made with what this module is imported by.
        from domain.terms.calendar import CalendarNotKnown  # noqa: PLC0415

        raise CalendarNotKnown(code=code, always="")


ALONE = Alone()
