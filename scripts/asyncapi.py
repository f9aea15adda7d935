"""The topics as an AsyncAPI 3.0 document, from the code that fills them: addresses, keys, headers, messages, and what is promised."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

import yaml

from infra.kafka import brokers
from infra.kafka.records import FAMILIES, STATES

BINDING: Final = "0.5.0"
DIALECT: Final = "application/schema+json;version=2020-12"
PROMISES: Final = """\
Every entry of the ledger, but for keys and roles, as a CloudEvent 1.0 in binary mode.

Readers with isolation.level=read_committed see each entry once, and those of one stream in order: each batch is one
transaction together with the relay's position, and a relay that begins fences the one before. Copies of an entry have the same
position; whoever keeps the last ce_position of each topic and partition with what it made of it can pass over them.
Readers who do not ask for what is committed see batches that were broken off, too.

Positions grow within a partition and have gaps there; ce_streamversion has none within a stream. A topic of states has, under each key,
the state as of exactly the entries that are published; it is compacted, and a record without a value takes back what
may not be held any more.

A schema that is published gets optional fields at most; anything else is a new ce_schemaversion. Readers pass over fields
that they do not know.
What can be erased of a registered party does not leave the ledger.
"""
HEADERS: Final = {
    "ce_specversion": "The version of CloudEvents, 1.0.",
    "ce_id": "The position; of a state, `state-` and the position.",
    "ce_source": "urn:tallystick: and the ledger's name.",
    "ce_type": "The fact, such as contract.payment_recorded; the name of the message here.",
    "ce_subject": "The stream, which is the key, too.",
    "ce_time": "When it took effect, in UTC.",
    "content-type": "application/json.",
    "ce_position": "The position in the ledger's log: what to de-duplicate by.",
    "ce_streamversion": "The entry's version in its stream, contiguous from 1.",
    "ce_recordedat": "When the ledger learnt of it, in UTC; the record's own time, too.",
    "ce_schemaversion": "The version of the value's schema.",
    "ce_commandid": "Which command it came of.",
    "ce_actor": "Who gave the command.",
    "ce_onbehalfof": "For whom, if for somebody else.",
}
OPTIONAL: Final = frozenset({"ce_onbehalfof"})

Json = dict[str, Any]


class Dumper(yaml.SafeDumper):
    """Writes paragraphs as they are read."""


Dumper.add_representer(
    str, lambda dumper, said: dumper.represent_scalar("tag:yaml.org,2002:str", said, style="|" if "\n" in said else None)
)


def text(names: Sequence[str]) -> str:
    """The document for records of these names with versions, as YAML."""
    return yaml.dump(document(names), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=140)


def document(names: Sequence[str]) -> Json:
    """The same as data."""
    records = {name: name.partition("@")[0] for name in names}
    states = {f"{prefix.removesuffix('-')}.state": family for prefix, family in STATES.items()}
    families = {
        family: [one for one in records.values() if one.startswith(f"{prefix.removesuffix('-')}.") and one not in states]
        for prefix, family in FAMILIES.items()
    }
    families |= {family: [name] for name, family in states.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tallystick",
            "version": version("tallystick"),
            "description": PROMISES,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The brokers that TALLY_KAFKA_BOOTSTRAP names.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "A broker, host:port."}},
            }
        },
        "channels": {family: channel(family, messages) for family, messages in families.items()},
        "operations": {f"publish.{family}": operation(family) for family in families},
        "components": {
            "messages": {name: message(versioned, name in states) for versioned, name in records.items()},
            "messageTraits": {"record": trait()},
        },
    }


def channel(family: str, messages: Sequence[str]) -> Json:
    """A topic."""
    compacted = family in STATES.values()
    configured = brokers.LAST_STATES if compacted else brokers.FOR_EVER
    return {
        "address": f"{{prefix}}.{{ledger}}.{family}",
        "title": family,
        "description": "The present state under each key." if compacted else "The entries of these streams, for ever, in order.",
        "parameters": {
            "prefix": {"default": "tally", "description": "TALLY_KAFKA_PREFIX."},
            "ledger": {"default": "ledger", "description": "The ledger's name, TALLY_LEDGER."},
        },
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "partitions": 6,
                "topicConfiguration": {
                    "cleanup.policy": [configured["cleanup.policy"]],
                    **{name: int(held) for name, held in configured.items() if name != "cleanup.policy" and name in CONFIGURED},
                },
                "bindingVersion": BINDING,
            }
        },
    }


# The others that a topic can have are not known to the binding.
CONFIGURED: Final = frozenset({"retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes"})


def operation(family: str) -> Json:
    """What the ledger does with a topic."""
    return {"action": "send", "channel": {"$ref": f"#/channels/{family}"}, "summary": f"The relay publishes to {family}."}


def message(versioned: str, is_state: bool) -> Json:
    """A record."""
    name, _, schema = versioned.partition("@")
    return {
        "name": name,
        "title": f"{name}, schema {schema}",
        **({"summary": "Without a value, it takes back what was published under the key."} if is_state else {}),
        "contentType": "application/json",
        "payload": {"schemaFormat": DIALECT, "schema": {"$ref": f"./topics/{versioned}.json"}},
        "traits": [{"$ref": "#/components/messageTraits/record"}],
    }


def trait() -> Json:
    """What all records have in common."""
    return {
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string", "description": said} for name, said in HEADERS.items()},
            "required": [name for name in HEADERS if name not in OPTIONAL],
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": "The stream, such as contract-ID."}, "bindingVersion": BINDING}},
    }
