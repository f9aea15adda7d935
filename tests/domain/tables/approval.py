"""Why submitting and deciding on a draft is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from domain.access import Role
from domain.contract.agreement import TermAgreed
from domain.contract.approval import (
    Approve,
    CreatorMayNotApprove,
    CreatorOnRoute,
    DecidedAlready,
    DelegateMayNotDelegate,
    DelegateStep,
    DelegatesToOneself,
    NotAnApprover,
    NotTheSubmitter,
    Reject,
    SendBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmitForApproval,
    SubmittedForApproval,
    WithdrawSubmission,
)
from domain.contract.completeness import ContractIncomplete
from domain.contract.content import ClauseWithdrawn
from domain.contract.counterparts import PartyIsFlagged
from domain.contract.delegated import (
    DelegationDoesNotCover,
    DelegationNotBegun,
    DelegationOver,
    DelegationPassedOn,
    DelegationToAnother,
    DelegatorNotAnApprover,
)
from domain.contract.delivery import DeliveryRescheduled
from domain.contract.drafting import CounterpartyRemoved, ValueChanged
from domain.contract.payment import PaymentRescheduled, PaymentUnscheduled
from domain.contract.routing import NoRouteTakes, RateNeeded, RateNotNeeded, RateNotPossible
from domain.contract.rules import CurrencyDiffers, NeedsText, ScheduleDoesNotAddUp, SumTooLarge, WrongStage
from domain.contract.triggers import ScheduleContradictsTerm
from domain.contract.vocabulary import Instalment, Kind
from domain.delegation import DelegationIsRevoked, NoSuchDelegation, Scope
from domain.money import MAX_MINOR, Money
from tests.domain.archive import BLOCKED, WITH_LISTED, Registry
from tests.domain.policies import (
    FINANCE,
    LARGE,
    RULED,
    Delegated,
    Ruled,
    delegation,
    heads_agreed,
    person,
    policy,
    routed,
)
from tests.domain.precedence import Fault, Table
from tests.facts import ON_ACCEPTANCE, SHIPMENT, cny, drafted, submitted
from tests.spec import ALICE, BOB, CAROL, DAVE, told

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
LEAVE = DelegateStep(to=DAVE, why="出差 / Travelling")
LEAVING = (
    Fault(refusal=DelegatesToOneself, change={"to": BOB}),
    Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
)
DAYLESS = replace(SHIPMENT, due=None)
DOLLARS = Money(1_000_000, "USD")
UNSCHEDULED = (PaymentUnscheduled(instalment_id="i1"), PaymentUnscheduled(instalment_id="i2"))

CARRIED = StepDelegated(step=1, seat=person(CAROL), to="erin", why="x")
BOUNDS = {
    "kind": Scope(kinds=(Kind.SALES,)),
    "department": Scope(departments=("法务部",)),
    "step": Scope(steps=("x",)),
    "role": Scope(roles=(Role.FINANCE,)),
    "amount": Scope(at_most=cny("83419.99")),
}
UNDER = Delegated(
    {
        "d1": delegation(CAROL, DAVE),
        "revoked": delegation(CAROL, DAVE, revoked=True),
        "to come": delegation(CAROL, DAVE, begins=2027, ends=2028),
        "over": delegation(CAROL, DAVE, begins=2024, ends=2025),
        "passed on": delegation("erin", DAVE),
        "of nobody": delegation("frank", DAVE),
        "abroad": delegation(CAROL, DAVE, Scope(at_most=DOLLARS)),
        "of a creator": delegation(ALICE, DAVE),
        "of one who decided": delegation(BOB, DAVE),
        "of finance": delegation("erin", DAVE, Scope(roles=(Role.FINANCE,))),
        **{element: delegation(CAROL, DAVE, scope) for element, scope in BOUNDS.items()},
    },
    BOB,
    "erin",
)
UNDER_A_DELEGATION = (
    DECIDED,
    Fault(refusal=CreatorMayNotApprove, by=ALICE),
    Fault(refusal=DecidedAlready, by=BOB, details={"actor": BOB, "step": 1}),
    Fault(refusal=NoSuchDelegation, change={"delegation_id": "nothing"}, details={}),
    Fault(refusal=DelegationToAnother, by="frank", details={"delegation_id": "d1", "to": DAVE, "actor": "frank"}),
    Fault(refusal=DelegationIsRevoked, change={"delegation_id": "revoked"}),
    Fault(refusal=DelegationNotBegun, change={"delegation_id": "to come"}),
    Fault(refusal=DelegationOver, change={"delegation_id": "over"}),
    Fault(refusal=DelegationPassedOn, also=told(CARRIED, by=CAROL), change={"delegation_id": "passed on"}),
    Fault(
        refusal=DelegatorNotAnApprover, change={"delegation_id": "of nobody"}, details={"step": 1, "approvers": CAROL, "delegator": "frank"}
    ),
    *(
        Fault(
            refusal=DelegationDoesNotCover,
            change={"delegation_id": element},
            details={"delegation_id": element, "element": element},
            name=element,
        )
        for element in BOUNDS
    ),
    Fault(refusal=DelegationDoesNotCover, change={"delegation_id": "abroad"}, details={"delegation_id": "abroad", "element": "amount"}),
)

TABLES = (
    *(
        Table(
            command=command,
            given=routed + told(StepApproved(step=1, seat=person(BOB)), by=BOB),
            by=DAVE,
            around=UNDER,
            faults=(*UNDER_A_DELEGATION, *more),
            name="under a delegation",
        )
        for command, more in (
            (Approve(delegation_id="d1"), ()),
            (Reject(opinion="no", delegation_id="d1"), (NO_OPINION,)),
            (SendBack(opinion="no", delegation_id="d1"), (NO_OPINION,)),
        )
    ),
    Table(
        command=Approve(delegation_id="of finance"),
        given=heads_agreed,
        by=DAVE,
        around=UNDER,
        faults=(
            Fault(refusal=DelegatorNotAnApprover, change={"delegation_id": "d1"}),
            Fault(refusal=CreatorMayNotApprove, change={"delegation_id": "of a creator"}, details={"actor": ALICE}),
            Fault(refusal=DecidedAlready, change={"delegation_id": "of one who decided"}, details={"actor": BOB, "step": 2}),
        ),
        name="for whom it is decided",
    ),
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
                refusal=ContractIncomplete,
                also=told(ClauseWithdrawn(clause_id="7"), ClauseWithdrawn(clause_id="1"), DeliveryRescheduled(delivery=DAYLESS)),
                details={"missing": "delivery day, quality, duties"},
                name="of its kind",
            ),
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
        given=drafted + told(TermAgreed(term_id="pay", term=ON_ACCEPTANCE)),
        faults=(
            Fault(
                refusal=ScheduleDoesNotAddUp,
                also=told(PaymentRescheduled(instalment=Instalment(instalment_id="i2", amount=cny("41710.02")))),
            ),
            Fault(
                refusal=ScheduleContradictsTerm,
                also=told(
                    PaymentRescheduled(instalment=Instalment(instalment_id="i1", amount=cny("41709.99"))),
                    PaymentRescheduled(instalment=Instalment(instalment_id="i2", amount=cny("41710.01"))),
                ),
                details={"term_id": "pay", "instalment_id": "i1", "agreed": cny("41710.00"), "stated": cny("41709.99")},
            ),
        ),
        name="with an agreed schedule",
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
        command=SubmitForApproval(),
        given=drafted,
        around=Registry(listed=BLOCKED),
        faults=(
            Fault(refusal=WrongStage, also=told(SubmittedForApproval())),
            Fault(refusal=ContractIncomplete, also=told(CounterpartyRemoved(counterparty_id="c1"))),
            Fault(refusal=PartyIsFlagged, also=told(WITH_LISTED), details={"party": "失信公司", "flags": "dishonest_debtor"}),
            Fault(refusal=RateNotNeeded, change={"rate": Decimal(1)}),
        ),
        name="with a flagged party",
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
            Table(command=LEAVE, given=submitted, by=BOB, faults=(DECIDED, fault, *LEAVING), name=fault.name),
        )
    ),
    Table(
        command=SubmitForApproval(),
        given=drafted,
        around=RULED,
        faults=(
            Fault(refusal=WrongStage, also=told(SubmittedForApproval())),
            Fault(refusal=ContractIncomplete, also=told(CounterpartyRemoved(counterparty_id="c1"))),
            Fault(refusal=RateNotNeeded, change={"rate": Decimal(7)}),
        ),
        name="by a policy",
    ),
    Table(
        command=SubmitForApproval(rate=Decimal("7.25")),
        given=drafted + told(*UNSCHEDULED, ValueChanged(value=DOLLARS)),
        around=RULED,
        faults=(
            Fault(refusal=RateNeeded, change={"rate": None}, details={"expected": "CNY", "given": "USD"}),
            Fault(refusal=RateNotPossible, change={"rate": Decimal(0)}, details={"rate": Decimal(0)}),
            Fault(refusal=RateNotPossible, change={"rate": Decimal("0.0000001")}, name="too fine"),
            Fault(refusal=SumTooLarge, change={"rate": Decimal(999_999_999_999)}, details={"total": "converted value"}),
        ),
        name="in another currency",
    ),
    Table(
        command=SubmitForApproval(),
        given=drafted,
        faults=(Fault(refusal=RateNotNeeded, change={"rate": Decimal(7)}),),
        name="a rate without a policy",
    ),
    Table(
        command=SubmitForApproval(),
        given=drafted,
        around=RULED,
        by=DAVE,
        faults=(Fault(refusal=CreatorOnRoute, by=BOB, details={"step": 1, "route": "large", "actor": BOB}),),
        name="by one of the route",
    ),
    Table(
        command=SubmitForApproval(),
        given=drafted,
        around=Ruled(policy(LARGE)),
        faults=(Fault(refusal=NoRouteTakes, also=told(ValueChanged(value=cny("49999.99")), *UNSCHEDULED), details={"edition": 2}),),
        name="beneath every band",
    ),
    *(
        Table(
            command=command,
            given=routed + told(StepApproved(step=1, seat=person(BOB)), by=BOB),
            by=CAROL,
            faults=(
                DECIDED,
                Fault(refusal=CreatorMayNotApprove, by=ALICE),
                Fault(refusal=DecidedAlready, by=BOB, details={"actor": BOB, "step": 1}),
                Fault(refusal=NotAnApprover, by=DAVE, details={"step": 1, "approvers": CAROL, "actor": DAVE}),
                *more,
            ),
            name="on a route",
        )
        for command, more in (
            (Approve(), ()),
            (Reject(opinion="no"), (NO_OPINION,)),
            (SendBack(opinion="no"), (NO_OPINION,)),
            (
                DelegateStep(to=DAVE, why="出差 / Travelling"),
                (
                    Fault(refusal=NeedsText, change={"to": " "}, details={"field": "delegate"}),
                    Fault(refusal=DelegatesToOneself, change={"to": CAROL}, details={"actor": CAROL}),
                    Fault(refusal=CreatorMayNotApprove, change={"to": ALICE}, details={"actor": ALICE}, name="to a creator"),
                    Fault(refusal=DecidedAlready, change={"to": BOB}, details={"actor": BOB, "step": 1}, name="to who decided"),
                    Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
                ),
            ),
        )
    ),
    Table(
        command=Approve(),
        given=heads_agreed + told(StepDelegated(step=2, seat=FINANCE, to=DAVE, why="x"), by="erin"),
        by=DAVE,
        faults=(Fault(refusal=DecidedAlready, also=told(StepDelegated(step=2, seat=FINANCE, to="frank", why="x"), by=BOB), by="frank"),),
        name="for who decided",
    ),
    Table(
        command=DelegateStep(to=DAVE, why="出差 / Travelling"),
        given=heads_agreed + told(StepDelegated(step=2, seat=FINANCE, to="frank", why="x"), by="erin"),
        by="erin",
        roles=("finance",),
        faults=(Fault(refusal=DelegatesToOneself, change={"to": "erin"}),),
        name="by role",
    ),
    Table(
        command=DelegateStep(to=DAVE, why="出差 / Travelling"),
        given=routed + told(StepDelegated(step=1, seat=person(BOB), to="frank", why="x"), by=BOB),
        by=CAROL,
        faults=(
            Fault(refusal=DelegateMayNotDelegate, by="frank", details={"actor": "frank", "holder": BOB}),
            Fault(refusal=DelegatesToOneself, change={"to": CAROL}),
        ),
        name="further",
    ),
)
