"""Contestants take turns for several rounds; what counts is the median of the rounds' ratios."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

import psutil
from rich.console import Console
from rich.table import Table

QUIET_PERCENT = 15.0

Step: TypeAlias = Callable[[], int]
Run: TypeAlias = Callable[[float], "Sample"]


class Sample(NamedTuple):
    """One turn of one contestant: work done per second, and how long single calls took (zero where nobody timed them)."""

    rate: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0


class Options(NamedTuple):
    """How long to measure. `seconds` is the length of one contestant's turn."""

    quick: bool
    as_json: bool
    check: bool
    patient: bool
    rounds: int
    seconds: float
    rest: argparse.Namespace


def options(
    argv: Sequence[str],
    description: str,
    *,
    rounds: int = 5,
    seconds: float = 2.0,
    more: Callable[[argparse.ArgumentParser], object] | None = None,
) -> Options:
    """Reads what all benchmarks understand, and what `more` adds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--quick", action="store_true", help="a short run, too short to judge by")
    parser.add_argument("--check", action="store_true", help="end with status 1 when a target is missed")
    parser.add_argument("--patient", action="store_true", help="before each round, wait until nobody else uses the machine")
    parser.add_argument("--rounds", type=int, default=None, help="how many turns each contestant gets")
    parser.add_argument("--seconds", type=float, default=None, help="how long a turn lasts")
    if more is not None:
        more(parser)
    parsed = parser.parse_args(argv)
    wanted = parsed.rounds or (2 if parsed.quick else rounds)
    turn_s = parsed.seconds or (min(seconds, 0.5) if parsed.quick else seconds)
    return Options(parsed.quick, parsed.json, parsed.check, parsed.patient, wanted, turn_s, parsed)


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


def drive(threads: int, seconds: float, step_of: Callable[[int], Step]) -> Sample:
    """Calls each thread's step again and again for `seconds`; a step answers how much work it did."""
    steps = [step_of(n) for n in range(threads)]
    took: list[list[float]] = [[] for _ in steps]
    done = [0] * threads
    failures: list[BaseException] = []
    start = threading.Barrier(threads + 1)
    deadline = [0.0]

    def work(number: int) -> None:
        step, mine, count = steps[number], took[number], 0
        start.wait()
        before = time.perf_counter()
        try:
            # At least once: a thread that others kept waiting until the time was over has something to say, too.
            while not mine or before < deadline[0]:
                count += step()
                after = time.perf_counter()
                mine.append(after - before)
                before = after
        except (Exception, SystemExit) as error:  # noqa: BLE001 - raised again by the thread that waits
            failures.append(error)
        done[number] = count

    workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    gc.collect()
    began = time.perf_counter()
    deadline[0] = began + seconds
    start.wait()
    for worker in workers:
        worker.join()
    lasted = time.perf_counter() - began
    if failures:
        raise failures[0]
    return Sample(sum(done) / lasted, *percentiles_ms([t for each in took for t in each]))


