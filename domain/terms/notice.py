"""Notice 通知: by which channels it is served, and when it is deemed received."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import Calendar, DayUnit, after, local_day, next_working_day, require_zone, shift, shifts
from domain.terms.rules import Term


class Channel(StrEnum):
    """How a notice travels."""

    BY_HAND = "by_hand"
    COURIER = "courier"
    REGISTERED_MAIL = "registered_mail"
    MAIL = "mail"
    EMAIL = "email"
    FAX = "fax"
    PLATFORM = "platform"


@value
class ChannelRule:
    """Deemed received so many days after it was sent; 0 is the same day."""

    channel: Channel
    days: int
    unit: DayUnit = DayUnit.CALENDAR


@value
class NoticeRules(Term):
    """`business_hours` makes what is sent outside of them count as sent on the next working day; `working_days` receives on these only."""

    channels: tuple[ChannelRule, ...]
    business_hours: bool = True
    working_days: bool = True
    term: Literal["notice"] = "notice"


@value
class Receipt:
    """When a notice counts as sent and as received, in days of the calendar's zone."""

    channel: Channel
    sent_on: date
    counts_as_sent_on: date
    received_on: date
    formula: str


class ChannelNotAgreed(Refusal):
    """Notices go by agreed channels."""

    template = "The contract does not provide for notice by {channel}; it does by {agreed}."


def check(term: NoticeRules) -> None:
    """Refuses rules without channels, channels named twice, and numbers of days that make no sense."""
    if not term.channels:
        raise rules.NothingListed(element="channel")
    rules.require_unique("channel", (rule.channel.value for rule in term.channels))
    for rule in term.channels:
        rules.require_count("number of days until receipt", rule.days)


def deemed_receipt(term: NoticeRules, calendar: Calendar, *, channel: Channel, sent_at: datetime) -> Receipt:
    """When a notice sent at a moment is deemed received. Refusals: ChannelNotAgreed, NeedsZone, NeverWorks."""
    rule = next((rule for rule in term.channels if rule.channel is channel), None)
    if rule is None:
        agreed = ", ".join(rule.channel.value.replace("_", " ") for rule in term.channels)
        raise ChannelNotAgreed(channel=channel.value.replace("_", " "), agreed=agreed)
    sent_on = local_day(calendar, sent_at)
    counts = sent_on
    if term.business_hours and _after_hours(calendar, sent_on, sent_at):
        counts = next_working_day(calendar, shift(sent_on, 1))
    counted = after(calendar, rule.unit, counts, rule.days) if rule.days else counts
    received = next_working_day(calendar, counted) if term.working_days else counted
    local = require_zone(sent_at).astimezone(calendar.zone).isoformat(timespec="minutes")
    unit = rule.unit.value.replace("_", " ")
    outside = f", outside business hours, so counted from {counts}" if counts != sent_on else ""
    moved = f", moved to the next working day {received}" if received != counted else ""
    return Receipt(
        channel=channel,
        sent_on=sent_on,
        counts_as_sent_on=counts,
        received_on=received,
        formula=f"{channel.value.replace('_', ' ')} sent at {local}{outside}; + {rule.days} {unit} ({calendar.name}) = {counted}{moved}",
    )


def _after_hours(calendar: Calendar, day: date, moment: datetime) -> bool:
    """Whether no working time is left on the day. What is sent before the doors open waits for them on the same day."""
    return all(closes <= moment.astimezone(UTC) for _, closes in shifts(calendar, day))
