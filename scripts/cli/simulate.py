"""`tally policy simulate`: a policy that is not published yet, run over the submissions of the past."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Final

import typer

from domain.contract.route import ChosenRoute
from domain.contract.vocabulary import Kind
from domain.policy import PublishPolicy
from domain.policy.simulation import Rejudged, Totals, Verdict
from infra.ledger import Ledger
from infra.render import to_json
from infra.simulation import Among, Submission, rate_in, simulated
from scripts.cli import moments, spreadsheet
from scripts.cli.located import command_in
from scripts.cli.moments import brief
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import Cell, Columns, ToFile
from scripts.cli.terminal import AsJson, Bar, Column, out, progress, safe, say, table, usage, write_json_list
from scripts.cli.wording import money, words

PolicyFile = Annotated[str, typer.Argument(metavar="FILE", help="The policy as YAML or JSON; - reads stdin.")]

_SHOWN: Final = 50
_HEADS: Final[Columns] = {
    "number": str, "title": str, "kind": str, "department": str, "submitted at": datetime, "submitted by": str, "judged amount": Decimal,
    "currency": str, "verdict": str, "edition then": int, "route then": str, "approvers then": str, "route": str, "approvers": str,
    "gained": str, "lost": str, "id": str, "version": int,
}  # fmt: skip
_COLUMNS: Final = (
    Column("number", folds=True),
    Column("title", shrinks=True),
    Column("submitted", drop=3),
    Column("amount", right=True, drop=2),
    Column("verdict"),
    Column("route then", folds=True),
    Column("route", folds=True),
    Column("gained and lost", folds=True, drop=1),
)


def simulate(
    file: PolicyFile,
    *,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Submissions recorded from this day on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Submissions recorded up to this day.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only contracts of this kind; several may be given.")] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(metavar="CUR=RATE", help="What one unit counts for where a contract was not converted then: EUR=7.80; several."),
    ] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Leave out what would stay the same.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Run a policy that is not published over the submissions of the past.

    Each contract is judged as it was known when it was submitted: which route
    it took, which it would take, which approvers it would gain or lose, and
    whether it would have none. Amounts in another currency count as they were
    converted then, or at a --rate. Nothing is written.

    Examples:
      tally policy simulate 审批制度.yaml
      tally policy simulate policy.yaml --from 2026-01-01 --kind supplier --changed
      tally policy simulate policy.json --rate EUR=7.80 --rate USD=7.10 --to 审批模拟.xlsx
    """
    spreadsheet.require_kind(to)
    among = Among(
        None if since is None else moments.since(since, "--from"),
        None if until is None else moments.up_to(until, "--until"),
        frozenset(kind or ()),
        rates(rate or []),
    )
    policy = command_in(file, PublishPolicy)
    totals = Totals()
    with the_ledger() as it, progress("Judging submissions") as bar:
        found = _counted(it.ledger, policy, among, totals, bar)
        told = (one for one in found if not changed or one.judged.verdict is not Verdict.SAME)
        if as_json:
            write_json_list("submissions", map(to_json, told), {"currency": policy.currency}, lambda: {"totals": totals_json(totals)})
            return
        first = [] if to is not None else list(islice(told, _SHOWN))
        more = count(told) if to is None else spreadsheet.write(to, _HEADS, map(_cells, told))
    if to is not None:
        say(f"{more:,} submissions were written to {safe(str(to))}.")
    else:
        table(_COLUMNS, map(_row, first))
        if more:
            say(f"{more:,} more submissions; --to FILE writes them all.")
    _tell(totals)


def rates(given: list[str]) -> dict[str, Decimal]:
    """What the words of --rate say."""
    try:
        return dict(rate_in(one, "=") for one in given)
    except ValueError as error:
        raise usage(f"--rate {error}") from None


def _counted(ledger: Ledger, policy: PublishPolicy, among: Among, totals: Totals, bar: Bar) -> Iterator[Submission]:
    head = ledger.store.head()
    for looked in simulated(ledger, policy, among):
        bar.at(looked.position, head)
        if looked.found is not None:
            totals.add(looked.found.judged)
            yield looked.found


def count(rest: Iterable[object]) -> int:
    """How many there are, keeping none of them."""
    last = deque(enumerate(rest, 1), maxlen=1)
    return last[0][0] if last else 0


def totals_json(totals: Totals) -> dict[str, object]:
    """The totals as JSON."""
    return {
        "submissions": totals.submissions,
        **{verdict.value: totals.by_verdict[verdict] for verdict in Verdict},
        "steps_differ": totals.steps_differ,
        "approvers_differ": totals.approvers_differ,
        "gained": dict(totals.gained.most_common()),
        "lost": dict(totals.lost.most_common()),
    }


def _steps(route: ChosenRoute | None) -> str:
    """Who decides each step, one after the other."""
    if route is None:
        return ""
    return " > ".join(f" {'+' if s.quorum.value == 'all' else '/'} ".join(map(str, s.approvers)) or "any approver" for s in route.steps)


def _differences(judged: Rejudged) -> str:
    return " ".join([*(f"+{name}" for name in judged.gained), *(f"-{name}" for name in judged.lost)])


def _row(one: Submission) -> tuple[object, ...]:
    judged = one.judged
    becomes = "" if judged.becomes is None else judged.becomes.route_id
    said = words(judged.verdict.value) + ("" if judged.barred is None else f" by {judged.barred}")
    amount = money(judged.amount or one.value)
    return one.number, one.title, brief(one.submitted_at), amount, said, judged.was.route_id, becomes, _differences(judged)


def _cells(one: Submission) -> tuple[Cell, ...]:
    judged = one.judged
    amount = judged.amount or one.value
    return (
        one.number,
        one.title,
        one.kind.value,
        one.department,
        one.submitted_at,
        one.submitted_by,
        None if amount is None else Decimal(amount.amount),
        None if amount is None else amount.currency,
        words(judged.verdict.value),
        None if judged.policy is None else judged.policy.edition,
        judged.was.route_id,
        _steps(judged.was),
        None if judged.becomes is None else judged.becomes.route_id,
        _steps(judged.becomes),
        ", ".join(judged.gained),
        ", ".join(judged.lost),
        one.contract_id,
        one.version,
    )


def _tell(totals: Totals) -> None:
    console = out()
    counts = totals.by_verdict
    console.print(
        f"\n{totals.submissions:,} submissions: {counts[Verdict.SAME]:,} the same, {counts[Verdict.CHANGED]:,} changed, "
        f"{counts[Verdict.NO_ROUTE]:,} without a route, {counts[Verdict.NO_RATE]:,} without a rate, "
        f"{counts[Verdict.BARRED]:,} that wait for who drafted or submitted them.",
        soft_wrap=True,
    )
    console.print(f"{totals.steps_differ:,} with other steps, {totals.approvers_differ:,} with other approvers.", soft_wrap=True)
    names = sorted({*totals.gained, *totals.lost})
    if names:
        rows = [(name, f"+{totals.gained[name]:,}", f"-{totals.lost[name]:,}") for name in names]
        table([Column("approver"), Column("gains", right=True), Column("loses", right=True)], rows)
