"""Why values of custom fields are refused."""

from __future__ import annotations

from domain.contract.approval import SubmitForApproval
from domain.contract.completeness import ContractIncomplete
from domain.contract.custom import (
    ClearCustomField,
    CustomFieldCleared,
    CustomFieldSet,
    FieldIsEmpty,
    FieldIsRetired,
    FieldNotDefined,
    FieldNotForKind,
    FieldNumberOutOfBounds,
    FieldReferenceUnknown,
    FieldTextTooLong,
    FieldValueNotOfType,
    RequiredFieldsEmpty,
    SetCustomField,
)
from domain.contract.drafting import CounterpartyRemoved
from domain.contract.rules import NothingChanges
from domain.contract.vocabulary import FieldType
from tests.domain.fielded import FIELDED, REQUIRING
from tests.domain.precedence import Fault, Table
from tests.facts import drafted
from tests.spec import told

SCORED = CustomFieldSet(key="score", value="62.5", type=FieldType.NUMBER, edition=1)
FILLED = told(SCORED)

TABLES = (
    Table(
        command=SetCustomField(key="score", value="62.50"),
        given=drafted,
        around=FIELDED,
        faults=(
            Fault(refusal=FieldNotDefined, change={"key": "nothing"}, details={"key": "nothing"}),
            Fault(refusal=FieldIsRetired, change={"key": "old"}, details={"key": "old"}),
            Fault(refusal=FieldNotForKind, change={"key": "sold"}, details={"key": "sold", "kind": "supplier"}),
            Fault(refusal=FieldValueNotOfType, change={"value": "1e3"}, details={"key": "score", "type": "number", "given": "1e3"}),
            Fault(refusal=FieldTextTooLong, change={"key": "code", "value": "12345"}, details={"key": "code", "longest": 4}),
            Fault(
                refusal=FieldNumberOutOfBounds,
                change={"value": "100.1"},
                details={"key": "score", "minimum": "0", "maximum": "100", "given": "100.1"},
            ),
            Fault(
                refusal=FieldReferenceUnknown,
                change={"key": "agent", "value": "x9"},
                details={"key": "agent", "type": "party", "given": "x9"},
                name="party",
            ),
            Fault(
                refusal=FieldReferenceUnknown,
                change={"key": "framework", "value": "x9"},
                details={"key": "framework", "type": "contract", "given": "x9"},
                name="contract",
            ),
            Fault(refusal=NothingChanges, also=FILLED),
        ),
    ),
    Table(
        command=ClearCustomField(key="score"),
        given=drafted + FILLED,
        faults=(Fault(refusal=FieldIsEmpty, also=told(CustomFieldCleared(key="score")), details={"key": "score"}),),
    ),
    Table(
        command=SubmitForApproval(),
        given=drafted + FILLED,
        around=REQUIRING,
        faults=(
            Fault(refusal=ContractIncomplete, also=told(CounterpartyRemoved(counterparty_id="c1"))),
            Fault(refusal=RequiredFieldsEmpty, also=told(CustomFieldCleared(key="score")), details={"keys": "score"}),
        ),
        name="with a required field",
    ),
)
