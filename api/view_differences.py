"""What moved in a view between two moments, over HTTP: as pages, and as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BeforeValidator, WithJsonSchema
from starlette.responses import Response

from api.administration import asking
from api.answers import FieldChange
from api.describe import described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.exports import FileKind, InFormat, answers, begun, file_of
from api.freshness import MinPosition, read_fresh
from api.permissions import HISTORY_READERS, KEY_READERS
from api.problems import NotAllowed
from api.receivables import ASKED, day_asked
from api.scalars import DAY_PATTERN, MOMENT_SCHEMA, MOMENT_TEXT, TEXT, read_day
from api.strict_json import Flaw, Flawed
from api.wording import ID
from infra.render import to_json
from infra.spreadsheet import Cell, Columns
from projections.differences import Differences
from projections.moved import DifferenceQuery, MovedHow, MovedIn, MovedRow, MovedSide, Mover, between
from projections.moving import PastView
from projections.paging import rows
from projections.register.statistics import GroupedBy
from projections.sums import SEEN_FROM_A_DAY, view_of

MAX_ROWS: Final = 200

OfView = Annotated[
    PastView,
    Path(description="A list that keeps its past, or sums over the rows of one: exposure, forecast, ageing, progress, statistics."),
]
From = Annotated[
    datetime,
    MOMENT_TEXT,
    MOMENT_SCHEMA,
    Query(alias="from", description="The earlier side. In an address, write an offset's + as %2B."),
]
To = Annotated[
    datetime | None,
    MOMENT_TEXT,
    MOMENT_SCHEMA,
    Query(alias="to", description="The later side, or an earlier moment to look back; without it, everything that counts by now."),
]
InTime = Annotated[
    MovedIn,
    Query(
        alias="time",
        description="What `from` and `to` mean: how it stood in the world then (valid), what the ledger knew then (known), or how it stood "
        "then as it was known then, as two reports of those moments would say (both).",
    ),
]
AlsoValid = Annotated[
    datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="With `time=known`: how it stood at this moment, on both sides.")
]
AlsoKnown = Annotated[
    datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="With `time=valid`: as known at this moment, on both sides.")
]
SeenOn = Annotated[
    date | None,
    BeforeValidator(lambda value: None if value is None else read_day(value)),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY_PATTERN}),
    Query(
        description="Of sums: the day from which both sides are seen, so that only entries move a figure and not the calendar. Where it is "
        "left out, that of the later side's moment in the world, or today, in the zone. Statistics depend on no day and take none.",
        examples=["2026-03-31"],
    ),
]
InSomeZone = Annotated[
    str | None,
    TEXT,
    Query(
        max_length=ID,
        description="Of sums that take a day: where it begins, as in the IANA database; UTC without it.",
        examples=["Asia/Shanghai"],
    ),
]
InCommon = Annotated[
    GroupedBy | None,
    Query(
        description="Of statistics: what the contracts of a line have in common; their status without it. `drafted`, `approved`, "
        "`in_force` and `ended`: when they were, by months in UTC."
    ),
]
Limit = Annotated[
    int, Query(ge=1, le=MAX_ROWS, description="How many rows at most. Of sums a page may end early: its entries may be of many contracts.")
]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same view, moments, day and `by`."),
]

routes = APIRouter(tags=["changes"])


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingEntry:
    """An entry that counts on one side only, and changes there what the row shows."""

    side: MovedSide
    stream: str
    position: int
    version: int
    fact: str
    effective_at: datetime
    recorded_at: datetime
    actor: str
    on_behalf_of: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLine:
    """A row that differs between the two moments."""

    id: str
    name: str
    contract_id: str | None
    how: MovedHow
    changes: tuple[FieldChange, ...]
    entries: tuple[MovingEntry, ...]
    contracts_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDifferencePage:
    """A page of what moved, and of sums that are seen from a day, which one."""

    on: date | None
    rows: tuple[MovedLine, ...]
    next_cursor: str | None


def line(row: MovedRow) -> MovedLine:
    """A row that moved, as the API shows it."""
    return MovedLine(
        id=row.key,
        name=row.name,
        contract_id=row.contract_id,
        how=row.how,
        changes=tuple(FieldChange(path=path, was=was, becomes=becomes) for path, was, becomes in row.changes),
        entries=tuple(map(_entry, row.movers)),
        contracts_left_out=row.contracts_left_out,
    )


def _entry(mover: Mover) -> MovingEntry:
    it = mover.entry
    return MovingEntry(
        side=mover.side,
        stream=it.stream,
        position=it.position,
        version=it.version,
        fact=it.fact.NAME,
        effective_at=it.effective_at,
        recorded_at=it.recorded_at,
        actor=it.meta.actor,
        on_behalf_of=it.meta.on_behalf_of,
        reason=it.meta.reason,
    )


HEADS: Final[Columns] = dict.fromkeys(("id", "name", "how", "column", "was", "becomes", "entries", "contract_id"), str)


def cells(row: MovedRow) -> tuple[tuple[Cell, ...], ...]:
    """A row that moved as lines of a spreadsheet: one for each column."""
    told = [f"{row.cited(m)} {m.entry.meta.actor} ({m.side.value})" for m in row.movers]
    entries = "; ".join((*told, *left_out(row)))
    return tuple((row.key, row.name, row.how.value, c.path, _cell(c.was), _cell(c.becomes), entries, row.contract_id) for c in row.changes)


def left_out(row: MovedRow) -> tuple[str, ...]:
    """How many contracts more moved a line than it tells of, where there are."""
    return (f"and those of {row.contracts_left_out:,} more contracts",) if row.contracts_left_out else ()


def _cell(value: object) -> str | None:
    told = to_json(value)
    if isinstance(told, dict) and set(told) == {"amount", "currency"}:
        return f"{told['amount']} {told['currency']}"
    return told if told is None or isinstance(told, str) else orjson.dumps(told).decode()


def asked(
    at: AtDoor,
    request: Request,
    view: OfView,
    from_: From,
    *,
    to: To = None,
    time: InTime = MovedIn.VALID,
    valid_at: AlsoValid = None,
    known_at: AlsoKnown = None,
    on: SeenOn = None,
    zone: InSomeZone = None,
    by: InCommon = None,
) -> DifferenceQuery:
    """Which view, between which moments. Raises Flawed, and NotAllowed for decisions that wait for others, of whom only some may ask.

    Refuses with ZoneNotKnown.
    """
    asker = asking(request)
    if view is PastView.APPROVALS and not asker.roles & KEY_READERS:
        at.note_denied("the decisions that wait for others")
        raise NotAllowed(frozenset(asker.roles), KEY_READERS)
    for name, given, fits in (("valid_at", valid_at, MovedIn.KNOWN), ("known_at", known_at, MovedIn.VALID)):
        if given is not None and time is not fits:
            raise Flawed([Flaw(f"query.{name}", f"It goes with time={fits.value}, where both sides share it.")])
    if by is not None and view is not PastView.STATISTICS:
        raise Flawed([Flaw("query.by", f"It goes with {PastView.STATISTICS}.")])
    before, after = between(time, from_, to, valid_at=valid_at, known_at=known_at)
    if view in SEEN_FROM_A_DAY:
        return DifferenceQuery(view=view, before=before, after=after, on=day_asked(at, on, zone or "UTC", after))
    for name, of_sums in (("on", on), ("zone", zone)):
        if of_sums is not None:
            raise Flawed([Flaw(f"query.{name}", f"It goes with sums: {', '.join(SEEN_FROM_A_DAY)}.")])
    return DifferenceQuery(view=view, before=before, after=after, by=by)


AskedDifference = Annotated[DifferenceQuery, Depends(asked)]

_EXAMPLE: Final = ViewDifferencePage(
    on=None,
    rows=(
        MovedLine(
            id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
            name="采-2026-001",
            contract_id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
            how=MovedHow.CHANGED,
            changes=(FieldChange(path="status", was="in_approval", becomes="approved"),),
            entries=(
                MovingEntry(
                    side=MovedSide.TO,
                    stream="contract-6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
                    position=412,
                    version=12,
                    fact="contract.approval_completed",
                    effective_at=datetime(2026, 3, 31, 8, tzinfo=UTC),
                    recorded_at=datetime(2026, 3, 31, 8, 0, 5, tzinfo=UTC),
                    actor="bob",
                    on_behalf_of=None,
                    reason=None,
                ),
            ),
            contracts_left_out=0,
        ),
    ),
    next_cursor=None,
)
EXAMPLE: Final[Any] = to_json(_EXAMPLE)


@routes.get(
    "/views/{view}/diff",
    operation_id="diff_view",
    summary="What moved in a view between two moments",
    description="Each row that is otherwise on the later side, that came or went: its columns from what to what, and the entries that "
    "moved it, which are those that count on one side only and change there what the row shows. Rows come in the order of their ids.\n\n"
    "Of sums a row is a line as its own list gives it: of `exposure` a counterparty in a currency, of `forecast` a month in a currency, "
    "of `ageing` a counterparty, direction and currency in buckets of 30, 60, 90 and 180 days, of `progress` a contract. Its entries are "
    "those of all contracts that change what their contract adds to the line; contracts that add the same on both sides are left out. "
    "What comes together in a forecast follows from the lines before and is not told. Both sides are seen from the day `on`.\n\n"
    "Of `statistics` a row is what the contracts of one direction and currency come to that have in common what `by` names: how many they "
    "are, how many without a value, what the others are worth and how much of it is paid. A contract with several counterparties or tags "
    "counts under each, and contracts without a currency are a row of their own. How many days contracts took is not told: means and "
    "medians are no sums of what contracts add.\n\n"
    "Roles: all but reader; of `approvals`, which are everybody's, auditor and admin.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(ViewDifferencePage, "A page of what moved.", refusals=ASKED, headers=("Ledger-Position",)), EXAMPLE
    ),
)
def diff_view(
    at: AtDoor, view: OfView, query: AskedDifference, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    at.note_read(f"moves of {view.value}")
    position = read_fresh(at, view_of(view).name, min_position)
    listed = Differences(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = ViewDifferencePage(on=query.on, rows=tuple(map(line, listed.rows)), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/exports/views/{view}/diff",
    operation_id="export_view_diff",
    summary="What moved in a view between two moments, as a file",
    description="A line for each column of each row that moved, as `GET /views/{view}/diff` lists them page by page.\n\n"
    "Roles: all but reader; of `approvals`, which are everybody's, auditor and admin.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_view_diff(
    at: AtDoor, view: OfView, query: AskedDifference, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, view_of(view).name, min_position)
    found = begun(rows(Differences(at.opened).find, query))
    at.note_export(f"{view.value} moves", kind_of_file, Differences(at.opened).count(query))
    lines = (cell for row in found for cell in cells(row))
    return file_of(f"变动 {view.value} moves", kind_of_file, HEADS, lines, position)
