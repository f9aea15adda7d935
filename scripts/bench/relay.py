"""Entries published to Kafka: by the relay, from the store to the commit, and by kafka-python alone with the same records ready made."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from infra.opening import Opened
from scripts.bench import lives
from scripts.bench.arena import arena
from scripts.bench.measure import Options, Report, Sample, options, rates, say, take_turns, timed

if TYPE_CHECKING:
    from infra.kafka.records import Record
    from infra.kafka.session import Session
    from infra.kafka.settings import KafkaSettings


@contextmanager
def empty_topics(opened: Opened, settings: KafkaSettings) -> Iterator[Session]:
    """A session of the relay that begins at the first entry, in topics of its own that are gone afterwards."""
    from infra.kafka.session import clear, session
    from projections.states import ALL_STATES

    mine = replace(settings, prefix=f"bench-{uuid.uuid4().hex[:8]}")
    try:
        with session(opened.store, mine, ALL_STATES, opened.again) as it:
            it.begin(None)
            yield it
    finally:
        clear(opened.store, mine)


def relaying(opened: Opened, settings: KafkaSettings) -> Callable[[float], Sample]:
    """From the first entry to the end of the log, reading, rendering and committing as it goes."""

    def publish(it: Session) -> int:
        count = 0
        while published := it.publish():
            count += published
        return count

    def turn(_: float) -> Sample:
        with empty_topics(opened, settings) as it:
            return timed(lambda: publish(it))

    return turn


def producing(opened: Opened, settings: KafkaSettings, records: Sequence[Record]) -> Callable[[float], Sample]:
    """The same records by a producer that is idempotent and tuned alike, has no transactions, reads nothing and searches for no cycles."""
    from kafka import KafkaProducer

    from infra.kafka import brokers
    from infra.kafka.session import partition_of, uncollected

    def send(producer: KafkaProducer, prefix: str) -> int:
        sent = [
            producer.send(
                one.topic.replace(settings.prefix, prefix, 1),
                one.value,
                one.key,
                one.headers,
                partition_of(one.key, settings.partitions),
                one.timestamp_ms,
            )
            for one in records
        ]
        producer.flush()
        for future in sent:
            future.get(0)
        return len(sent)

    def turn(_: float) -> Sample:
        with empty_topics(opened, settings) as it:
            producer = brokers.producer(settings, None)
            try:
                for name in it.topics:
                    producer.partitions_for(name)
                with uncollected():
                    return timed(lambda: send(producer, it.prefix))
            finally:
                brokers.discard(producer)

    return turn


def contest(report: Report, opened: Opened, settings: KafkaSettings) -> None:
    """Both on the same ledger and the same brokers."""
    from infra.kafka.records import record

    made = (record(entry, settings.prefix, opened.names.ledger) for entry in opened.store.whole_log())
    records = [one for one in made if one is not None]
    contestants = {"relay": relaying(opened, settings), "bare producer": producing(opened, settings, records)}
    samples = take_turns("relay", contestants, report.wanted)
    report.add("relay", samples)
    report.figure("relay: bytes of a record's value", mean=sum(len(one.value or b"") for one in records) / len(records))
    report.ratio("relay / bare producer", rates(samples["relay"]), rates(samples["bare producer"]), at_least=0.8)


def measure(wanted: Options, settings: KafkaSettings) -> Report:
    """On a ledger of contracts."""
    report = Report("relay", wanted)
    with arena() as at, at.ours() as opened:
        contracts = wanted.rest.contracts or (20 if wanted.quick else 5_000)
        say(f"writing {contracts * lives.LENGTH:,} entries")
        lives.fill(opened.store, contracts)
        at.settle()
        contest(report, opened, settings)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark on the brokers that TALLY_KAFKA_BOOTSTRAP names."""
    about = "Entries published per second. TALLY_KAFKA_BOOTSTRAP names the brokers; topics are made there and deleted."
    wanted = options(argv, about, more=lambda parser: parser.add_argument("--contracts", type=int, help="how many, each of 20 entries"))
    if not os.environ.get("TALLY_KAFKA_BOOTSTRAP"):
        say("TALLY_KAFKA_BOOTSTRAP names no brokers; `python -m tests.kafka.broker` runs one, in a checkout.")
        return 2
    from infra.kafka.settings import KafkaSettings

    return measure(wanted, KafkaSettings.from_environment()).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
