"""`tally rules simulate`: what alert rules that are not published would have raised on recorded history."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Final

import typer

from domain.alerting import PublishAlertRules
from infra.render import to_json
from infra.settings import Settings
from projections.alerts.simulation import SimulatedAlert, SimulatedTotals, Stretch, simulated
from scripts.cli import moments
from scripts.cli.located import command_in
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, out, progress, say, table, usage, write_json_list
from scripts.cli.wording import words

RulesFile = Annotated[str, typer.Argument(metavar="FILE", help="The rules as YAML or JSON; - reads stdin.")]
_SHOWN: Final = 50


def simulate(
    file: RulesFile,
    *,
    start: Annotated[str, typer.Option("--from", metavar="DAY", help="From this day on, by when things were recorded.")],
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Up to this day; up to today by default.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only what this rule raises; several may be given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what alert rules would have raised on recorded history.

    Each contract is looked at as it was known then, in every entry and on
    every day of the stretch. Nothing is written.

    Examples:
      tally rules simulate rules.yaml --from 2026-01-01
      tally rules simulate rules.yaml --from 2026-01-01 --to 2026-03-31 --json
    """
    from consumers.clock import house

    settings = Settings.from_environment()
    first = moments.day(start, "--from")
    last = datetime.now(UTC).date() if until is None else moments.day(until, "--to")
    if last < first:
        raise usage(f"--to {last} comes before --from {first}.")
    rules = command_in(file, PublishAlertRules)
    stretch, totals = Stretch(first, last, house(settings.calendar, settings.zone)), SimulatedTotals()
    with the_ledger() as it, progress("Looking at contracts") as bar:
        head = it.store.head()

        def found() -> list[SimulatedAlert]:
            kept: list[SimulatedAlert] = []
            for looked in simulated(it, rules, stretch):
                bar.at(looked.position, head)
                for one in looked.found:
                    if not rule or one.raised.rule.rule_id in rule:
                        totals.add(one)
                        kept.append(one)
            return sorted(kept, key=lambda one: one.on)

        alerts = found()
    if as_json:
        after: dict[str, object] = {"totals": {"alerts": totals.alerts, "known": totals.known, "rules": totals.by_rule}}
        write_json_list("alerts", map(to_json, alerts), {"from": first.isoformat(), "to": last.isoformat()}, lambda: after)
        return
    columns = [Column("on"), Column("rule"), Column("what"), Column("contract"), Column("of"), Column("day"), Column("", drop=1)]
    table(columns, map(_row, islice(alerts, _SHOWN)))
    if len(alerts) > _SHOWN:
        say(f"{len(alerts) - _SHOWN:,} more alerts; --json writes them all.")
    out().print(f"\n{totals.alerts:,} alerts from {first} to {last}, {totals.known:,} of which were raised already.", soft_wrap=True)
    if totals.by_rule:
        table([Column("rule"), Column("alerts", right=True)], Counter(totals.by_rule).most_common())


def _row(one: SimulatedAlert) -> tuple[object, ...]:
    raised = one.raised
    known = "known" if one.known else ""
    cause = raised.cause
    return one.on, raised.rule.rule_id, words(raised.kind.value), raised.contract_number, cause.subject, cause.day, known
