"""`tally templates`: what contracts are drafted from."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from domain.facts import Command
from domain.template import DraftTemplate, PublishTemplate, RestoreTemplate, RetireTemplate, ReviseTemplate, Template
from infra import templates
from infra.ledger import TEMPLATE
from infra.render import entry_json, to_json
from scripts.cli import departures
from scripts.cli.history import recorded
from scripts.cli.moments import brief
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile, require_kind, write_list
from scripts.cli.streams import resolved
from scripts.cli.terminal import AsJson, Column, out, safe, table, write_json, write_json_list
from scripts.cli.typed import Beside, content_of, read_shape
from scripts.cli.wording import shown, words
from scripts.cli.write import CommandId, IfVersion, Reason, new_identity, send

app = typer.Typer(help="What contracts are drafted from, edition by edition.", no_args_is_help=True)
app.command("uses")(departures.uses)

TemplateRef = Annotated[str, typer.Argument(metavar="ID", help="The template's id, or the beginning of it that no other has.")]
File = Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="The template as JSON; - reads stdin.")]
Why = Annotated[str, typer.Option(help="Why; kept in the fact.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List templates in the order in which they were first drafted.

    Examples:
      tally templates list
      tally templates list --all --json
      tally templates list --to templates.xlsx
    """
    require_kind(to)
    with the_ledger() as it:
        found = islice(templates.drafted(it.ledger), None if every or to is not None else limit)
        if as_json:
            write_json_list("templates", (_content(one.template_id, one.template) for one in found), {})
            return
        if to is not None:
            heads = dict.fromkeys(("id", "name", "kind", "newest", "in_use"), str)
            write_list(to, heads, ((one.template_id, *_row(one.template)) for one in found), "templates")
            return
        rows = [(one.template_id, *_row(one.template)) for one in found]
    table([Column("id"), Column("name", shrinks=True), Column("kind"), Column("newest"), Column("in use")], rows)


def _row(template: Template) -> tuple[str, str, str, str]:
    newest, published = template.newest, template.published
    used = "retired" if template.retired else "" if published is None else str(published.number)
    return ("", "", "", used) if newest is None else (newest.name, newest.kind.value, str(newest.number), used)


def _content(identity: str, template: Template) -> dict[str, object]:
    names = ("version", "retired", "newest", "published")
    return {"id": identity, **{name: to_json(getattr(template, name)) for name in names}}


@app.command()
def show(ref: TemplateRef, as_json: AsJson = False) -> None:
    """Show a template's newest edition, and how it came about.

    Examples:
      tally templates show purchase
      tally templates show purch --json
    """
    with the_ledger() as it:
        identity = resolved(it, TEMPLATE, ref)
        entries = it.ledger.history(TEMPLATE, identity)
        template = it.ledger.load(TEMPLATE, identity)
    if as_json:
        write_json({**_content(identity, template), "entries": [entry_json(entry) for entry in entries]})
        return
    console = out()
    name, kind, newest, used = _row(template)
    facts = {"id": identity, "name": name, "kind": kind, "newest": f"edition {newest}", "in use": used or "none"}
    for field, said in facts.items():
        console.print(f"  {field:<7}  {safe(str(said))}", soft_wrap=True)
    for clause in () if template.newest is None else template.newest.clauses:
        console.print(f"\n{safe(clause.clause_id)}  {safe(clause.heading)} ({clause.binding.value})\n{safe(clause.text)}", soft_wrap=True)
    for stated in () if template.newest is None else template.newest.terms:
        console.print(f"\n{safe(stated.term_id)}  {words(str(getattr(stated.term, 'term', '')))}: {shown(stated.term)}", soft_wrap=True)
    for entry in entries:
        console.print(f"\nv{entry.version}  {brief(entry.effective_at)}  {safe(entry.fact.NAME)}  {recorded(entry)}", soft_wrap=True)


@app.command()
def draft(
    file: File,
    *,
    identity: Annotated[str | None, typer.Option("--id", help="The template's id; made up if not given.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Draft a template from a JSON file: name, kind, clauses and placeholders, as over HTTP.

    Examples:
      tally templates draft --file purchase.json --id purchase
      tally templates draft --file - < purchase.json
    """
    command, beside = read_shape(DraftTemplate, content_of(file), Beside(command_id=command_id))
    with the_ledger() as it:
        send(it, identity or new_identity(command_id), command, beside, as_json=as_json, kind=TEMPLATE)


@app.command()
def revise(ref: TemplateRef, file: File, *, if_version: IfVersion = None, command_id: CommandId = None, as_json: AsJson = False) -> None:
    """Make a new edition from a JSON file; it has to be published before it is used.

    Examples:
      tally templates revise purchase --file purchase.json
    """
    command, beside = read_shape(ReviseTemplate, content_of(file), Beside(None, None, if_version, command_id))
    _send(ref, command, beside, as_json=as_json)


@app.command()
def publish(
    ref: TemplateRef,
    edition: Annotated[int, typer.Option(min=1, help="The newest edition, which is the one that you read.")],
    *,
    reason: Reason = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Put the newest edition of a template into use.

    Examples:
      tally templates publish purchase --edition 2
    """
    _send(ref, PublishTemplate(edition=edition), Beside(None, reason, None, command_id), as_json=as_json)


@app.command()
def retire(ref: TemplateRef, why: Why, *, command_id: CommandId = None, as_json: AsJson = False) -> None:
    """Take a template out of use.

    Examples:
      tally templates retire purchase --why "The law changed."
    """
    _send(ref, RetireTemplate(why=why), Beside(command_id=command_id), as_json=as_json)


@app.command()
def restore(ref: TemplateRef, why: Why, *, command_id: CommandId = None, as_json: AsJson = False) -> None:
    """Bring a retired template back into use.

    Examples:
      tally templates restore purchase --why "The change was put off."
    """
    _send(ref, RestoreTemplate(why=why), Beside(command_id=command_id), as_json=as_json)


def _send(ref: str, command: Command, beside: Beside, *, as_json: bool) -> None:
    with the_ledger() as it:
        send(it, resolved(it, TEMPLATE, ref), command, beside, as_json=as_json, kind=TEMPLATE)
