"""What the past of the views costs: pages as of a moment beside present ones, catching up with it and without, and the room it takes."""

from __future__ import annotations

import argparse
import random
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg2

from domain.contract.vocabulary import Status
from infra.append import NewEntry, Stamp
from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.store import Store
from projections.known import ALL_VIEWS
from projections.past import Moments
from projections.rebuild import rebuild
from projections.register import REGISTER, Register, RegisterQuery
from projections.register.table import RegisterProjection
from projections.view import View
from scripts.bench import lives
from scripts.bench.arena import Arena, arena
from scripts.bench.catchup import catching_up
from scripts.bench.measure import Options, Report, Run, drive, options, rates, say, take_turns

SPREAD: Final = timedelta(days=1_000)
PAGES: Final = {
    "by number": RegisterQuery(sort="number"),
    "by number, last first": RegisterQuery(sort="number", descending=True),
    "by status": RegisterQuery(sort="status"),
    "by value, greatest first": RegisterQuery(sort="value_minor", descending=True),
    "in force, by number": RegisterQuery(status=(Status.IN_FORCE,)),
}
SHARES: Final = (0.1, 0.5, 0.9)
LATE: Final = 0.05
AT_ONCE: Final = 200


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


def in_order(contracts: int) -> Iterator[tuple[str, NewEntry]]:
    """Staggered lives as they happened, with one entry in twenty recorded some days late."""
    draw = random.Random(7)
    happened: list[tuple[datetime, int, int]] = []
    for number in range(contracts):
        began = lives.BEGAN + SPREAD * (number / contracts)
        happened += [(began + timedelta(days=5 * version), number, version) for version in range(1, lives.LENGTH + 1)]
    happened.sort()
    for moment, number, version in happened:
        name, payload = lives.texts(number % lives.VARIETY)[version - 1]
        unique = payload.replace(f"采-2026-{number % lives.VARIETY:06}", f"采-2026-{number:06}")
        late = timedelta(days=draw.randrange(1, 12) if draw.random() < LATE else 0)
        yield f"{number:06}", NewEntry(CONTRACT.stream(f"{number:06}"), version, name, moment - late, unique)


def fill(store: Store, contracts: int) -> None:
    """Writes the entries in their order, some of different contracts at once, so that each of a contract has a moment of its own."""
    batch: dict[str, NewEntry] = {}

    def write() -> None:
        store.append(Stamp(uuid.uuid4().hex, "00" * 32, lives.META), list(batch.values()))
        batch.clear()

    for key, new in in_order(contracts):
        if key in batch or len(batch) == AT_ONCE:
            write()
        batch[key] = new
    write()


def stretch(at: Arena, opened: Opened) -> None:
    """Makes the past known over as many days as it happened in, as it is where nobody writes three years of contracts within minutes."""
    past, entries = REGISTER.placed(opened)["register_past"], f"{opened.names.ledger}.entries"
    with closing(psycopg2.connect(at.url)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                f"""CREATE TEMP TABLE known AS
                        SELECT recorded_at AS was, max(max(effective_at)) OVER (ORDER BY recorded_at) AS becomes
                        FROM {entries} GROUP BY recorded_at
                        UNION ALL SELECT 'infinity', 'infinity';
                    ANALYZE known;
                    DELETE FROM {past} p USING known a, known b
                    WHERE a.was = p.known_from AND b.was = p.known_to AND a.becomes >= b.becomes;
                    UPDATE {past} p SET known_from = a.becomes, known_to = b.becomes
                    FROM known a, known b WHERE a.was = p.known_from AND b.was = p.known_to"""
            )
            cursor.execute(f"VACUUM FULL {past}")


def asked(register: Register, query: RegisterQuery) -> Run:
    """The same page again and again."""

    def step() -> int:
        return min(1, len(register.find(query).rows))

    return lambda seconds: drive(1, seconds, lambda _: step)


def moments(opened: Opened) -> dict[str, Moments]:
    """Early, middle and late moments of both times."""
    head = opened.store.head()
    found: dict[str, Moments] = {}
    for share in SHARES:
        rows = opened.store.read_log(after=int(head * share) - 1, limit=AT_ONCE)
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


def measure(wanted: Options) -> Report:
    """One ledger for all of it."""
    report = Report("past", wanted)
    contracts = wanted.rest.contracts or (300 if wanted.quick else 10_000)
    with arena() as at, at.ours() as opened:
        say(f"writing {contracts * lives.LENGTH:,} entries")
        fill(opened.store, contracts)
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
        for view in ALL_VIEWS:
            rebuild(opened, view) if view is REGISTER or not wanted.rest.pages_only else None
        say(f"rebuilt in {time.perf_counter() - began:.0f} s")
        stretch(at, opened)
        with closing(psycopg2.connect(at.url)) as admin:
            admin.autocommit = True
            with admin.cursor() as cursor:
                for table in REGISTER.placed(opened).values():
                    cursor.execute(f"VACUUM ANALYZE {table}")
        register = Register(opened)
        for what, query in PAGES.items():
            pages = {"present": asked(register, query)}
            pages |= {name: asked(register, replace(query, **when._asdict())) for name, when in moments(opened).items()}
            turns = take_turns(what, pages, wanted)
            report.add(what, turns)
            for name in list(pages)[1:]:
                present = [s.p50_ms for s in turns["present"]]
                report.ratio(f"{what}: {name} / present, in time", [s.p50_ms for s in turns[name]], present, at_most=3.0)
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
