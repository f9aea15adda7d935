"""Alerts reach people by mail, and whoever listens at a webhook or in a group, tried until they are taken; none waits for another."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from consumers.senders.channels import EVERYBODY, Channel, ChannelKind, Channels, ChannelsWrong, Encryption, Person, read
from consumers.senders.message import Notice, signature
from consumers.senders.outbox import MAX_ATTEMPTS, Outbox, alone, retry_after
from consumers.senders.transport import NotTaken, send_post
from domain.alert import Alert, AlertRaised, RaiseAlert, RedeliverAlert, ResolveAlert, SnoozeAlert
from domain.alert.vocabulary import AlertCause, AlertFigures, AlertKind, AlertRuleRef, AlertSeverity
from domain.facts import Command
from infra.ledger import ALERT, Envelope
from infra.opening import Opened
from projections.alerts import ALERTS
from projections.check import check
from projections.runner import catch_up
from tests.conftest import Clock as Hand
from tests.consumers.receiving import Post, Web, mail_server, web_server
from tests.consumers.recording import ADMIN, entries, of
from tests.facts import cny
from tests.spec import ALICE, BOB, CAROL

SECRET = "s3cret"
RAISED = AlertRaised(
    rule=AlertRuleRef(rule_id="overdue", edition=1),
    cause=AlertCause(about="c1", subject="i2"),
    kind=AlertKind.PAYMENT_OVERDUE,
    severity=AlertSeverity.WARNING,
    title="付款逾期 / Overdue",
    contract_number="采-2026-001",
    figures=AlertFigures(amount=cny("41710.00"), day=datetime(2026, 2, 15, tzinfo=UTC).date(), days=3),
    tell=(ALICE, CAROL),
)
CRITICAL = replace(RAISED, severity=AlertSeverity.CRITICAL)


@pytest.fixture(autouse=True)
def today(clock: Hand) -> None:
    """Alerts are dated by the store, whose clock nobody moves."""
    clock.now = datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as it:
        yield it


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as it:
        yield it


def give(opened: Opened, alert_id: str, command: Command) -> None:
    version = opened.ledger.load(ALERT, alert_id).version
    opened.ledger.handle(ALERT, alert_id, command, Envelope(ADMIN, f"{alert_id}-{version}"))


def alert_of(opened: Opened, alert_id: str = "a1") -> Alert:
    return opened.ledger.load(ALERT, alert_id)


def hook(web: Web, kind: ChannelKind = ChannelKind.WEBHOOK) -> Channels:
    return Channels(channels={"hook": Channel(kind=kind, url=web.url, secret=SECRET)})


def mailing(post: Post, **people: Person) -> Channels:
    channel = Channel(kind=ChannelKind.SMTP, host="127.0.0.1", port=post.port, encryption=Encryption.NONE, sender="tally@example.com")
    return Channels(channels={"mail": channel}, people=people)


def person(name: str = ALICE, **more: str) -> Person:
    return Person(channels=("mail",), address=f"{name}@example.com", **more)  # type: ignore[arg-type]


def test_a_webhook_is_signed_over_its_time_and_body_and_sent_once(opened: Opened, web: Web) -> None:
    outbox = Outbox(opened, hook(web))
    give(opened, "a1", RaiseAlert(raised=RAISED))
    outbox.follow()
    assert (outbox.send(), outbox.send()) == (1, 0)
    (got,) = web.received
    timestamp = got.headers["tally-timestamp"]
    assert abs(int(timestamp) - opened.ledger.clock().timestamp()) < 60
    wanted = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert got.headers["tally-signature"] == f"v1={wanted}"
    assert signature(SECRET, timestamp, got.body + b" ") != wanted != signature(SECRET, f"{int(timestamp) + 1}", got.body)
    said = json.loads(got.body)
    assert said["delivery_id"] == got.headers["tally-delivery"]
    assert (said["alert"]["id"], said["alert"]["kind"], said["alert"]["figures"]["amount"]["amount"]) == (
        "a1",
        "payment_overdue",
        "41710.00",
    )
    assert "41710.00 CNY was due on 2026-02-15" in said["alert"]["message"]
    held = alert_of(opened).deliveries["hook", EVERYBODY]
    assert (held.attempts, held.delivered_at is not None) == (1, True)
    # Whoever begins anew finds nothing left to send.
    assert Outbox(opened, hook(web)).send() == 0


def test_each_who_is_told_gets_mail_in_their_language_and_others_get_none(opened: Opened, post: Post) -> None:
    outbox = Outbox(opened, mailing(post, alice=person(language="zh-CN"), carol=person(CAROL), bob=person(BOB)))
    give(opened, "a1", RaiseAlert(raised=RAISED))
    outbox.follow()
    assert outbox.send() == 2
    got = dict(post.received)
    assert set(got) == {"alice@example.com", "carol@example.com"}
    assert got["alice@example.com"]["Subject"] == "【警告】款项逾期：采-2026-001"
    assert "应于 2026-02-15 支付，已逾期 3 天" in got["alice@example.com"].get_content()
    assert got["carol@example.com"]["Subject"] == "[Warning] Payment overdue: 采-2026-001"
    assert got["carol@example.com"]["Message-ID"] != got["alice@example.com"]["Message-ID"]


def bot(web: Web, kind: ChannelKind) -> dict[str, object]:
    send_post(hook(web, kind).channels["hook"], notice(), 1_774_900_000_123)
    content: dict[str, object] = json.loads(web.received[-1].body)
    return content


def notice() -> Notice:
    return Notice("a1", "d1", RAISED)


def test_bots_are_spoken_to_in_the_formats_that_they_document(web: Web) -> None:
    wecom = bot(web, ChannelKind.WECOM)
    assert (wecom["msgtype"], list(wecom)) == ("markdown", ["msgtype", "markdown"])
    assert isinstance(wecom["markdown"], dict)
    assert len(wecom["markdown"]["content"].encode()) <= 4_096
    ding = bot(web, ChannelKind.DINGTALK)
    assert isinstance(ding["markdown"], dict)
    assert (ding["msgtype"], sorted(ding["markdown"])) == ("markdown", ["text", "title"])
    asked = parse_qs(urlsplit(web.received[-1].path).query)
    digest = hmac.new(SECRET.encode(), f"1774900000123\n{SECRET}".encode(), hashlib.sha256).digest()
    assert asked == {"timestamp": ["1774900000123"], "sign": [base64.b64encode(digest).decode()]}
    feishu = bot(web, ChannelKind.FEISHU)
    digest = hmac.new(f"1774900000\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert (feishu["timestamp"], feishu["sign"]) == ("1774900000", base64.b64encode(digest).decode())
    assert (feishu["msg_type"], list(feishu["content"])) == ("text", ["text"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("kind", "status", "answer", "reason"),
    [
        (ChannelKind.WEBHOOK, 503, b"", "HTTP 503"),
        (ChannelKind.WEBHOOK, 302, b"", "HTTP 302"),
        (ChannelKind.WECOM, 200, b'{"errcode":45009,"errmsg":"key=abc"}', "the bot answered errcode 45009"),
        (ChannelKind.DINGTALK, 200, b'{"errcode":310000,"errmsg":"sign not match"}', "the bot answered errcode 310000"),
        (ChannelKind.FEISHU, 200, b'{"code":19021,"msg":"sign match fail"}', "the bot answered code 19021"),
        (ChannelKind.FEISHU, 200, b"<html>", "the bot answered what is not JSON"),
        (ChannelKind.WECOM, 200, b"{}", "the bot answered errcode None"),
    ],
)
def test_what_a_channel_says_no_with_is_told_without_its_secrets(
    web: Web, kind: ChannelKind, status: int, answer: bytes, reason: str
) -> None:
    web.status, web.answer = status, answer
    with pytest.raises(NotTaken) as caught:
        send_post(hook(web, kind).channels["hook"], notice(), 1_774_900_000_123)
    assert str(caught.value) == reason


def test_the_older_answer_of_feishu_is_understood(web: Web) -> None:
    web.answer = b'{"StatusCode":0,"StatusMessage":"success"}'
    send_post(hook(web, ChannelKind.FEISHU).channels["hook"], notice(), 1)


def test_a_channel_that_is_down_is_tried_again_ever_later_then_left_and_can_be_asked_for_once_more(
    opened: Opened, clock: Hand, web: Web
) -> None:
    outbox = Outbox(opened, hook(web))
    web.status = 500
    give(opened, "a1", RaiseAlert(raised=RAISED))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        outbox.follow()
        assert (outbox.send(), outbox.send()) == (0, 0)
        held = alert_of(opened).deliveries["hook", EVERYBODY]
        assert (held.attempts, held.why, len(web.received)) == (attempt, "HTTP 500", attempt)
        assert held.is_dead is (attempt == MAX_ATTEMPTS)
        # Whoever begins anew waits as long.
        outbox = Outbox(opened, hook(web))
        clock.now += retry_after(attempt) or timedelta(days=1)
    assert (outbox.send(), len(web.received)) == (0, MAX_ATTEMPTS)
    ids = {got.headers["tally-delivery"] for got in web.received}
    assert len(ids) == 1
    catch_up(opened, ALERTS)
    assert [c.first for c in check(opened, (ALERTS,))] == [None]
    web.status = 200
    give(opened, "a1", RedeliverAlert(channel="hook", recipient=EVERYBODY))
    outbox.follow()
    assert outbox.send() == 1
    assert alert_of(opened).deliveries["hook", EVERYBODY].delivered_at is not None


def test_a_channel_that_is_down_is_not_asked_for_each_of_many_messages(opened: Opened, clock: Hand, web: Web) -> None:
    outbox = Outbox(opened, hook(web))
    web.status = 503
    for n in range(5):
        give(opened, f"a{n}", RaiseAlert(raised=RAISED))
    outbox.follow()
    assert [outbox.send() for _ in range(5)] == [0] * 5
    assert len(web.received) == 1
    web.status = 200
    clock.now += timedelta(seconds=31)
    assert outbox.send() == 5


def test_an_address_that_is_refused_holds_up_no_other(opened: Opened, post: Post) -> None:
    outbox = Outbox(opened, mailing(post, alice=person("nobody"), carol=person(CAROL)))
    give(opened, "a1", RaiseAlert(raised=RAISED))
    outbox.follow()
    assert outbox.send() == 1
    assert [to for to, _ in post.received] == ["carol@example.com"]
    assert alert_of(opened).deliveries["mail", ALICE].retry_at is not None


def test_later_attempts_come_later_and_at_last_none_does() -> None:
    waits = [retry_after(n) for n in range(1, MAX_ATTEMPTS + 1)]
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] is None
    assert all(a is not None and b is not None and a < b <= timedelta(hours=1) for a, b in pairwise(waits[:-1]))


def test_a_dead_channel_loses_nothing_and_holds_up_nobody(opened: Opened, clock: Hand, web: Web, post: Post) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = Channel(kind=ChannelKind.WECOM, url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
        mail = mailing(post, alice=person())
        channels = Channels(channels={**mail.channels, **hook(web).channels, "dead": dead}, people=mail.people)
        outbox = Outbox(opened, channels)
        for n in range(3):
            give(opened, f"a{n}", RaiseAlert(raised=RAISED))
        outbox.follow()
        assert outbox.send() == 6
    assert (len(web.received), len(post.received)) == (3, 3)
    with web_server() as alive:
        again = Channels(channels={**channels.channels, "dead": replace(dead, url=alive.url)}, people=mail.people)
        clock.now += timedelta(hours=1)
        assert Outbox(opened, again).send() == 3
        assert len(alive.received) == 3


def test_a_mail_server_that_says_no_is_told_by_its_code(opened: Opened, post: Post) -> None:
    post.answer = b"451 alice@example.com is not known here"
    outbox = Outbox(opened, mailing(post, alice=person()))
    give(opened, "a1", RaiseAlert(raised=RAISED))
    outbox.follow()
    assert outbox.send() == 0
    assert alert_of(opened).deliveries["mail", ALICE].why == "the mail server answered 451"


def test_quiet_hours_let_only_what_is_critical_through() -> None:
    quiet = person(quiet="22:00-07:00", zone="Asia/Shanghai")
    evening, morning = datetime(2026, 3, 2, 14, 30, tzinfo=UTC), datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert quiet.sent_at(AlertSeverity.WARNING, evening) == morning
    assert quiet.sent_at(AlertSeverity.WARNING, morning - timedelta(hours=1)) == morning
    assert quiet.sent_at(AlertSeverity.WARNING, morning) == morning
    assert quiet.sent_at(AlertSeverity.CRITICAL, evening) == evening
    midday = person(quiet="12:00-14:00")
    assert midday.sent_at(AlertSeverity.NOTICE, datetime(2026, 3, 2, 13, tzinfo=UTC)) == datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert midday.sent_at(AlertSeverity.NOTICE, datetime(2026, 3, 2, 15, tzinfo=UTC)) == datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_somebody_s_quiet_hours_hold_a_message_back_until_they_are_over(opened: Opened, clock: Hand, post: Post) -> None:
    around = f"{clock.now - timedelta(hours=1):%H:00}-{clock.now + timedelta(hours=2):%H:00}"
    outbox = Outbox(opened, mailing(post, alice=person(quiet=around)))
    give(opened, "a1", RaiseAlert(raised=RAISED))
    give(opened, "a2", RaiseAlert(raised=CRITICAL))
    outbox.follow()
    assert outbox.send() == 1
    clock.now += timedelta(hours=2)
    assert outbox.send() == 1


def test_a_digest_gathers_a_day_into_one_mail_but_what_is_critical_comes_at_once(opened: Opened, clock: Hand, post: Post) -> None:
    outbox = Outbox(opened, mailing(post, alice=person(digest="08:30")))
    for n in range(3):
        give(opened, f"a{n}", RaiseAlert(raised=RAISED))
    give(opened, "urgent", RaiseAlert(raised=CRITICAL))
    outbox.follow()
    clock.now += timedelta(seconds=30)
    assert outbox.send() == 1
    assert "Critical" in post.received[0][1]["Subject"]
    clock.now += timedelta(days=1)
    assert outbox.send() == 3
    assert len(post.received) == 2
    assert post.received[1][1]["Subject"].endswith("(+2)")
    assert post.received[1][1].get_content().count("was due on") == 3


def test_what_rests_or_was_resolved_is_not_sent(opened: Opened, clock: Hand, web: Web) -> None:
    outbox = Outbox(opened, hook(web))
    give(opened, "a1", RaiseAlert(raised=RAISED))
    give(opened, "a1", SnoozeAlert(until=clock.now + timedelta(hours=2)))
    give(opened, "a2", RaiseAlert(raised=RAISED))
    give(opened, "a2", ResolveAlert(how="x"))
    outbox.follow()
    assert outbox.send() == 0
    clock.now += timedelta(hours=3)
    assert outbox.send() == 1


def test_who_is_to_know_later_is_told_once_where_nobody_acknowledged(opened: Opened, clock: Hand, post: Post) -> None:
    later = replace(RAISED, escalate_at=clock.now + timedelta(hours=48), escalate_to=(BOB,))
    outbox = Outbox(opened, mailing(post, bob=person(BOB)))
    give(opened, "a1", RaiseAlert(raised=later))
    catch_up(opened, ALERTS)
    assert outbox.escalate() == 0
    clock.now += timedelta(hours=49)
    assert (outbox.escalate(), outbox.escalate()) == (1, 0)
    outbox.follow()
    assert outbox.send() == 1
    assert [to for to, _ in post.received] == ["bob@example.com"]


def test_a_channel_is_told_of_what_is_bad_enough_for_it(opened: Opened, web: Web) -> None:
    channels = Channels(channels={"hook": Channel(kind=ChannelKind.WECOM, url=web.url, least=AlertSeverity.CRITICAL)})
    outbox = Outbox(opened, channels)
    give(opened, "a1", RaiseAlert(raised=RAISED))
    give(opened, "a2", RaiseAlert(raised=CRITICAL))
    outbox.follow()
    assert outbox.send() == 1
    assert len(of(entries(opened), "alert.delivered")) == 1


def test_only_one_process_sends_at_a_time(opened: Opened) -> None:
    asked: list[str] = []

    def other() -> None:
        asked.append("first")
        alone(opened, lambda: asked.append("both"), lambda: True)

    alone(opened, other, lambda: True)
    alone(opened, lambda: asked.append("then"), lambda: True)
    assert asked == ["first", "then"]


GOOD = """
channels:
  mail: {kind: smtp, host: mail.example.com, sender: tally@example.com, user: tally, password: x}
  hook: {kind: webhook, url: "https://example.com/hook", secret: x, least: critical}
