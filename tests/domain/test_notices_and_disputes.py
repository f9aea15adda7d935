"""Notices under a term that says when they count as received, and disputes on the route that was agreed for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.disputes import (
    DisputeOpened,
    DisputeOver,
    DisputeStepEntered,
    EnterDisputeStep,
    ForumNotAgreed,
    OpenDispute,
    ResolveDispute,
    StepNeverEntered,
)
from domain.contract.drafting import DocumentAttached
from domain.contract.notices import NoticeServed, ServeNotice
from domain.contract.operations import PutTerm
from domain.contract.vocabulary import Document, Resolution
from domain.surroundings import Alone
from domain.terms.calendar import Calendar, ListedDays
from domain.terms.dispute import DisputePath, NoRoute, Route, Step, StepKind, StepOutOfTurn, StepTooEarly
from domain.terms.notice import Channel, ChannelRule, NoticeRules
from tests.domain.tables.claims import PATH, ROUTE
from tests.facts import in_force
from tests.spec import When, given, told

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTICES = NoticeRules(channels=(ChannelRule(channel=Channel.EMAIL, days=0), ChannelRule(channel=Channel.COURIER, days=3)))
UNDER_NOTICES = in_force + told(
    TermAgreed(term_id="notices", term=NOTICES),
    DocumentAttached(document=Document(document_id="d1", title="催告函 / Reminder", sha256="cd" * 32)),
)
UNDER_PATH = in_force + told(TermAgreed(term_id="path", term=PATH))
ARBITRATION = "上海国际经济贸易仲裁委员会"


class Weekdays(Alone):
    """A working calendar around the contract, which is asked for by its country."""

    def calendar(self, code: str, zone: str) -> Calendar:
        return ListedDays(name=code, zone=ZoneInfo(zone))


def in_china(day: int, hour: int) -> datetime:
    """A moment of March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=SHANGHAI)


def served(sent_at: datetime, received_on: date | None = None, channel: Channel = Channel.EMAIL) -> NoticeServed:
    command = ServeNotice(
        notice_id="n1",
        by="us",
        to="c1",
        channel=channel,
        about="x",
        received_on=received_on,
        document_id="d1",
        calendar="CN",
        zone="Asia/Shanghai",
    )
    done = given(UNDER_NOTICES).when(command, at=in_china(31, 9), effective_at=sent_at, around=Weekdays()).granted()
    (only,) = done.decided
    assert isinstance(only.fact, NoticeServed)
    return only.fact


def test_a_notice_counts_as_received_on_the_working_day_that_its_term_says() -> None:
    # The seventh is a Saturday.
    fact = served(in_china(7, 10))
    assert (fact.sent_on, fact.received_on, fact.deemed) == (date(2026, 3, 7), date(2026, 3, 9), True)
    assert (fact.term_id, fact.term_version, fact.calendar) == ("notices", len(in_force) + 1, "CN")
    assert fact.formula is not None
    assert fact.formula.endswith("= 2026-03-09")
    assert served(in_china(6, 10), channel=Channel.COURIER).received_on == date(2026, 3, 9)


def test_what_was_sent_is_pinned_by_its_hash() -> None:
    fact = served(in_china(9, 10))
    assert (fact.document_id, fact.document_sha256) == ("d1", "cd" * 32)


def test_a_day_begins_where_the_zone_says() -> None:
    # One in the morning of the tenth in Shanghai is the ninth in UTC.
    assert served(in_china(10, 1)).sent_on == date(2026, 3, 10)


def test_a_stated_day_of_receipt_comes_before_what_the_term_would_deem() -> None:
    fact = served(in_china(9, 10), date(2026, 3, 12))
    assert (fact.received_on, fact.deemed, fact.formula, fact.term_id) == (date(2026, 3, 12), False, None, "notices")


OPEN = OpenDispute(dispute_id="q2", about="late_delivery", by="us")
TALK = EnterDisputeStep(dispute_id="q2", step=StepKind.NEGOTIATION)
ARBITRATE = EnterDisputeStep(dispute_id="q2", step=StepKind.ARBITRATION)


