"""Decisions that wait, ends and renewals, and duties in one hand, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.administration import asking
from api.describe import READ, described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_fresh, read_lasting
from api.governance_answers import (
    CONFLICTS_EXAMPLE,
    DECISIONS_EXAMPLE,
    RENEWALS_EXAMPLE,
    ConflictPage,
    DecisionPage,
    RenewalPage,
    conflict_answer,
    decision_line,
    renewal_answer,
)
from api.moments import AS_OF, KnownAt, ValidAt
from api.permissions import HISTORY_READERS, KEY_READERS, READERS
from api.problems import NotAllowed
from api.quotes import InZone, OnDay
from api.receivables import ASKED, Cursor, Limit, day_asked
from api.register import ByDirection, SortOrder
from api.scalars import DAY_SCHEMA, DAY_TEXT, MOMENT_SCHEMA, MOMENT_TEXT, TEXT
from api.under import ByContract, ByCounterparty, ByDepartment, ByNumber, ByOwner
from domain.contract.awaited import DecisionMatter
from domain.contract.segregation import Separation
from domain.contract.vocabulary import Kind
from projections.governance import GOVERNANCE, ConflictQuery, Conflicts, Inbox, InboxQuery, RenewalQuery, Renewals
from projections.governance import inbox as inboxes
from projections.governance import renewals as renewing
from projections.governance import segregation as duties
from projections.governance.about import ContractFilter
from projections.governance.inbox import Decider, decider
from projections.past import Moments

DecisionSort = StrEnum("DecisionSort", {c: c for c in inboxes.SORTS})  # type: ignore[misc]
RenewalSort = StrEnum("RenewalSort", {c: c for c in renewing.SORTS})  # type: ignore[misc]
ConflictSort = StrEnum("ConflictSort", {c: c for c in duties.SORTS})  # type: ignore[misc]
_LONGEST: Final = DecisionSort("since")
_SOONEST: Final = RenewalSort("expires")
_LATEST: Final = ConflictSort("last_position")


class Whose(StrEnum):
    """Whose decisions: one's own, or everybody's."""

    MINE = "mine"
    ALL = "all"


ByKinds = Annotated[list[Kind] | None, Query(max_length=len(Kind), description="One of these kinds; may be given several times.")]
OfWhom = Annotated[
    Whose, Query(alias="whose", description="Those that the caller may take, or all that wait, for auditors and administrators.")
]
OfSomebody = Annotated[
    str | None, TEXT, Query(max_length=200, description="Those that this person may take, by the roles of their keys; for the same.")
]
Matters = Annotated[
    list[DecisionMatter] | None, Query(max_length=len(DecisionMatter), description="One of these; may be given several times.")
]
WaitsSince = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="That have waited since before this moment.")]
ExpiresFrom = Annotated[date | None, DAY_TEXT, DAY_SCHEMA, Query(description="Whose period ends on this day or later.")]
ExpiresTo = Annotated[date | None, DAY_TEXT, DAY_SCHEMA, Query(description="Whose period ends on this day or earlier.")]
NoticeFrom = Annotated[date | None, DAY_TEXT, DAY_SCHEMA, Query(description="Of which notice still counts on this day or later.")]
NoticeTo = Annotated[date | None, DAY_TEXT, DAY_SCHEMA, Query(description="Of which notice counts until this day or earlier.")]
WithTerm = Annotated[bool | None, Query(description="With a renewal term, or without one.")]
Separations = Annotated[list[Separation] | None, Query(max_length=len(Separation), description="One of these; may be given several times.")]
OfPerson = Annotated[str | None, TEXT, Query(max_length=200, description="Of exactly this person.")]
Since = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Whose last act took place at this moment or later.")]
Until = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Whose last act took place before this moment.")]
SortDecisions = Annotated[DecisionSort, Query(description="What to sort by.")]
SortRenewals = Annotated[RenewalSort, Query(description="What to sort by.")]
SortConflicts = Annotated[ConflictSort, Query(description="What to sort by; `last_position` is that of the last act.")]
InOrder = Annotated[SortOrder, Query(description="Which way; what has none comes last either way.")]

routes = APIRouter(tags=["governance"])


def of_contracts(
    *,
    contract: ByContract = None,
    number: ByNumber = None,
    counterparty: ByCounterparty = None,
    kind: ByKinds = None,
    direction: ByDirection = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
) -> ContractFilter:
    """Which contracts, as of when."""
    return ContractFilter(
        contract_id=contract,
        number_prefix=number,
        counterparty=counterparty,
        kind=tuple(kind or ()),
        direction=direction,
        department=department,
        owner=owner,
        moments=Moments(valid_at, known_at),
    )


OfContracts = Annotated[ContractFilter, Depends(of_contracts)]


class Wanted(NamedTuple):
    """Which decisions are asked for, whose they are (None: everybody's), and the moment that is asked about."""

    query: InboxQuery
    decider: Decider | None
    now: datetime


def asked_decisions(
    at: AtDoor,
    request: Request,
    which: OfContracts,
    *,
    whose: OfWhom = Whose.MINE,
    who: OfSomebody = None,
    matter: Matters = None,
    since_before: WaitsSince = None,
    sort: SortDecisions = _LONGEST,
    order: InOrder = SortOrder.ASC,
) -> Wanted:
    """Which decisions, in which order. Raises NotAllowed for those of others, of whom only some may ask."""
    asker, now = asking(request), which.moments.valid_at or which.moments.known_at or at.ledger.clock()
    if (whose is Whose.ALL or who not in (None, asker.name)) and not asker.roles & KEY_READERS:
        at.note_denied("the decisions that wait for others")
        raise NotAllowed(frozenset(asker.roles), KEY_READERS)
    them = decider(at.opened, who, now) if who is not None else None
    if them is None and whose is Whose.MINE:
        them = decider(at.opened, asker.name, now, frozenset(asker.roles))
    query = InboxQuery(
        decider=them,
        which=which,
        matter=tuple(matter or ()),
        since_before=since_before,
        sort=sort,
        descending=order is SortOrder.DESC,
    )
    return Wanted(query, them, now)


class Due(NamedTuple):
    """Which ends and renewals are asked for, and as of which day they are told."""

    query: RenewalQuery
    on: date


def asked_renewals(
    at: AtDoor,
    which: OfContracts,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    expires_from: ExpiresFrom = None,
    expires_to: ExpiresTo = None,
    notice_from: NoticeFrom = None,
    notice_to: NoticeTo = None,
    with_term: WithTerm = None,
    sort: SortRenewals = _SOONEST,
    order: InOrder = SortOrder.ASC,
) -> Due:
    """Which contracts, in which order. Refuses with ZoneNotKnown."""
    query = RenewalQuery(
        which=which,
        expires_from=expires_from,
        expires_to=expires_to,
        notice_from=notice_from,
        notice_to=notice_to,
        with_term=with_term,
        sort=sort,
        descending=order is SortOrder.DESC,
    )
    return Due(query, day_asked(at, on, zone, which.moments))


def asked_conflicts(
    which: OfContracts,
    *,
    separation: Separations = None,
    person: OfPerson = None,
    since: Since = None,
    until: Until = None,
    sort: SortConflicts = _LATEST,
    order: InOrder = SortOrder.DESC,
) -> ConflictQuery:
    """Which conflicts, in which order."""
    return ConflictQuery(
        which=which,
        separation=tuple(separation or ()),
        person=person,
        since=since,
        until=until,
        sort=sort,
        descending=order is SortOrder.DESC,
    )


AskedDecisions = Annotated[Wanted, Depends(asked_decisions)]
AskedRenewals = Annotated[Due, Depends(asked_renewals)]
AskedConflicts = Annotated[ConflictQuery, Depends(asked_conflicts)]


@routes.get(
    "/approvals",
    operation_id="list_awaited_decisions",
    summary="What waits for whose decision",
    description="A line for each seat of a step that waits, for each amendment and each deviation from a locked clause, since when, and "
    "what it is about. Without more, those that the caller may take: by name, by a role of their key, because the seat was left to them, "
    "or under a delegation that counts then (`ways`); what they drafted, submitted or decided already is not theirs. `whose=all` and "
    f"`who` are for auditors and administrators. `sheet` is where the approval sheet is. {AS_OF} Roles and delegations are those that the "
    "ledger has by now.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(DecisionPage, "A page of decisions.", refusals=READ, headers=("Ledger-Position",)), DECISIONS_EXAMPLE
    ),
)
def list_awaited_decisions(
    at: AtDoor, wanted: AskedDecisions, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    query, them, now = wanted
    position = read_fresh(at, GOVERNANCE.name, min_position)
    listed = Inbox(at.opened).find(replace(query, limit=limit, cursor=cursor))
    lines = tuple(decision_line(row, them, now) for row in listed.rows)
    page = DecisionPage(who=None if them is None else them.name, approvals=lines, next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/renewals",
    operation_id="list_renewals",
    summary="Which contracts end or renew, and until when notice counts",
    description="Each contract in force whose period has a last day, with its renewal term where it has one: how many renewals are used "
    "and left, from when until when notice counts, and what follows as of the day `on`. Notice counts from the period's beginning. "
    f"{AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(RenewalPage, "A page of contracts.", refusals=ASKED, headers=("Ledger-Position",)), RENEWALS_EXAMPLE
    ),
)
def list_renewals(
    at: AtDoor, due: AskedRenewals, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, GOVERNANCE.name, min_position)
    listed = Renewals(at.opened).find(replace(due.query, limit=limit, cursor=cursor))
    page = RenewalPage(on=due.on, renewals=tuple(renewal_answer(row, due.on) for row in listed.rows), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/segregation",
    operation_id="list_duty_conflicts",
    summary="Who had two duties under one contract that are better two people's",
    description="A line for each contract, person and pair of duties, such as approving and paying, with every entry that proves it. Who "
    "decided on somebody's behalf counts, and so does that somebody. What was struck out does not count, nor what a publisher's release "
    f"tells: that was done elsewhere. {AS_OF}\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(ConflictPage, "A page of conflicts.", refusals=READ, headers=("Ledger-Position",)), CONFLICTS_EXAMPLE
    ),
)
def list_duty_conflicts(
    at: AtDoor, query: AskedConflicts, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    at.note_read("duties in one hand")
    position = read_fresh(at, GOVERNANCE.name, min_position)
    listed = Conflicts(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = ConflictPage(conflicts=tuple(map(conflict_answer, listed.rows)), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})
