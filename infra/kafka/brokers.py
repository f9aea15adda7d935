"""What is asked of the brokers through kafka-python, and what it takes to end with that when they do not answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, Final, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Found

ANSWER_MS: Final = 10_000
DELIVERY_MS: Final = 20_000
# So long may a transaction stay open that nobody ends, and readers of what is committed wait behind it.
TRANSACTION_MS: Final = 15_000
# A transaction's first partitions are refused until the one before is wholly written; the client's own 100 ms would be most of a batch.
RETRY_MS: Final = 10
_POLL_MS: Final = 500
LARGEST_RECORD: Final = 16 * 1024 * 1024
FOR_EVER: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": str(LARGEST_RECORD)}
# Only the last record counts; small segments keep what a relay reads at its start short.
COMPACTED: Final = {"cleanup.policy": "compact", "segment.bytes": str(4 * 1024 * 1024), "min.cleanable.dirty.ratio": "0.1"}
# What was overwritten or taken back is gone within a day; who reads from the start within a week learns what was taken back.
LAST_STATES: Final = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(24 * 60 * 60 * 1_000),
    "delete.retention.ms": str(7 * 24 * 60 * 60 * 1_000),
    "max.message.bytes": str(LARGEST_RECORD),
}


class BrokersSilent(Exception):
    """The brokers did not answer in time; what became of the last batch, they will say when asked for the position."""


def producer(settings: KafkaSettings, transactional_id: str | None) -> Any:  # noqa: ANN401 - kafka-python publishes no types
    """A producer that sends all or nothing; one without transactions where there is no id. Raises KafkaError."""
    return KafkaProducer(
        bootstrap_servers=list(settings.bootstrap),
        transactional_id=transactional_id,
        transaction_timeout_ms=TRANSACTION_MS,
        # Said although it is the default: settings that do not go together would switch it off without a word.
        enable_idempotence=True,
        acks="all",
        bootstrap_timeout_ms=ANSWER_MS,
        max_block_ms=ANSWER_MS,
        request_timeout_ms=ANSWER_MS,
        delivery_timeout_ms=DELIVERY_MS,
        retry_backoff_ms=RETRY_MS,
        reconnect_backoff_max_ms=1_000,
        batch_size=131_072,
        max_request_size=LARGEST_RECORD,
        compression_type="lz4",
        allow_auto_create_topics=False,
        **settings.client,
    )


def discard(one: Any) -> None:  # noqa: ANN401 - kafka-python publishes no types
    """Ends with a producer within a second, whatever it waits for."""
    with suppress(KafkaError):
        one.close(timeout=1)
    sender = one._sender  # noqa: SLF001 - close() gives up before it gets so far when records wait, and leaves the thread behind
    if sender is not None and sender.is_alive():
        sender.force_close()


@contextmanager
def within(seconds: float, call: Callable[[], object]) -> Iterator[None]:
    """Calls what has no time limit of its own beside the `with`, at whose end it must have answered, or answer within so long.

    Raises BrokersSilent, and whatever the call raises.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - raised again by the one who waits
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    thread.join(seconds)
    if thread.is_alive():
        message = f"the brokers did not answer within {seconds:g} s"
        raise BrokersSilent(message)
    if raised:
        raise raised[0]


@contextmanager
def administration(settings: KafkaSettings) -> Iterator[Any]:
    """An administrator of topics. Raises KafkaError."""
    with closing(
        KafkaAdminClient(
            bootstrap_servers=list(settings.bootstrap), bootstrap_timeout_ms=ANSWER_MS, request_timeout_ms=ANSWER_MS, **settings.client
        )
    ) as admin:
        yield admin


@contextmanager
def reading(settings: KafkaSettings) -> Iterator[Any]:
    """A reader of what is committed, in no group. Raises KafkaError."""
    consumer = KafkaConsumer(
        bootstrap_servers=list(settings.bootstrap),
        isolation_level="read_committed",
        group_id=None,
        enable_auto_commit=False,
        bootstrap_timeout_ms=ANSWER_MS,
        request_timeout_ms=ANSWER_MS,
        allow_auto_create_topics=False,
        **settings.client,
    )
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)


