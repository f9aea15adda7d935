"""Which channels there are, and how each person wants to be told: a file of the house's, as it holds secrets and addresses.

Addresses are of people, and stand in no fact, so that they can be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from domain.alert.vocabulary import AlertSeverity
from infra.errors import LedgerError
from infra.translations import spoken

# Whose message it is on a channel that nobody listens to alone.
EVERYBODY: Final = "everybody"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_QUIET: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_ORDER: Final = tuple(AlertSeverity)


class ChannelsWrong(LedgerError):
    """The file of the channels cannot be used."""


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    SMTP = "smtp"
    WEBHOOK = "webhook"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


class Encryption(StrEnum):
    """How the way to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel. A mail server has a host; everything else a URL, and a secret where it signs.

    A channel that is not mail is told of every alert of the severity `least` or more, once.
    """

    kind: ChannelKind
    host: str = ""
    port: int = 0
    encryption: Encryption = Encryption.STARTTLS
    sender: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    url: str = field(default="", repr=False)
    secret: str | None = field(default=None, repr=False)
    least: AlertSeverity = AlertSeverity.NOTICE
    language: str = "en"
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """How somebody wants to be told: by these mail channels, of what, in which language, and when.

    In the `quiet` hours, such as 22:00-07:00, only what is critical is sent. With a `digest` at an hour, such as 08:30, everything but that
    is gathered into one message a day.
    """

    channels: tuple[str, ...] = ()
    address: str = ""
    language: str = "en"
    zone: str = "UTC"
    quiet: str | None = None
    digest: str | None = None
    least: AlertSeverity = AlertSeverity.NOTICE

    def wants(self, severity: AlertSeverity) -> bool:
        """Whether an alert is bad enough."""
        return _ORDER.index(severity) >= _ORDER.index(self.least)

    def sent_at(self, severity: AlertSeverity, moment: datetime) -> datetime:
        """When a message that could be sent at a moment is sent to them."""
        if severity is AlertSeverity.CRITICAL:
            return moment
        there = moment.astimezone(ZoneInfo(self.zone))
        if self.digest is not None:
            at = there.replace(hour=int(self.digest[:2]), minute=int(self.digest[3:]), second=0, microsecond=0, fold=0)
            return (at if at >= there else at + timedelta(days=1)).astimezone(UTC)
        if self.quiet is None:
            return moment
        begins, ends = (time.fromisoformat(part) for part in self.quiet.split("-"))
        now = there.time()
        is_quiet = begins <= now < ends if begins <= ends else now >= begins or now < ends
        if not is_quiet:
            return moment
        end = there.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0, fold=0)
        return (end if end > there else end + timedelta(days=1)).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The channels by name, and people by the names that facts know them by."""

    channels: Mapping[str, Channel] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)

    def bound_for(self, told: tuple[str, ...], severity: AlertSeverity) -> dict[tuple[str, str], Person | None]:
        """The channel and recipient of each message of an alert; without a person it is for everybody."""
        found: dict[tuple[str, str], Person | None] = {
            (name, EVERYBODY): None
            for name, channel in self.channels.items()
            if channel.kind is not ChannelKind.SMTP and _ORDER.index(severity) >= _ORDER.index(channel.least)
        }
        for who in told:
            person = self.people.get(who)
            if person is not None and person.wants(severity):
                found |= {(name, who): person for name in person.channels}
        return found


def read(path: Path) -> Channels:
    """The channels of a file; none where there is no file. Raises ChannelsWrong, which says what and where."""
    if not path.exists():
        return Channels()
    try:
        content: Any = yaml.safe_load(path.read_text("utf-8")) or {}
        _require_known(path, content)
        read_in = msgspec.convert(content, Channels, strict=True)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        message = f"{path} cannot be used: {error}"
        raise ChannelsWrong(message) from error
    for name, channel in read_in.channels.items():
        _require(path, f"channels.{name}", _NAME.fullmatch(name) is not None, "a name is of lower-case letters, digits, - and _")
        if channel.kind is ChannelKind.SMTP:
            _require(path, f"channels.{name}", bool(channel.host and channel.sender), "a mail server has a host and a sender")
        else:
            _require(path, f"channels.{name}", channel.url.startswith(("http://", "https://")), "it has a url")
        signed = channel.kind is not ChannelKind.WEBHOOK or bool(channel.secret)
        _require(path, f"channels.{name}", signed, "a webhook has a secret, by which its receiver knows us")
    for who, person in read_in.people.items():
        _check(path, f"people.{who}", person, read_in.channels)
    return read_in


def _require_known(path: Path, content: Any) -> None:  # noqa: ANN401 - YAML of any shape
    """A name that is typed wrong would be left out in silence."""
    for where, kind in (("channels", Channel), ("people", Person)):
        part = content.get(where) if isinstance(content, dict) else None
        for name, one in (part or {}).items() if isinstance(part, dict | None) else ():
            unknown = set(one) - {f.name for f in fields(kind)} if isinstance(one, dict) else set()
            _require(path, f"{where}.{name}", not unknown, f"there is no {', '.join(map(str, unknown))}")
    surplus = set(content) - {f.name for f in fields(Channels)} if isinstance(content, dict) else set()
    _require(path, "file", not surplus, f"there is no {', '.join(map(str, surplus))}")


def _check(path: Path, where: str, person: Person, channels: Mapping[str, Channel]) -> None:
    for name in person.channels:
        known = channels.get(name)
        _require(path, where, known is not None and known.kind is ChannelKind.SMTP, f"there is no mail channel {name!r}")
    plain = "@" in person.address and not any(c in person.address for c in "\r\n,;<> ")
    _require(path, where, not person.channels or plain, "an address is wanted")
    _require(path, where, person.quiet is None or _QUIET.fullmatch(person.quiet) is not None, "quiet hours are such as 22:00-07:00")
    hour = person.digest is None or _QUIET.fullmatch(f"{person.digest}-00:00") is not None
    _require(path, where, hour, "a digest comes at an hour such as 08:30")
    try:
        ZoneInfo(person.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _require(path, where, False, f"there is no zone {person.zone!r}")
    _require(path, where, spoken(person.language) == person.language, "the language is en or zh-CN")


def _require(path: Path, where: str, holds: bool, what: str) -> None:  # noqa: FBT001 - what has to hold
    if not holds:
        message = f"{path}: {where}: {what}."
        raise ChannelsWrong(message)
