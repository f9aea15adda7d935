"""`tally approvals`, `tally renewals`, `tally segregation`: what waits for whom, what ends or renews, and duties in one hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import typer

from api.governance_answers import conflict_answer, decision_line, renewal_answer
from domain.contract.awaited import DecisionMatter
from domain.contract.segregation import Separation
from domain.contract.vocabulary import Direction, Kind
from infra.opening import Opened
from infra.render import to_json
from infra.spreadsheet import Cell, Columns
from projections.governance import (
    AwaitedDecision,
    ConflictLine,
    ConflictQuery,
    Conflicts,
    Inbox,
    InboxQuery,
    RenewalQuery,
    Renewals,
    cells,
)
from projections.governance.about import ContractFilter
from projections.governance.inbox import Decider, decider
from projections.paging import rows
from projections.past import Moments
from projections.rows import Rows
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import KnownAt, ValidAt, brief
from scripts.cli.receivables import day_asked
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, write_json_list
from scripts.cli.wording import money, words

R = TypeVar("R")

ByNumber = Annotated[str | None, typer.Option(help="What the contract's number begins with.")]
ByCounterparty = Annotated[str | None, typer.Option(help="Has this in a counterparty's name.")]
ByKind = Annotated[list[Kind] | None, typer.Option(help="What sort they are; several may be given.")]
ByDirection = Annotated[Direction | None, typer.Option(help="Whether the money comes in or goes out.")]
ByDepartment = Annotated[str | None, typer.Option(help="The department that answers for the contract.")]
ByOwner = Annotated[str | None, typer.Option(help="Who answers for the contract.")]
Descending = Annotated[bool, typer.Option("--desc", help="The other way round.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]

_DECISIONS: Final = (
    Column("contract", folds=True),
    Column("what", folds=True, least=10),
    Column("step", drop=2),
    Column("waits for", folds=True),
    Column("since"),
    Column("days", right=True),
    Column("amount", right=True),
    Column("submitted by", drop=1),
    Column("policy", drop=3),
    Column("by", folds=True, drop=4),
)
_RENEWALS: Final = (
    Column("contract", folds=True),
    Column("counterparty", shrinks=True, least=12),
    Column("ends"),
    Column("days", right=True),
    Column("outlook", folds=True),
    Column("notice from", drop=3),
    Column("notice until"),
    Column("used", right=True, drop=2),
    Column("left", right=True, drop=2),
    Column("value", right=True, drop=1),
)
_CONFLICTS: Final = (Column("contract", folds=True), Column("person"), Column("duties", folds=True), Column("proved by", folds=True))


class Listing(NamedTuple):
    """How a list is wanted: at most so many lines, as a file, or as one JSON document."""

    limit: int | None
    to: Path | None
    as_json: bool
    around: Mapping[str, object] = MappingProxyType({})


class Told(NamedTuple):
    """How the rows of a list are told: in JSON, in a file, in a table; what they are called, and what is said of none."""

    noun: str
    nothing: str
    as_json: Callable[[Any], object]
    heads: Columns
    cells: Callable[[Any], Iterable[Sequence[Cell]]]
    columns: Sequence[Column]
    row: Callable[[Any], Sequence[object]]


def approvals(
    *,
    who: Annotated[str | None, typer.Option(metavar="NAME", help="What this person may decide; otherwise all that waits.")] = None,
    matter: Annotated[list[DecisionMatter] | None, typer.Option(help="What is to be decided; several may be given.")] = None,
    number: ByNumber = None,
    counterparty: ByCounterparty = None,
    kind: ByKind = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    since_before: Annotated[str | None, typer.Option(metavar="T", help="That have waited since before T.")] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="since, number, counterparty, department, owner.")] = "since",
    desc: Descending = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for whose decision: contracts step by step, amendments, deviations.

    With --who what somebody may decide: by name, by a role of their keys,
    because it was left to them, or under a delegation that counts then. What
    they drafted, submitted or decided already is not theirs. The approval
    sheet of a contract is written by `tally approval-sheet`.

    Examples:
      tally approvals
      tally approvals --who li.qiang --json
      tally approvals --matter amendment --since-before 2026-11-01
    """
    spreadsheet.require_kind(to)
    which = ContractFilter(
        number_prefix=number,
        counterparty=counterparty,
        kind=tuple(kind or ()),
        department=department,
        owner=owner,
        moments=as_of(valid_at, known_at),
    )
    now = which.moments.valid_at or which.moments.known_at or datetime.now(UTC)
    before = None if since_before is None else moments.since(since_before, "--since-before")
    with the_ledger() as it:
        them = None if who is None else decider(it, who, now)
        query = InboxQuery(decider=them, which=which, matter=tuple(matter or ()), since_before=before, sort=sort, descending=desc)
        told = Told(
            "approvals",
            "Nothing waits for a decision.",
            lambda row: to_json(decision_line(row, them, now)),
            cells.DECISIONS,
            lambda row: (cells.decision_cells(row, now),),
            _DECISIONS,
            lambda row: _decision(row, them, now),
        )
        tell(it, Inbox(it), query, told, Listing(None if every else limit, to, as_json))


