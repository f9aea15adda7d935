"""`tally attach` and `tally documents`: files that belong to contracts, kept once under their SHA-256."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from domain.contract.drafting import AttachDocument
from domain.contract.vocabulary import Document
from domain.document import StoredDocument
from infra import media_types
from infra.documents import CHUNK, Kept, Recorded, chunks, record, recorded
from infra.errors import DocumentDamaged, DocumentMissing
from infra.ledger import DOCUMENT, Envelope
from infra.opening import Opened
from scripts.cli.checks import Check, State, size
from scripts.cli.moments import brief
from scripts.cli.refs import Ref, resolve, with_id_from
from scripts.cli.session import asker, new_command_id, the_ledger
from scripts.cli.spreadsheet import Columns, ToFile, require_kind, write_list
from scripts.cli.terminal import REFUSED, AsJson, Bar, Column, Stopped, out, progress, safe, say, table, write_json, write_json_list
from scripts.cli.typed import Beside
from scripts.cli.write import CommandId, On, Reason, send

app = typer.Typer(help="The files that belong to contracts.", no_args_is_help=True)

_NAMED: Final = 5
_SHA256: Final = re.compile("[0-9a-f]{4,64}")


def attach(
    ref: Ref,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="The file.")],
    *,
    title: Annotated[str | None, typer.Option(help="What it is called; the file's name if not given.")] = None,
    kind: Annotated[str | None, typer.Option(help="What sort of document it is: contract, invoice, certificate …")] = None,
    document_id: Annotated[str | None, typer.Option("--id", help="Its id within the contract; made from its hash if not given.")] = None,
    media_type: Annotated[str | None, typer.Option(help="What it is, where its name and its bytes do not say enough.")] = None,
    on: On = None,
    reason: Reason = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Keep a file, and attach it to a contract.

    The file is copied into the ledger's own folder under its SHA-256, once
    however often it is attached. What its name says it is has to be what its
    bytes say.

    Examples:
      tally attach CG-2025-002 验收单.pdf --kind certificate
      tally attach XS-2025-004 scan.tiff --title "Signed original" --on 2026-11-20
    """
    with the_ledger() as it:
        identity = resolve(it, ref)
        with progress("Copying") as bar:
            kept = _copied(it, file, media_type or media_types.of_name(file.name), bar)
        record(it.ledger, kept, Envelope(asker(), new_command_id()))
        document = Document(document_id=document_id or kept.sha256[:16], title=title or file.name, kind=kind, sha256=kept.sha256)
        send(it, identity, AttachDocument(document=document), Beside(on, reason, command_id=command_id), as_json=as_json)


def _copied(it: Opened, file: Path, declared: str | None, bar: Bar) -> Kept:
    with file.open("rb") as source, it.documents.receive() as incoming:
        total = os.fstat(source.fileno()).st_size
        while chunk := source.read(CHUNK):
            incoming.write(chunk)
            bar.at(incoming.size, total)
        return incoming.keep(declared)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List documents in the order in which they were first stored.

    Examples:
      tally documents list
      tally documents list --all --json
      tally documents list --to documents.xlsx
    """
    require_kind(to)
    with the_ledger() as it:
        found = recorded(it.store, limit=None if every or to is not None else limit)
        if as_json:
            write_json_list("documents", map(_json, found), {})
            return
        if to is not None:
            files = ((one.kept.sha256, one.kept.size, one.kept.media_type, one.stored_at, one.stored_by) for one in found)
            heads: Columns = {"sha256": str, "size": int, "media_type": str, "stored_at": datetime, "stored_by": str}
            write_list(to, heads, files, "documents")
            return
        rows = [(one.kept.sha256, size(one.kept.size), one.kept.media_type, brief(one.stored_at), one.stored_by) for one in found]
    titles = ("sha256", "size", "media type", "stored", "by")
    table([Column(title, right=title == "size", drop=titles.index(title) // 3, shrinks=title == "sha256") for title in titles], rows)


def _json(one: Recorded) -> dict[str, object]:
    return {**one.kept._asdict(), "position": one.position, "stored_at": one.stored_at.isoformat(), "stored_by": one.stored_by}


@app.command()
def get(
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="The document's SHA-256, or the beginning of it that no other has.")],
    out_file: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where it goes; its hash by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a document's bytes to a file, once they were found to be right.

    Examples:
      tally documents get 9f86d081
      tally documents get 9f86d081 -o 验收单.pdf
    """
    with the_ledger() as it:
        document = _resolve(it, sha256)
        target = out_file or Path(document.sha256[:16] + media_types.suffix_of(document.media_type))
        if target.exists():
            raise Stopped(f"{target} is there already and is not overwritten.")
        _write_out(it, document, target)
    if as_json:
        write_json({"sha256": document.sha256, "size": document.size, "media_type": document.media_type, "file": str(target)})
    else:
        say(f"{size(document.size)} of {document.media_type} are in {target}.")


