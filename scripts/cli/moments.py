"""Moments as people type them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

import typer

from infra.render import to_json
from scripts.cli.terminal import usage

HELP: Final = "a day (2026-03-31: its end, in UTC), or a moment with its offset (2026-03-31T18:00:00+08:00)"

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)

ValidAt = Annotated[str | None, typer.Option(metavar="T", help=f"As it stood in the world at T: {HELP}.")]
KnownAt = Annotated[str | None, typer.Option(metavar="T", help="As the ledger knew it at T: what was recorded later does not count.")]


def both(valid_at: str | None, known_at: str | None) -> tuple[datetime | None, datetime | None]:
    """The moments of --valid-at and --known-at."""
    return None if valid_at is None else up_to(valid_at, "--valid-at"), None if known_at is None else up_to(known_at, "--known-at")


def told(valid_at: datetime | None, known_at: datetime | None) -> dict[str, object]:
    """As of when a list is, beside the list in JSON; nothing for the present."""
    if valid_at is None and known_at is None:
        return {}
    return {"as_of": {"valid_at": to_json(valid_at), "known_at": to_json(known_at)}}


def up_to(text: str, option: str) -> datetime:
    """The moment up to which something counts: a bare day means its end in UTC. Naive times are refused, with a hint."""
    return _parse(text, option, time.max)


def since(text: str, option: str) -> datetime:
    """The moment at which something happened: a bare day means its beginning in UTC, so that the day includes it."""
    return _parse(text, option, time.min)


def _parse(text: str, option: str, of_the_day: time) -> datetime:
    typed = text.strip()
    try:
        if _DAY.fullmatch(typed):
            return datetime.combine(date.fromisoformat(typed), of_the_day, UTC)
        if not _MOMENT.fullmatch(typed):
            raise usage(f"{option} is {text[:60]!r}; give {HELP}.")
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise usage(f"{option} is {typed!r}, and there is no such day or time: {error}.") from None
    if moment.tzinfo is None:
        raise usage(f"{option} is {typed!r}, which leaves the time zone open; write {typed}Z for UTC, or {typed}+08:00 for China.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise usage(f"{option} is {typed!r}, which is beyond the calendar in UTC.") from None


def day(text: str, option: str) -> date:
    """A day. Stops for what is none."""
    if not _DAY.fullmatch(text.strip()):
        raise usage(f"{option} is {text[:60]!r}; give a day, such as 2026-03-31.")
    return up_to(text, option).date()


def brief(moment: datetime | None) -> str:
    """A moment for a table, in UTC, to the second; midnight as its day alone."""
    if moment is None:
        return ""
    there = moment.astimezone(UTC)
    if there.time() == time.min:
        return there.date().isoformat()
    return (there - timedelta(microseconds=there.microsecond)).strftime("%Y-%m-%d %H:%M:%S")
