# ruff: noqa: N999 - it is called as one asks for it: `tally bench import`
"""Imports of published contracts: the shared data once and again, and the memory of an import by the size of its input."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.ledger import Asker
from infra.ocds.importer import import_paths
from scripts.bench.arena import Arena, arena, opened_at
from scripts.bench.flat import FLAT_MEMORY, peak_mb
from scripts.bench.measure import Options, Report, options, say

VARIABLE = "TALLY_SHARED_DATA"
ENOUGH_S = 20.0
IMPORTER = Asker("bench", "bench", "import")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data is."""
    parser.add_argument("paths", nargs="*", type=Path, help=f"files or folders of OCDS data; by default what {VARIABLE} names")


def paths_of(wanted: Options) -> list[Path]:
    """The given paths, or those of the environment; none is possible."""
    given: list[Path] = wanted.rest.paths
    named = os.environ.get(VARIABLE)
    return given or ([Path(named)] if named else [])


def import_twice(report: Report, at: Arena, paths: list[Path]) -> None:
    """Into an empty ledger, then once more into the same."""
    lasted: list[float] = []
    again: list[float] = []
    for number in range(min(3, report.wanted.rounds)):
        with at.ours() as opened:
            began = time.perf_counter()
            first = import_paths(opened.ledger, paths, asker=IMPORTER)
            between = time.perf_counter()
            second = import_paths(opened.ledger, paths, asker=IMPORTER)
            lasted.append(between - began)
            again.append(time.perf_counter() - between)
            say(f"round {number + 1}: {first.total.contracts:,} contracts in {lasted[-1]:.2f} s, again in {again[-1]:.2f} s")
            if second.total.facts:
                message = f"importing the same data again appended {second.total.facts} facts"
                raise AssertionError(message)
            report.figure("import", contracts=first.total.contracts, facts=first.total.facts, seconds=lasted[-1], again_s=again[-1])
    report.ratio(f"import / {ENOUGH_S:.0f} s", lasted, [ENOUGH_S] * len(lasted), at_most=1.0)
    report.ratio("import again / import", again, lasted)


def releases(count: int) -> Iterator[str]:
    """Made-up releases of processes with one contract each, a line each."""
    for number in range(count):
        value = {"amount": 1_000 + number, "currency": "MXN"}
        contract = {
            "id": f"c-{number}",
            "awardID": "a",
            "title": f"Supply of goods, lot {number}",
            "status": "active",
            "value": value,
            "dateSigned": "2020-03-01T00:00:00Z",
            "period": {"startDate": "2020-03-01T00:00:00Z", "endDate": "2021-03-01T00:00:00Z"},
            "items": [{"id": "1", "description": "goods", "quantity": 3}],
        }
        supplier = {"id": f"s-{number % 100}", "name": f"Supplier {number % 100}", "roles": ["supplier"]}
        release = {
            "ocid": f"ocds-bench-{number}",
            "id": f"r-{number}",
            "date": "2020-03-02T00:00:00Z",
            "tag": ["contract"],
            "buyer": {"id": "b", "name": "Buyer"},
            "parties": [supplier, {"id": "b", "name": "Buyer", "roles": ["buyer"]}],
            "awards": [{"id": "a", "suppliers": [{"id": supplier["id"], "name": supplier["name"]}]}],
            "contracts": [contract],
        }
        yield json.dumps(release) + "\n"


def import_file(url: str, joined: str, _: int) -> None:
    """Imports a file into a ledger, both named in one text."""
    ledger, path = joined.split(" ", 1)
    import_paths(opened_at(url, ledger).ledger, [Path(path)], asker=IMPORTER)


def weigh(report: Report, at: Arena) -> None:
    """The peak memory of imports of two sizes."""
    # The smaller one fills what is bounded, such as the ledger's memory of streams; a quick run does not, and is not judged.
    sizes = (300, 3_000) if report.wanted.quick else (5_000, 20_000)
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.jsonl"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(releases(size))
            with at.ours() as opened:
                say(f"memory of an import of {size:,} releases")
                began = time.perf_counter()
                peaks.append(peak_mb(import_file, at.url, f"{opened.names.ledger} {path}", size))
                rate = size / (time.perf_counter() - began)
                report.figure(f"import of {size:,} made-up releases", MB=peaks[-1], releases_per_s=rate, entries=opened.store.head())
    at_most = None if report.wanted.quick else FLAT_MEMORY
    report.ratio(f"memory of an import: {sizes[1]:,} releases / {sizes[0]:,}", [peaks[1]], [peaks[0]], at_most=at_most)


def measure(wanted: Options) -> Report:
    """Real data if there is any, then made-up data."""
    report = Report("import", wanted)
    paths = paths_of(wanted)
    with arena() as at:
        if paths:
            import_twice(report, at, paths)
        else:
            say(f"no real data: give paths, or set {VARIABLE}")
        weigh(report, at)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Imports of published contracts.", more=arguments)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
