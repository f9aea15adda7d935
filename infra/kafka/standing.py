"""How far the brokers say that the ledger is published, and whether that can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from infra.errors import LedgerError


class RelayStopped(LedgerError):
    """The relay cannot go on before somebody has looked; nothing was published that should not be."""


class TopicsUnfit(RelayStopped):
    """The topics are not those that this ledger was published to; filled anew, they would be."""


class Bookmark(NamedTuple):
    """What goes into the brokers with each batch: its last position, that entry's command, and which topics there were, by id."""

    position: int
    command_id: str | None
    topics: Mapping[str, str]

    def encode(self) -> bytes:
        """As it is published."""
        return orjson.dumps(self._asdict())

    @classmethod
    def decode(cls, value: bytes) -> Bookmark:
        """As it was published. Raises RelayStopped."""
        try:
            said: dict[str, Any] = orjson.loads(value)
            return cls(int(said["position"]), said["command_id"], {str(name): str(one) for name, one in said["topics"].items()})
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"the brokers' position record is not the relay's: {value[:200]!r}"
            raise RelayStopped(message) from error


class Found(NamedTuple):
    """A topic as it is at the brokers; `is_empty` where nothing was ever written to it."""

    topic_id: str
    partitions: int
    is_empty: bool = True


def require_partitions(found: Mapping[str, Found], wanted: int) -> None:
    """Raises TopicsUnfit where a topic has another number of partitions than streams were divided by."""
    for name, one in found.items():
        if one.partitions != wanted:
            message = (
                f"the topic {name} has {one.partitions} partitions and not {wanted}: streams would move and lose their order. "
                f"Set TALLY_KAFKA_PARTITIONS={one.partitions}, or fill the topics anew with --rebuild"
            )
            raise TopicsUnfit(message)


def require_whole(bookmark: Bookmark | None, found: Mapping[str, Found]) -> None:
    """Raises TopicsUnfit where topics are not those that the bookmark tells of, or have entries that no bookmark tells of."""
    if bookmark is None:
        filled = sorted(name for name, one in found.items() if not one.is_empty)
        if filled:
            message = f"{', '.join(filled)} hold entries, and no position says which; --rebuild fills the topics anew, --from goes on"
            raise TopicsUnfit(message)
        return
    for name, topic_id in bookmark.topics.items():
        if name not in found or found[name].topic_id != topic_id:
            message = f"the topic {name} was deleted since entry {bookmark.position} was published; --rebuild fills all topics anew"
            raise TopicsUnfit(message)


def require_same_ledger(bookmark: Bookmark, command_id: str | None) -> None:
    """Raises TopicsUnfit where the ledger has no such entry at the bookmark's position; `command_id` is what it has there."""
    if bookmark.position and command_id != bookmark.command_id:
        held = "has no such entry" if command_id is None else "has another one there"
        message = (
            f"the brokers hold entries up to {bookmark.position}, but this ledger {held}: they are another ledger's, or the ledger was "
            "restored from a backup. --rebuild fills the topics anew; another TALLY_KAFKA_PREFIX leaves them alone"
        )
        raise TopicsUnfit(message)
