"""Why submitting and deciding on a draft is refused."""

from __future__ import annotations

from domain.contract.approval import (
    Approve,
    ContractIncomplete,
    CreatorMayNotApprove,
    NotTheSubmitter,
    Reject,
    SendBack,
    StepRejected,
    SubmitForApproval,
    SubmittedForApproval,
    WithdrawSubmission,
)
from domain.contract.drafting import CounterpartyRemoved, ValueChanged
from domain.contract.payment import PaymentRescheduled, PaymentUnscheduled
from domain.contract.rules import CurrencyDiffers, NeedsText, ScheduleDoesNotAddUp, SumTooLarge, WrongStage
from domain.contract.vocabulary import Instalment
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import Fault, Table
from tests.facts import cny, drafted, submitted
from tests.spec import ALICE, BOB, CAROL, told

DECIDED = Fault(
    refusal=WrongStage,
    also=told(StepRejected(step=1, opinion="no"), by=BOB),
    details={"status": "rejected", "allowed": "in_approval"},
)
FOUR_EYES = (
    Fault(refusal=CreatorMayNotApprove, by=ALICE, details={"actor": ALICE}, name="drafted and submitted"),
    Fault(refusal=CreatorMayNotApprove, also=told(SubmittedForApproval(), by=CAROL), by=CAROL, details={"actor": CAROL}, name="submitted"),
    Fault(refusal=CreatorMayNotApprove, also=told(SubmittedForApproval(), by=CAROL), by=ALICE, details={"actor": ALICE}, name="drafted"),
)
NO_OPINION = Fault(refusal=NeedsText, change={"opinion": "\u00a0"}, details={"field": "opinion"})

TABLES = (
    Table(
        command=SubmitForApproval(),
        given=drafted,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(SubmittedForApproval()),
                details={"status": "in_approval", "allowed": "draft"},
            ),
            Fault(
                refusal=ContractIncomplete,
                also=told(CounterpartyRemoved(counterparty_id="c1"), ValueChanged(value=None)),
                details={"missing": "counterparty, value"},
            ),
            Fault(refusal=ContractIncomplete, also=told(CounterpartyRemoved(counterparty_id="c1")), name="counterparty"),
            Fault(
                refusal=CurrencyDiffers,
                also=told(PaymentRescheduled(instalment=Instalment(instalment_id="i1", amount=Money(4171000, "EUR")))),
                details={"expected": "CNY", "given": "EUR"},
            ),
            Fault(
                refusal=SumTooLarge,
                also=told(PaymentRescheduled(instalment=Instalment(instalment_id="i2", amount=Money(MAX_MINOR, "CNY")))),
                details={"total": "instalments"},
            ),
            Fault(
                refusal=ScheduleDoesNotAddUp,
                also=told(PaymentRescheduled(instalment=Instalment(instalment_id="i1", amount=cny("41710.01")))),
                details={"sum": cny("83420.01"), "value": cny("83420.00")},
            ),
        ),
    ),
    Table(
        command=SubmitForApproval(),
        given=drafted,
        faults=(
            Fault(
                refusal=ScheduleDoesNotAddUp,
                also=told(PaymentUnscheduled(instalment_id="i2")),
                details={"sum": cny("41710.00"), "value": cny("83420.00")},
            ),
        ),
        name="an instalment short",
    ),
    Table(
        command=WithdrawSubmission(why="附件有误 / Wrong annex"),
        given=submitted,
        faults=(
            DECIDED,
            Fault(refusal=NotTheSubmitter, by=BOB, details={"submitter": ALICE, "actor": BOB}),
            Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
        ),
    ),
    *(
        table
        for fault in FOUR_EYES
        for table in (
            Table(command=Approve(opinion="同意 / Agreed"), given=submitted, by=BOB, faults=(DECIDED, fault), name=fault.name),
            Table(command=Reject(opinion="不同意 / No"), given=submitted, by=BOB, faults=(DECIDED, fault, NO_OPINION), name=fault.name),
            Table(command=SendBack(opinion="补充 / Add"), given=submitted, by=BOB, faults=(DECIDED, fault, NO_OPINION), name=fault.name),
        )
    ),
)
