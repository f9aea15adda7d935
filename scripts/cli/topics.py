"""`tally topics`: what there is in the ledger's Kafka topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from scripts.cli.relay import kafka_settings
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, busy, say, table, write_json

if TYPE_CHECKING:
    from infra.kafka.survey import Sample, Surveyed

TOPICS: Final = (
    Column("topic"),
    Column("entries", right=True),
    Column("behind", right=True),
    Column("last key", shrinks=True, drop=1),
    Column("last record", shrinks=True, drop=2),
)
SAMPLES: Final = (
    Column("topic"),
    Column("position", right=True),
    Column("partition", right=True),
    Column("key"),
    Column("value", folds=True),
)


def topics(
    samples: Annotated[int, typer.Option("--sample", metavar="N", min=0, max=1_000, help="Show the last N records of each topic.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List the ledger's Kafka topics: how many entries are in each, how many are not yet, and what came last.

    Counts are those of the ledger up to and after the position that the
    brokers hold; `tally relay` publishes the rest. Topics of states count
    contracts and parties instead of entries.

    Examples:
      tally topics
      tally topics --sample 3
      tally topics --json
    """
    settings = kafka_settings()
    from kafka.errors import KafkaError

    from infra.kafka.brokers import BrokersSilent
    from infra.kafka.heard import because
    from infra.kafka.survey import survey

    with the_ledger() as it, busy("Asking the brokers"):
        try:
            found = survey(it.store, settings, max(samples, 1))
        except (KafkaError, BrokersSilent) as error:
            raise Stopped(f"Kafka does not answer: {because(error)}.") from error
    if as_json:
        write_json({"position": found.position, "head": found.head, "topics": [_listed(one, samples) for one in found.topics]})
        return
    table(TOPICS, [_row(one) for one in found.topics])
    if samples:
        typer.echo()
        table(SAMPLES, [_sample_row(one, held) for one in found.topics for held in one.samples])
    at = "no position yet" if found.position is None else f"everything up to position {found.position:,}"
    say(f"The brokers hold {at}; the ledger ends at {found.head:,}.")


def _listed(one: Surveyed, samples: int) -> dict[str, object]:
    shown = one.samples[len(one.samples) - samples :]
    return one._asdict() | {"samples": [held._asdict() for held in shown]}


def _row(one: Surveyed) -> Sequence[object]:
    last = one.samples[-1] if one.samples else None
    said = None if one.partitions else "not there yet"
    if last is not None:
        said = f"{last.headers['ce_type']} at {last.position}"
    return one.topic, f"{one.entries:,}", f"{one.behind:,}", last and last.key, said


def _sample_row(one: Surveyed, held: Sample) -> Sequence[object]:
    return one.topic, held.position, held.partition, held.key, msgspec.json.encode(held.value).decode()
