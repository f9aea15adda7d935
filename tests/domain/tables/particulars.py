"""Why small changes around a contract, quotes and reviews are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.contract.breach import AlreadyRecorded, NotDueYet
from domain.contract.drafting import DocumentAttached
from domain.contract.particulars import (
    TAG_LENGTH,
    TAGS,
    AlreadySuperseded,
    ChangeCounterpartyRole,
    DocumentSuperseded,
    DocumentSupersedesItself,
    RepriceLineItem,
    SupersedeDocument,
    Tag,
    Tagged,
    TagTooLong,
    TooManyTags,
    Untag,
)
from domain.contract.review import (
    CompleteReview,
    NoReviewDay,
    RecordReviewDue,
    ReviewCompleted,
    ReviewFellDue,
    ReviewOver,
    ReviewScheduled,
    ScheduleReview,
)
from domain.contract.rules import AmountNotPositive, ElementExists, NeedsText, NothingChanges, QuantityNotPositive, UnknownElement
from domain.contract.sourcing import ChooseQuote, QuoteChosen, QuoteRanOut, QuoteRecorded, RecordQuote
from domain.contract.vocabulary import Document, ReviewOutcome, SupplierQuote
from domain.terms.calendar import CalendarNotKnown
from tests.domain.precedence import Fault, Table
from tests.domain.tables.drafting import NO_DRAFT
from tests.facts import cny, drafted
from tests.spec import told

QUOTE = SupplierQuote(
    quote_id="q1",
    supplier="华东办公设备有限公司",
    total=cny("70000.00"),
    items=("1",),
    unit_price=Decimal("3500.00"),
    valid_until=date(2026, 1, 31),
)
RAN_OUT = SupplierQuote(quote_id="q2", supplier="北方物流 / Northern Freight", total=cny("69000.00"), valid_until=date(2026, 1, 4))
PAPERS = told(
    DocumentAttached(document=Document(document_id="d1", title="附件 / Annex")),
    DocumentAttached(document=Document(document_id="d2", title="附件（新）/ New annex")),
)
OFFERS = told(QuoteRecorded(quote=QUOTE), QuoteRecorded(quote=RAN_OUT))
ASKED = ReviewScheduled(review_id="r1", about="年度合规审核 / Yearly review", due=date(2026, 6, 30), reviewer="bob")
PRESSING = replace(ASKED, due=date(2026, 1, 5))
PRESSED = ReviewFellDue(review_id="r1", due=PRESSING.due, reviewer="bob", calendar="7×24", zone="UTC")
FOUND = ReviewCompleted(review_id="r1", findings="保险单未存档 / No insurance policy on file", outcome=ReviewOutcome.NEEDS_ACTION)


def unknown(element: str, field: str) -> Fault:
    """An id that the contract does not have."""
    return Fault(refusal=UnknownElement, change={field: "x9"}, details={"element": element, "element_id": "x9"}, name=field)


def superseded(document_id: str, newer: str) -> Fault:
    """A document whose place is taken already."""
    fact = DocumentSuperseded(document_id=document_id, superseded_by=newer)
    details = {"document_id": document_id, "superseded_by": newer}
    return Fault(refusal=AlreadySuperseded, also=told(fact), details=details, name=document_id)


TABLES = (
    Table(
        command=ChangeCounterpartyRole(counterparty_id="c1", role="guarantor"),
        given=drafted,
        faults=(
            NO_DRAFT,
            unknown("counterparty", "counterparty_id"),
            Fault(refusal=NeedsText, change={"role": " "}, details={"field": "role"}),
            Fault(refusal=NothingChanges, change={"role": "supplier"}),
        ),
    ),
    Table(
        command=RepriceLineItem(item_id="1", unit_price=Decimal("3420.00"), tax_percent=Decimal(13)),
        given=drafted,
        faults=(
            NO_DRAFT,
            unknown("item", "item_id"),
            Fault(
                refusal=QuantityNotPositive,
                change={"unit_price": Decimal(-1)},
                details={"element": "item", "element_id": "1"},
                name="price",
            ),
            Fault(
                refusal=QuantityNotPositive,
                change={"tax_percent": Decimal("NaN")},
                details={"element": "item", "element_id": "1"},
                name="tax",
            ),
            Fault(refusal=NothingChanges, change={"unit_price": None, "tax_percent": None}),
        ),
    ),
    Table(
        command=Tag(tag="框架 Framework"),
        given=drafted,
        faults=(
            Fault(refusal=NeedsText, change={"tag": " \u3000"}, details={"field": "tag"}),
            Fault(refusal=TagTooLong, change={"tag": "x" * (TAG_LENGTH + 1)}, details={"limit": TAG_LENGTH, "length": TAG_LENGTH + 1}),
            Fault(refusal=NothingChanges, also=told(Tagged(tag="框架 framework")), change={"tag": "  框架　ＦＲＡＭＥＷＯＲＫ "}),
            Fault(refusal=TooManyTags, also=told(*(Tagged(tag=str(n)) for n in range(TAGS))), details={"limit": TAGS}),
        ),
    ),
    Table(
        command=Untag(tag="框架 Framework"),
        given=drafted + told(Tagged(tag="框架 framework")),
        faults=(unknown("tag", "tag"),),
    ),
    Table(
        command=SupersedeDocument(document_id="d1", superseded_by="d2"),
        given=drafted + PAPERS,
        faults=(
            unknown("document", "document_id"),
            unknown("document", "superseded_by"),
            Fault(refusal=DocumentSupersedesItself, change={"superseded_by": "d1"}, details={"document_id": "d1"}),
            superseded("d1", "d2"),
            superseded("d2", "d1"),
        ),
    ),
    Table(
        command=RecordQuote(quote=QUOTE),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=ElementExists, also=OFFERS, details={"element": "quote", "element_id": "q1"}),
            Fault(refusal=NeedsText, change={"quote.supplier": " "}, details={"field": "supplier"}),
            Fault(refusal=UnknownElement, change={"quote.items": ("9",)}, details={"element": "item", "element_id": "9"}, name="item"),
            unknown("document", "quote.document_id"),
            Fault(refusal=AmountNotPositive, change={"quote.total": cny("0.00")}, details={"amount": cny("0.00")}),
            Fault(refusal=QuantityNotPositive, change={"quote.unit_price": Decimal(-1)}, details={"element": "quote", "element_id": "q1"}),
        ),
    ),
    Table(
        command=ChooseQuote(quote_id="q1", why="交期短 / Sooner"),
        given=drafted + OFFERS,
        faults=(
            NO_DRAFT,
            unknown("quote", "quote_id"),
            Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}),
            Fault(
                refusal=QuoteRanOut,
                also=told(QuoteRecorded(quote=replace(QUOTE, valid_until=date(2026, 1, 4)))),
                details={"quote_id": "q1", "valid_until": date(2026, 1, 4)},
            ),
            Fault(refusal=NothingChanges, also=told(QuoteChosen(quote_id="q1", why="x"))),
        ),
    ),
    Table(
        command=ScheduleReview(review_id="r1", about=ASKED.about, due=ASKED.due, reviewer="bob"),
        given=drafted,
        faults=(
            Fault(refusal=ElementExists, also=told(ASKED), details={"element": "review", "element_id": "r1"}),
            Fault(refusal=NeedsText, change={"about": " "}, details={"field": "subject"}, name="subject"),
            Fault(refusal=NeedsText, change={"reviewer": " "}, details={"field": "reviewer"}, name="reviewer"),
            Fault(refusal=NoReviewDay, change={"due": None}),
        ),
    ),
    Table(
        command=CompleteReview(review_id="r1", findings=FOUND.findings, outcome=FOUND.outcome),
        given=drafted + told(ASKED),
        faults=(
            unknown("review", "review_id"),
            Fault(refusal=ReviewOver, also=told(FOUND), details={"review_id": "r1"}),
            Fault(refusal=NeedsText, change={"findings": " "}, details={"field": "findings"}),
        ),
    ),
    Table(
        command=RecordReviewDue(review_id="r1"),
        given=drafted + told(PRESSING),
        faults=(
            unknown("review", "review_id"),
            Fault(refusal=ReviewOver, also=told(FOUND), details={"review_id": "r1"}),
            Fault(refusal=CalendarNotKnown, change={"calendar": "CN"}),
            Fault(
                refusal=NotDueYet,
                also=told(replace(PRESSING, due=date(2026, 1, 6))),
                details={"kind": "review", "obligation_id": "r1", "due": date(2026, 1, 6), "today": date(2026, 1, 5)},
            ),
            Fault(refusal=AlreadyRecorded, also=told(PRESSED)),
        ),
    ),
)
