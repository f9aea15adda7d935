"""Why deviating from what a template locks is refused."""

from __future__ import annotations

from dataclasses import replace

from domain.contract.amendment import AmendmentApproved, AmendmentProposed, AmendmentSigned, ProposeAmendment, SignAmendment
from domain.contract.approval import StepRejected, SubmittedForApproval
from domain.contract.content import AddClause, ClauseAdded, ClauseReworded, ClauseWithdrawn, RewordClause, WithdrawClause
from domain.contract.deviation import (
    ApproveClauseDeviation,
    ClauseDeviationApproved,
    ClauseDeviationRejected,
    ClauseDeviationRequested,
    ClauseIsLocked,
    ClauseIsNotLocked,
    DeviationNotAt,
    DeviationWaits,
    DeviationWordsAnother,
    RejectClauseDeviation,
    RequestClauseDeviation,
    RequesterMayNotApprove,
)
from domain.contract.drafting import TemplateUsed
from domain.contract.operations import PutClause, RemoveClause
from domain.contract.rules import ElementExists, NeedsText, NothingChanges, UnknownElement, WrongStage
from domain.contract.vocabulary import SigningMethod, TemplateRef
from tests.domain.precedence import Fault, Table
from tests.facts import FOREIGN_LAW, LAW, deviation_approved, deviation_requested, from_template, in_force
from tests.spec import ALICE, BOB, CAROL, told

IN_APPROVAL = Fault(
    refusal=WrongStage, also=told(SubmittedForApproval()), details={"status": "in_approval", "allowed": "draft or in_force"}
)
REJECTED = Fault(refusal=WrongStage, also=told(SubmittedForApproval(), StepRejected(step=1, opinion="no"), by=BOB))
UNKNOWN = Fault(refusal=UnknownElement, change={"deviation_id": "v9"}, details={"element": "deviation", "element_id": "v9"})
REQUESTER = Fault(refusal=RequesterMayNotApprove, by=ALICE, details={"requester": ALICE})
OTHER_LAW = replace(FOREIGN_LAW, text="适用香港法律。")
CALLED_OFF = told(ClauseDeviationRejected(deviation_id="v1", opinion="x"), by=BOB)
USED = told(ClauseReworded(clause=FOREIGN_LAW, deviation_id="v1"))
GONE_DEVIATION = told(
    ClauseDeviationRequested(deviation_id="v2", clause_id="9", becomes=None, why="x"), ClauseDeviationApproved(deviation_id="v2"), by=BOB
)
GONE = ClauseWithdrawn(clause_id="9", deviation_id="v2")
LOCKED = told(TemplateUsed(template=TemplateRef(template_id="purchase", edition=2, locked_clauses=("9",))), ClauseAdded(clause=LAW))
ALLOWED = told(
    ClauseDeviationRequested(deviation_id="v1", clause_id="9", becomes=FOREIGN_LAW, why="x"),
    ClauseDeviationApproved(deviation_id="v1"),
    by=BOB,
)
LAW_AMENDED = told(
    AmendmentProposed(amendment_id="a1", operations=(PutClause(clause=FOREIGN_LAW),), why="x"),
    AmendmentApproved(amendment_id="a1"),
    AmendmentSigned(amendment_id="a1", party="us"),
    by=BOB,
)

