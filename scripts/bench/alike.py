"""Each view from nothing to the end of the log: as the ledger does it, and by the reference library's runner, event by event."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg2
from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, Tracking
from eventsourcing.projection import Projection, ProjectionRunner

from consumers.alerts import run_once
from domain.alert.vocabulary import AlertKind
from domain.alerting import CONTRACTS, PublishAlertRules
from domain.alerting.rules import AlertRule
from domain.facts import Entry
from infra import codec
from infra.ledger import ALERTING, Asker, Envelope
from infra.opening import Opened
from infra.recorder import EntryRecorder, FactMapper, FactTranscoder
from projections.known import ALL_VIEWS, view_named
from projections.log import Page
from projections.projector import Projector
from projections.view import Cursor, View
from scripts.bench import lives
from scripts.bench.arena import Arena, arena, library_module
from scripts.bench.catchup import Classes, catching_up, clear, environment
from scripts.bench.measure import Options, Report, Run, Sample, options, rates, say, take_turns

if TYPE_CHECKING:
    from eventsourcing.postgres import PostgresDatastore

RUNNER_WITHIN_S: Final = 600


def classes(opened: Opened, view: View, head: int) -> Classes:
    """A view of ours under the library: its own projection's rows and the library's bookmark in one transaction, for each event.

    The events come from our store, which is quicker than the library's, and in our types.
    """
    module = library_module()
    from psycopg import ClientCursor

    class Contracts(Application[str]):
        name = "bench"

        def construct_recorder(self) -> EntryRecorder:
            return EntryRecorder(opened.store)

        def construct_mapper(self, *_: object) -> Mapper[str]:
            return FactMapper(FactTranscoder())

    class Kept(module.PostgresTrackingRecorder):  # type: ignore[misc, name-defined]
        def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
            super().__init__(*args, **kwargs)
            self.done_at = 0.0
            self.projection = view.projection(opened, view.placed(opened))

        def take(self, entry: Entry, tracking: Tracking) -> None:
            page = Page(entry.position - 1, [entry], [codec.topic(entry.fact)])
            with self.datastore.transaction(commit=True) as cursor:
                self._insert_tracking(cursor, tracking)
                # What a projection executes has its values put in by the client.
                self.projection.project(cast("Cursor", ClientCursor(cursor.connection)), page)
            if tracking.notification_id == head:
                self.done_at = time.perf_counter()

    class OneByOne(Projection[Kept]):
        name = "alike"

        def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ANN401 - the library's interface
            self.view.take(domain_event, tracking)

    return cast("Classes", (Contracts, OneByOne, Kept))


def by_the_library(at: Arena, opened: Opened, datastore: PostgresDatastore, view: View) -> Run:
    """The library's runner with a view of ours, from nothing to the head. Neither waits for the disk."""
    head = opened.store.head()
    made = classes(opened, view, head)
    env = at.library_environment(datastore.schema, 4) | {"POSTGRES_DBNAME": "postgres", "BENCH_PERSISTENCE_MODULE": "eventsourcing.popo"}

    def turn(_: float) -> Sample:
        clear(at, opened, [view])
        Projector(opened, view)
        with closing(psycopg2.connect(at.url)) as admin, admin, admin.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {datastore.schema} CASCADE; CREATE SCHEMA {datastore.schema}")
        application, projection, kept = made
        began = time.perf_counter()
        with (
            environment("PGOPTIONS", "-c synchronous_commit=off"),
            ProjectionRunner(application_class=application, projection_class=projection, view_class=kept, env=env) as runner,
        ):
            runner.wait(head, timeout=RUNNER_WITHIN_S)
        # As in `tally bench catchup`: the view itself knows better when it was done.
        return Sample(head / (runner.view.done_at - began))

    return turn


def raise_alerts(opened: Opened) -> None:
    """An alert for each contract, whose drafter approved it, as the watcher raises it: a view of alerts has nothing to do without."""
    rule = AlertRule(rule_id="self-approved", title="Approved by whoever drafted it", kind=AlertKind.SELF_APPROVED)
    command = PublishAlertRules(title="Alike", currency="CNY", rules=(rule,))
    opened.ledger.handle(ALERTING, CONTRACTS, command, Envelope(Asker("admin", "key-admin", "cli"), "rules"))
    run_once(opened)


def rows_of(at: Arena, opened: Opened, view: View) -> dict[str, int]:
    """How many rows each table of a view has."""
    found = {}
    with closing(psycopg2.connect(at.url)) as admin, admin.cursor() as cursor:
        for table, placed in view.placed(opened).items():
            cursor.execute(f"SELECT count(*) FROM {placed}")
            (found[table],) = cursor.fetchone() or (0,)
    return found


def measure(wanted: Options) -> Report:
    """A shorter log for the library, which takes that much longer over it; ours is measured over both."""
    report = Report("alike", wanted)
    long, short = (60, 10) if wanted.quick else (1_000, 100)
    with arena() as at, at.ours() as much, at.ours() as little, at.datastore(4) as datastore:
        say(f"writing {long * lives.LENGTH:,} and {short * lives.LENGTH:,} entries")
        for opened, contracts in ((much, long), (little, short)):
            if wanted.rest.in_order:
                lives.fill_in_order(opened.store, contracts, late=0)
            else:
                lives.fill(opened.store, contracts)
            raise_alerts(opened)
        at.settle()
        for view in ALL_VIEWS if wanted.rest.view is None else map(view_named, wanted.rest.view):
            alike = by_the_library(at, little, datastore, view)
            alike(0.0)
            made = rows_of(at, little, view)
            clear(at, little, [view])
            catching_up(at, little, [view])(0.0)
            if rows_of(at, little, view) != made:
                message = f"the library's runner made other rows of {view.name}"
                raise AssertionError(message)
            samples = take_turns(view.name, {"ours": catching_up(at, much, [view]), "library": alike}, wanted)
            report.add(view.name, samples)
            report.ratio(f"{view.name}: ours / the library's runner", rates(samples["ours"]), rates(samples["library"]), at_least=15.0)
    return report


def more(parser: argparse.ArgumentParser) -> None:
    """Options of this program."""
    parser.add_argument("--view", action="append", choices=[view.name for view in ALL_VIEWS], help="only this one; may be said again")
    parser.add_argument("--in-order", action="store_true", help="lives staggered over three years, not one after the other")


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Each view, beside the library's runner doing the same.", rounds=3, more=more)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
