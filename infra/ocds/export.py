"""Writes a ledger's contracts back as OCDS record packages, one process at a time."""

from __future__ import annotations

import gzip
import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Final, NamedTuple, Protocol, TypeAlias

import msgspec

from infra.ledger import CONTRACT, PARTY, Ledger
from infra.ocds.process import History, Publisher, Record
from infra.ocds.released import Object
from infra.ocds.report import OnProgress, Progress
from infra.store import Store

OCID_PREFIX: Final = "ocds-tally0"
PAGE: Final = 1_000

_encoder = msgspec.json.Encoder(decimal_format="number")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)

Write: TypeAlias = Callable[[Publisher, Object], None]


@dataclass(slots=True)
class ExportReport:
    """What was written: record packages, records (one per process), releases and contracts."""

    packages: int = 0
    records: int = 0
    releases: int = 0
    contracts: int = 0


class Drafted(NamedTuple):
    """A contract of the ledger and where it was published, if it was."""

    stream: str
    publisher: str | None
    ocid: str | None
    contract_id: str | None


def export_records(
    ledger: Ledger,
    out: Path | IO[bytes],
    *,
    publisher: str = "Tallystick",
    ocid_prefix: str = OCID_PREFIX,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Writes every contract of the ledger as an OCDS 1.1 record package per process, as the ledger stood when this began.

    `out` is a folder (made if need be; one .json file per process), a .jsonl or .jsonl.gz file, or an open binary file (both
    with one package per line). `publisher` and `ocid_prefix` are for contracts that were not imported: each is a process of its
    own, `<ocid_prefix>-<id>`. Files are replaced whole. Raises OSError when `out` cannot be written, StoreUnavailable.
    """
    report = ExportReport()
    head = ledger.store.head()
    total = count(ledger.store, head)
    with written(out) as write:
        for process, contracts in groupby(drafted(ledger.store, head), lambda d: published(d, publisher, ocid_prefix)):
            record = Record(process, lambda party_id: ledger.load(PARTY, party_id))
            for contract in contracts:
                record.add(history(ledger, contract, head))
                report.contracts += 1
                if on_progress is not None:
                    on_progress(Progress("exporting", report.contracts, total))
            write(process, record.package())
            report.packages += 1
            report.records += 1
            report.releases += len(record)
    return report


def published(contract: Drafted, publisher: str, ocid_prefix: str) -> Publisher:
    """The process that a contract belongs to; one that was not imported is a process of its own."""
    if contract.ocid is None:
        return Publisher(publisher, f"{ocid_prefix}-{contract.stream.removeprefix(CONTRACT.prefix)}")
    return Publisher(contract.publisher or "", contract.ocid)


def history(ledger: Ledger, contract: Drafted, head: int) -> History:
    """A contract's entries up to a position of the log."""
    identity = contract.stream.removeprefix(CONTRACT.prefix)
    entries = [entry for entry in ledger.history(CONTRACT, identity) if entry.position <= head]
    return History(contract.contract_id, entries)


_DRAFTED = "FROM {ledger}.entries WHERE fact LIKE 'contract.drafted@%%' AND position <= %s"


def count(store: Store, head: int) -> int:
    """How many contracts there are."""
    with store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_DRAFTED.format(ledger=store.ledger)}", (head,))
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def drafted(store: Store, head: int) -> Iterator[Drafted]:
    """All contracts, those of one process together: sorted by the server, so that memory here holds a page of them."""
    with store.connections.use() as connection, connection.cursor("drafted", withhold=True) as cursor:
        cursor.itersize = PAGE
        source = "payload::json -> 'source' ->> "
        cursor.execute(
            f"SELECT stream, {source}'publisher', {source}'ocid', {source}'contract_id' {_DRAFTED.format(ledger=store.ledger)} "
            "ORDER BY 2 NULLS FIRST, 3, position",
            (head,),
        )
        yield from map(Drafted._make, cursor)


@contextmanager
def written(out: Path | IO[bytes]) -> Iterator[Write]:
    """Where packages go: a folder of files, a file of lines, or an open file of lines."""
    if not isinstance(out, Path):
        yield lambda _, package: write_line(out, package)
    elif out.name.endswith((".jsonl", ".jsonl.gz")):
        out.parent.mkdir(parents=True, exist_ok=True)
        with replaced(out) as plain:
            if out.suffix != ".gz":
                yield lambda _, package: write_line(plain, package)
                return
            with gzip.GzipFile(filename="", mode="wb", fileobj=plain, mtime=0) as packed:
                yield lambda _, package: write_line(packed, package)
    else:
        out.mkdir(parents=True, exist_ok=True)
        yield lambda process, package: write_file(out / file_name(process), package)


class Writable(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Takes them."""
        ...


def write_line(file: Writable, package: Object) -> None:
    """One package as a line."""
    file.write(_encoder.encode(package) + b"\n")


def write_file(path: Path, package: Object) -> None:
    """One package as a file for people to look into."""
    with replaced(path) as file:
        file.write(msgspec.json.format(_encoder.encode(package), indent=2) + b"\n")


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once it is whole."""
    partial = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex}")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def file_name(process: Publisher) -> str:
    """A name for a process's file: its ocid as far as file systems allow, told apart by a hash where that is not enough."""
    plain = _NOT_IN_A_NAME.sub("-", process.ocid).strip("-.")[:120]
    digest = hashlib.sha256(f"{process.name}\x1f{process.ocid}".encode()).hexdigest()[:8]
    return f"{plain}-{digest}.json"