TABLES = (
    Table(
        command=RequestClauseDeviation(deviation_id="v3", clause_id="9", becomes=OTHER_LAW, why="对方要求 / The other side asks"),
        given=from_template,
        faults=(
            IN_APPROVAL,
            Fault(
                refusal=ElementExists,
                also=told(ClauseDeviationRequested(deviation_id="v3", clause_id="9", becomes=None, why="x")),
                details={"element": "deviation", "element_id": "v3"},
            ),
            Fault(refusal=ClauseIsNotLocked, change={"clause_id": "5"}, details={"clause_id": "5"}),
            Fault(
                refusal=DeviationWordsAnother,
                change={"becomes": replace(LAW, clause_id="5")},
                details={"clause_id": "9", "worded": "5"},
            ),
            Fault(refusal=NothingChanges, change={"becomes": LAW}),
            Fault(
                refusal=DeviationWaits,
                also=told(ClauseDeviationRequested(deviation_id="v2", clause_id="9", becomes=None, why="x")),
                details={"other": "v2", "clause_id": "9"},
                name="requested",
            ),
            Fault(
                refusal=DeviationWaits,
                also=told(ClauseDeviationRequested(deviation_id="v2", clause_id="9", becomes=None, why="x"))
                + told(ClauseDeviationApproved(deviation_id="v2"), by=BOB),
                name="approved",
            ),
            Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}),
        ),
    ),
    Table(
        command=ApproveClauseDeviation(deviation_id="v1", opinion="同意 / Agreed"),
        given=deviation_requested,
        by=BOB,
        faults=(
            REJECTED,
            UNKNOWN,
            Fault(
                refusal=DeviationNotAt,
                also=told(ClauseDeviationApproved(deviation_id="v1"), by=CAROL),
                details={"deviation_id": "v1", "deviation_status": "approved", "deviations_allowed": "requested"},
            ),
            REQUESTER,
        ),
    ),
    Table(
        command=RejectClauseDeviation(deviation_id="v1", opinion="不得改动 / It stays"),
        given=deviation_approved,
        by=BOB,
        faults=(
            REJECTED,
            UNKNOWN,
            Fault(
                refusal=DeviationNotAt,
                also=CALLED_OFF,
                details={"deviation_id": "v1", "deviation_status": "rejected", "deviations_allowed": "requested or approved"},
                name="rejected",
            ),
            Fault(refusal=DeviationNotAt, also=USED, name="used"),
            REQUESTER,
            Fault(refusal=NeedsText, change={"opinion": ""}, details={"field": "opinion"}),
        ),
    ),
    Table(
        command=RewordClause(clause=FOREIGN_LAW),
        given=deviation_approved,
        faults=(
            Fault(refusal=WrongStage, also=told(SubmittedForApproval())),
            Fault(refusal=NothingChanges, change={"clause": LAW}),
            Fault(refusal=ClauseIsLocked, change={"clause.text": "适用纽约法律。"}, details={"clause_id": "9"}, name="other words"),
            Fault(refusal=ClauseIsLocked, change={"clause.heading": "法律"}, name="another heading"),
            Fault(refusal=ClauseIsLocked, also=CALLED_OFF, name="called off"),
        ),
        name="locked",
    ),
    Table(
        command=WithdrawClause(clause_id="9"),
        given=from_template + GONE_DEVIATION,
        faults=(
            Fault(refusal=UnknownElement, change={"clause_id": "99"}),
            Fault(refusal=ClauseIsLocked, also=told(ClauseDeviationRejected(deviation_id="v2", opinion="x"))),
        ),
        name="locked",
    ),
    Table(
        command=AddClause(clause=FOREIGN_LAW),
        given=from_template + GONE_DEVIATION + told(GONE) + ALLOWED,
        faults=(
            Fault(refusal=ElementExists, also=told(ClauseAdded(clause=LAW))),
            Fault(refusal=ClauseIsLocked, change={"clause.text": "随便 / Anything"}),
        ),
        name="locked and withdrawn",
    ),
    Table(
        command=ProposeAmendment(amendment_id="a1", operations=(PutClause(clause=FOREIGN_LAW),), why="x"),
        given=in_force + LOCKED + ALLOWED,
        faults=(
            Fault(refusal=NeedsText, change={"why": ""}),
            Fault(
                refusal=ClauseIsLocked, change={"operations": (PutClause(clause=OTHER_LAW),)}, details={"clause_id": "9"}, name="reworded"
            ),
            Fault(refusal=ClauseIsLocked, change={"operations": (RemoveClause(clause_id="9"),)}, name="withdrawn"),
            Fault(refusal=ClauseIsLocked, also=CALLED_OFF, name="called off"),
        ),
        name="of a locked clause",
    ),
    Table(
        command=SignAmendment(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.WET_INK),
        given=in_force + LOCKED + ALLOWED + LAW_AMENDED,
        by=CAROL,
        faults=(
            Fault(refusal=NeedsText, change={"signatory": ""}),
            Fault(refusal=ClauseIsLocked, also=CALLED_OFF, details={"clause_id": "9"}),
        ),
        name="of a locked clause",
    ),
)
