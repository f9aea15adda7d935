"""Whether anything grows with the log: an append, the load of a stream, a follower's memory, at 10^4, 10^5 and 10^6 entries."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection as Pipe

from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.recorder import LedgerApplicationRecorder
from scripts.bench import lives
from scripts.bench.append import recording
from scripts.bench.arena import arena, opened_at
from scripts.bench.measure import Options, Report, Run, Sample, Step, drive, options, own_peak_mb, rates, say, take_turns

SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (2_000, 20_000)
WRITERS = 8
# A tree of ten times as many entries is a fraction of a level deeper, and less of it is in memory.
FLAT = 0.6
FLAT_MEMORY = 1.2


def label(entries: int) -> str:
    """As people write it."""
    return f"{entries:,} entries"


def appending(opened: Opened, threads: int) -> Run:
    """Single entries, to the end of the log."""
    steps = recording(LedgerApplicationRecorder(opened.store), 1, lambda: str(uuid.uuid4()))
    return lambda seconds: drive(threads, seconds, steps)


def loading(opened: Opened, identities: list[str]) -> Run:
    """Whole streams from anywhere in the log."""
    drawn = random.Random(7)

    def step_of(_: int) -> Step:
        return lambda: len(opened.ledger.history(CONTRACT, drawn.choice(identities))) // lives.LENGTH

    return lambda seconds: drive(1, seconds, step_of)


def compare(report: Report, what: str, contestants: dict[int, Run]) -> None:
    """Each size against the smallest."""
    samples: dict[str, list[Sample]] = take_turns(what, {label(size): run for size, run in contestants.items()}, report.wanted)
    report.add(what, samples)
    smallest = min(contestants)
    for size in contestants:
        if size > smallest:
            rate, base = rates(samples[label(size)]), rates(samples[label(smallest)])
            report.ratio(f"{what}: {label(size)} / {label(smallest)}", rate, base, at_least=FLAT)


def read_everything(url: str, ledger: str, _: int) -> None:
    """A reader of the whole log."""
    it = opened_at(url, ledger)
    for _entry in it.store.whole_log():
        pass


def follow_everything(url: str, ledger: str, entries: int) -> None:
    """A subscriber from the first entry on."""
    it = opened_at(url, ledger)
    with LedgerApplicationRecorder(it.store).subscribe(gt=0) as subscription:
        for notification in subscription:
            if notification.id >= entries:
                return


def reporting(work: Callable[[str, str, int], None], url: str, ledger: str, entries: int, pipe: Pipe) -> None:
    """Does work in a process of its own, and tells its peak memory in MB."""
    work(url, ledger, entries)
    pipe.send(own_peak_mb())


def peak_mb(work: Callable[[str, str, int], None], url: str, ledger: str, entries: int) -> float:
    """The peak memory of a new process that does the work."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=reporting, args=(work, url, ledger, entries, theirs))
    process.start()
    theirs.close()
    try:
        peak: float = mine.recv()
    finally:
        process.join()
    return peak


def weigh(report: Report, url: str, opened: dict[int, Opened]) -> None:
    """The memory of readers, by the size of what they read."""
    for what, work in (("reader of the whole log", read_everything), ("subscriber", follow_everything)):
        peaks: dict[int, float] = {}
        for size, it in opened.items():
            say(f"memory of a {what}, {label(size)}")
            peaks[size] = peak_mb(work, url, it.names.ledger, size)
            report.figure(f"memory of a {what}: {label(size)}", MB=peaks[size])
        smallest, largest = min(peaks), max(peaks)
        name = f"memory of a {what}: {label(largest)} / {label(smallest)}"
        report.ratio(name, [peaks[largest]], [peaks[smallest]], at_most=FLAT_MEMORY)


def measure(wanted: Options) -> Report:
    """A ledger of each size on one server."""
    report = Report("flat", wanted)
    with arena() as at, ExitStack() as held:
        opened: dict[int, Opened] = {}
        identities: dict[int, list[str]] = {}
        for size in QUICK_SIZES if wanted.quick else SIZES:
            opened[size] = held.enter_context(at.ours())
            began = time.perf_counter()
            identities[size] = lives.fill(opened[size].store, size // lives.LENGTH)
            rate = size / (time.perf_counter() - began)
            say(f"wrote {label(size)}, {rate:,.0f} a second")
            report.figure(f"writing {label(size)}, {lives.LENGTH} a command", per_s=rate)
        weigh(report, at.url, opened)
        at.settle()
        compare(report, f"streams of {lives.LENGTH} entries", {size: loading(it, identities[size]) for size, it in opened.items()})
        compare(report, "single appends, 1 thread", {size: appending(it, 1) for size, it in opened.items()})
        compare(report, f"single appends, {WRITERS} threads", {size: appending(it, WRITERS) for size, it in opened.items()})
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "What grows with the log.")).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
