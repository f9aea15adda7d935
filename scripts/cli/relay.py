"""`tally relay`: publishes the ledger to Kafka."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from infra.settings import Settings
from scripts.cli.running import running
from scripts.cli.session import the_ledger
from scripts.cli.streaming import BOOTSTRAP, EMBEDDED
from scripts.cli.terminal import AsJson, Stopped, say, usage, write_json

if TYPE_CHECKING:
    from infra.kafka.settings import KafkaSettings

NEEDS_EXTRA = "Kafka needs a library that is not installed: pip install 'tallystick[kafka]'."


def kafka_settings() -> KafkaSettings:
    """The Kafka of the environment; stops with a sentence where the library for it is not installed."""
    try:
        import kafka  # noqa: F401
    except ModuleNotFoundError:
        raise Stopped(NEEDS_EXTRA) from None
    from infra.kafka.heard import listen
    from infra.kafka.settings import KafkaSettings

    # What is wrong with the brokers is said by us, once, and not by each of the library's attempts.
    listen()
    if os.environ.get(BOOTSTRAP, "").strip() in ("", EMBEDDED):
        serving = running(Settings.from_environment())
        if serving is not None and serving.broker:
            return as_embedded(KafkaSettings.from_environment({**os.environ, BOOTSTRAP: serving.broker}))
    return KafkaSettings.from_environment()


def as_embedded(settings: KafkaSettings) -> KafkaSettings:
    """The same for the embedded broker, which asks for no credentials."""
    return replace(settings, client={}, embedded=True)


def relay(
    once: Annotated[bool, typer.Option("--once", help="End when everything up to now is published.")] = False,
    start: Annotated[
        int | None,
        typer.Option("--from", metavar="POSITION", min=1, help="Begin with this entry, whatever the brokers hold."),
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Delete the ledger's topics, and fill them from the first entry on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the ledger to Kafka, until Ctrl-C.

    TALLY_KAFKA_BOOTSTRAP names the brokers, such as kafka-1:9092; without it,
    the embedded broker of a running `tally up` is meant. Each entry is
    published once, in order, to a topic of its family, for those who read
    what is committed. How far it has come is kept by the brokers themselves:
    stop the relay, kill it or start a second one at any time. Only one
    publishes; the others stand by.

    With --from, entries that are there already are published a second time,
    with the same position. With --rebuild, every reader has to begin anew.

    Examples:
      tally relay
      tally relay --once --json
      tally relay --from 120000
    """
    if rebuild and start is not None:
        raise usage("--rebuild begins with the first entry; leave --from away.")
    settings = kafka_settings()
    from kafka.errors import KafkaError

    from infra.kafka.brokers import BrokersSilent
    from infra.kafka.heard import because
    from infra.kafka.relay import Orders, Relay
    from projections.states import ALL_STATES

    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with the_ledger() as it:
        one = Relay(it, settings, ALL_STATES, Orders(once, start, rebuild), stopping=stopping, said=say)
        try:
            one.run()
        except (KafkaError, BrokersSilent) as error:
            raise Stopped(f"Kafka does not take the entries: {because(error)}.") from error
    if as_json:
        write_json({"position": one.position, "published": one.published})
    else:
        say(f"Published {one.published:,} entries; the brokers hold everything up to position {one.position}.")
