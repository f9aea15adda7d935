"""Imports published contracts into a ledger; importing the same data again appends nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from infra.ledger import Asker, Ledger
from infra.ocds import files, read
from infra.ocds.mapping import Provenance
from infra.ocds.read import Release
from infra.ocds.record import Recorded, Recording
from infra.ocds.report import Counts, ImportReport, OnProgress, OnRow, Progress, Row, Severity
from infra.ocds.spool import Spool

# Jobs that wait for a thread, per thread: enough that none idles, few enough to be nothing.
WAITING_PER_THREAD = 4

J = TypeVar("J")


def import_paths(  # noqa: PLR0913 - each has its default
    ledger: Ledger,
    paths: Sequence[Path],
    *,
    asker: Asker,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
    on_row: OnRow | None = None,
    threads: int = 16,
) -> ImportReport:
    """Imports every OCDS document under `paths`: files and folders with .json, .jsonl, .json.gz, .jsonl.gz and .zip.

    `on_row` gets each row as it comes up (the report only counts them); both callbacks are called from one thread at a time.
    A dry run decides everything against the ledger as it is and appends nothing. Broken input is reported, never raised.
    Raises FileNotFoundError for a path that does not exist, before anything is read; OSError when the folder for temporary
    files is full; StoreUnavailable and Overloaded when the store is gone in the middle: the same import again goes on where
    it stopped.
    """
    hearing = Hearing(ImportReport(dry_run=dry_run), on_row, on_progress)
    now = ledger.clock()
    try:
        with Spool() as spool:
            read_all(paths, spool, hearing, now)
            recording = Recording(ledger, spool, asker, hearing.row, now, dry_run=dry_run)
            # Many threads, because what they wait for is one flush that the store makes for all of them together.
            hearing.stage("contracts", spool.filled())
            run_all(spool.processes(), lambda waiting: hearing.recorded(recording.process(waiting)), threads)
            hearing.stage("parties", spool.parties())
            run_all(spool.mentions(), lambda mentions: hearing.recorded(recording.party(mentions)), threads)
    except sqlite3.Error as error:
        message = f"the temporary files of the import cannot be written: {error}"
        raise OSError(message) from error
    return hearing.report


class Hearing:
    """Gathers what all threads report."""

    def __init__(self, report: ImportReport, on_row: OnRow | None, on_progress: OnProgress | None) -> None:
        """Takes who else wants to hear of it."""
        self.report = report
        self._on_row = on_row
        self._on_progress = on_progress
        self._lock = threading.RLock()
        self._stage = Progress("reading", 0, None)

    def row(self, row: Row) -> None:
        """One row."""
        with self._lock:
            self.report.rows[row.severity, row.code] += 1
            if row.publisher:
                counts = self._of(row.publisher)
                counts.notices += row.severity is Severity.NOTICE
                counts.skipped += row.severity is Severity.SKIPPED
                counts.errors += row.severity is Severity.ERROR
            if self._on_row is not None:
                self._on_row(row)

    def _of(self, publisher: str) -> Counts:
        return self.report.publishers.setdefault(publisher, Counts())

    def read(self, publisher: str, *, new_file: bool) -> None:
        """One release, the first of its publisher in its file or not."""
        counts = self._of(publisher)
        counts.releases += 1
        counts.files += new_file

    def stage(self, stage: Literal["reading", "contracts", "parties"], total: int | None) -> None:
        """The next stage begins."""
        self._stage = Progress(stage, 0, total)
        self.advance(0)

    def advance(self, steps: int) -> None:
        """The stage has come on."""
        with self._lock:
            self._stage = self._stage._replace(done=self._stage.done + steps)
            if self._on_progress is not None:
                self._on_progress(self._stage)

    def recorded(self, done: Recorded) -> None:
        """A job is done."""
        with self._lock:
            self.report.publishers[done.publisher] = self._of(done.publisher) + done.counts
            self.advance(done.steps)


def read_all(paths: Sequence[Path], spool: Spool, hearing: Hearing, now: datetime) -> None:
    """Puts every release into the spool."""
    hearing.stage("reading", sum(1 for _ in files.found(paths, lambda _: None)))
    for file in files.found(paths, hearing.row):
        errors = hearing.report.count(Severity.ERROR)
        publishers: set[str] = set()
        for document in files.documents(file, hearing.row):
            for release in read.releases(document, hearing.row):
                hearing.read(release.publisher, new_file=release.publisher not in publishers)
                publishers.add(release.publisher)
                put(release, spool, hearing, now)
        hearing.report.files += 1
        hearing.report.broken_files += not publishers and hearing.report.count(Severity.ERROR) > errors
        hearing.advance(1)


def put(release: Release, spool: Spool, hearing: Hearing, now: datetime) -> None:
    """Puts a release into the spool with its dates, which tell the order of a process's releases."""
    node = release.node
    told = node["date"].past(now)
    published_at = release.published_at if release.published_at is not None and release.published_at <= now else None
    if told is None:
        stand_in = "that of its package stands for it" if published_at else "the release changes nothing that is known already"
        node["date"].notice("release_undated", f"The release bears no date of its own: {stand_in}.")
    provenance = Provenance(
        file=release.file,
        release_id=node["id"].text() or "",
        released_at=told or published_at,
        published_at=published_at,
    )
    try:
        spool.put(release, provenance)
    except RecursionError:
        reason = "Nested deeper than any published contract is."
        hearing.row(Row(Severity.ERROR, "nested_too_deep", reason, release.file, node.path, "", release.publisher, release.ocid))


def run_all(jobs: Iterable[J], work: Callable[[J], None], threads: int) -> None:
    """Does all jobs on several threads; the first error ends it."""
    with ThreadPoolExecutor(threads) as pool:
        running: set[Future[None]] = set()
        try:
            for job in jobs:
                running.add(pool.submit(work, job))
                if len(running) >= WAITING_PER_THREAD * threads:
                    running = settled(running)
            while running:
                running = settled(running)
        finally:
            pool.shutdown(cancel_futures=True)


def settled(running: set[Future[None]]) -> set[Future[None]]:
    """Waits for at least one, raises what it raised, and answers with those that still run."""
    done, still = wait(running, return_when=FIRST_COMPLETED)
    for one in done:
        one.result()
    return still