def _write_out(it: Opened, document: StoredDocument, target: Path) -> None:
    with it.documents.open(document.sha256) as file, target.open("xb") as written:
        try:
            for chunk in chunks(file, document.sha256):
                written.write(chunk)
        except BaseException:
            target.unlink()
            raise


def _resolve(it: Opened, wanted: str) -> StoredDocument:
    beginning = wanted.strip().lower()
    found = with_id_from(it, DOCUMENT, beginning) if _SHA256.fullmatch(beginning) else []
    if not found:
        raise Stopped(f"No document has the SHA-256 {wanted!r}, or one that begins so; `tally documents list` lists them.")
    if len(found) > 1:
        raise Stopped(f"{wanted!r} could be any of these: {', '.join(found)}.")
    return it.ledger.load(DOCUMENT, found[0])


class Wrong(NamedTuple):
    """A document whose file is not what was stored, and how."""

    sha256: str
    problem: str
    detail: str


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Read every document's file, and name those that are missing or were changed.

    The exit code is 1 when there are any. Uploading or attaching the same
    bytes again restores a file.

    Examples:
      tally documents verify
      tally documents verify --json
    """
    with the_ledger() as it, progress("Reading") as bar:
        checked = list(recorded(it.store))
        wrong = list(_wrong(it, checked, bar))
    if as_json:
        write_json({"documents": len(checked), "bytes": sum(one.kept.size for one in checked), "wrong": [one._asdict() for one in wrong]})
    else:
        for one in wrong:
            out().print(f"{one.problem}  {safe(one.detail)}", soft_wrap=True)
        say(f"{len(checked):,} documents were read; {len(wrong):,} of them are not right." if wrong else f"All {len(checked):,} are right.")
    if wrong:
        raise typer.Exit(REFUSED)


def _wrong(it: Opened, checked: Sequence[Recorded], bar: Bar) -> Iterator[Wrong]:
    total, done = sum(one.kept.size for one in checked), 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        bar.at(done, total)

    for one in checked:
        try:
            it.documents.verify(one.kept.sha256, one.kept.size, read)
        except (DocumentMissing, DocumentDamaged) as error:
            yield Wrong(one.kept.sha256, "missing" if isinstance(error, DocumentMissing) else "damaged", str(error))


def examined(it: Opened) -> Check:
    """What the doctor finds without reading the files: whether all of them are there, as large as they were."""
    count, amount, wrong = 0, 0, []
    for one in recorded(it.store):
        count, amount = count + 1, amount + one.kept.size
        if (problem := it.documents.glance(one.kept.sha256, one.kept.size)) is not None:
            wrong.append(problem)
    if not wrong:
        return Check("documents", State.OK, f"{count:,}, {size(amount)}; `tally documents verify` reads them whole")
    more = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
    return Check("documents", State.WRONG, f"{len(wrong):,} of {count:,} files are not right: {'; '.join(wrong[:_NAMED])}{more}")