def renewals(
    *,
    expires_from: Annotated[str | None, typer.Option(metavar="DATE", help="Whose period ends on this day or later.")] = None,
    expires_to: Annotated[str | None, typer.Option(metavar="DATE", help="Whose period ends on this day or earlier.")] = None,
    notice_from: Annotated[str | None, typer.Option(metavar="DATE", help="Of which notice counts on this day or later.")] = None,
    notice_to: Annotated[str | None, typer.Option(metavar="DATE", help="Of which notice counts until this day or earlier.")] = None,
    with_term: Annotated[bool | None, typer.Option("--with-term/--without-term", help="With a renewal term, or without.")] = None,
    number: ByNumber = None,
    counterparty: ByCounterparty = None,
    kind: ByKind = None,
    direction: ByDirection = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day; otherwise today.")] = None,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Where a day begins, such as Asia/Shanghai.")] = "UTC",
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="expires, notice_closes, used, number, counterparty, …")] = "expires",
    desc: Descending = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List contracts in force by when they end, with what follows and until when notice counts.

    Examples:
      tally renewals --expires-to 2027-03-31
      tally renewals --with-term --notice-to 2026-12-31 --sort notice_closes
      tally renewals --all --to 续约.xlsx
    """
    spreadsheet.require_kind(to)
    which = ContractFilter(
        number_prefix=number,
        counterparty=counterparty,
        kind=tuple(kind or ()),
        direction=direction,
        department=department,
        owner=owner,
        moments=as_of(valid_at, known_at),
    )
    day = day_asked(on, zone, which.moments)
    typed = ((expires_from, "--expires-from"), (expires_to, "--expires-to"), (notice_from, "--notice-from"), (notice_to, "--notice-to"))
    begins, ends, opens, closes = (None if text is None else moments.day(text, option) for text, option in typed)
    query = RenewalQuery(
        which=which,
        expires_from=begins,
        expires_to=ends,
        notice_from=opens,
        notice_to=closes,
        with_term=with_term,
        sort=sort,
        descending=desc,
    )
    told = Told(
        "renewals",
        "No contract ends that is so.",
        lambda row: to_json(renewal_answer(row, day)),
        cells.RENEWALS,
        lambda row: (cells.renewal_cells(row, day),),
        _RENEWALS,
        lambda row: (
            *(row.number, "; ".join(row.counterparties), row.expires, row.days_left(day), words(row.outlook(day))),
            *(row.notice_opens, row.notice_closes, row.used, row.renewals_left, money(row.value)),
        ),
    )
    with the_ledger() as it:
        tell(it, Renewals(it), query, told, Listing(None if every else limit, to, as_json, {"on": day.isoformat()}))


def segregation(
    *,
    separation: Annotated[list[Separation] | None, typer.Option(help="Which two duties; several may be given.")] = None,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="Of exactly this person.")] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Whose last act took place at T or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Whose last act took place before T, or by the end of a day.")] = None,
    number: ByNumber = None,
    counterparty: ByCounterparty = None,
    kind: ByKind = None,
    department: ByDepartment = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="last_position, last_at, person, separation, number, …")] = "last_position",
    asc: Annotated[bool, typer.Option("--asc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List who had two duties under one contract that are better two people's, with the entries that prove it.

    Whoever had somebody decide on their behalf counts too. What was struck
    out does not count, nor what came in with a publisher's release.

    Examples:
      tally segregation
      tally segregation --separation approval_and_payment --since 2026-01-01
      tally segregation --person li.qiang --to 职责分离.xlsx
    """
    spreadsheet.require_kind(to)
    query = ConflictQuery(
        which=ContractFilter(
            number_prefix=number,
            counterparty=counterparty,
            kind=tuple(kind or ()),
            department=department,
            moments=as_of(valid_at, known_at),
        ),
        separation=tuple(separation or ()),
        person=person,
        since=None if since is None else moments.since(since, "--since"),
        until=None if until is None else moments.up_to(until, "--until"),
        sort=sort,
        descending=not asc,
    )
    told = Told(
        "conflicts",
        "No two such duties are in one hand.",
        lambda row: to_json(conflict_answer(row)),
        cells.CONFLICTS,
        cells.conflict_cells,
        _CONFLICTS,
        _conflict,
    )
    with the_ledger() as it:
        tell(it, Conflicts(it), query, told, Listing(None if every else limit, to, as_json))


