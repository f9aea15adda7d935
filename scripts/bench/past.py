"""What the past of the views costs: lists as of a moment beside present ones, catching up with it and without, and the room it takes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final, TypeAlias

import psycopg2

from domain.contract.approval import SubmittedForApproval
from domain.contract.vocabulary import Status
from infra.append import NewEntry, Stamp
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.fulfilment import FULFILMENT
from projections.fulfilment.ageing import AgeingQuery, ageing
from projections.fulfilment.deliveries import (
    Deliveries,
    DeliveryFilter,
    DeliveryQuery,
    ProgressBy,
    ProgressQuery,
    Stage,
    deliveries_progress,
)
from projections.fulfilment.exposure import ExposureFilter, ExposureQuery, exposure
from projections.fulfilment.forecast import ForecastQuery, forecast
from projections.fulfilment.obligations import ObligationFilter, ObligationQuery, Obligations
from projections.fulfilment.receivables import ClaimFilter, ReceivableQuery, Receivables, Standing
from projections.governance import GOVERNANCE
from projections.governance.about import ContractFilter
from projections.governance.inbox import Inbox, InboxQuery
from projections.governance.renewals import RenewalQuery, Renewals
from projections.governance.segregation import ConflictQuery, Conflicts
from projections.known import ALL_VIEWS
from projections.paging import Listed
from projections.past import Moments
from projections.rebuild import rebuild
from projections.register import REGISTER, Register, RegisterQuery
from projections.register.table import RegisterProjection
from projections.view import View
from scripts.bench import lives
from scripts.bench.arena import Arena, arena
from scripts.bench.catchup import catching_up
from scripts.bench.measure import Options, Report, Run, drive, options, rates, say, take_turns

PAGES: Final = {
    "by number": RegisterQuery(sort="number"),
    "by number, last first": RegisterQuery(sort="number", descending=True),
    "by status": RegisterQuery(sort="status"),
    "by value, greatest first": RegisterQuery(sort="value_minor", descending=True),
    "in force, by number": RegisterQuery(status=(Status.IN_FORCE,)),
}
SHARES: Final = (0.1, 0.5, 0.9)
KEPT_VIEWS: Final = (REGISTER, FULFILMENT, GOVERNANCE)
LATE: Final = 0.05
WAITING: Final = 200


class NoPast:
    """In the place of the past, for what everything else costs."""

    def forget(self) -> None:
        """Does nothing."""

    def begin(self, *_: object) -> None:
        """Does nothing."""

    def take(self, *_: object) -> None:
        """Does nothing."""

    def retell(self, *_: object) -> None:
        """Does nothing."""

    def write(self, *_: object) -> None:
        """Does nothing."""


class PresentOnly(RegisterProjection):
    """The register as it would be without its past."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args)
        self._past = NoPast()  # type: ignore[assignment]


def present_only(views: Iterable[View]) -> list[View]:
    """The same views, the register without its past."""
    alone = replace(REGISTER, tables=("register", "register_past"), projection=PresentOnly)
    return [alone if view is REGISTER else view for view in views]


def leave_waiting(opened: Opened, contracts: int) -> None:
    """Submits some more contracts, which nobody decides on: by the end of the log, all the others have come through."""
    facts = lives.life(0)
    submitted = next(n for n, fact in enumerate(facts, 1) if isinstance(fact, SubmittedForApproval))
    (last,) = opened.store.read_log(after=opened.store.head() - 1)
    for number in range(contracts):
        stream, texts = CONTRACT.stream(f"waiting-{number:04}"), lives.texts(number)[:submitted]
        news = [NewEntry(stream, version, name, last.effective_at, payload) for version, (name, payload) in enumerate(texts, 1)]
        opened.store.append(Stamp(f"waiting-{number}", "00" * 32, lives.META), news)


def stretch(at: Arena, opened: Opened, view: View) -> None:
    """Makes a view's past known over as many days as it happened in, as where nobody writes three years of contracts within minutes."""
    entries = f"{opened.names.ledger}.entries"
    with closing(psycopg2.connect(at.url)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                f"""CREATE TEMP TABLE known AS
                        SELECT recorded_at AS was, max(max(effective_at)) OVER (ORDER BY recorded_at) AS becomes
                        FROM {entries} GROUP BY recorded_at
                        UNION ALL SELECT 'infinity', 'infinity';
                    ANALYZE known"""
            )
            for past in (view.placed(opened)[kept.table] for kept in view.pasts.values()):
                cursor.execute(
                    f"""DELETE FROM {past} p USING known a, known b
                        WHERE a.was = p.known_from AND b.was = p.known_to AND a.becomes >= b.becomes;
                        UPDATE {past} p SET known_from = a.becomes, known_to = b.becomes
                        FROM known a, known b WHERE a.was = p.known_from AND b.was = p.known_to"""
                )
                cursor.execute(f"VACUUM FULL {past}")
            for table in view.placed(opened).values():
                cursor.execute(f"VACUUM ANALYZE {table}")


def asked(ask: Callable[[], int]) -> Run:
    """The same question again and again."""
    return lambda seconds: drive(1, seconds, lambda _: lambda: min(1, ask()))


Question: TypeAlias = Callable[[Opened, Moments], int]


def page_of(query: RegisterQuery) -> Question:
    """A page of the register; how many rows it has."""
    return lambda opened, when: len(Register(opened).find(replace(query, **when._asdict())).rows)


