"""`tally import ocds` and `tally export ocds`: published contracts in, and the whole ledger out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from infra.ocds.report import Counts, ImportReport, OnRow, Progress, Row, Severity, to_lines
from scripts.cli.session import asker, the_ledger
from scripts.cli.terminal import REFUSED, AsJson, Bar, Column, out, progress, safe, say, table, write_json
from scripts.cli.wording import words

imports = typer.Typer(help="Bring contracts in from elsewhere.", no_args_is_help=True)
exports = typer.Typer(help="Write the ledger out for others.", no_args_is_help=True)

Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders: .json, .jsonl, either with .gz, and .zip.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide everything against the ledger as it is, and record nothing.")]
ReportFile = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write every row that was not taken as it stands to FILE, as JSON Lines.")
]


@imports.command("ocds")
def import_ocds(paths: Paths, dry_run: DryRun = False, report: ReportFile = None, as_json: AsJson = False) -> None:
    """Import contracts that governments published (OCDS 1.0 and 1.1).

    Releases are recorded as facts with the dates that they state; what was
    imported before is recognised, and only news is recorded. Rows that make
    no sense are reported and never guessed. The exit code is 1 when not one
    of the files could be read.

    Examples:
      tally import ocds downloads/jalisco
      tally import ocds records.zip --dry-run
      tally import ocds records.jsonl.gz --report rows.jsonl --json
    """
    from infra.ocds.importer import import_paths

    examples = Examples()
    with ExitStack() as held:
        keep: OnRow | None = None
        if report is not None:
            keep = to_lines(held.enter_context(report.open("w", encoding="utf-8")))

        def on_row(row: Row) -> None:
            examples.take(row)
            if keep is not None:
                keep(row)

        it = held.enter_context(the_ledger())
        bar = held.enter_context(progress("Importing"))
        who = asker()._replace(channel="import")
        done = import_paths(it.ledger, paths, asker=who, dry_run=dry_run, on_progress=lambda at: _advance(bar, at), on_row=on_row)
    if as_json:
        write_json(_import_json(done, examples))
    else:
        _tell(done, examples, report)
    if done.files == done.broken_files:
        say("There was nothing to read in these files." if done.files else "There are no OCDS files under these paths.")
        raise typer.Exit(REFUSED)


def _advance(bar: Bar, at: Progress) -> None:
    bar.at(at.done, at.total, at.stage.capitalize())


class Examples:
    """The first row of each kind: enough to see what the matter is, whatever the size of the input."""

    def __init__(self) -> None:
        """Begins with none."""
        self._held: dict[tuple[Severity, str], Row] = {}

    def take(self, row: Row) -> None:
        """Keeps the row if it is the first of its kind."""
        self._held.setdefault((row.severity, row.code), row)

    def __iter__(self) -> Iterator[Row]:
        """The worst first."""
        order = (Severity.ERROR, Severity.SKIPPED, Severity.NOTICE)
        return iter(sorted(self._held.values(), key=lambda row: (order.index(row.severity), row.code)))


_COUNTED: Final = (
    "files", "releases", "contracts", "contracts_new", "contracts_changed", "contracts_unchanged", "contracts_failed",
    "facts", "payments", "notices", "skipped", "errors",
)  # fmt: skip


def _import_json(done: ImportReport, examples: Examples) -> dict[str, object]:
    return {
        "dry_run": done.dry_run,
        "files": done.files,
        "broken_files": done.broken_files,
        "publishers": {name: _counts_json(counts) for name, counts in sorted(done.publishers.items())},
        "total": _counts_json(done.total),
        "rows": [_kind_json(row, done.rows[row.severity, row.code]) for row in examples],
    }


# What a narrow terminal can do without.
_LESS: Final = ("releases", "payments", "notices")


def _kind_json(first: Row, count: int) -> dict[str, object]:
    return {"severity": first.severity.value, "code": first.code, "count": count, "first": first._asdict()}


def _counts_json(counts: Counts) -> dict[str, int]:
    return {"contracts": counts.contracts, **asdict(counts)}


def _tell(done: ImportReport, examples: Examples, report: Path | None) -> None:
    rows = [(name or "(not named)", *_numbers(counts)) for name, counts in sorted(done.publishers.items())]
    if len(rows) > 1:
        rows.append(("together", *_numbers(done.total)))
    titles = (words(name.removeprefix("contracts_")) for name in _COUNTED)
    table([Column("publisher", shrinks=True), *(Column(title, right=True, drop=title in _LESS) for title in titles)], rows)
    reported = done.rows.total()
    if reported:
        out().print(f"\n{reported:,} rows were not taken as they stand. The first of each kind, the worst before the others:", style="bold")
        shown = [(r.severity.value, r.code, f"{done.rows[r.severity, r.code]:,}", r.reason, r.file, r.path, r.found) for r in examples]
        where = (Column("first in file", shrinks=True, drop=2), Column("at", shrinks=True, drop=1), Column("found", shrinks=True, drop=3))
        table([Column("severity"), Column("code"), Column("count", right=True), Column("why", folds=True, least=40), *where], shown)
        if report is None:
            say("--report FILE keeps every row, as JSON Lines.")
    if report is not None:
        say(f"Every row is in {safe(str(report))}.")
    if done.dry_run:
        say("This was a dry run: nothing was recorded.")


def _numbers(counts: Counts) -> list[str]:
    return [f"{getattr(counts, name):,}" for name in _COUNTED]


@exports.command("ocds")
def export_ocds(
    destination: Annotated[Path, typer.Argument(metavar="OUT", help="A folder (one file per process), or a .jsonl or .jsonl.gz file.")],
    publisher: Annotated[str, typer.Option(help="Who publishes the contracts that were not imported.")] = "Tallystick",
    as_json: AsJson = False,
) -> None:
    """Write every contract as OCDS 1.1 records: releases, and what they come to.

    Examples:
      tally export ocds published/
      tally export ocds ledger.jsonl.gz --publisher "City of Lakeside" --json
    """
    from infra.ocds.export import export_records

    with the_ledger() as it, progress("Exporting") as bar:
        written = export_records(it.ledger, destination, publisher=publisher, on_progress=lambda at: _advance(bar, at))
    if as_json:
        write_json({"out": str(destination), **asdict(written)})
    else:
        say(
            f"{written.contracts:,} contracts in {written.records:,} records and {written.releases:,} releases "
            f"were written to {safe(str(destination))}."
        )
