"""`tally key`: the keys with which programs and people sign in over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

import typer

from domain.access import KeyIssued, KeyRevoked, Role
from infra.ledger import ACCESS
from infra.render import to_json
from scripts.cli.moments import brief
from scripts.cli.session import asker, the_ledger
from scripts.cli.spreadsheet import Columns, ToFile, require_kind, write_list
from scripts.cli.terminal import AsJson, Column, say, table, write_json

app = typer.Typer(help="Keys to sign in with over HTTP.", no_args_is_help=True)


@app.command()
def issue(
    principal: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Whose key it is: the name that their facts will bear.")],
    role: Annotated[list[Role], typer.Option("--role", help="What the key may do; give it once for each role.")],
    as_json: AsJson = False,
) -> None:
    """Issue a key, and show it this once.

    The ledger keeps only a hash of it. Whoever loses a key gets a new one,
    and the old one is revoked.

    Examples:
      tally key issue wang.min --role drafter --role reader
      tally key issue warehouse-sync --role reader --json
    """
    from api import keys

    with the_ledger() as it:
        key = keys.issue(it, principal, role, asker())
    key_id = key.split("_")[1]
    if as_json:
        write_json({"key_id": key_id, "principal": principal, "roles": sorted(r.value for r in role), "key": key})
        return
    say(f"Key {key_id} of {principal} is shown this once; send it as `Authorization: Bearer …`.")
    typer.echo(key)


@app.command("list")
def list_(to: ToFile = None, as_json: AsJson = False) -> None:
    """List all keys, those in use and those revoked; their secrets are kept nowhere.

    Examples:
      tally key list
      tally key list --json
      tally key list --to keys.csv
    """
    require_kind(to)
    with the_ledger() as it:
        entries = it.ledger.history(ACCESS, "")
    found: dict[str, Listed] = {}
    for entry in entries:
        match entry.fact:
            case KeyIssued(key_id=key_id, principal=principal, roles=roles):
                found[key_id] = Listed(key_id, principal, [role.value for role in roles], entry.recorded_at, entry.meta.actor)
            case KeyRevoked(key_id=key_id, why=why):
                found[key_id] = found[key_id]._replace(revoked_at=entry.recorded_at, why=why)
            case _:
                pass
    if as_json:
        write_json({"keys": [to_json(key._asdict()) for key in found.values()]})
        return
    if to is not None:
        heads: Columns = {
            "key_id": str, "principal": str, "roles": str, "issued_at": datetime, "issued_by": str, "revoked_at": datetime, "why": str,
        }  # fmt: skip
        issued = (
            (key.key_id, key.principal, ", ".join(key.roles), key.issued_at, key.issued_by, key.revoked_at, key.why)
            for key in found.values()
        )
        write_list(to, heads, issued, "keys")
        return
    titles = ("key", "principal", "roles", "issued", "by", "revoked", "why")
    rows = [
        (key.key_id, key.principal, ", ".join(key.roles), brief(key.issued_at), key.issued_by, brief(key.revoked_at), key.why)
        for key in found.values()
    ]
    table([Column(title, shrinks=title in ("roles", "why")) for title in titles], rows)


class Listed(NamedTuple):
    """A key, in use or revoked."""

    key_id: str
    principal: str
    roles: list[str]
    issued_at: datetime
    issued_by: str
    revoked_at: datetime | None = None
    why: str | None = None


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The key's id, as `tally key list` shows it.")],
    why: Annotated[str, typer.Option("--why", help="Kept with the fact.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a key: a server that runs notices within a second.

    Example:
      tally key revoke 3f9a0c12be77 --why "left the company"
    """
    from api import keys

    with the_ledger() as it:
        outcome, _ = keys.revoke(it, key_id, why, asker())
    if as_json:
        write_json({"key_id": key_id, "revoked_at": to_json(outcome.recorded_at), "position": outcome.position})
    else:
        say(f"Key {key_id} opens nothing any more.")