def percentiles_ms(took_s: list[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    took_s.sort()
    return took_s[len(took_s) // 2] * 1_000, took_s[min(len(took_s) - 1, len(took_s) * 99 // 100)] * 1_000


def timed(work: Callable[[], int]) -> Sample:
    """One call, with its work per second."""
    gc.collect()
    began = time.perf_counter()
    count = work()
    return Sample(count / (time.perf_counter() - began))


def take_turns(what: str, contestants: Mapping[str, Run], wanted: Options) -> dict[str, list[Sample]]:
    """Each contestant once per round; a short turn of each comes first and does not count."""
    for run in contestants.values():
        run(min(0.3, wanted.seconds))
    samples: dict[str, list[Sample]] = {name: [] for name in contestants}
    for number in range(wanted.rounds):
        if wanted.patient:
            wait_for_quiet(what)
        # The one who comes first finds the disk idle: the order turns round each time.
        names = list(contestants)[:: 1 if number % 2 == 0 else -1]
        for name in names:
            samples[name].append(contestants[name](wanted.seconds))
        told = ", ".join(f"{name} {samples[name][-1].rate:,.0f}/s" for name in contestants)
        say(f"{what}, round {number + 1} of {wanted.rounds}: {told}")
    return samples


def wait_for_quiet(what: str) -> None:
    """Waits for a second in which the processors had next to nothing to do."""
    told = False
    while (busy := psutil.cpu_percent(interval=1.0)) > QUIET_PERCENT:
        if not told:
            say(f"{what}: the machine is {busy:.0f} % busy; waiting")
            told = True
        time.sleep(1.0)


class Ratio(NamedTuple):
    """A ratio with the range it had over the rounds, and its target if it has one."""

    what: str
    value: float
    low: float
    high: float
    at_least: float | None
    at_most: float | None

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None where there is none."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or self.value >= self.at_least) and (self.at_most is None or self.value <= self.at_most)


@dataclass
class Report:
    """What one benchmark found."""

    program: str
    wanted: Options
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    ratios: list[Ratio] = field(default_factory=list)

    def add(self, what: str, samples: Mapping[str, Sequence[Sample]]) -> None:
        """Notes the medians of a contest."""
        for name, turns in samples.items():
            shown = {"per_s": statistics.median(t.rate for t in turns)}
            for percentile in ("p50_ms", "p99_ms"):
                if getattr(turns[0], percentile):
                    shown[percentile] = statistics.median(getattr(t, percentile) for t in turns)
            self.figures[f"{what}: {name}"] = shown

    def figure(self, what: str, **values: float) -> None:
        """Notes figures that are no rates."""
        self.figures[what] = values

    def ratio(
        self, what: str, of: Sequence[float], to: Sequence[float], *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        """Compares turn by turn, since neighbours in time saw the same machine; the median is what counts."""
        each = [a / b for a, b in zip(of, to, strict=True)]
        self.ratios.append(Ratio(what, statistics.median(each), min(each), max(each), at_least, at_most))

    def missed(self) -> list[Ratio]:
        """The ratios that did not reach their targets."""
        return [r for r in self.ratios if r.met is False]

    def finish(self) -> int:
        """Prints everything; the exit status."""
        if self.wanted.as_json:
            print(json.dumps(self._as_object(), ensure_ascii=False))
        else:
            self._show()
        return 1 if self.wanted.check and self.missed() else 0

    def _as_object(self) -> dict[str, object]:
        return {
            "program": self.program,
            "quick": self.wanted.quick,
            "rounds": self.wanted.rounds,
            "turn_s": self.wanted.seconds,
            "machine": machine(),
            "ratios": {
                r.what: {"value": round(r.value, 3), "low": round(r.low, 3), "high": round(r.high, 3)}
                | ({"at_least": r.at_least} if r.at_least is not None else {})
                | ({"at_most": r.at_most} if r.at_most is not None else {})
                | ({"met": r.met} if r.met is not None else {})
                for r in self.ratios
            },
            "figures": {what: {name: round(v, 3) for name, v in values.items()} for what, values in self.figures.items()},
        }

    def _show(self) -> None:
        console = Console(width=max(Console().width, 100))
        shown = Table("ratio", "median", "range over rounds", "target", "")
        for r in self.ratios:
            target = f"≥ {r.at_least:g}" if r.at_least is not None else f"≤ {r.at_most:g}" if r.at_most is not None else ""
            verdict = {True: "reached", False: "missed", None: ""}[r.met]
            shown.add_row(r.what, f"{r.value:.2f}", f"{r.low:.2f} - {r.high:.2f}", target, verdict)
        console.print(shown)
        figures = Table("figure", "value")
        for what, values in self.figures.items():
            figures.add_row(what, "  ".join(f"{name} {v:,.2f}" if v < 100 else f"{name} {v:,.0f}" for name, v in values.items()))  # noqa: PLR2004 - digits that mean something
        console.print(figures)
        at = machine()
        console.print(f"{at['cores']} cores, Python {at['python']}, load average {at['load_1min']:.1f}; {self.wanted.rounds} rounds")


def machine() -> dict[str, str | int | float]:
    """What the figures were measured on, and how busy others kept it."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "python": platform.python_version(),
        "system": platform.system(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def own_peak_mb() -> float:
    """The most memory that this process ever had resident."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage() says here begins with the memory of the parent.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def rates(samples: Sequence[Sample]) -> list[float]:
    """The work per second of each turn."""
    return [s.rate for s in samples]
