"""`tally delegations`: who decides in whose place, within which bounds and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

import typer

from domain.access import Role
from domain.contract.vocabulary import Kind
from domain.delegation import Delegation, GrantDelegation, RevokeDelegation, Scope
from domain.money import Money
from infra.delegations import granted
from infra.ledger import DELEGATION
from infra.render import to_json
from scripts.cli import moments
from scripts.cli.moments import brief
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import Cell, Columns, ToFile, require_kind, write_list
from scripts.cli.terminal import AsJson, Column, say, table, usage, write_json_list
from scripts.cli.typed import Beside
from scripts.cli.wording import money
from scripts.cli.write import CommandId, Reason, new_identity, send

app = typer.Typer(help="Who decides in whose place, within which bounds and until when.", no_args_is_help=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List delegations in the order in which they were granted.

    Examples:
      tally delegations list
      tally delegations list --all --json
      tally delegations list --to delegations.xlsx
    """
    require_kind(to)
    with the_ledger() as it:
        found = islice(granted(it.ledger), None if every or to is not None else limit)
        if as_json:
            write_json_list("delegations", (_content(one.delegation_id, one.delegation) for one in found), {})
            return
        if to is not None:
            heads: Columns = {
                "id": str, "from": str, "to": str, "begins_at": datetime, "ends_at": datetime, "why": str, "revoked": str,
            }  # fmt: skip
            write_list(to, heads, (_cells(one.delegation_id, one.delegation) for one in found), "delegations")
            return
        now = datetime.now(UTC)
        rows = [_row(one.delegation_id, one.delegation, now) for one in found]
    columns = [Column("from whom"), Column("to"), Column("begins", drop=2), Column("ends"), Column("within", folds=True), Column("")]
    table([*columns, Column("id", drop=1)], rows)


def _content(identity: str, delegation: Delegation) -> dict[str, object]:
    names = ("version", "delegator", "to", "scope", "begins_at", "ends_at", "why", "revoked")
    return {"id": identity, **{name: to_json(getattr(delegation, name)) for name in names}}


def _cells(identity: str, delegation: Delegation) -> tuple[Cell, ...]:
    revoked = "revoked" if delegation.revoked else ""
    return (identity, delegation.delegator, delegation.to, delegation.begins_at, delegation.ends_at, delegation.why, revoked)


def _row(identity: str, delegation: Delegation, now: datetime) -> tuple[object, ...]:
    scope, begins_at, ends_at = delegation.scope, delegation.begins_at, delegation.ends_at
    names = [*scope.kinds, *scope.departments, *(f"role {role}" for role in scope.roles), *scope.steps]
    within = ", ".join([*names, *([f"up to {money(scope.at_most)}"] if scope.at_most else [])]) or "everything"
    waits, over = begins_at is not None and now < begins_at, ends_at is not None and now >= ends_at
    state = "revoked" if delegation.revoked else "over" if over else "to come" if waits else "in use"
    return delegation.delegator, delegation.to, brief(begins_at), brief(ends_at), within, state, identity


@app.command()
def grant(
    to: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Who decides in your place.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day on which they do.")],
    why: Annotated[str, typer.Option(help="Why; kept in the fact.")],
    *,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day; now if not given.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only contracts of this kind; several may be given.")] = None,
    department: Annotated[list[str] | None, typer.Option(help="Only contracts of this department; several may be given.")] = None,
    role: Annotated[list[Role] | None, typer.Option(help="Only where you decide in this role; several may be given.")] = None,
    step: Annotated[list[str] | None, typer.Option(help="Only steps with this title; several may be given.")] = None,
    at_most: Annotated[str | None, typer.Option(metavar="'AMOUNT CUR'", help="Only up to this amount: '50000.00 CNY'.")] = None,
    reason: Reason = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody else decide in your place, within bounds and for a time.

    They decide with `tally do REF approve --set delegation_id=ID`. What was
    left or delegated to you goes no further.

    Examples:
      tally delegations grant bob --until 2026-10-07 --why 国庆休假
      tally delegations grant bob --until 2026-10-07 --kind supplier --at-most "50000.00 CNY" --why 出差
    """
    amount = None if at_most is None else _amount(at_most)
    command = GrantDelegation(
        to=to,
        scope=Scope(
            kinds=tuple(kind or ()), departments=tuple(department or ()), roles=tuple(role or ()), steps=tuple(step or ()), at_most=amount
        ),
        begins_at=None if since is None else moments.since(since, "--from"),
        ends_at=moments.up_to(until, "--until"),
        why=why,
    )
    with the_ledger() as it:
        send(it, new_identity(command_id), command, Beside(None, reason, None, command_id), as_json=as_json, kind=DELEGATION)


def _amount(text: str) -> Money:
    amount, _, currency = text.strip().rpartition(" ")
    if not amount:
        raise usage(f"--at-most is {text[:60]!r}; give an amount and its currency, such as '50000.00 CNY'.")
    return Money.of(amount.strip(), currency.upper())


@app.command()
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The delegation's id, as `tally delegations list` shows it.")],
    why: Annotated[str, typer.Option(help="Why; kept in the fact.")],
    *,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """End a delegation early; what was decided under it stands.

    Example:
      tally delegations revoke 6a0f4b0e --why "Back from leave."
    """
    with the_ledger() as it:
        send(it, identity, RevokeDelegation(why=why), Beside(command_id=command_id), as_json=as_json, kind=DELEGATION)
        say("Nobody decides under it from now on.")
