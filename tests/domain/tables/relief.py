"""Why claiming, granting and refusing relief is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.contract.relief import (
    BeyondTheClaim,
    ClaimRelief,
    GrantRelief,
    RefuseRelief,
    ReliefAlreadyDecided,
    ReliefGranted,
    ReliefRefused,
)
from domain.contract.rules import ElementExists, NeedsText, NothingChanges, UnknownElement
from domain.terms.rules import PeriodRunsBackwards
from tests.domain.precedence import Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import TYPHOON, late, relief_claimed
from tests.spec import told

UNKNOWN = Fault(refusal=UnknownElement, change={"relief_id": "r9"}, details={"element": "relief", "element_id": "r9"})
REFUSED = Fault(
    refusal=ReliefAlreadyDecided, also=told(ReliefRefused(relief_id="r1", why="x")), details={"relief_id": "r1", "judged": "refused"}
)
GRANTED = Fault(
    refusal=ReliefAlreadyDecided,
    also=told(ReliefGranted(relief_id="r1", start=TYPHOON.start, end=TYPHOON.end)),
    details={"relief_id": "r1", "judged": "granted"},
    name="granted",
)

TABLES = (
    Table(
        command=ClaimRelief(relief_id="r1", party="c1", event="x", start=date(2026, 4, 3), end=date(2026, 4, 9), deliveries=("d1",)),
        given=late,
        faults=(
            NOT_BINDING,
            Fault(refusal=ElementExists, also=told(TYPHOON), details={"element": "relief", "element_id": "r1"}),
            Fault(refusal=UnknownElement, change={"party": "c9"}, details={"element": "party", "element_id": "c9"}, name="party"),
            Fault(
                refusal=UnknownElement,
                change={"deliveries": ("d1", "d9")},
                details={"element": "planned delivery", "element_id": "d9"},
                name="delivery",
            ),
            Fault(refusal=ElementExists, change={"deliveries": ("d1", "d1")}, name="twice"),
            Fault(refusal=NeedsText, change={"event": " "}, details={"field": "event"}),
            Fault(refusal=PeriodRunsBackwards, change={"end": date(2026, 4, 2)}),
        ),
    ),
    Table(
        command=GrantRelief(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8)),
        given=relief_claimed,
        faults=(
            NOT_BINDING,
            UNKNOWN,
            REFUSED,
            GRANTED,
            Fault(refusal=PeriodRunsBackwards, change={"end": date(2026, 4, 1)}),
            Fault(refusal=BeyondTheClaim, change={"start": date(2026, 4, 2)}, name="early"),
            Fault(refusal=BeyondTheClaim, change={"end": None}, name="open"),
            Fault(refusal=BeyondTheClaim, change={"end": date(2026, 4, 10)}, name="late"),
        ),
    ),
    Table(
        name="the end of what goes on",
        command=GrantRelief(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8)),
        given=late + told(replace(TYPHOON, end=None), ReliefGranted(relief_id="r1", start=date(2026, 4, 3))),
        faults=(
            NOT_BINDING,
            UNKNOWN,
            Fault(
                refusal=BeyondTheClaim,
                change={"start": date(2026, 4, 2)},
                details={"relief_id": "r1", "start": date(2026, 4, 3), "end": "…"},
            ),
            Fault(refusal=NothingChanges, change={"end": None}),
        ),
    ),
    Table(
        command=RefuseRelief(relief_id="r1", why="x"),
        given=relief_claimed,
        faults=(NOT_BINDING, UNKNOWN, REFUSED, GRANTED, Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"})),
    ),
)
