"""Why drafting, and changing a draft, is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.contract.approval import SubmittedForApproval
from domain.contract.content import (
    AddClause,
    AddLineItem,
    ClauseAdded,
    LineItemAdded,
    RemoveLineItem,
    ReviseLineItem,
    RewordClause,
    WithdrawClause,
)
from domain.contract.drafting import (
    AddCounterparty,
    AlreadyDrafted,
    AttachDocument,
    ChangeOwner,
    ChangePeriod,
    ChangeTitle,
    ChangeValue,
    CounterpartyAdded,
    DocumentAttached,
    DraftContract,
    Note,
    PeriodEndsBeforeItStarts,
    RemoveCounterparty,
)
from domain.contract.payment import PaymentRecorded
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    ElementExists,
    NeedsText,
    NothingChanges,
    QuantityNotPositive,
    ScheduleDoesNotAddUp,
    SumTooLarge,
    UnknownElement,
    ValueBelowPaid,
    WrongStage,
)
from domain.contract.vocabulary import Clause, Counterparty, Document, Instalment, LineItem, Period, PlannedDelivery
from domain.document import DocumentNeverSeen
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import Fault, Table
from tests.facts import CHAIRS, DAMAGES, DRAFTED, FIRST_HALF, LAPTOPS, SCOPE, SECOND_HALF, SHIPMENT, SUPPLIER, cny, drafted, just_drafted
from tests.spec import told

NO_DRAFT = Fault(
    refusal=WrongStage, also=told(SubmittedForApproval()), details={"status": "in_approval", "allowed": "draft"}, name="no draft any more"
)
BACKWARDS = Period(start=date(2026, 5, 2), end=date(2026, 5, 1))
NEW_PARTY = Counterparty(counterparty_id="c2", name="北方物流 / Northern Freight", role="carrier")
NEW_CLAUSE = Clause(clause_id="9", heading="保密 / Confidentiality", text="双方互负保密义务。")
NEW_ITEM = LineItem(item_id="3", description="打印机 / Printers", quantity=Decimal(2), unit_price=Decimal("1800.00"))
SCAN = Document(document_id="doc1", title="扫描件 / Scan", media_type="application/pdf")

DRAFT = DraftContract(
    number=DRAFTED.number,
    title=DRAFTED.title,
    kind=DRAFTED.kind,
    direction=DRAFTED.direction,
    our_entity=DRAFTED.our_entity,
    counterparties=(SUPPLIER,),
    value=DRAFTED.value,
    period=DRAFTED.period,
    owner=DRAFTED.owner,
    department=DRAFTED.department,
    clauses=(SCOPE, DAMAGES),
    items=(LAPTOPS, CHAIRS),
    instalments=(FIRST_HALF, SECOND_HALF),
    deliveries=(SHIPMENT,),
)


def impossible(path: str, element: str, element_id: str) -> tuple[Fault, ...]:
    """Every number that cannot be a quantity."""
    numbers = ("0", "-1", "NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "0.0000001", "1000000000000000000")
    return tuple(
        Fault(
            refusal=QuantityNotPositive,
            change={path: Decimal(n)},
            details={"element": element, "element_id": element_id},
            name=f"{path} {n}",
        )
        for n in numbers
    )


TABLES = (
    Table(
        command=DRAFT,
        given=(),
        faults=(
            Fault(refusal=AlreadyDrafted, also=just_drafted, details={"number": "采-2026-001"}),
            Fault(refusal=NeedsText, change={"number": ""}, details={"field": "number"}, name="number"),
            Fault(refusal=NeedsText, change={"title": " \u3000\u200b"}, details={"field": "title"}, name="title"),
            Fault(refusal=NeedsText, change={"our_entity": "\t"}, details={"field": "entity"}, name="entity"),
            Fault(refusal=PeriodEndsBeforeItStarts, change={"period": BACKWARDS}, details={"start": BACKWARDS.start, "end": BACKWARDS.end}),
            Fault(refusal=AmountNotPositive, change={"value": cny("0.00")}, details={"amount": cny("0.00")}, name="value"),
            Fault(
                refusal=ElementExists,
                change={"counterparties": (SUPPLIER, SUPPLIER)},
                details={"element": "counterparty", "element_id": "c1"},
                name="counterparty twice",
            ),
            Fault(refusal=ElementExists, change={"clauses": (SCOPE, SCOPE)}, details={"element": "clause", "element_id": "1"}),
            Fault(refusal=ElementExists, change={"items": (CHAIRS, CHAIRS)}, details={"element": "item", "element_id": "2"}),
            Fault(
                refusal=ElementExists,
                change={"instalments": (FIRST_HALF, FIRST_HALF)},
                details={"element": "instalment", "element_id": "i1"},
                name="instalment twice",
            ),
            Fault(
                refusal=ElementExists,
                change={"deliveries": (SHIPMENT, SHIPMENT)},
                details={"element": "delivery", "element_id": "d1"},
                name="delivery twice",
            ),
            Fault(
                refusal=ElementExists,
                change={"counterparties": (Counterparty(counterparty_id="us", name="乙方", role="supplier"),)},
                details={"element": "counterparty", "element_id": "us"},
                name="reads as ourselves",
            ),
            Fault(
                refusal=NeedsText,
                change={"counterparties": (Counterparty(counterparty_id="c1", name=" ", role="supplier"),)},
                details={"field": "counterparty's name"},
                name="counterparty's name",
            ),
            Fault(refusal=QuantityNotPositive, change={"items": (LineItem(item_id="1", description="x", quantity=Decimal(0)),)}),
            Fault(
                refusal=QuantityNotPositive,
                change={"deliveries": (PlannedDelivery(delivery_id="d1", description="x", quantity=Decimal(0)),)},
                details={"element": "delivery", "element_id": "d1"},
                name="delivery",
            ),
            Fault(
                refusal=AmountNotPositive,
                change={"instalments": (Instalment(instalment_id="i1", amount=cny("-1.00")),)},
                details={"amount": cny("-1.00")},
                name="instalment",
            ),
            Fault(
                refusal=CurrencyDiffers,
                change={"instalments": (Instalment(instalment_id="i1", amount=Money(8342000, "EUR")),)},
                details={"expected": "CNY", "given": "EUR"},
            ),
            Fault(
                refusal=SumTooLarge,
                change={"instalments": tuple(Instalment(instalment_id=i, amount=Money(MAX_MINOR, "CNY")) for i in "ab")},
                details={"total": "instalments"},
            ),
            Fault(
                refusal=ScheduleDoesNotAddUp,
                change={"instalments": (FIRST_HALF,)},
                details={"sum": cny("41710.00"), "value": cny("83420.00")},
            ),
        ),
    ),
    Table(
        command=ChangeTitle(title="电脑采购 / Computers"),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=NeedsText, change={"title": "\u2060"}, details={"field": "title"}),
            Fault(refusal=NothingChanges, change={"title": DRAFTED.title}),
        ),
    ),
    Table(
        command=ChangeValue(value=cny("90000.00")),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=AmountNotPositive, change={"value.minor": 0}),
            Fault(refusal=CurrencyDiffers, change={"value.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(refusal=NothingChanges, change={"value.minor": 8342000}),
            Fault(
                refusal=ValueBelowPaid,
                also=told(PaymentRecorded(payment_id="p1", amount=cny("90000.01"))),
                details={"value": cny("90000.00"), "paid": cny("90000.01")},
            ),
        ),
    ),
    Table(
        command=ChangePeriod(period=Period(start=date(2026, 2, 1), end=date(2026, 2, 1))),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=PeriodEndsBeforeItStarts, change={"period": BACKWARDS}),
            Fault(refusal=NothingChanges, change={"period": DRAFTED.period}),
        ),
    ),
    Table(
        command=ChangeOwner(owner="dave", department=None),
        given=drafted,
        faults=(Fault(refusal=NothingChanges, change={"owner": DRAFTED.owner, "department": DRAFTED.department}),),
    ),
    Table(
        command=AddCounterparty(counterparty=NEW_PARTY),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=ElementExists, also=told(CounterpartyAdded(counterparty=NEW_PARTY))),
            Fault(refusal=NeedsText, change={"counterparty.name": " "}, details={"field": "counterparty's name"}),
        ),
    ),
    *(
        Table(
            command=AddCounterparty(counterparty=NEW_PARTY),
            given=drafted,
            faults=(
                NO_DRAFT,
                Fault(
                    refusal=ElementExists,
                    change={"counterparty.counterparty_id": taken},
                    details={"element": "counterparty", "element_id": taken},
                ),
                Fault(refusal=NeedsText, change={"counterparty.name": " "}),
            ),
            name=f"as {taken}",
        )
        for taken in ("us", "all_parties", "c1")
    ),
    Table(
        command=RemoveCounterparty(counterparty_id="c1"),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"counterparty_id": "c9"}, details={"element": "counterparty", "element_id": "c9"}),
        ),
    ),
    Table(
        command=AddClause(clause=NEW_CLAUSE),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=ElementExists, also=told(ClauseAdded(clause=NEW_CLAUSE)), details={"element": "clause", "element_id": "9"}),
        ),
    ),
    Table(
        command=RewordClause(clause=Clause(clause_id="1", heading="标的", text="改 / Reworded")),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"clause.clause_id": "99"}, details={"element": "clause", "element_id": "99"}),
            Fault(refusal=NothingChanges, change={"clause": SCOPE}),
        ),
    ),
    Table(
        command=WithdrawClause(clause_id="1"),
        given=drafted,
        faults=(NO_DRAFT, Fault(refusal=UnknownElement, change={"clause_id": ""}, details={"element": "clause", "element_id": ""})),
    ),
    Table(
        command=AddLineItem(item=NEW_ITEM),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=ElementExists, also=told(LineItemAdded(item=NEW_ITEM)), details={"element": "item", "element_id": "3"}),
            *impossible("item.quantity", "item", "3"),
        ),
    ),
    Table(
        command=ReviseLineItem(item=LineItem(item_id="1", description=LAPTOPS.description, quantity=Decimal(19))),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"item.item_id": "99"}, details={"element": "item", "element_id": "99"}),
            Fault(refusal=QuantityNotPositive, change={"item.unit_price": Decimal("-0.01")}, name="price"),
            Fault(refusal=QuantityNotPositive, change={"item.tax_percent": Decimal(-1)}, name="tax"),
            Fault(refusal=NothingChanges, change={"item": LAPTOPS}),
        ),
    ),
    Table(
        command=RemoveLineItem(item_id="2"),
        given=drafted,
        faults=(NO_DRAFT, Fault(refusal=UnknownElement, change={"item_id": "99"}, details={"element": "item", "element_id": "99"})),
    ),
    Table(
        command=AttachDocument(document=SCAN),
        given=drafted,
        faults=(
            Fault(refusal=NeedsText, change={"document.title": ""}, details={"field": "title"}),
            Fault(refusal=ElementExists, also=told(DocumentAttached(document=SCAN)), details={"element": "document", "element_id": "doc1"}),
            Fault(refusal=DocumentNeverSeen, change={"document.sha256": "0f" * 32}, details={"sha256": "0f" * 32}),
        ),
    ),
    Table(
        command=Note(text="已电话确认 / Confirmed by phone"),
        given=drafted,
        faults=(Fault(refusal=NeedsText, change={"text": "\n"}, details={"field": "note"}),),
    ),
)
