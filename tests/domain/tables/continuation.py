"""Why letting a contract rest, going on with it, and renewing it are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentProposed, TouchedByOpenAmendment
from domain.contract.closing import ContractTerminated
from domain.contract.continuation import (
    ContractResumed,
    ContractSuspended,
    GiveRenewalNotice,
    PeriodDoesNotFollow,
    RenewalNotDue,
    RenewalNoticeGiven,
    RenewalOutsideTerm,
    RenewContract,
    ResumeContract,
    SuspendContract,
    SuspensionEndsInThePast,
)
from domain.contract.drafting import PeriodEndsBeforeItStarts
from domain.contract.operations import ChangePeriod
from domain.contract.rules import NeedsText, NoLastDay, NothingChanges, UnknownElement, WrongStage
from domain.contract.vocabulary import Period
from tests.domain.precedence import Fault, Table
from tests.domain.tables.agreement import RENEWAL
from tests.domain.tables.closing import OVER, of_period
from tests.facts import NEXT_YEAR, in_force, suspended
from tests.spec import ALICE, Told, told

IN_OCTOBER = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
NOT_IN_FORCE = Fault(
    refusal=WrongStage,
    also=told(ContractSuspended(why="x")),
    details={"status": "suspended", "allowed": "in_force"},
)
OPEN_ENDED = Fault(refusal=NoLastDay, also=of_period(Period()), details={})
NEXT_PERIOD = (
    NOT_IN_FORCE,
    OPEN_ENDED,
    Fault(
        refusal=TouchedByOpenAmendment,
        also=told(AmendmentProposed(amendment_id="a8", operations=(ChangePeriod(period=NEXT_YEAR),), why="x")),
        details={"other": "a8", "element": "period", "element_id": ""},
    ),
    Fault(
        refusal=PeriodEndsBeforeItStarts,
        change={"period.end": date(2026, 12, 31)},
        details={"start": date(2027, 1, 1), "end": date(2026, 12, 31)},
    ),
    Fault(refusal=PeriodDoesNotFollow, change={"period.start": date(2027, 1, 2)}, details={"expected": date(2027, 1, 1)}),
)

TABLES = (
    Table(
        command=SuspendContract(why="台风停运 / A typhoon closed the port"),
        given=in_force,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractSuspended(why="x")),
                details={"status": "suspended", "allowed": "in_force"},
            ),
            Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}),
            Fault(
                refusal=SuspensionEndsInThePast,
                change={"until": date(2026, 1, 4)},
                details={"since": date(2026, 1, 5), "until": date(2026, 1, 4)},
            ),
        ),
    ),
    Table(
        command=ResumeContract(),
        given=suspended,
        faults=(
            Fault(refusal=WrongStage, also=told(ContractResumed()), details={"status": "in_force", "allowed": "suspended"}),
            Fault(
                refusal=WrongStage,
                also=told(ContractTerminated(ground="x")),
                details={"status": "terminated", "allowed": "suspended"},
                name="terminated",
            ),
        ),
    ),
    Table(
        command=GiveRenewalNotice(party="c1", renews=True),
        given=in_force,
        faults=(
            NOT_IN_FORCE,
            Fault(refusal=UnknownElement, change={"party": "c9"}, details={"element": "party", "element_id": "c9"}),
            OPEN_ENDED,
            Fault(refusal=NothingChanges, also=told(RenewalNoticeGiven(party="c1", renews=True)), details={}),
        ),
    ),
    Table(command=RenewContract(period=NEXT_YEAR), given=in_force, faults=NEXT_PERIOD, name="freely"),
    Table(
        command=RenewContract(period=NEXT_YEAR),
        given=OVER + told(TermAgreed(term_id="t3", term=RENEWAL)),
        faults=(
            *NEXT_PERIOD,
            Fault(
                refusal=RenewalNotDue,
                also=(Told(RenewalNoticeGiven(party="c1", renews=False), ALICE, IN_OCTOBER),),
                details={
                    "term_id": "t3",
                    "formula": "2026-12-31 − 60 days of notice = 2026-11-01; notice was given on 2026-10-01: ends",
                },
            ),
            Fault(
                refusal=RenewalOutsideTerm,
                change={"period.end": date(2027, 12, 30)},
                details={"term_id": "t3", "expected": date(2027, 12, 31)},
            ),
        ),
        name="under a term",
    ),
)
