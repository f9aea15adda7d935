"""`tally risk simulate`: risk rules that are not published yet, run over the contracts as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Annotated, Final

import typer

from domain.contract.assessed import RiskLevel
from domain.contract.vocabulary import Kind
from domain.risk import PublishRiskRules
from domain.risk.simulation import RiskTotals, RiskVerdict
from infra.ledger import Ledger
from infra.render import to_json
from infra.risk_simulation import RiskAmong, RiskSimulated, simulated
from scripts.cli import spreadsheet
from scripts.cli.located import command_in
from scripts.cli.session import the_ledger
from scripts.cli.simulate import count, rates
from scripts.cli.spreadsheet import Cell, Columns, ToFile
from scripts.cli.terminal import AsJson, Bar, Column, out, progress, safe, say, table, write_json_list
from scripts.cli.wording import money, words

RulesFile = Annotated[str, typer.Argument(metavar="FILE", help="The rules as YAML or JSON; - reads stdin.")]

_SHOWN: Final = 50
_HEADS: Final[Columns] = {
    "number": str, "title": str, "kind": str, "status": str, "department": str, "value": Decimal, "currency": str, "verdict": str,
    "points before": int, "level before": str, "points": int, "level": str, "rules": str, "id": str, "version": int,
}  # fmt: skip
_COLUMNS: Final = (
    Column("number", folds=True),
    Column("title", shrinks=True),
    Column("value", right=True, drop=2),
    Column("before"),
    Column("becomes"),
    Column("points", right=True),
    Column("rules", folds=True, drop=1),
)


def simulate(
    file: RulesFile,
    *,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only contracts of this kind; several may be given.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Contracts that ended or were rejected too.")] = False,
    rate: Annotated[
        list[str] | None, typer.Option(metavar="CUR=RATE", help="What one unit of a currency counts for: EUR=7.80; several.")
    ] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Leave out contracts whose level stays the same.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Run risk rules that are not published over the contracts as they stand.

    Of each contract it says which level its last assessment found, before
    anything was done about it, and which level the rules in FILE would find.
    Values in another currency count at a --rate. Nothing is written.

    Examples:
      tally risk simulate 风险规则.yaml
      tally risk simulate rules.json --kind supplier --changed
      tally risk simulate rules.yaml --rate EUR=7.80 --to 风险模拟.xlsx
    """
    spreadsheet.require_kind(to)
    among = RiskAmong(frozenset(kind or ()), ended, rates(rate or []))
    rules = command_in(file, PublishRiskRules)
    totals = RiskTotals()
    with the_ledger() as it, progress("Assessing contracts") as bar:
        found = _counted(it.ledger, rules, among, totals, bar)
        told = (one for one in found if not changed or one.judged.verdict is not RiskVerdict.SAME)
        if as_json:
            write_json_list("contracts", map(to_json, told), {"currency": rules.currency}, lambda: {"totals": totals_json(totals)})
            return
        first = [] if to is not None else list(islice(told, _SHOWN))
        more = count(told) if to is None else spreadsheet.write(to, _HEADS, map(_cells, told))
    if to is not None:
        say(f"{more:,} contracts were written to {safe(str(to))}.")
    else:
        table(_COLUMNS, map(_row, first))
        if more:
            say(f"{more:,} more contracts; --to FILE writes them all.")
    _tell(totals)


def _counted(ledger: Ledger, rules: PublishRiskRules, among: RiskAmong, totals: RiskTotals, bar: Bar) -> Iterator[RiskSimulated]:
    head = ledger.store.head()
    for looked in simulated(ledger, rules, among):
        bar.at(looked.position, head)
        if looked.found is not None:
            totals.add(looked.found.judged)
            yield looked.found


def totals_json(totals: RiskTotals) -> dict[str, object]:
    """The totals as JSON."""
    return {
        "contracts": totals.contracts,
        **{verdict.value: totals.by_verdict[verdict] for verdict in RiskVerdict},
        "levels": {level.value: totals.by_level[level] for level in RiskLevel},
        "levels_before": {level.value: totals.by_level_before[level] for level in RiskLevel},
        "rules": dict(totals.by_rule.most_common()),
    }


def _row(one: RiskSimulated) -> tuple[object, ...]:
    judged = one.judged
    before = "" if judged.was is None else words(judged.was.value)
    becomes = words(judged.verdict.value) if judged.level is None else words(judged.level.value)
    return one.number, one.title, money(one.value), before, becomes, judged.points, " ".join(f.rule_id for f in judged.factors)


def _cells(one: RiskSimulated) -> tuple[Cell, ...]:
    judged = one.judged
    return (
        one.number,
        one.title,
        one.kind.value,
        one.status.value,
        one.department,
        None if one.value is None else Decimal(one.value.amount),
        None if one.value is None else one.value.currency,
        words(judged.verdict.value),
        judged.was_points,
        None if judged.was is None else judged.was.value,
        judged.points,
        None if judged.level is None else judged.level.value,
        ", ".join(f.rule_id for f in judged.factors),
        one.contract_id,
        one.version,
    )


def _tell(totals: RiskTotals) -> None:
    console, counts = out(), totals.by_verdict
    console.print(
        f"\n{totals.contracts:,} contracts: {counts[RiskVerdict.SAME]:,} the same, {counts[RiskVerdict.HIGHER]:,} higher, "
        f"{counts[RiskVerdict.LOWER]:,} lower, {counts[RiskVerdict.NEW]:,} never assessed, {counts[RiskVerdict.NO_RATE]:,} without a rate.",
        soft_wrap=True,
    )
    rows = [(words(level.value), totals.by_level_before[level], totals.by_level[level]) for level in RiskLevel]
    table([Column("level"), Column("before", right=True), Column("becomes", right=True)], rows)
    if totals.by_rule:
        table([Column("rule"), Column("holds for", right=True)], totals.by_rule.most_common())
