"""`tally rules`: by which rules contracts are watched."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.alerting import CONTRACTS, PublishAlertRules, RetireAlertRules, editions
from domain.alerting.rules import OF_VISITS, AlertRule
from infra.ledger import ALERTING
from infra.render import to_json
from scripts.cli.located import command_in
from scripts.cli.moments import brief
from scripts.cli.rule_simulation import RulesFile, simulate
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, say, table, write_json
from scripts.cli.typed import Beside
from scripts.cli.wording import money, words
from scripts.cli.write import CommandId, IfVersion, Reason, send

app = typer.Typer(help="By which rules contracts are watched, edition by edition.", no_args_is_help=True)
app.command()(simulate)

_NONE = "No alert rules were ever published; `tally rules publish FILE` does."


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the editions of the alert rules, and which of them is used.

    Examples:
      tally rules list
      tally rules list --json
    """
    with the_ledger() as it:
        published = editions(it.ledger.history(ALERTING, CONTRACTS))
    if as_json:
        write_json({"in_use": next((one.edition for one in published if one.in_use), None), "editions": to_json(published)})
        return
    columns = [Column("edition", right=True), Column("title", shrinks=True), Column("currency"), Column("rules", right=True)]
    rows = [
        (one.edition, one.title, one.currency, len(one.rules), brief(one.published_at), one.published_by, "in use" if one.in_use else "")
        for one in published
    ]
    table([*columns, Column("published"), Column("by"), Column("")], rows)
    if not published:
        say(_NONE)


@app.command()
def show(
    edition: Annotated[int | None, typer.Option(metavar="N", min=1, help="This edition instead of the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show an edition of the alert rules: what each watches for, and whom it tells.

    Examples:
      tally rules show
      tally rules show --edition 2 --json
    """
    with the_ledger() as it:
        published = editions(it.ledger.history(ALERTING, CONTRACTS))
    if not published:
        raise Stopped(_NONE)
    found = [one for one in published if edition in (None, one.edition)]
    if not found:
        raise Stopped(f"The alert rules have the editions 1 to {len(published)}; there is no edition {edition}.")
    one = found[-1]
    if as_json:
        write_json(to_json(one))
        return
    used = "in use" if one.in_use else "not in use"
    out().print(f"{safe(one.title)}, edition {one.edition}, amounts in {one.currency}, {used}", soft_wrap=True)
    out().print(f"published {brief(one.published_at)} by {safe(one.published_by)}", soft_wrap=True)
    columns = [Column("rule"), Column("severity"), Column("title", shrinks=True), Column("watches for", shrinks=True)]
    table([*columns, Column("tells", folds=True)], [(r.rule_id, r.severity.value, r.title, bounds(r), told(r)) for r in one.rules])


def bounds(rule: AlertRule) -> str:
    """What a rule watches for, in words."""
    said = [
        words(rule.kind.value),
        "" if rule.days is None else f"{rule.days:,} days",
        "" if rule.amount is None else f"from {money(rule.amount)}",
        "" if rule.percent is None else f"{rule.percent} %",
        "" if rule.points is None else f"{rule.points} points",
        "" if rule.rows is None else f"{rule.rows:,} rows",
        "" if rule.hours is None else f"{rule.hours} {rule.zone or 'UTC'}",
        " or ".join(kind.value for kind in rule.kinds),
    ]
    return ", ".join(filter(None, said))


def told(rule: AlertRule) -> str:
    """Whom a rule tells, and whom later."""
    later = "" if rule.escalate_after_hours is None else f"{', '.join(rule.escalate_to)} after {rule.escalate_after_hours} h"
    owner = () if rule.kind in OF_VISITS else ("owner",)
    return "; ".join(filter(None, [", ".join((*owner, *rule.tell)), later]))


@app.command()
def publish(
    file: RulesFile,
    *,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Publish the next edition of the alert rules from a YAML or JSON file.

    The fields are those of the HTTP interface: title, currency and rules. A
    rule that stays as it is stays the same rule: what it raised is not raised
    again.

    Example:
      tally rules publish 预警规则.yaml
    """
    command = command_in(file, PublishAlertRules)
    with the_ledger() as it:
        send(it, CONTRACTS, command, Beside(None, reason, if_version, command_id), as_json=as_json, kind=ALERTING)


@app.command()
def retire(
    why: Annotated[str, typer.Option(help="Why; kept in the fact.")],
    *,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Take the alert rules out of use; what was raised by them stays.

    Example:
      tally rules retire --why "Replaced by the group's own."
    """
    with the_ledger() as it:
        send(it, CONTRACTS, RetireAlertRules(why=why), Beside(command_id=command_id), as_json=as_json, kind=ALERTING)
