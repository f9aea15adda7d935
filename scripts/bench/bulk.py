"""Contracts in bulk: rows a second, as workbook and CSV; the same file again; and memory by the length of the file."""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from api.bulk.columns import CLAUSES, CONTRACTS, COUNTERPARTIES, INSTALMENTS, ITEMS, Sheet
from api.bulk.pile import Pile
from api.bulk.sending import Became, Sender
from infra.ledger import Asker, Ledger
from infra.opening import closing_all
from scripts.bench.arena import Arena, arena, opened_at
from scripts.bench.flat import FLAT_MEMORY, peak_mb
from scripts.bench.measure import Options, Report, options, say

IMPORTER: Final = Asker("bench", "bench", "import")
# Contracts of five rows each in a workbook, one on each of these sheets.
SHEETS: Final = (CONTRACTS, COUNTERPARTIES, ITEMS, INSTALMENTS, CLAUSES)


def row(sheet: Sheet, number: int) -> list[str | None]:
    """The row of the sheet's example, for another contract."""
    return [f"B-{number:06}", *[column.example or None for column in sheet.columns[1:]]]


def workbook(path: Path, contracts: int) -> Path:
    """A workbook, filled in."""
    book = Workbook(write_only=True)
    for sheet in SHEETS:
        page = book.create_sheet(sheet.title)
        page.append([column.head for column in sheet.columns])
        for number in range(contracts):
            page.append(row(sheet, number))
    book.save(path)
    return path


def plain(path: Path, contracts: int) -> Path:
    """A CSV file: a row for each contract, without parts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([column.head for column in CONTRACTS.columns])
        out.writerows(row(CONTRACTS, number) for number in range(contracts))
    return path


def import_into(ledger: Ledger, path: Path, expected: Became) -> int:
    """Imports a file all of whose contracts become the same; how many they are."""
    with Pile() as pile:
        pile.fill(path)
        for result, flaws in Sender(ledger, IMPORTER).send(pile.drafts()):
            if result.became is not expected:
                message = f"{result.number} became {result.became}, not {expected}: {flaws}"
                raise AssertionError(message)
        return len(pile)


def import_file(url: str, joined: str, _: int) -> None:
    """Imports a file into a ledger, both named in one text."""
    name, path = joined.split(" ", 1)
    with closing_all(opened_at(url, name)) as it:
        import_into(it.ledger, Path(path), Became.NEW)


def twice(report: Report, at: Arena, path: Path, rows_each: int) -> None:
    """Into an empty ledger, then once more into the same."""
    with at.ours() as opened:
        began = time.perf_counter()
        contracts = import_into(opened.ledger, path, Became.NEW)
        between = time.perf_counter()
        import_into(opened.ledger, path, Became.UNCHANGED)
        ended = time.perf_counter()
        entries = opened.store.head()
    first_s, again_s = between - began, ended - between
    say(f"{path.name}: {contracts:,} contracts in {first_s:.1f} s, again in {again_s:.1f} s")
    report.figure(path.name, rows=contracts * rows_each, rows_per_s=contracts * rows_each / first_s, entries=entries, again_s=again_s)
    report.ratio(f"{path.name}: again / first", [again_s], [first_s], at_most=1.0)


def weigh(report: Report, at: Arena, folder: Path, sizes: tuple[int, int]) -> None:
    """The peak memory of imports of two sizes, of both kinds of file."""
    for make, ending in ((plain, "csv"), (workbook, "xlsx")):
        peaks: list[float] = []
        for size in sizes:
            path = make(folder / f"weighed-{size}.{ending}", size)
            with at.ours() as opened:
                say(f"memory of an import of {path.name}")
                peaks.append(peak_mb(import_file, at.url, f"{opened.names.ledger} {path}", size))
            report.figure(f"import of {size:,} contracts, {ending}", MB=peaks[-1])
        report.ratio(f"memory, {ending}: {sizes[1]:,} contracts / {sizes[0]:,}", [peaks[1]], [peaks[0]], at_most=FLAT_MEMORY)


def measure(wanted: Options) -> Report:
    """Speed, then memory."""
    report = Report("bulk", wanted)
    rows, sizes = (2_000, (1_000, 3_000)) if wanted.quick else (50_000, (5_000, 20_000))
    with arena() as at, tempfile.TemporaryDirectory(prefix="tally-bench-") as kept:
        folder = Path(kept)
        twice(report, at, plain(folder / f"{rows}-rows.csv", rows), 1)
        twice(report, at, workbook(folder / f"{rows}-rows.xlsx", rows // len(SHEETS)), len(SHEETS))
        weigh(report, at, folder, sizes)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Contracts in bulk, from files of 50,000 rows.")).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
