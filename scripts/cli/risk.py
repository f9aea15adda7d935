"""`tally risk`: by which rules the risk of contracts is assessed."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.risk import CONTRACTS, PublishRiskRules, RetireRiskRules
from domain.risk.editions import editions
from domain.risk.rules import RiskRule
from infra.ledger import RISK
from infra.render import to_json
from scripts.cli.located import command_in
from scripts.cli.moments import brief
from scripts.cli.risk_simulation import RulesFile, simulate
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, say, table, write_json
from scripts.cli.typed import Beside
from scripts.cli.wording import money, words
from scripts.cli.write import CommandId, IfVersion, Reason, send

app = typer.Typer(help="By which rules the risk of contracts is assessed, edition by edition.", no_args_is_help=True)
app.command()(simulate)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the editions of the risk rules, and which of them is used.

    Examples:
      tally risk list
      tally risk list --json
    """
    with the_ledger() as it:
        published = editions(it.ledger.history(RISK, CONTRACTS))
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
        say("No risk rules were ever published; `tally risk publish FILE` does.")


@app.command()
def show(
    edition: Annotated[int | None, typer.Option(metavar="N", min=1, help="This edition instead of the latest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show an edition of the risk rules: what each rule asks for, and its points.

    Examples:
      tally risk show
      tally risk show --edition 2 --json
    """
    with the_ledger() as it:
        published = editions(it.ledger.history(RISK, CONTRACTS))
    if not published:
        raise Stopped("No risk rules were ever published; `tally risk publish FILE` does.")
    found = [one for one in published if edition in (None, one.edition)]
    if not found:
        raise Stopped(f"The risk rules have the editions 1 to {len(published)}; there is no edition {edition}.")
    one = found[-1]
    if as_json:
        write_json(to_json(one))
        return
    used = "in use" if one.in_use else "not in use"
    out().print(f"{safe(one.title)}, edition {one.edition}, amounts in {one.currency}, {used}", soft_wrap=True)
    out().print(f"published {brief(one.published_at)} by {safe(one.published_by)}", soft_wrap=True)
    out().print(f"medium from {one.levels.medium} points on, high from {one.levels.high}")
    if one.review_after is not None:
        months = one.review_after
        out().print(f"reviewed after {months.low} months where it is low, {months.medium} where medium, {months.high} where high")
    columns = [Column("rule"), Column("points", right=True), Column("title", shrinks=True), Column("for contracts", shrinks=True)]
    table(columns, [(rule.rule_id, rule.points, rule.title, conditions(rule)) for rule in one.rules])


def conditions(rule: RiskRule) -> str:
    """Which contracts a rule holds for, in words."""
    said = [
        " or ".join(kind.value for kind in rule.kinds),
        "" if rule.value_at_least is None else f"from {money(rule.value_at_least)}",
        "with a flagged counterparty" if rule.counterparty_flagged else "",
        "that deviate from their template" if rule.deviates else "",
        "without a template" if rule.without_template else "",
        "" if rule.lacks_term is None else f"without {words(rule.lacks_term)}",
        "" if rule.longer_than_days is None else f"over {rule.longer_than_days:,} days",
    ]
    return ", ".join(filter(None, said))


@app.command()
def publish(
    file: RulesFile,
    *,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Publish the next edition of the risk rules from a YAML or JSON file.

    The fields are those of the HTTP interface: title, currency, levels and
    rules. Contracts are assessed with `tally do REF assess-risk`.

    Example:
      tally risk publish 风险规则.yaml
    """
    command = command_in(file, PublishRiskRules)
    with the_ledger() as it:
        send(it, CONTRACTS, command, Beside(None, reason, if_version, command_id), as_json=as_json, kind=RISK)


@app.command()
def retire(
    why: Annotated[str, typer.Option(help="Why; kept in the fact.")],
    *,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Take the risk rules out of use; what was assessed by them stays.

    Example:
      tally risk retire --why "Replaced by the group's own."
    """
    with the_ledger() as it:
        send(it, CONTRACTS, RetireRiskRules(why=why), Beside(command_id=command_id), as_json=as_json, kind=RISK)
