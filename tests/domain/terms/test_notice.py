"""Notice: when it is deemed received."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refusal
from domain.terms import notice, rules
from domain.terms.calendar import DayUnit, EveryDay, ListedDays, NeedsZone
from domain.terms.notice import Channel, ChannelRule, NoticeRules

OFFICE = ListedDays(name="office", zone=timezone(timedelta(hours=8)), off=frozenset({date(2026, 3, 9)}), daily=((time(9), time(17, 30)),))
TERM = NoticeRules(
    channels=(
        ChannelRule(channel=Channel.EMAIL, days=0),
        ChannelRule(channel=Channel.COURIER, days=3),
        ChannelRule(channel=Channel.REGISTERED_MAIL, days=5, unit=DayUnit.WORKING),
    )
)
ANY_HOUR = replace(TERM, business_hours=False, working_days=False)


@pytest.mark.parametrize(
    ("term", "channel", "sent_at", "received"),
    [
        (TERM, Channel.EMAIL, "2026-03-05T17:29:59+08:00", date(2026, 3, 5)),
        (TERM, Channel.EMAIL, "2026-03-05T17:30:00+08:00", date(2026, 3, 6)),
        (TERM, Channel.EMAIL, "2026-03-05T06:00:00+08:00", date(2026, 3, 5)),
        (TERM, Channel.EMAIL, "2026-03-06T18:00:00+08:00", date(2026, 3, 10)),
        (TERM, Channel.EMAIL, "2026-03-07T10:00:00+08:00", date(2026, 3, 10)),
        (TERM, Channel.EMAIL, "2026-03-05T22:00:00+00:00", date(2026, 3, 6)),
        (TERM, Channel.COURIER, "2026-03-05T10:00:00+08:00", date(2026, 3, 10)),
        (TERM, Channel.REGISTERED_MAIL, "2026-03-05T10:00:00+08:00", date(2026, 3, 13)),
        (ANY_HOUR, Channel.EMAIL, "2026-03-07T23:59:00+08:00", date(2026, 3, 7)),
        (ANY_HOUR, Channel.COURIER, "2026-03-05T10:00:00+08:00", date(2026, 3, 8)),
    ],
)
def test_a_notice_is_deemed_received(term: NoticeRules, channel: Channel, sent_at: str, received: date) -> None:
    notice.check(term)
    assert notice.deemed_receipt(term, OFFICE, channel=channel, sent_at=datetime.fromisoformat(sent_at)).received_on == received


def test_the_receipt_says_how_it_was_counted() -> None:
    receipt = notice.deemed_receipt(TERM, OFFICE, channel=Channel.COURIER, sent_at=datetime.fromisoformat("2026-03-03T20:15:00+08:00"))
    assert receipt.formula == (
        "courier sent at 2026-03-03T20:15+08:00, outside business hours, so counted from 2026-03-04; "
        "+ 3 calendar days (office) = 2026-03-07, moved to the next working day 2026-03-10"
    )


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.sampled_from([Channel.EMAIL, Channel.COURIER, Channel.REGISTERED_MAIL]))
def test_what_is_sent_later_is_never_received_earlier_nor_before_it_is_sent(first: int, more: int, channel: Channel) -> None:
    start = datetime(2026, 1, 1, tzinfo=OFFICE.zone)
    earlier, later = (
        notice.deemed_receipt(TERM, OFFICE, channel=channel, sent_at=start + timedelta(seconds=s)) for s in (first, first + more)
    )
    assert earlier.sent_on <= earlier.received_on <= later.received_on
    assert OFFICE.is_working_day(earlier.received_on)


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (NoticeRules(channels=()), rules.NothingListed),
        (NoticeRules(channels=(TERM.channels[0], ChannelRule(channel=Channel.EMAIL, days=1))), rules.IdRepeats),
        (NoticeRules(channels=(ChannelRule(channel=Channel.EMAIL, days=-1),)), rules.CountOutOfRange),
    ],
)
def test_senseless_rules_are_refused(term: NoticeRules, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        notice.check(term)


def test_a_channel_that_is_not_agreed_and_a_moment_without_zone_are_refused() -> None:
    moment = datetime.fromisoformat("2026-03-03T20:15:00+08:00")
    with pytest.raises(notice.ChannelNotAgreed, match="by fax; it does by email, courier, registered mail"):
        notice.deemed_receipt(TERM, OFFICE, channel=Channel.FAX, sent_at=moment)
    with pytest.raises(NeedsZone):
        notice.deemed_receipt(TERM, EveryDay(), channel=Channel.EMAIL, sent_at=moment.replace(tzinfo=None))
