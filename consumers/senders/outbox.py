"""The outbox: which messages of which alerts are still to be sent, and when. What is known of them is in the alerts' own facts.

A message is sent before the fact that says so: after a crash between the two it is sent once more, with the same delivery id.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from consumers.senders.channels import Channel, ChannelKind, Channels, Person
from consumers.senders.message import Notice, delivery_id
from consumers.senders.transport import NotTaken, send_mail, send_post
from domain.alert import Alert, EscalateAlert, RecordAlertDelivered, RecordAlertDeliveryFailed
from domain.alert.vocabulary import AlertSeverity, AlertStatus
from domain.facts import Command
from domain.refusals import Refusal
from infra.errors import CommandIdReused, StaleVersion
from infra.ledger import ALERT, Asker, Envelope
from infra.opening import Opened
from projections.alerts import ALERTS, AlertQuery, Alerts
from projections.log import Log
from projections.paging import rows
from projections.runner import catch_up

ASKER: Final = Asker("senders", "senders", "senders")
FIRST_RETRY: Final = timedelta(seconds=30)
LONGEST_RETRY: Final = timedelta(hours=1)
MAX_ATTEMPTS: Final = 8
# What was raised before this, and was never sent, is of the time before there was a channel.
MAX_AGE: Final = timedelta(days=7)
MAX_TOGETHER: Final = 100

_log = logging.getLogger(__name__)


class Waiting(NamedTuple):
    """A message that is to be sent, to whom, from when on, and at which attempt."""

    due: datetime
    alert_id: str
    channel: str
    recipient: str
    attempt: int


def waiting_in(alert_id: str, alert: Alert, channels: Channels) -> list[Waiting]:
    """The messages of an alert that are still to be sent."""
    raised = alert.raised
    if raised is None or alert.raised_at is None or alert.status is AlertStatus.RESOLVED:
        return []
    found: list[Waiting] = []
    for (channel, recipient), person in channels.bound_for(alert.told, raised.severity).items():
        held = alert.deliveries.get((channel, recipient))
        if held is not None and (held.delivered_at is not None or held.is_dead):
            continue
        ready = alert.raised_at if held is None else held.retry_at or alert.raised_at
        if alert.snoozed_until is not None and held is None:
            ready = max(ready, alert.snoozed_until)
        due = ready if person is None else person.sent_at(raised.severity, ready)
        found.append(Waiting(due, alert_id, channel, recipient, 1 if held is None else held.attempts + 1))
    return found


def retry_after(attempt: int) -> timedelta | None:
    """How long after a failed attempt the next one comes; None where there is none."""
    return None if attempt >= MAX_ATTEMPTS else min(FIRST_RETRY * 2 ** (attempt - 1), LONGEST_RETRY)


class Outbox:
    """Sends what is due. One process at a time does; the channels are served beside each other, so that none waits for another."""

    def __init__(self, opened: Opened, channels: Channels) -> None:
        """Looks at what may be waiting. Raises StoreUnavailable."""
        self._opened = opened
        self._channels = channels
        self._log = Log(opened.store, kept=0)
        self._waiting: dict[str, list[Waiting]] = {}
        # A channel that is down is left alone for a while, whatever else is due on it.
        self._resting: dict[str, datetime] = {}
        catch_up(opened, ALERTS)
        self.position = opened.store.head()
        since = opened.ledger.clock() - MAX_AGE
        query = AlertQuery(status=(AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED))
        for row in rows(Alerts(opened).find, query):
            if row.raised_at < since:
                break
            self._look(row.alert_id)

    def _look(self, alert_id: str) -> None:
        found = waiting_in(alert_id, self._opened.ledger.load(ALERT, alert_id), self._channels)
        if found:
            self._waiting[alert_id] = found
        else:
            self._waiting.pop(alert_id, None)

    def follow(self) -> None:
        """Takes in what was recorded of alerts since. Raises StoreUnavailable."""
        while page := self._log.page(self.position).entries:
            for stream in dict.fromkeys(entry.stream for entry in page if entry.stream.startswith(ALERT.prefix)):
                self._look(stream.removeprefix(ALERT.prefix))
            self.position = page[-1].position

    def escalate(self) -> int:
        """Has others told of what nobody acknowledged in time; how many alerts that were. Raises StoreUnavailable."""
        done = 0
        for alert_id in Alerts(self._opened).to_escalate(self._opened.ledger.clock()):
            raised = self._opened.ledger.load(ALERT, alert_id).raised
            if raised is not None:
                done += self._say(alert_id, EscalateAlert(to=raised.escalate_to), f"escalate:{alert_id}")
        return done

    def send(self) -> int:
        """Sends what is due, and records what became of it; how many messages were taken. Raises StoreUnavailable."""
        now = self._opened.ledger.clock()
        due = [one for several in self._waiting.values() for one in several if one.due <= now]
        by_channel: dict[str, list[Waiting]] = defaultdict(list)
        for one in sorted(due):
            if self._resting.get(one.channel, now) <= now:
                by_channel[one.channel].append(one)
        if not by_channel:
            return 0
        with ThreadPoolExecutor(len(by_channel), thread_name_prefix="send") as pool:
            return sum(pool.map(self._serve, by_channel, by_channel.values()))

    def _serve(self, name: str, due: list[Waiting]) -> int:
        """One channel's messages, in order. One that is down is not asked for the next."""
        channel, taken = self._channels.channels[name], 0
        for batch in self._batches(channel, due):
            try:
                self._hand_over(channel, batch)
            except NotTaken as no:
                for one in batch:
                    self._failed(one, str(no))
                if no.down:
                    # Those behind it are due still.
                    self._resting[name] = self._opened.ledger.clock() + FIRST_RETRY
                    break
                continue
            for one in batch:
                said = RecordAlertDelivered(channel=one.channel, recipient=one.recipient)
                taken += self._say(one.alert_id, said, self._id(one, "delivered"))
                self._look(one.alert_id)
        return taken

    def _batches(self, channel: Channel, due: list[Waiting]) -> Iterable[list[Waiting]]:
        """Each message by itself, but for those that somebody wants together."""
        together: dict[str, list[Waiting]] = defaultdict(list)
        for one in due:
            person = self._channels.people.get(one.recipient)
            gathered = channel.kind is ChannelKind.SMTP and person is not None and person.digest is not None
            if gathered and self._severity(one) is not AlertSeverity.CRITICAL:
                together[one.recipient].append(one)
            else:
                yield [one]
        for several in together.values():
            yield from (several[n : n + MAX_TOGETHER] for n in range(0, len(several), MAX_TOGETHER))

    def _severity(self, one: Waiting) -> AlertSeverity:
        raised = self._opened.ledger.load(ALERT, one.alert_id).raised
        return AlertSeverity.NOTICE if raised is None else raised.severity

    def _hand_over(self, channel: Channel, batch: list[Waiting]) -> None:
        notices = [self._notice(one) for one in batch]
        if channel.kind is ChannelKind.SMTP:
            person: Person = self._channels.people[batch[0].recipient]
            send_mail(channel, person.address, notices, person.language)
        else:
            send_post(channel, notices[0], int(self._opened.ledger.clock().timestamp() * 1_000))

    def _notice(self, one: Waiting) -> Notice:
        raised = self._opened.ledger.load(ALERT, one.alert_id).raised
        assert raised is not None  # noqa: S101 - what waits was raised
        return Notice(one.alert_id, delivery_id(one.alert_id, one.channel, one.recipient), raised)

    def _failed(self, one: Waiting, why: str) -> None:
        later = retry_after(one.attempt)
        retry_at = None if later is None else (self._opened.ledger.clock() + later).astimezone(UTC)
        said = RecordAlertDeliveryFailed(channel=one.channel, recipient=one.recipient, why=why, retry_at=retry_at)
        self._say(one.alert_id, said, self._id(one, "failed"))
        self._look(one.alert_id)
        _log.warning("channel %s did not take an alert, attempt %s: %s", one.channel, one.attempt, why)

    def _id(self, one: Waiting, what: str) -> str:
        version = self._opened.ledger.load(ALERT, one.alert_id).version
        return f"{what}:{delivery_id(one.alert_id, one.channel, one.recipient)}:{version}"

    def _say(self, alert_id: str, command: Command, command_id: str) -> bool:
        try:
            return not self._opened.ledger.handle(ALERT, alert_id, command, Envelope(ASKER, command_id)).repeated
        except (Refusal, CommandIdReused, StaleVersion) as no:
            _log.info("alert %s: %s", alert_id, no)
            return False


def alone(opened: Opened, run: Callable[[], None], wait: Callable[[], bool]) -> None:
    """Runs something while no other process does; until it may, `wait` is asked, which says whether to stop. Raises StoreUnavailable."""
    with opened.store.connections.fresh() as connection, connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), 2)", (opened.names.views,))
            if (cursor.fetchone() or (False,))[0]:
                run()
                return
            if wait():
                return