def talking() -> When:
    """A dispute opened on 2 March in which talks began on the next day."""
    opened = given(UNDER_PATH).when(OPEN, at=datetime(2026, 3, 2, 9, tzinfo=UTC)).granted()
    return opened.and_when(TALK, at=datetime(2026, 3, 3, 9, tzinfo=UTC)).granted()


def test_a_dispute_pins_the_route_of_the_term_that_it_was_opened_under() -> None:
    (only,) = given(UNDER_PATH).when(OPEN, at=datetime(2026, 3, 2, 9, tzinfo=UTC)).granted().decided
    assert isinstance(only.fact, DisputeOpened)
    assert (only.fact.route, only.fact.law, only.fact.term_id, only.fact.term_version) == (ROUTE, PATH.law, "path", len(UNDER_PATH))
    given(UNDER_PATH).when(replace(OPEN, about="quality")).then_refused(NoRoute)


def test_each_step_is_tried_for_as_long_as_agreed_and_goes_before_the_agreed_forum() -> None:
    talks = talking()
    talks.and_when(ARBITRATE, at=datetime(2026, 4, 1, 9, tzinfo=UTC)).then_refused(StepTooEarly)
    at_last = talks.and_when(ARBITRATE, at=datetime(2026, 4, 2, 9, tzinfo=UTC)).granted()
    (only,) = at_last.decided
    assert isinstance(only.fact, DisputeStepEntered)
    assert only.fact.forum == ARBITRATION
    again = replace(ARBITRATE, step=StepKind.LITIGATION)
    at_last.and_when(again, at=datetime(2026, 5, 2, 9, tzinfo=UTC)).then_refused(StepOutOfTurn)
    elsewhere = replace(ARBITRATE, forum="别处 / Elsewhere")
    talks.and_when(elsewhere, at=datetime(2026, 4, 2, 9, tzinfo=UTC)).then_refused(ForumNotAgreed)


def test_what_becomes_of_the_term_does_not_change_a_dispute_under_way() -> None:
    straight = DisputePath(routes=(Route(steps=(Step(kind=StepKind.LITIGATION, forum="x"),)),), law=PATH.law)
    opened = told(DisputeOpened(dispute_id="q2", about="late_delivery", by="us", opened_on=date(2026, 1, 1), route=ROUTE, law=PATH.law))
    amended = told(AmendmentTookEffect(amendment_id="a1", operations=(PutTerm(term_id="path", term=straight),)))
    given(UNDER_PATH + opened + amended).when(TALK).granted()
    given(UNDER_PATH + opened + amended).when(replace(TALK, step=StepKind.LITIGATION)).then_refused(StepOutOfTurn)


@pytest.mark.parametrize(
    ("how", "granted"),
    [(Resolution.SETTLED, True), (Resolution.WITHDRAWN, True), (Resolution.AWARDED, False), (Resolution.ADJUDGED, False)],
)
def test_a_dispute_ends_by_those_whom_it_came_before(*, how: Resolution, granted: bool) -> None:
    end = ResolveDispute(dispute_id="q2", how=how, outcome="x")
    done = talking().and_when(end, at=datetime(2026, 3, 9, 9, tzinfo=UTC))
    if granted:
        done.granted().and_when(end, at=datetime(2026, 3, 10, 9, tzinfo=UTC)).then_refused(DisputeOver)
    else:
        done.then_refused(StepNeverEntered)


def test_an_award_follows_arbitration() -> None:
    decided = talking().and_when(ARBITRATE, at=datetime(2026, 4, 2, 9, tzinfo=UTC)).granted()
    award = ResolveDispute(dispute_id="q2", how=Resolution.AWARDED, outcome="x")
    done = decided.and_when(award, at=datetime(2026, 4, 2, 9, tzinfo=UTC) + timedelta(days=90)).granted()
    end = done.contract.disputes["q2"].end
    assert end is not None
    assert end.how is Resolution.AWARDED
