"""Projections from nothing to the end of the log: ours, and the reference library's runner on its own PostgreSQL module."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from uuid import UUID

import psycopg2
from eventsourcing.application import Application
from eventsourcing.persistence import EventStore, Tracking
from eventsourcing.projection import Projection, ProjectionRunner

from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.dividing import divide
from projections.known import ALL_VIEWS, view_named
from projections.log import Log, Page
from projections.parts import Part, all_parts
from projections.projector import Projector
from projections.rebuild import current
from projections.register import REGISTER
from projections.search import SEARCH
from projections.sizes import on_disk
from projections.timeline import TIMELINE
from projections.view import Cursor, RowPerStream, Tables, View
from scripts.bench import lives
from scripts.bench.arena import LIBRARY_DATABASE, Arena, arena, library_module, opened_at
from scripts.bench.measure import Options, Report, Run, Sample, options, own_peak_mb, rates, say, take_turns
from scripts.cli.projecting import shared_out

if TYPE_CHECKING:
    from eventsourcing.postgres import PostgresDatastore

Classes: TypeAlias = tuple[type[Application[UUID]], type[Projection[Any]], type[Any]]

# Whatever the log's length.
MEMORY_MB = 300
COUNTED = """
CREATE TABLE {counted} (
    contract_id text    NOT NULL PRIMARY KEY,
    entries     integer NOT NULL,
    last_fact   text    NOT NULL
)
"""


class Counting:
    """A view as simple as views are: how many entries each contract has, and which fact came last."""

    def __init__(self, opened: Opened, tables: Tables) -> None:  # noqa: ARG002 - the views' common shape
        """Writes to the given table."""
        table = tables["counted"]
        self._upsert = (
            f"INSERT INTO {table} AS t SELECT * FROM unnest(%s::text[], %s::integer[], %s::text[]) "
            "ON CONFLICT (contract_id) DO UPDATE SET entries = t.entries + excluded.entries, last_fact = excluded.last_fact"
        )

    def project(self, cursor: Cursor, page: Page) -> None:
        """Counts a page in memory."""
        counts: dict[str, int] = {}
        last: dict[str, str] = {}
        for entry, topic in zip(page.entries, page.topics, strict=True):
            counts[entry.stream] = counts.get(entry.stream, 0) + 1
            last[entry.stream] = topic
        cursor.execute(self._upsert, (list(counts), list(counts.values()), list(last.values())))

    def forget(self) -> None:
        """Remembers nothing."""


def nothing_told(_: str) -> Any:  # noqa: ANN401 - nobody checks this view
    """The view is never checked."""
    raise NotImplementedError


COUNTED_VIEW = View(
    name="counted",
    version=1,
    tables=("counted",),
    ddl=COUNTED,
    indexes="",
    projection=Counting,
    expects=RowPerStream(table="counted", key="contract_id", prefix=CONTRACT.prefix, begin=nothing_told),
)


def catching_up(at: Arena, opened: Opened, views: Sequence[View]) -> Run:
    """Views from nothing to the head; they share what is read, as they do in a running ledger."""

    def turn(_: float) -> Sample:
        clear(at, opened, views)
        log = Log(opened.store)
        projectors = [Projector(opened, view, log) for view in views]
        head = opened.store.head()
        began = time.perf_counter()
        moved = True
        while moved:
            moved = sum(projector.advance() for projector in projectors) > 0
        lasted = time.perf_counter() - began
        if any(projector.position != head for projector in projectors):
            message = "a view did not come to the end of the log"
            raise AssertionError(message)
        return Sample(head / lasted)

    return turn


class Share(NamedTuple):
    """What one process takes in."""

    views: Sequence[str]
    part: Part | None = None


def keep(url: str, ledger: str, share: Share, pipe: Pipe) -> None:
    """Views from nothing to the head in a process of its own, which begins when it is told, and tells its highest memory at the end."""
    it = opened_at(url, ledger)
    log = Log(it.store)
    pipe.send("there")
    pipe.recv()
    projectors = [projector(it, view_named(name), log, share.part) for name in share.views]
    while sum(projector.advance() for projector in projectors) > 0:
        pass
    pipe.send(own_peak_mb())


def projector(it: Opened, view: View, log: Log, part: Part | None) -> Projector:
    """That of a view, which is built anew if need be, or of a part, which takes it in from the first entry on."""
    if part is None:
        return current(it, view, log=log)
    divide(it, view, part.of, log)
    return Projector(it, view, log, part)


def every_view(processes: int) -> list[Share]:
    """All views, shared out."""
    return [Share([view.name for view in views]) for views in shared_out(ALL_VIEWS, processes)]


def by_parts(view: View, count: int) -> list[Share]:
    """One view, in so many parts."""
    return [Share([view.name], part) for part in all_parts(count)]


def in_processes(at: Arena, opened: Opened, shares: Sequence[Share], peaks_mb: list[float]) -> Run:
    """Shares of the views, each in a process of its own, at once; what each had in memory at most is added to `peaks_mb`."""

    def turn(_: float) -> Sample:
        clear(at, opened, [view_named(name) for name in {name for share in shares for name in share.views}])
        context = multiprocessing.get_context("spawn")
        pipes, started = [], []
        for share in shares:
            ours, theirs = context.Pipe()
            started.append(context.Process(target=keep, args=(at.url, opened.names.ledger, share, theirs)))
            started[-1].start()
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()
        began = time.perf_counter()
        for pipe in pipes:
            pipe.send("go")
        peaks_mb.extend([pipe.recv() for pipe in pipes])
        lasted = time.perf_counter() - began
        for process in started:
            process.join()
        return Sample(opened.store.head() / lasted)

    return turn


def clear(at: Arena, opened: Opened, views: Sequence[View]) -> None:
    """Takes the views away, as if they had never been."""
    with closing(psycopg2.connect(at.url)) as admin, admin, admin.cursor() as cursor:
        for view in views:
            for table in view.placed(opened).values():
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{opened.names.views}.bookmarks",))
        if (cursor.fetchone() or (False,))[0]:
            # Those of parts, too.
            names = [view.name for view in views]
            cursor.execute(f"DELETE FROM {opened.names.views}.bookmarks WHERE split_part(view, ' ', 1) = ANY(%s)", (names,))


@dataclass
class Theirs:
    """The library's application, view and projection over one schema."""

    at: Arena
    datastore: PostgresDatastore
    head: int

    def turn(self, classes: Classes, *, waits_for_disk: bool = True) -> Sample:
        """The runner from nothing to the head."""
        application, projection, view = classes
        env = self.at.library_environment(self.datastore.schema, 4)
        with closing(psycopg2.connect(self.at.url, dbname=LIBRARY_DATABASE)) as admin, admin, admin.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename ~ 'counting'", (self.datastore.schema,))
            for (table,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE {self.datastore.schema}.{table}")
        began = time.perf_counter()
        with (
            environment("PGOPTIONS", "" if waits_for_disk else "-c synchronous_commit=off"),
            ProjectionRunner(application_class=application, projection_class=projection, view_class=view, env=env) as runner,
        ):
            runner.wait(self.head, timeout=600)
        # The library looks at the bookmark at growing intervals, up to 0.8 s: the view itself knows better when it was done.
        return Sample(self.head / (runner.view.done_at - began))


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """A variable for the length of a `with`."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def library_classes(head: int) -> Classes:
    """The same view as the library's documentation makes one: a row and the bookmark in one transaction, event by event."""
    module = library_module()

    class Contracts(Application[UUID]):
        name = "bench"

    class View(module.PostgresTrackingRecorder):  # type: ignore[misc, name-defined]
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*args, **kwargs)
            self.done_at = 0.0
            self.table = f"{self.datastore.schema}.counting_contracts"
            self.sql_create_statements.append(
                module.SQL(COUNTED.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS").format(counted=self.table))
            )
            self.upsert = (
                f"INSERT INTO {self.table} AS t VALUES (%s, 1, %s) "
                "ON CONFLICT (contract_id) DO UPDATE SET entries = t.entries + 1, last_fact = excluded.last_fact"
            )

        def count(self, contract_id: str, fact: str, tracking: Tracking) -> None:
            with self.datastore.transaction(commit=True) as cursor:
                self._insert_tracking(cursor, tracking)
                cursor.execute(self.upsert, (contract_id, fact), prepare=True)
            if tracking.notification_id == head:
                self.done_at = time.perf_counter()

    class Counted(Projection[View]):
        name = "counting"

        def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 - the library's interface
            self.view.count(str(domain_event.originator_id), domain_event.name, tracking)

    return Contracts, Counted, View


def weigh(report: Report, opened: Opened) -> None:
    """What each view takes on disk."""
    head = opened.store.head()
    for view in ALL_VIEWS:
        taken = on_disk(opened, view)
        rows_mb, indexes_mb = (taken.total - taken.indexes) / 1e6, taken.indexes / 1e6
        report.figure(f"on disk: {view.name}", rows_MB=rows_mb, indexes_MB=indexes_mb, bytes_an_entry=taken.total / head)


def measure(wanted: Options) -> Report:
    """A log of the same lives for both; the library's is shorter, since it takes that much longer."""
    report = Report("catchup", wanted)
    alone_mb, shared_mb = list[float](), list[float]()
    ours_size, theirs_size = (60, 10) if wanted.quick else (2_000, 150)
    ours_size = wanted.rest.contracts or ours_size
    with arena() as at, at.ours() as opened, at.datastore(4) as datastore:
        recorder = library_module().PostgresApplicationRecorder(datastore, events_table_name="bench_events")
        recorder.create_table()
        say(f"writing {ours_size * lives.LENGTH:,} and {theirs_size * lives.LENGTH:,} entries")
        if wanted.rest.in_order:
            lives.fill_in_order(opened.store, ours_size, late=0.05)
        else:
            lives.fill(opened.store, ours_size)
        lives.fill_library(EventStore(lives.mapper(), recorder), theirs_size)
        at.settle()
        head = theirs_size * lives.LENGTH
        theirs, classes = Theirs(at, datastore, head), library_classes(head)
        contestants: dict[str, Callable[[float], Sample]] = {
            "one simple view": catching_up(at, opened, [COUNTED_VIEW]),
            "register and timeline": catching_up(at, opened, (REGISTER, TIMELINE)),
            "every view": catching_up(at, opened, ALL_VIEWS),
            "every view, in one process of its own": in_processes(at, opened, every_view(1), alone_mb),
            "every view, in two processes": in_processes(at, opened, every_view(2), shared_mb),
            "search, in one process of its own": in_processes(at, opened, by_parts(SEARCH, 1), []),
            "search, by two parts in two processes": in_processes(at, opened, by_parts(SEARCH, 2), []),
            "library": lambda _: theirs.turn(classes),
            "library, not waiting for the disk": lambda _: theirs.turn(classes, waits_for_disk=False),
        }
        samples = take_turns("catch-up", contestants, wanted)
        weigh(report, opened)
    report.add("catch-up", samples)
    library = rates(samples["library"])
    report.ratio("catch-up: one simple view / library's", rates(samples["one simple view"]), library, at_least=15.0)
    report.ratio("catch-up: register and timeline / library's simple one", rates(samples["register and timeline"]), library, at_least=8.0)
    one, two = (rates(samples[f"every view, in {many}"]) for many in ("one process of its own", "two processes"))
    report.ratio("catch-up: every view in two processes / in one", two, one)
    one, two = (rates(samples[f"search, {how}"]) for how in ("in one process of its own", "by two parts in two processes"))
    report.ratio("catch-up: search by two parts in two processes / in one", two, one)
    for what, peaks in (("one process with every view", alone_mb), ("either of two processes", shared_mb)):
        report.ratio(f"highest memory of {what}, MB", [max(peaks)], [1.0], at_most=MEMORY_MB)
    # Our views do not wait for the disk either: what a crash takes back of them comes again from the log.
    undurable = rates(samples["library, not waiting for the disk"])
    report.ratio("catch-up: one simple view / library's, neither waiting for the disk", rates(samples["one simple view"]), undurable)
    return report


def more(parser: argparse.ArgumentParser) -> None:
    """Options of this program."""
    parser.add_argument("--contracts", type=int, default=None, help="how many contracts, each of 20 entries")
    parser.add_argument("--in-order", action="store_true", help="contracts side by side over three years, not one after the other")


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Views from nothing to the end of the log.", more=more)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
