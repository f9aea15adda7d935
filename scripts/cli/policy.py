"""`tally policy`: which approvals contracts need, edition by edition, and what another edition would have changed."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.policy import APPROVAL, PublishPolicy, RetirePolicy
from domain.policy.editions import PublishedEdition, editions
from domain.policy.routes import Route
from infra.ledger import POLICY
from infra.opening import Opened
from infra.render import to_json
from scripts.cli.located import command_in
from scripts.cli.moments import brief
from scripts.cli.session import the_ledger
from scripts.cli.simulate import PolicyFile, simulate
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, say, table, write_json
from scripts.cli.typed import Beside
from scripts.cli.wording import money
from scripts.cli.write import CommandId, IfVersion, Reason, send

app = typer.Typer(help="Which approvals contracts need, edition by edition.", no_args_is_help=True)
app.command()(simulate)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the editions of the approval policy, and which of them decides.

    Examples:
      tally policy list
      tally policy list --json
    """
    with the_ledger() as it:
        published = editions(it.ledger.history(POLICY, APPROVAL))
        retired = it.ledger.load(POLICY, APPROVAL).exists and not published[-1].in_use
    if as_json:
        used = next((one.edition for one in published if one.in_use), None)
        write_json({"in_use": used, "editions": to_json(published)})
        return
    columns = [Column("edition", right=True), Column("title", shrinks=True), Column("currency"), Column("routes", right=True)]
    rows = [
        (
            one.edition,
            one.title,
            one.currency,
            len(one.routes),
            brief(one.published_at),
            one.published_by,
            "in use" if one.in_use else "retired" if retired and one is published[-1] else "",
        )
        for one in published
    ]
    table([*columns, Column("published"), Column("by"), Column("")], rows)
    if not published:
        say("No approval policy was ever published: each contract takes one approval, by any approver.")


@app.command()
def show(
    edition: Annotated[int | None, typer.Option(metavar="N", min=1, help="This edition instead of the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show an edition of the approval policy: its routes, and the steps of each.

    Examples:
      tally policy show
      tally policy show --edition 2 --json
    """
    with the_ledger() as it:
        one = _published(it, edition)
    if as_json:
        write_json(to_json(one))
        return
    _tell(one)


def _published(it: Opened, edition: int | None) -> PublishedEdition:
    known = editions(it.ledger.history(POLICY, APPROVAL))
    found = [one for one in known if edition in (None, one.edition)]
    if not known:
        raise Stopped("No approval policy was ever published.")
    if not found:
        raise Stopped(f"The approval policy has the editions 1 to {len(known)}; there is no edition {edition}.")
    return found[-1]


def _tell(one: PublishedEdition) -> None:
    console = out()
    used = "in use" if one.in_use else "not in use"
    console.print(f"{safe(one.title)}, edition {one.edition}, amounts in {one.currency}, {used}", soft_wrap=True)
    console.print(f"published {brief(one.published_at)} by {safe(one.published_by)}", soft_wrap=True)
    for route in one.routes:
        console.print(f"\n{safe(route.route_id)}: {safe(conditions(route))}", soft_wrap=True)
        for n, step in enumerate(route.steps, 1):
            wanted = f" {step.quorum.value} of" if len(step.approvers) > 1 else ""
            console.print(f"  {n}. {safe(step.title)}:{wanted} {safe(', '.join(map(str, step.approvers)))}", soft_wrap=True)
        if route.may_repeat:
            console.print("  One person may decide several of its steps.")


def conditions(route: Route) -> str:
    """Which contracts a route is for, in words."""
    said = [" or ".join(kind.value for kind in route.kinds), " or ".join(way.value for way in route.directions)]
    said.append(" or ".join(route.departments))
    said += [f"{word} {money(bound)}" for word, bound in (("from", route.at_least), ("below", route.below)) if bound is not None]
    for mark, holds in (("deviating from the template", route.deviates), ("with a flagged counterparty", route.counterparty_flagged)):
        if holds is not None:
            said.append(mark if holds else f"not {mark}")
    return "everything else" if route.otherwise else ", ".join(filter(None, said)) or "all contracts"


@app.command()
def publish(
    file: PolicyFile,
    *,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Publish the next edition of the approval policy from a YAML or JSON file.

    The fields are those of the HTTP interface: title, currency and routes.
    Contracts that are submitted from then on take one of its routes; those
    that were submitted before keep theirs.

    Examples:
      tally policy publish 审批制度.yaml
      tally policy publish policy.json --reason "Board of 2 March"
    """
    command = command_in(file, PublishPolicy)
    with the_ledger() as it:
        send(it, APPROVAL, command, Beside(None, reason, if_version, command_id), as_json=as_json, kind=POLICY)


@app.command()
def retire(
    why: Annotated[str, typer.Option(help="Why; kept in the fact.")],
    *,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Take the approval policy out of use; contracts then take one approval again.

    Example:
      tally policy retire --why "Replaced by the group's own."
    """
    with the_ledger() as it:
        send(it, APPROVAL, RetirePolicy(why=why), Beside(command_id=command_id), as_json=as_json, kind=POLICY)
