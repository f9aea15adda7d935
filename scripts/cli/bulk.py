"""`tally import template` and `tally import contracts`: a workbook to fill in, and its contracts recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scripts.cli import views
from scripts.cli.ocds import imports
from scripts.cli.session import asker, the_ledger
from scripts.cli.terminal import REFUSED, AsJson, Column, Stopped, out, progress, safe, say, table, write_json

if TYPE_CHECKING:
    from api.bulk.sending import Done

_SHOWN: Final = 20


@imports.command("template")
def template(
    out_file: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the workbook goes.")] = Path("contracts.xlsx"),
) -> None:
    """Write the workbook that `tally import contracts` reads, to be filled in.

    Example:
      tally import template -o 合同导入.xlsx
    """
    from api.bulk.template import write

    if out_file.exists():
        raise Stopped(f"{out_file} is there already and is not overwritten.")
    write(out_file)
    say(f"{safe(str(out_file))} is ready to be filled in.")


@imports.command("contracts")
def import_contracts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook (.xlsx) as `tally import template` writes it, or a .csv file.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide everything, and record nothing.")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write every flaw to FILE, as JSON Lines.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draft the contracts of a workbook or a CSV file.

    Each contract is recorded whole or not at all. The same file again
    records nothing twice, and an import that was interrupted goes on where
    it stopped. What is wrong is written into a copy of the file, beside the
    rows. The exit code is 1 when a row was not taken.

    Examples:
      tally import contracts 合同导入.xlsx --dry-run
      tally import contracts contracts.csv --report flaws.jsonl --json
    """
    from api.bulk import returning
    from api.bulk.pile import Pile
    from api.bulk.reading import Unreadable
    from api.bulk.sending import Done, Sender
    from projections.register import Register

    done = Done()
    with the_ledger() as it, Pile() as pile:
        views.ready(it, "register")
        with progress("Importing") as bar:
            try:
                pile.fill(file)
            except Unreadable as error:
                raise Stopped(f"{file}: {error}") from error
            done.flaws += pile.strays()
            total = len(pile)
            importer = asker()._replace(channel="import")
            sender = Sender(it.ledger, importer, witness=it.witness, numbered=Register(it).numbered, dry_run=dry_run)
            for result, flaws in sender.send(pile.drafts(), lambda number: bar.at(number, total, "Importing")):
                done.results.append(result)
                done.flaws += flaws
    copy = returning.write(file, done.flaws) if done.flaws else None
    if report is not None:
        lines = [json.dumps(flaw._asdict(), ensure_ascii=False) for flaw in done.flaws]
        report.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    _tell(done, copy, dry_run=dry_run, as_json=as_json)
    if done.flaws:
        raise typer.Exit(REFUSED)


def _tell(done: Done, copy: Path | None, *, dry_run: bool, as_json: bool) -> None:
    from api.bulk.sending import Became

    counts = {became.value: done.count(became) for became in Became}
    if as_json:
        write_json({
            "dry_run": dry_run,
            **counts,
            "contracts": [result._asdict() for result in done.results],
            "flaws": [flaw._asdict() for flaw in done.flaws],
            "copy": None if copy is None else str(copy),
        })  # fmt: skip
        return
    table([Column(name, right=True) for name in counts], [[f"{count:,}" for count in counts.values()]])
    if done.flaws:
        out().print(f"\n{len(done.flaws):,} flaws:", style="bold")
        shown = [(f.sheet, f.row, f.column, f.number, f.reason) for f in done.flaws[:_SHOWN]]
        columns = [Column("sheet"), Column("row", right=True), Column("column"), Column("number", shrinks=True)]
        table([*columns, Column("what is wrong", folds=True, least=30)], shown)
        if len(done.flaws) > _SHOWN:
            say(f"{len(done.flaws) - _SHOWN:,} more are in the copy.")
        say(f"{safe(str(copy))} has them beside its rows.")
    if dry_run:
        say("This was a dry run: nothing was recorded.")
