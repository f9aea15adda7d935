"""Writes a ledger's contracts back as OCDS record packages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.ledger import Ledger
from infra.ocds.report import OnProgress

OCID_PREFIX = "ocds-tally0"


@dataclass(slots=True)
class ExportReport:
    """What was written: record packages, records (one per process), releases and contracts."""

    packages: int = 0
    records: int = 0
    releases: int = 0
    contracts: int = 0


def export_records(
    ledger: Ledger,
    out: Path | IO[bytes],
    *,
    publisher: str = "Tallystick",
    ocid_prefix: str = OCID_PREFIX,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Writes every contract of the ledger as an OCDS 1.1 record package per process.

    `out` is a folder (made if need be; one .json file per process), a .jsonl or .jsonl.gz file, or an open binary file (both
    with one package per line). `publisher` and `ocid_prefix` are for contracts that were not imported: each is a process of its
    own, `<ocid_prefix>-<id>`. Files are replaced whole. Raises OSError when `out` cannot be written, StoreUnavailable.
    """
    raise NotImplementedError
