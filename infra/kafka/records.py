"""From an entry of the ledger to a record of a topic; here is decided what leaves the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Final, NamedTuple, TypeAlias

import orjson

from domain.facts import Entry, Fact
from infra import ledger
from infra.errors import LedgerError
from infra.render import Json, to_json
from infra.sealing import withheld

# Each sort of stream has a topic, but for those of keys, roles and visits, which stay in the ledger.
FAMILIES: Final[Mapping[str, str]] = {
    ledger.CONTRACT.prefix: "contracts",
    ledger.PARTY.prefix: "parties",
    ledger.DOCUMENT.prefix: "documents",
    ledger.POLICY.prefix: "policies",
    ledger.TEMPLATE.prefix: "templates",
    ledger.PRODUCT.prefix: "products",
    ledger.FIELDS.prefix: "fields",
    ledger.RISK.prefix: "risk-rules",
    ledger.DELEGATION.prefix: "delegations",
    ledger.ALERTING.prefix: "alert-rules",
    ledger.ALERT.prefix: "alerts",
    ledger.CLOCK.prefix: "clock",
}
PRIVATE: Final = frozenset({ledger.ACCESS.prefix, ledger.VISITS.prefix, ledger.SEARCHES.prefix})
# Of these sorts of streams a compacted topic holds the present state beside the topic of their entries.
STATES: Final[Mapping[str, str]] = {ledger.CONTRACT.prefix: "contracts.state", ledger.PARTY.prefix: "parties.state"}
# Where the relay keeps how far it has come.
POSITIONS: Final = "relay"

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_VERSION: Final = ("ce_specversion", b"1.0")
_JSON: Final = ("content-type", b"application/json")


Header: TypeAlias = tuple[str, bytes]


class _Sorts(dict[type[Fact], tuple[Header, Header]]):
    """The headers that all entries of a fact have in common."""

    def __missing__(self, kind: type[Fact]) -> tuple[Header, Header]:
        """Made once."""
        made = self[kind] = ("ce_type", kind.NAME.encode()), ("ce_schemaversion", str(kind.SCHEMA).encode())
        return made


_sorts: Final = _Sorts()


class UnknownStream(LedgerError):
    """A stream is of no sort that has a topic."""


class Record(NamedTuple):
    """What Kafka gets of an entry. `key` is the stream, so that its entries stay in one partition and in order.

    Without a `value` it takes back what a compacted topic holds of the stream.
    """

    topic: str
    key: bytes
    value: bytes | None
    headers: list[Header]
    timestamp_ms: int


@cache
def topic(prefix: str, name: str, family: str) -> str:
    """The topic of a family of streams of the ledger called `name`."""
    return f"{prefix}.{name}.{family}"


@cache
def source(name: str) -> bytes:
    """The CloudEvents source of a ledger."""
    return f"urn:tallystick:{name}".encode()


@lru_cache(maxsize=16_384)
def family(stream: str) -> str | None:
    """The family of a stream; None where nothing of it is published. Raises UnknownStream."""
    sort = stream[: stream.find("-") + 1]
    if stream in PRIVATE or sort in PRIVATE:
        return None
    found = FAMILIES.get(sort)
    if found is None:
        message = f"the stream {stream!r} is of no sort that is published, and of none that is known to be private"
        raise UnknownStream(message)
    return found


def published(entry: Entry) -> Json:
    """What of an entry leaves the ledger: its fact without what is personal of registered parties, or nothing at all.

    What was published cannot be taken back, and a key that is destroyed does not reach it: names are asked for by `party_id`.
    """
    if family(entry.stream) is None:
        return None
    content: Json = withheld(entry.fact.NAME, to_json(entry.fact))
    return content


def record(entry: Entry, prefix: str, name: str) -> Record | None:
    """The entry as a CloudEvent in binary mode, in a topic of the ledger called `name`; None where it stays in the ledger.

    Follows the CloudEvents 1.0 Kafka protocol binding; attributes beside the standard ones are extensions. The record's own
    time is when the ledger learnt of it. Raises UnknownStream.
    """
    content = published(entry)
    if content is None:
        return None
    headers = told(entry, name, str(entry.position).encode(), _sorts[type(entry.fact)])
    where = topic(prefix, name, family(entry.stream) or "")
    return Record(where, entry.stream.encode(), orjson.dumps(content), headers, learnt_ms(entry))


def told(entry: Entry, name: str, identity: bytes, sort: tuple[Header, Header]) -> list[Header]:
    """The headers of what an entry of the ledger called `name` says or leads to: its `sort` says which, `identity` is its own."""
    position, meta = str(entry.position).encode(), entry.meta
    kind, schema = sort
    headers = [
        _VERSION,
        ("ce_id", identity),
        ("ce_source", source(name)),
        kind,
        ("ce_subject", entry.stream.encode()),
        ("ce_time", moment(entry.effective_at)),
        _JSON,
        ("ce_position", position),
        ("ce_streamversion", str(entry.version).encode()),
        ("ce_recordedat", moment(entry.recorded_at)),
        schema,
        ("ce_commandid", entry.command_id.encode()),
        ("ce_actor", meta.actor.encode()),
    ]
    if meta.on_behalf_of is not None:
        headers.append(("ce_onbehalfof", meta.on_behalf_of.encode()))
    return headers


def learnt_ms(entry: Entry) -> int:
    """When the ledger learnt of an entry, in milliseconds since 1970."""
    return (entry.recorded_at - EPOCH) // _MILLISECOND


def moment(at: datetime) -> bytes:
    """An aware moment as RFC 3339 text in UTC."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[:-6].encode() + b"Z"
