"""`tally render`: a contract as a document to read and sign."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from domain.contract.signing import FixText
from domain.contract.state import Contract
from domain.contract.vocabulary import TextFormat, TextLanguage
from infra.ledger import CONTRACT, Envelope
from infra.rendering import Rendering
from infra.rendering import render as written_out
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import asker, new_command_id, the_ledger
from scripts.cli.show import AtVersion, at
from scripts.cli.terminal import AsJson, safe, say, write_json


def render(
    ref: Ref,
    *,
    form: Annotated[TextFormat, typer.Option("--format", help="Word, PDF or Markdown.")] = TextFormat.PDF,
    language: Annotated[TextLanguage, typer.Option("--lang", help="The language of the headings.")] = TextLanguage.CHINESE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; - is stdout. By default ID-vN.FORMAT here.")
    ] = None,
    version: AtVersion = None,
    fix: Annotated[bool, typer.Option("--fix", help="Also record that this text, of the present version, is what will be signed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a contract out as a Word, PDF or Markdown document.

    The same version, format and language give the same bytes with the same
    release of the program, so their SHA-256 names the text that is signed.

    Examples:
      tally render CG-2025-002 --format docx
      tally render XS-2025-004 --format pdf --lang en -o contract.pdf
      tally render XS-2026-006 --fix
      tally render XS-2025-004 --format md --version 7 -o -
    """
    with the_ledger() as it:
        identity = resolve(it, ref)
        contract = at(it, identity, version=version)
        rendering = written_out(contract, form, language)
        if fix:
            # Before the file is written: a text that the ledger refuses to fix must not lie about.
            it.witness.handle(CONTRACT, identity, _fixing(contract, rendering), Envelope(asker(), new_command_id()))
    if output == Path("-"):
        sys.stdout.buffer.write(rendering.content)
        return
    file = output or Path(f"{identity}-v{contract.version}.{form.value}".replace("/", "_"))
    file.write_bytes(rendering.content)
    if as_json:
        write_json({
            "id": identity,
            "version": contract.version,
            "file": str(file),
            "sha256": rendering.sha256,
            "renderer": rendering.renderer,
        })  # fmt: skip
        return
    say(f"{safe(str(file))} is version {contract.version} of {safe(contract.number)}; its SHA-256 is {rendering.sha256}.")


def _fixing(contract: Contract, rendering: Rendering) -> FixText:
    return FixText(
        sha256=rendering.sha256,
        format=rendering.format,
        language=rendering.language,
        rendered_version=contract.version,
        renderer=rendering.renderer,
    )
