"""`tally policy`: which approvals contracts need, edition by edition, and what another edition would have changed."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.facts import Entry
from domain.policy import APPROVAL, ApprovalPolicyPublished, Policy, PublishPolicy, RetirePolicy
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
        entries = it.ledger.history(POLICY, APPROVAL)
        policy = it.ledger.load(POLICY, APPROVAL)
    published = [(entry, entry.fact) for entry in entries if isinstance(entry.fact, ApprovalPolicyPublished)]
    if as_json:
        write_json({"in_use": policy.edition if policy.in_use else None, "editions": [_edition(entry, fact) for entry, fact in published]})
        return
    columns = [Column("edition", right=True), Column("title", shrinks=True), Column("currency"), Column("routes", right=True)]
    rows = [
        (
            fact.edition,
            fact.title,
            fact.currency,
            len(fact.routes),
            brief(entry.recorded_at),
            entry.meta.actor,
            "" if fact.edition != policy.edition else "in use" if policy.in_use else "retired",
        )
        for entry, fact in published
    ]
    table([*columns, Column("published"), Column("by"), Column("")], rows)
    if not published:
        say("No approval policy was ever published: each contract takes one approval, by any approver.")


def _edition(entry: Entry, fact: ApprovalPolicyPublished) -> dict[str, object]:
    return {
        "edition": fact.edition,
        "title": fact.title,
        "currency": fact.currency,
        "routes": to_json(fact.routes),
        "published_at": to_json(entry.recorded_at),
        "published_by": entry.meta.actor,
        "version": entry.version,
    }


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
        entry, fact = _published(it, edition)
        policy = it.ledger.load(POLICY, APPROVAL)
    if as_json:
        write_json({**_edition(entry, fact), "in_use": policy.in_use and policy.edition == fact.edition})
        return
    _tell(entry, fact, policy)


def _published(it: Opened, edition: int | None) -> tuple[Entry, ApprovalPolicyPublished]:
    known = [(e, e.fact) for e in it.ledger.history(POLICY, APPROVAL) if isinstance(e.fact, ApprovalPolicyPublished)]
    found = [one for one in known if edition in (None, one[1].edition)]
    if not known:
        raise Stopped("No approval policy was ever published.")
    if not found:
        raise Stopped(f"The approval policy has the editions 1 to {len(known)}; there is no edition {edition}.")
    return found[-1]


def _tell(entry: Entry, fact: ApprovalPolicyPublished, policy: Policy) -> None:
    used = "in use" if policy.in_use and policy.edition == fact.edition else "not in use"
    console = out()
    console.print(f"{safe(fact.title)}, edition {fact.edition}, amounts in {fact.currency}, {used}", soft_wrap=True)
    console.print(f"published {brief(entry.recorded_at)} by {safe(entry.meta.actor)}", soft_wrap=True)
    for route in fact.routes:
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
