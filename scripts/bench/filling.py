"""Empty topics filled from a ledger, and read from the start by the alert rules: speed and memory at 10^5 and 10^6 entries."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from domain.alert.vocabulary import AlertKind
from domain.alerting import CONTRACTS
from infra.ledger import ALERTING, CONTRACT, Envelope
from infra.opening import Opened, closing_all, connect
from infra.schema import Names
from scripts.bench import lives
from scripts.bench.arena import arena
from scripts.bench.flat import FLAT_MEMORY, label
from scripts.bench.measure import Options, Report, options, own_peak_mb, say
from scripts.bench.watch import ASKER, rules

if TYPE_CHECKING:
    from infra.kafka.settings import KafkaSettings

LARGEST = 1_000_000
TIMES = 10
FLAT_RATE = 0.8
# What these lives never do, within their own contract: a command for each cause would be all that is measured.
WATCHED = frozenset(
    {
        AlertKind.PAYMENT_SHORT,
        AlertKind.PAYMENT_DUPLICATE,
        AlertKind.PAYMENT_ABOVE_VALUE,
        AlertKind.DELIVERY_REJECTED,
        AlertKind.TERM_CHANGED,
        AlertKind.VALUE_RAISED,
        AlertKind.BREACH_DECLARED,
        AlertKind.DISPUTE_OPENED,
    }
)


class Where(NamedTuple):
    """A ledger as another process finds it: its server, its name and its master key, and its topics."""

    url: str
    ledger: str
    master: Path
    settings: KafkaSettings

    def open(self) -> Opened:
        """Connects to it."""
        return connect(self.url, Names(self.ledger), as_role=True, master=self.master)


Work: TypeAlias = Callable[[Opened, "KafkaSettings", int], int]


class Weighed(NamedTuple):
    """What a process did in a second, and the most memory that it had, and the largest of those that it started."""

    rate: float
    peak_mb: float
    others_mb: float


def relaying(opened: Opened, settings: KafkaSettings, _: int) -> int:
    """A relay, from the first entry to the end of the log; how many it published."""
    from infra.kafka.relay import Orders, Relay
    from projections.states import ALL_STATES

    relay = Relay(opened, settings, ALL_STATES, Orders(once=True))
    relay.run()
    return relay.published


def watching(opened: Opened, settings: KafkaSettings, entries: int) -> int:
    """The only member of the group that shares the alert rules, until it has looked at so many entries."""
    from consumers.shared import POLL_S, Share, group
    from infra.kafka.group import member
    from infra.kafka.records import FAMILIES, topic

    share = Share(opened)
    with member(settings, group(settings, opened), [topic(settings.prefix, opened.names.ledger, FAMILIES[CONTRACT.prefix])]) as it:
        while share.done.entries < entries:
            delivered = it.poll(POLL_S)
            share.look(delivered.positions)
            it.done(delivered)
    return share.done.entries


def _report(work: Work, where: Where, entries: int, pipe: Pipe) -> None:
    with closing_all(where.open()) as opened:
        began = time.perf_counter()
        count = work(opened, where.settings, entries)
        lasted = time.perf_counter() - began
    # The process that renders ahead of the relay is one of those that were started.
    others_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    pipe.send((count, Weighed(count / lasted, own_peak_mb(), others_mb)))


def weigh(work: Work, where: Where, entries: int) -> Weighed:
    """Has work done in a process of its own. Raises AssertionError where it did not do it all."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(work, where, entries, theirs))
    process.start()
    theirs.close()
    try:
        count, found = mine.recv()
    finally:
        process.join()
    if count < entries:
        message = f"{count:,} of {entries:,} entries were seen"
        raise AssertionError(message)
    weighed: Weighed = found
    return weighed


def fill(report: Report, opened: Opened, where: Where, entries: int) -> dict[str, Weighed]:
    """Publishes all that a ledger holds, so many entries of contracts at least, and reads those; leaves no topics."""
    from infra.kafka.session import clear

    found: dict[str, Weighed] = {}
    mine = where._replace(settings=replace(where.settings, prefix=f"bench-{uuid.uuid4().hex[:8]}"))
    try:
        for what, work in (("relay", relaying), ("alert rules", watching)):
            say(f"{what}: {label(entries)}")
            found[what] = one = weigh(work, mine, entries)
            others = {"others_MB": one.others_mb} if one.others_mb else {}
            report.figure(f"{what}: {label(entries)}", per_s=one.rate, MB=one.peak_mb, **others)
    finally:
        clear(opened.store, mine.settings)
    return found


def publish_rules(opened: Opened) -> None:
    """Rules under which every contract is folded, and none raises an alert."""
    wanted = rules()
    kept = replace(wanted, rules=tuple(one for one in wanted.rules if one.kind in WATCHED))
    opened.ledger.handle(ALERTING, CONTRACTS, kept, Envelope(ASKER, uuid.uuid4().hex))


def compare(report: Report, sizes: tuple[int, int], smaller: dict[str, Weighed], larger: dict[str, Weighed]) -> None:
    """Whether anything grows with the log. A quick run does not fill what is bounded, and is not judged."""
    judged = not report.wanted.quick
    between = f"{sizes[1]:,} entries / {sizes[0]:,}"
    for what, small in smaller.items():
        large = larger[what]
        at_most = FLAT_MEMORY if judged else None
        report.ratio(f"memory of {what}: {between}", [large.peak_mb], [small.peak_mb], at_most=at_most)
        # The smaller log may be too short for a relay to start a process that renders.
        if small.others_mb and large.others_mb:
            report.ratio(f"memory of what {what} started: {between}", [large.others_mb], [small.others_mb], at_most=at_most)
        report.ratio(f"rate of {what}: {between}", [large.rate], [small.rate], at_least=FLAT_RATE if judged else None)


def measure(wanted: Options, settings: KafkaSettings) -> Report:
    """A ledger of each size, one after the other on one server."""
    report = Report("filling", wanted)
    largest = wanted.rest.entries or (2_000 if wanted.quick else LARGEST)
    # Whole lives, and at least one of them.
    small, large = (max(1, size // lives.LENGTH) * lives.LENGTH for size in (largest // TIMES, largest))
    found: list[dict[str, Weighed]] = []
    with arena() as at:
        for size in (small, large):
            with at.ours() as opened:
                publish_rules(opened)
                say(f"writing {label(size)}")
                lives.fill(opened.store, size // lives.LENGTH)
                at.settle()
                where = Where(at.url, opened.names.ledger, Path(at.socket) / "master.key", settings)
                found.append(fill(report, opened, where, size))
    compare(report, (small, large), *found)
    return report


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much there is to read."""
    parser.add_argument("--entries", type=int, default=None, help=f"of the larger of two ledgers; {LARGEST:,} by default")


def main(argv: list[str]) -> int:
    """Runs the benchmark on the brokers that TALLY_KAFKA_BOOTSTRAP names."""
    what = (
        "What grows while topics are filled and read from the start. TALLY_KAFKA_BOOTSTRAP names the brokers; topics are made and deleted."
    )
    wanted = options(argv, what, more=arguments)
    if not os.environ.get("TALLY_KAFKA_BOOTSTRAP"):
        say("TALLY_KAFKA_BOOTSTRAP names no brokers; `python -m tests.kafka.broker` runs one, in a checkout.")
        return 2
    from infra.kafka.settings import KafkaSettings

    return measure(wanted, KafkaSettings.from_environment()).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
