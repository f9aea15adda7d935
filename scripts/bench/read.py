"""Reads: one stream of 20 entries, and the whole log, decoded."""

from __future__ import annotations

import random
import statistics
import sys
from typing import TYPE_CHECKING
from uuid import UUID

from eventsourcing.persistence import EventStore, Mapper

from infra.ledger import CONTRACT, Ledger
from infra.store import COLUMNS, PAGE, Store
from scripts.bench import lives
from scripts.bench.arena import arena, asking
from scripts.bench.measure import Options, Report, Run, Step, drive, options, rates, say, take_turns, timed

if TYPE_CHECKING:
    from eventsourcing.postgres import PostgresApplicationRecorder

ENOUGH_ENTRIES_PER_S = 100_000.0


def raw(store: Store) -> int:
    """The SELECT of a whole log, page by page as the store reads it, its values fetched and left alone."""
    statement = f"SELECT {COLUMNS} FROM {store.ledger}.entries WHERE position > %s AND position <= %s ORDER BY position LIMIT %s"
    after, count = 0, 0
    with store.connections.use() as connection, connection.cursor() as cursor:
        while True:
            cursor.execute(statement, (after, 2**63 - 1, PAGE))
            rows = cursor.fetchall()
            if not rows:
                return count
            count += len(rows)
            after = rows[-1][0]


def decoded(store: Store) -> int:
    """The same, every entry decoded."""
    return sum(1 for _ in store.whole_log())


def notified(recorder: PostgresApplicationRecorder, to_event: Mapper[UUID]) -> int:
    """The library's log, page by page, every event decoded."""
    after, count = 0, 0
    while page := recorder.select_notifications(after, PAGE, inclusive_of_start=False):
        for one in page:
            to_event.to_domain_event(one)
            count += 1
        after = page[-1].id
    return count


def measure(wanted: Options) -> Report:
    """Streams, then the log, with both stores filled alike."""
    report = Report("read", wanted)
    contracts = 250 if wanted.quick else 2_000
    with arena() as at, at.ours() as opened, at.library(4) as library:
        say(f"writing {contracts * lives.LENGTH:,} entries into each")
        events = EventStore(lives.mapper(), library)
        ours, theirs = lives.fill(opened.store, contracts), lives.fill_library(events, contracts)
        at.settle()
        read_streams(report, opened.ledger, ours, events, theirs)
        read_log(report, opened.store, library)
    return report


def read_streams(report: Report, ledger: Ledger, ours: list[str], events: EventStore[UUID], theirs: list[UUID]) -> None:
    """One stream of 20 entries after the other, at random."""
    drawn = random.Random(7)

    def our_step(_: int) -> Step:
        return lambda: len(ledger.history(CONTRACT, drawn.choice(ours))) // lives.LENGTH

    def their_step(_: int) -> Step:
        return lambda: len(list(events.get(drawn.choice(theirs)))) // lives.LENGTH

    nothing = asking(ledger.store)
    what = f"streams of {lives.LENGTH} entries"
    contestants: dict[str, Run] = {
        "ours": lambda seconds: drive(1, seconds, our_step),
        "library": lambda seconds: drive(1, seconds, their_step),
        "SELECT 1": lambda seconds: drive(1, seconds, nothing),
    }
    samples = take_turns(what, contestants, report.wanted)
    report.add(what, samples)
    report.ratio(f"{what}: ours / library", rates(samples["ours"]), rates(samples["library"]), at_least=3.0)
    report.ratio(f"{what}: ours / SELECT 1", rates(samples["ours"]), rates(samples["SELECT 1"]))


def read_log(report: Report, store: Store, library: PostgresApplicationRecorder) -> None:
    """Every entry, from the first to the last."""
    to_event = lives.mapper()
    contestants: dict[str, Run] = {
        "ours": lambda _: timed(lambda: decoded(store)),
        "raw": lambda _: timed(lambda: raw(store)),
        "library": lambda _: timed(lambda: notified(library, to_event)),
    }
    samples = take_turns("whole log", contestants, report.wanted)
    report.add("whole log", samples)
    # Either of two targets is enough; the first is a rate and the same on every machine that reaches it.
    fast = statistics.median(rates(samples["ours"])) >= ENOUGH_ENTRIES_PER_S
    report.ratio("whole log: ours / raw", rates(samples["ours"]), rates(samples["raw"]), at_least=None if fast else 0.6)
    report.ratio(
        f"whole log: ours / {ENOUGH_ENTRIES_PER_S:,} a second", rates(samples["ours"]), [ENOUGH_ENTRIES_PER_S] * report.wanted.rounds
    )
    report.ratio("whole log: ours / library", rates(samples["ours"]), rates(samples["library"]))


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Streams and the whole log, decoded.")).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