def questions(on: date) -> dict[str, Question]:
    """What is asked of the views that keep their past, on a day; each tells how many rows it found."""
    return {
        **{f"register, {what}": page_of(query) for what, query in PAGES.items()},
        "receivables, open, by day": lambda it, when: _count(Receivables(it).find(ReceivableQuery(on=on, which=ClaimFilter(moments=when)))),
        "receivables, all, by number": lambda it, when: _count(
            Receivables(it).find(ReceivableQuery(on=on, which=ClaimFilter(moments=when), standing=Standing.ALL, sort="number"))
        ),
        "ageing": lambda it, when: _count(ageing(it, AgeingQuery(on=on, which=ClaimFilter(moments=when)))),
        "forecast": lambda it, when: _count(forecast(it, ForecastQuery(on=on, which=ClaimFilter(moments=when)))),
        "exposure": lambda it, when: _count(exposure(it, ExposureQuery(on=on, which=ExposureFilter(moments=when)))),
        "obligations, open, by day": lambda it, when: _count(
            Obligations(it).find(ObligationQuery(on=on, which=ObligationFilter(moments=when)))
        ),
        "deliveries, outstanding, by day": lambda it, when: _count(
            Deliveries(it).find(DeliveryQuery(on=on, which=DeliveryFilter(moments=when), stage=Stage.OUTSTANDING))
        ),
        "progress by department": lambda it, when: _count(
            deliveries_progress(it, ProgressQuery(on=on, by=ProgressBy.DEPARTMENT, which=DeliveryFilter(moments=when)))
        ),
        "decisions that wait": lambda it, when: _count(Inbox(it).find(InboxQuery(which=ContractFilter(moments=when)))),
        "renewals, by end": lambda it, when: _count(Renewals(it).find(RenewalQuery(which=ContractFilter(moments=when)))),
        "duties in one hand": lambda it, when: _count(Conflicts(it).find(ConflictQuery(which=ContractFilter(moments=when)))),
    }


def _count(listed: Listed[Any]) -> int:
    return len(listed.rows)


def moments(opened: Opened) -> dict[str, Moments]:
    """Early, middle and late moments of both times."""
    head = opened.store.head()
    found: dict[str, Moments] = {}
    for share in SHARES:
        rows = opened.store.read_log(after=int(head * share) - 1, limit=lives.AT_ONCE)
        # Most are recorded at once.
        moment = max(row.effective_at for row in rows)
        both = Moments(moment, moment)
        found |= {f"valid at {share:.0%}": both._replace(known_at=None), f"known at {share:.0%}": both._replace(valid_at=None)}
        found[f"both at {share:.0%}"] = both
    return found


def sizes(at: Arena, opened: Opened) -> dict[str, dict[str, float]]:
    """Megabytes of each table with its indexes."""
    with closing(psycopg2.connect(at.url)) as admin, admin.cursor() as cursor:
        found = {}
        for view in ALL_VIEWS:
            for table in view.placed(opened).values():
                cursor.execute(
                    "SELECT pg_table_size(%s::regclass) / 1e6, pg_indexes_size(%s::regclass) / 1e6, count(*) FROM " + table, (table, table)
                )
                heap, indexes, rows = cursor.fetchone() or (0, 0, 0)
                found[table.partition(".")[2]] = {"table_mb": float(heap), "indexes_mb": float(indexes), "rows": float(rows)}
    return found


def compare(opened: Opened, report: Report) -> None:
    """Each question as of moments beside the present."""
    when = moments(opened)
    (last,) = opened.store.read_log(after=opened.store.head() - 1)
    for what, question in questions(last.effective_at.date()).items():
        turns = {"present": asked(partial(question, opened, Moments()))}
        turns |= {name: asked(partial(question, opened, at)) for name, at in when.items()}
        samples = take_turns(what, turns, report.wanted)
        report.add(what, samples)
        present = [s.p50_ms for s in samples["present"]]
        for name in when:
            report.ratio(f"{what}: {name} / present, in time", [s.p50_ms for s in samples[name]], present, at_most=3.0)


def measure(wanted: Options) -> Report:
    """One ledger for all of it."""
    report = Report("past", wanted)
    contracts = wanted.rest.contracts or (300 if wanted.quick else 10_000)
    with arena() as at, at.ours() as opened:
        say(f"writing {contracts * lives.LENGTH:,} entries")
        lives.fill_in_order(opened.store, contracts, late=LATE)
        leave_waiting(opened, WAITING)
        at.settle()
        if not wanted.rest.pages_only:
            contestants: dict[str, Run] = {
                "every view": catching_up(at, opened, ALL_VIEWS),
                "every view, without the past": catching_up(at, opened, present_only(ALL_VIEWS)),
            }
            samples = take_turns("catch-up", contestants, wanted._replace(rounds=min(wanted.rounds, 3)))
            report.add("catch-up", samples)
            report.ratio("catch-up: with the past / without", rates(samples["every view"]), rates(samples["every view, without the past"]))
        began = time.perf_counter()
        for view in KEPT_VIEWS if wanted.rest.pages_only else ALL_VIEWS:
            rebuild(opened, view)
        say(f"rebuilt in {time.perf_counter() - began:.0f} s")
        for view in KEPT_VIEWS:
            stretch(at, opened, view)
        compare(opened, report)
        for table, found in sizes(at, opened).items() if not wanted.rest.pages_only else ():
            report.figure(f"size: {table}", **found)
    return report


def more(parser: argparse.ArgumentParser) -> None:
    """Options of this program."""
    parser.add_argument("--contracts", type=int, default=None, help="how many contracts, each of 20 entries")
    parser.add_argument("--pages-only", action="store_true", help="only the pages")


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Pages as of a moment, and what the past costs.", seconds=0.5, more=more)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