def find(admin: Any, reader: Any, names: Sequence[str]) -> dict[str, Found]:  # noqa: ANN401 - kafka-python publishes no types
    """Those of the topics that are there. Raises KafkaError."""
    described = _described(admin, names)
    sizes = {one["name"]: len(one["partitions"]) for one in described}
    ends = end_offsets(reader, [TopicPartition(name, n) for name, size in sizes.items() for n in range(size)])
    written = {at.topic for at, end in ends.items() if end > 0}
    return {one["name"]: Found(str(one["topic_id"]), sizes[one["name"]], one["name"] not in written) for one in described}


def topic_ids(admin: Any, names: Sequence[str]) -> dict[str, str]:  # noqa: ANN401 - kafka-python publishes no types
    """The ids of those of the topics that are there: one that was deleted and made again has another. Raises KafkaError."""
    return {one["name"]: str(one["topic_id"]) for one in _described(admin, names)}


def end_offsets(reader: Any, parts: Sequence[Any]) -> dict[Any, int]:  # noqa: ANN401 - kafka-python publishes no types
    """Where partitions end, waiting for those that were made a moment ago. Raises KafkaError and BrokersSilent."""
    pause = threading.Event()
    for _ in range(ANSWER_MS // 100):
        # The client leaves out partitions that no broker leads yet, and trips over them.
        with suppress(KeyError):
            return dict(reader.end_offsets(list(parts))) if parts else {}
        pause.wait(0.1)
    message = f"{', '.join(sorted({at.topic for at in parts}))} cannot be asked for their ends"
    raise BrokersSilent(message)


def _described(admin: Any, names: Sequence[str]) -> list[dict[str, Any]]:  # noqa: ANN401 - kafka-python publishes no types
    return [one for one in admin.describe_topics(list(names)) if one["error_code"] != UnknownTopicOrPartitionError.errno]


class Wanted(NamedTuple):
    """A topic as it is to be made."""

    partitions: int
    configs: Mapping[str, str]


def create(admin: Any, settings: KafkaSettings, topics: Mapping[str, Wanted]) -> None:  # noqa: ANN401 - kafka-python publishes no types
    """Makes topics, and waits until they can be written to. Raises KafkaError."""
    if topics:
        admin.create_topics(
            {
                name: {"num_partitions": one.partitions, "replication_factor": settings.replication, "configs": dict(one.configs)}
                for name, one in topics.items()
            },
            wait_for_metadata=True,
        )


def last_value(reader: Any, name: str) -> bytes | None:  # noqa: ANN401 - kafka-python publishes no types
    """The last committed value of a topic of one partition; None where there is none. Raises KafkaError and BrokersSilent."""
    at = TopicPartition(name, 0)
    reader.assign([at])
    first, end = reader.beginning_offsets([at])[at], reader.end_offsets([at])[at]
    # Behind the last record there are only marks of transactions that ended, mostly one.
    back = 100
    while True:
        start = max(first, end - back)
        reader.seek(at, start)
        found: bytes | None = None
        for record in read_to(reader, {at: end}):
            found = record.value
        if found is not None or start == first:
            return found
        back *= 10


def read_to(reader: Any, ends: Mapping[Any, int]) -> Iterator[Any]:  # noqa: ANN401 - kafka-python publishes no types
    """Records of the assigned partitions, each in its order, from where the reader stands up to these offsets. Raises BrokersSilent."""
    idle_ms = 0
    while lacking := [at for at, end in ends.items() if reader.position(at) < end]:
        before = [reader.position(at) for at in lacking]
        for at, records in reader.poll(_POLL_MS).items():
            yield from (record for record in records if record.offset < ends[at])
        idle_ms = idle_ms + _POLL_MS if before == [reader.position(at) for at in lacking] else 0
        # Half of what is there is worse than nothing: a position that is too low would publish entries twice.
        if idle_ms > ANSWER_MS:
            message = f"{', '.join(sorted({at.topic for at in lacking}))} cannot be read up to the end"
            raise BrokersSilent(message)


def delete(admin: Any, names: Sequence[str]) -> None:  # noqa: ANN401 - kafka-python publishes no types
    """Deletes those of the topics that are there, and waits until they are gone. Raises KafkaError and BrokersSilent."""
    there = [one["name"] for one in _described(admin, names)]
    if there:
        admin.delete_topics(there)
    pause = threading.Event()
    for _ in range(ANSWER_MS // 100):
        # Not what is in them: a topic that goes while that is asked for is waited for in vain.
        if not _described(admin, names):
            return
        pause.wait(0.1)
    message = "the topics were to be deleted and are still there"
    raise BrokersSilent(message)
