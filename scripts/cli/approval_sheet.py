"""`tally approval-sheet`: who approved a contract, step by step, as a document to print and file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from domain.contract.rounds import rounds, up_to
from domain.contract.vocabulary import TextFormat, TextLanguage
from infra.ledger import CONTRACT
from infra.render import to_json
from infra.rendering import render_approval
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, safe, say, write_json


def approval_sheet(
    ref: Ref,
    *,
    number: Annotated[
        int | None, typer.Option("--round", metavar="N", min=1, help="The round of approval, from 1; the latest if not given.")
    ] = None,
    form: Annotated[TextFormat, typer.Option("--format", help="Word, PDF or Markdown.")] = TextFormat.PDF,
    language: Annotated[TextLanguage, typer.Option("--lang", help="The language of the headings.")] = TextLanguage.CHINESE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it; - is stdout. By default ID-approval-N.FORMAT."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the approval sheet (审批单) of a contract as a Word, PDF or Markdown document.

    It shows the contract as it was submitted, the route and the edition of
    the policy, and every decision with its opinion, also of earlier rounds.
    With --json the rounds are printed beside where the document is.

    Examples:
      tally approval-sheet CG-2025-002
      tally approval-sheet CG-2025-002 --round 1 --format docx --lang en
      tally approval-sheet XS-2026-006 --format md -o -
    """
    with the_ledger() as it:
        identity = resolve(it, ref)
        told = up_to(rounds(it.ledger.history(CONTRACT, identity)), number)
        contract = it.ledger.contract_as_of(identity, version=told[-1].version)
        rendering = render_approval(contract, told, form, language)
    if output == Path("-"):
        sys.stdout.buffer.write(rendering.content)
        return
    file = output or Path(f"{identity}-approval-{told[-1].number}.{form.value}".replace("/", "_"))
    file.write_bytes(rendering.content)
    if as_json:
        write_json({
            "id": identity,
            "file": str(file),
            "sha256": rendering.sha256,
            "renderer": rendering.renderer,
            "rounds": to_json(told),
        })  # fmt: skip
        return
    say(f"{safe(str(file))} is round {told[-1].number} of {safe(contract.number)}; its SHA-256 is {rendering.sha256}.")
