"""Alert rules: entries that one process watches by 31 rules, in memory and from the log, and how long a command takes to its alert."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from consumers.alerts import Alerts, Watching
from consumers.clock import house
from consumers.running import Consumers
from domain.alerting import CONTRACTS, AlertRules, PublishAlertRules
from domain.alerting.found import Dealing, Watched
from domain.alerting.watch import Watch
from domain.contract import fold
from domain.contract.breach import DeclareBreach
from domain.contract.state import Contract
from domain.facts import Entry, Meta
from domain.surroundings import Alone
from infra.ledger import ALERTING, CONTRACT, Asker, Envelope
from infra.opening import Opened
from projections.alerts import ALERTS
from projections.alerts import Alerts as AlertRows
from projections.dues import DUES
from projections.runner import catch_up
from scripts.bench import lives
from scripts.bench.arena import arena
from scripts.bench.measure import Options, Report, Run, Sample, drive, options, percentiles_ms, rates, say, take_turns, timed
from scripts.demo.house import alert_rules

S = TypeVar("S")
ENOUGH_PER_S = 10_000.0
LATE_MS = 300.0
ASKER = Asker("bench", "bench", "api")
META = Meta(actor="bench", credential="bench", channel="api")


class Nobody(Alone):
    """Nothing around, and no other contract."""

    def dealings(self, party_id: str, since: date | None = None) -> tuple[Dealing, ...]:  # noqa: ARG002 - whatever is asked
        """None."""
        return ()


def rules() -> PublishAlertRules:
    """The rules of the demonstration."""
    return next(step.command for step in alert_rules() if isinstance(step.command, PublishAlertRules))


def history(number: int) -> list[Entry]:
    """A contract's life."""
    moments = (lives.BEGAN + timedelta(hours=n) for n in itertools.count())
    return [
        Entry(n, f"contract-{number}", n, fact, at, at, f"c{n}", META)
        for n, (fact, at) in enumerate(zip(lives.life(number), moments, strict=False), 1)
    ]


def in_memory(report: Report) -> None:
    """What folding takes, alone and with the rules beside it."""
    wanted = rules()
    book = AlertRules(version=1, edition=1, currency=wanted.currency, rules=wanted.rules, in_use=True)
    watch, around = Watch(book), Nobody()
    told = [history(number) for number in range(lives.VARIETY)]
    turns = itertools.cycle(told)

    def watching() -> int:
        contract, entries = Contract(), next(turns)
        for entry in entries:
            if watch.looks_at(entry.fact):
                list(watch.on_entry(Watched("x", contract), entry, around))
            fold(contract, entry)
        return len(entries)

    def folding() -> int:
        contract, entries = Contract(), next(turns)
        for entry in entries:
            fold(contract, entry)
        return len(entries)

    contestants: dict[str, Run] = {
        f"entries folded and watched by {len(wanted.rules)} rules": lambda seconds: drive(1, seconds, lambda _: watching),
        "entries folded alone": lambda seconds: drive(1, seconds, lambda _: folding),
    }
    samples = take_turns("in memory", contestants, report.wanted)
    report.add("in memory", samples)
    watched = rates(samples[next(iter(contestants))])
    enough = [ENOUGH_PER_S] * report.wanted.rounds
    report.ratio(f"watched in memory: ours / {ENOUGH_PER_S:,.0f} a second", watched, enough, at_least=1.0)


def publish(opened: Opened) -> None:
    """Publishes the rules."""
    opened.ledger.handle(ALERTING, CONTRACTS, rules(), Envelope(ASKER, uuid.uuid4().hex))


def from_the_log(report: Report) -> None:
    """The consumer, which reads and decodes the log, over contracts that all are with one party."""
    count = 100 if report.wanted.quick else 1_000
    with arena() as at, at.ours() as opened:
        publish(opened)
        say(f"writing {count:,} contracts")
        lives.fill(opened.store, count)
        catch_up(opened, DUES)
        head = opened.store.head()

        def run(_: float) -> Sample:
            # Each turn begins at the first entry, and raises what was raised before: nothing new.
            consumer, done = Alerts(opened), Watching()
            consumer.begin_anew()
            return timed(lambda: _through(consumer, done, head))

        samples = take_turns("from the log", {"entries read, folded and watched": run}, report.wanted)
        report.add("from the log", samples)


def _through(consumer: Alerts, done: Watching, head: int) -> int:
    while consumer.position < head and consumer.advance(done):
        pass
    return done.entries


def to_the_alert(report: Report) -> None:
    """From before a command is given until its alert is in the list of alerts."""
    took: list[float] = []
    with arena() as at, at.ours() as opened:
        publish(opened)
        identities = lives.fill(opened.store, 50)
        nowhere = Path(tempfile.gettempdir()) / uuid.uuid4().hex
        with Consumers(opened, house("7×24", "UTC"), nowhere):
            _settle(lambda: Alerts(opened).position >= opened.store.head(), 60.0)
            for n, identity in enumerate(identities * (1 if report.wanted.quick else 4)):
                began = time.perf_counter()
                command = DeclareBreach(breach_id=f"b{n}", by="us", against="c1", about="x")
                position = opened.ledger.handle(CONTRACT, identity, command, Envelope(ASKER, uuid.uuid4().hex)).position
                _settle(lambda position=position: _raised(opened, position), 30.0)  # type: ignore[misc]
                took.append(time.perf_counter() - began)
    median, worst = percentiles_ms(took)
    report.add("from a command to its alert", {"in the list of alerts": [Sample(1_000 / median, median, worst)]})
    report.ratio(f"from a command to its alert: median / {LATE_MS:.0f} ms", [median], [LATE_MS], at_most=1.0)


def _raised(opened: Opened, position: int) -> bool:
    catch_up(opened, ALERTS)
    return AlertRows(opened).found_in(position)


def _settle(holds: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.002)


def measure(wanted: Options) -> Report:
    """In memory, from the log, and from a command on."""
    report = Report("watch", wanted)
    in_memory(report)
    from_the_log(report)
    to_the_alert(report)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Entries watched by alert rules, and how soon an alert is raised.", seconds=1.0)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
