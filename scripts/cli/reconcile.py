"""`tally reconcile`: whether the Kafka topics say what the ledger says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from scripts.cli.relay import kafka_settings
from scripts.cli.session import the_ledger
from scripts.cli.terminal import REFUSED, AsJson, Column, Stopped, busy, out, say, table, write_json

if TYPE_CHECKING:
    from infra.kafka.reconciliation import Reconciled, Side

TOPICS: Final = (
    Column("topic"),
    Column("ledger", right=True),
    Column("Kafka", right=True),
    Column("hash", drop=1),
    Column("first difference", folds=True),
)
SUMS: Final = (Column("topic"), Column("amount of"), Column("currency"), Column("ledger", right=True), Column("Kafka", right=True))


def reconcile(as_json: AsJson = False) -> None:
    """Compare every record of the Kafka topics with the ledger, up to the position that the brokers hold.

    For each topic: how many records there are and should be, what their
    amounts come to by fact and currency, and a hash over all of them; where
    they differ, the first position that does. Of a topic of states, the last
    record of each contract or party counts. Writers and the relay go on
    meanwhile. The exit code is 1 when anything differs; `tally relay
    --rebuild` fills the topics anew.

    Examples:
      tally reconcile
      tally reconcile --json
    """
    settings = kafka_settings()
    from kafka.errors import KafkaError

    from infra.kafka import brokers
    from infra.kafka.brokers import BrokersSilent
    from infra.kafka.heard import because
    from infra.kafka.reconciliation import Reconciliation
    from projections.states import ALL_STATES

    with the_ledger() as it, busy("Reading the topics"):
        try:
            with brokers.reading(settings) as reader:
                run = Reconciliation(it.store, settings, ALL_STATES, reader)
                found = list(run.run())
        except (KafkaError, BrokersSilent) as error:
            raise Stopped(f"Kafka does not answer: {because(error)}.") from error
        head = it.store.head()
    same = not any(one.first for one in found)
    if as_json:
        write_json({"same": same, "position": run.position, "head": head, "topics": [_json(one) for one in found]})
    else:
        _tell(found)
        say(f"Compared up to position {run.position:,}, which the brokers hold; the ledger ends at {head:,}.")
    if not same:
        raise typer.Exit(REFUSED)


def _tell(found: list[Reconciled]) -> None:
    table(TOPICS, [(one.topic, f"{one.ledger.records:,}", f"{one.kafka.records:,}", *_said(one)) for one in found])
    sums = [
        (one.topic, name, currency, *(side.sums.get((name, currency), 0) for side in (one.ledger, one.kafka)))
        for one in found
        for name, currency in sorted(one.ledger.sums.keys() | one.kafka.sums.keys())
    ]
    if sums:
        typer.echo()
        table(SUMS, [(topic, name, currency, f"{ledger:,}", f"{kafka:,}") for topic, name, currency, ledger, kafka in sums])
    first = min((one.first for one in found if one.first is not None), default=None)
    if first is not None:
        typer.echo()
        out().print(f"The first difference is at position {first.position}: {first.key} is {first.what}.", style="bold", soft_wrap=True)


def _said(one: Reconciled) -> tuple[str, str]:
    if one.first is None:
        return f"{one.ledger.digest[:12]}, the same", ""
    return f"{one.ledger.digest[:12]} and {one.kafka.digest[:12]}", f"{one.first.position}, {one.first.key}: {one.first.what}"


def _json(one: Reconciled) -> dict[str, object]:
    return {
        "topic": one.topic,
        "same": one.first is None,
        "ledger": _side(one.ledger),
        "kafka": _side(one.kafka),
        "first": None if one.first is None else one.first._asdict(),
    }


def _side(side: Side) -> dict[str, object]:
    sums = [{"of": name, "currency": currency, "amount": str(amount)} for (name, currency), amount in side.sums.items()]
    return {"records": side.records, "hash": side.digest, "sums": sums}