def as_of(valid_at: str | None, known_at: str | None) -> Moments:
    """The moments that were typed."""
    return Moments(*moments.both(valid_at, known_at))


def tell(it: Opened, view: Rows[R], query: Any, told: Told, how: Listing) -> None:  # noqa: ANN401 - the question of that view
    """Writes a list of the view `governance` as it is wanted."""
    position = views.ready(it, "governance")
    counted = view.count(query)
    found = rows(view.find, query, None if how.to is not None else how.limit)
    if how.as_json:
        write_json_list(
            told.noun, map(told.as_json, found), {**how.around, "position": position, "count": counted, **moments.told(*query.moments)}
        )
    elif how.to is not None:
        spreadsheet.write_list(how.to, told.heads, (line for row in found for line in told.cells(row)), told.noun)
    elif not counted:
        say(told.nothing)
    else:
        table(told.columns, map(told.row, found))
        if how.limit is not None and counted > how.limit:
            say(f"{how.limit:,} of {counted:,} {told.noun}; --all lists every one, --limit more of them.")


def _decision(row: AwaitedDecision, who: Decider | None, now: datetime) -> tuple[object, ...]:
    line = decision_line(row, who, now)
    what = "the contract" if row.matter is DecisionMatter.CONTRACT else f"{row.matter.value} {row.subject}"
    step = f"{row.step}/{row.steps}" if row.step_title is None else f"{row.step}/{row.steps} {row.step_title}"
    policy = "" if line.policy is None else f"{line.policy.policy_id} {line.policy.edition}"
    ways = ", ".join(one.by.value if one.delegation_id is None else f"delegation {one.delegation_id}" for one in line.ways)
    waits_for = cells.seat(row) + (f", left to {', '.join(line.left_to)}" if line.left_to else "")
    return row.number, what, step, waits_for, brief(row.since), line.days_waiting, money(row.amount), row.submitted_by, policy, ways


def _conflict(row: ConflictLine) -> tuple[object, ...]:
    proofs = ", ".join(f"{words(act['duty'])} v{act['version']}" for act in row.acts)
    return row.number, row.person, words(row.separation), proofs
