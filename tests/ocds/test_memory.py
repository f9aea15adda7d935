"""Memory does not grow with the input."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.ocds.making import package, release

ROOT = Path(__file__).parents[2]
PADDING = [{"id": str(n), "title": "x" * 400} for n in range(50)]


def peak_kilobytes(postgres: str, file: Path, releases: int) -> int:
    """The peak of an import of so many releases of some 20 kilobytes, each a process of its own."""
    with gzip.open(file, "wt", compresslevel=1) as lines:
        for n in range(releases):
            lines.write(json.dumps(package(release(ocid=f"o-{n}", planning={"documents": PADDING}))) + "\n")
    command = [sys.executable, "-m", "tests.ocds.weighing", postgres, f"t{uuid.uuid4().hex[:12]}", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=280)
    count, peak = map(int, done.stdout.split())
    assert count == releases
    return peak


@pytest.mark.slow
def test_ten_times_the_input_takes_no_more_memory(postgres: str, tmp_path: Path) -> None:
    small, large = (peak_kilobytes(postgres, tmp_path / "a.jsonl.gz", releases) for releases in (400, 4_000))
    assert large - small < 12_000, f"{small} kB for 400 releases, {large} kB for 4,000, which are 80,000 kB of text"
