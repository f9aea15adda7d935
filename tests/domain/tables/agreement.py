"""Why agreeing on terms that act is refused."""

from __future__ import annotations

from datetime import date

from domain.contract.agreement import AgreeTerm, ChangeTerm, TermAgreed, TermContradicts, WithdrawTerm
from domain.contract.rules import ElementExists, NothingChanges, UnknownElement
from domain.money import Money
from domain.terms.exact import Ratio
from domain.terms.insurance import InsuranceDuty
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.renewal import Renewal
from domain.terms.rules import CountOutOfRange, CurrenciesDiffer, NothingListed, ShareOutOfRange
from domain.terms.schedule import InstalmentVanishes, On, Part, PaymentSchedule, ScheduleMissesValue, Trigger
from tests.domain.precedence import Fault, Table
from tests.domain.tables.drafting import NO_DRAFT
from tests.facts import LATE_DELIVERY, LATE_PAYMENT, cny, with_terms
from tests.spec import told

RENEWAL = Renewal(automatic=True, notice_days=60, length_months=12)
INSURANCE = InsuranceDuty(kind="产品责任险 / Product liability", insured=cny("1000000.00"))
ON_SIGNING = Trigger(on=On.SIGNING)
ADVANCE = Part(instalment_id="i1", trigger=ON_SIGNING, share=Ratio.of("30%"))
REST = Part(instalment_id="i2", trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject="d1"), days_after=30)
THIRTY_SEVENTY = PaymentSchedule(parts=(ADVANCE, REST))


def fixed(amount: Money) -> PaymentSchedule:
    """A schedule of one part with an amount of its own."""
    return PaymentSchedule(parts=(Part(instalment_id="i1", trigger=Trigger(on=On.DATE, day=date(2026, 5, 1)), amount=amount),))


TABLES = (
    Table(
        command=AgreeTerm(term_id="t3", term=RENEWAL),
        given=with_terms,
        faults=(
            NO_DRAFT,
            Fault(
                refusal=ElementExists,
                also=told(TermAgreed(term_id="t3", term=INSURANCE)),
                details={"element": "term", "element_id": "t3"},
            ),
            Fault(refusal=ShareOutOfRange, change={"term": LateDeliveryDamages(rate=Ratio.of("0%"))}, name="no rate"),
            Fault(refusal=CountOutOfRange, change={"term.notice_days": -1}, name="notice"),
            Fault(refusal=NothingListed, change={"term": PaymentSchedule(parts=())}, name="no parts"),
            Fault(refusal=TermContradicts, change={"term": LATE_PAYMENT}, details={"other": "t2", "term_id": "t3"}),
            Fault(refusal=ScheduleMissesValue, change={"term": fixed(cny("83420.01"))}, name="a fen too much"),
            Fault(refusal=CurrenciesDiffer, change={"term": fixed(Money(8_342_000, "USD"))}, name="dollars"),
        ),
    ),
    Table(
        command=AgreeTerm(term_id="t3", term=THIRTY_SEVENTY),
        given=with_terms,
        faults=(
            NO_DRAFT,
            Fault(
                refusal=InstalmentVanishes,
                change={"term.parts": (Part(instalment_id="i1", trigger=ON_SIGNING, share=Ratio(numerator=1, denominator=10**9)), REST)},
            ),
        ),
        name="schedule",
    ),
    Table(
        command=ChangeTerm(term_id="t1", term=LateDeliveryDamages(rate=Ratio.of("0.3%"))),
        given=with_terms,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"term_id": "t9"}, details={"element": "term", "element_id": "t9"}),
            Fault(refusal=ShareOutOfRange, change={"term.rate": Ratio.of("101%")}, name="rate"),
            Fault(refusal=TermContradicts, change={"term": LATE_PAYMENT}, details={"other": "t2", "term_id": "t1"}),
            Fault(refusal=NothingChanges, change={"term": LATE_DELIVERY}),
        ),
    ),
    Table(
        command=WithdrawTerm(term_id="t1"),
        given=with_terms,
        faults=(NO_DRAFT, Fault(refusal=UnknownElement, change={"term_id": ""}, details={"element": "term", "element_id": ""})),
    ),
)