people:
  alice: {channels: [mail], address: alice@example.com, language: zh-CN, quiet: "22:00-07:00", zone: Asia/Shanghai, digest: "08:30"}
"""


def test_channels_and_people_are_read_from_a_file_and_there_may_be_none(tmp_path: Path) -> None:
    file = tmp_path / "channels.yaml"
    assert read(file) == Channels()
    file.write_text(GOOD, "utf-8")
    found = read(file)
    assert set(found.bound_for((ALICE, BOB), AlertSeverity.CRITICAL)) == {("hook", EVERYBODY), ("mail", ALICE)}
    assert set(found.bound_for((ALICE,), AlertSeverity.NOTICE)) == {("mail", ALICE)}
    assert "x" not in repr(found.channels["hook"]).replace("example", "")


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("kind: smtp", "kind: pigeon"),
        ("host: mail.example.com, ", ""),
        ('url: "https://example.com/hook"', 'url: "ftp://example.com"'),
        (", secret: x", ""),
        ("channels: [mail]", "channels: [hook]"),
        ("alice@example.com", "alice@example.com,bob@example.com"),
        ("22:00-07:00", "22-7"),
        ("Asia/Shanghai", "Moon/Base"),
        ("08:30", "8"),
        ("zh-CN", "klingon"),
        ("  hook:", "  Hook!:"),
        ("people:", "persons:"),
        (GOOD, "- x"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name(tmp_path: Path, was: str, becomes: str) -> None:
    file = tmp_path / "channels.yaml"
    file.write_text(GOOD.replace(was, becomes), "utf-8")
    assert was in GOOD
    with pytest.raises(ChannelsWrong, match=r"channels\.yaml"):
        read(file)
