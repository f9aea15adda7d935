"""A contract as others publish it, release by release."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.contract.amendment import AmendmentProposed, AmendmentTookEffect
from domain.contract.closing import ContractCompleted, ContractTerminated
from domain.contract.content import LineItemAdded, LineItemRemoved, LineItemRevised
from domain.contract.correction import FactCorrected, Restated
from domain.contract.delivery import DeliveryRecorded, DeliveryRescheduled, DeliveryScheduled
from domain.contract.drafting import (
    ContractDrafted,
    CounterpartyAdded,
    CounterpartyRemoved,
    DocumentAttached,
    PeriodChanged,
    TitleChanged,
    ValueChanged,
)
from domain.contract.operations import ChangePeriod, ChangeTitle, ChangeValue, PutItem, RemoveItem
from domain.contract.payment import OverpaymentAccepted, PaymentRecorded, PaymentReversed
from domain.contract.performance import PublishedMilestone, PublishedPayment
from domain.contract.publication import NothingNew, PublicationRecorded, PublishedAmendment, PublishedStatus, RecordPublication
from domain.contract.rules import AmountNotPositive, CurrencyDiffers, ElementExists, SumTooLarge
from domain.contract.signing import ContractInForce, Signed
from domain.contract.vocabulary import Counterparty, Document, LineItem, Period, PlannedDelivery, Source, Status
from domain.facts import Dated
from domain.money import MAX_MINOR, Money
from tests.spec import START, Given, When, given
from tests.spec import recorded as entries_of

RELEASED = datetime(2019, 4, 2, tzinfo=UTC)
LATER = RELEASED + timedelta(days=30)
DRAFTED = datetime(2019, 3, 1, tzinfo=UTC)
MADE = datetime(2019, 3, 20, tzinfo=UTC)


def mxn(amount: str) -> Money:
    return Money.of(amount, "MXN")


def source(release_id: str = "r1") -> Source:
    return Source(publisher="Jalisco", file="2019.json", ocid="ocds-1", release_id=release_id, contract_id="1")


SUPPLIER = Counterparty(counterparty_id="MX-1", name="Muebles de Occidente", role="supplier")
DESK = LineItem(item_id="1", description="Escritorio", quantity=Decimal(10), unit_price=Decimal("2500.00"))
ANNEX = Document(document_id="7", title="Anexo", url="https://example.org/anexo.pdf")

RELEASE = RecordPublication(
    source=source(),
    released_at=RELEASED,
    drafted_at=DRAFTED,
    number="CT-17",
    title="Mobiliario",
    our_entity="Jalisco",
    counterparties=(SUPPLIER,),
    value=mxn("25000.00"),
    period=Period(start=date(2019, 4, 1), end=date(2019, 12, 31)),
    status=PublishedStatus.ACTIVE,
    signed_at=MADE,
    items=(DESK,),
)
PENDING = replace(RELEASE, status=PublishedStatus.PENDING, signed_at=None)


def first(release: RecordPublication = RELEASE) -> When:
    return given().when(release, by="importer").granted()


def then_published(before: When, **changes: Any) -> When:  # noqa: ANN401 - fields of a release
    """The next release, which says only this."""
    bare = RecordPublication(source=source("r2"), released_at=LATER, number="CT-17")
    return before.and_when(replace(bare, **changes), by="importer")


def recorded(release_id: str = "r2", released_at: datetime = LATER) -> Dated:
    return Dated(PublicationRecorded(source=source(release_id), released_at=released_at), released_at)


def test_the_first_release_drafts_signs_and_binds_at_the_published_moments() -> None:
    done = first()
    assert [(type(d.fact), d.effective_at) for d in done.decided] == [
        (ContractDrafted, DRAFTED),
        (LineItemAdded, DRAFTED),
        (Signed, MADE),
        (ContractInForce, MADE),
        (PublicationRecorded, RELEASED),
    ]
    done.then_contract(number="CT-17", value=mxn("25000.00"), status=Status.IN_FORCE, in_force_since=MADE, items={"1": DESK})


def test_the_same_release_again_says_nothing_new() -> None:
    first().and_when(RELEASE, by="importer").then_refused(NothingNew)


def test_a_release_without_a_date_is_dated_by_the_command() -> None:
    done = given().when(RecordPublication(source=source(), released_at=None, number="CT-17"), by="importer", effective_at=START)
    assert [d.effective_at for d in done.decided] == [START, START]


def test_what_a_later_release_changes_in_a_contract_in_force_is_an_amendment_that_took_effect() -> None:
    found = (
        ChangeTitle(title="Mobiliario y equipo"),
        ChangeValue(value=mxn("30000.00")),
        ChangePeriod(period=Period(start=date(2019, 4, 1), end=date(2020, 3, 31))),
        PutItem(item=replace(DESK, quantity=Decimal(12))),
    )
    why = "published without an amendment"
    then_published(
        first(),
        title="Mobiliario y equipo",
        value=mxn("30000.00"),
        period=Period(end=date(2020, 3, 31)),
        items=(replace(DESK, quantity=Decimal(12)),),
    ).then(
        Dated(AmendmentProposed(amendment_id="release:r2", operations=found, why=why), LATER),
        Dated(AmendmentTookEffect(amendment_id="release:r2", operations=found), LATER),
        recorded(),
    )


def test_a_change_goes_with_the_amendment_that_the_release_states() -> None:
    stated = PublishedAmendment(amendment_id="am-1", made_at=LATER - timedelta(days=5), rationale="Más escritorios")
    done = then_published(first(), value=mxn("30000.00"), amendments=(stated,))
    changed = (ChangeValue(value=mxn("30000.00")),)
    done.then(
        Dated(AmendmentProposed(amendment_id="am-1", operations=changed, why="Más escritorios"), LATER - timedelta(days=5)),
        Dated(AmendmentTookEffect(amendment_id="am-1", operations=changed), LATER - timedelta(days=5)),
        recorded(),
    )
    then_published(done, amendments=(stated,)).then_refused(NothingNew)


def test_an_amendment_that_changes_nothing_visible_is_recorded_all_the_same() -> None:
    stated = PublishedAmendment(amendment_id="am-1", made_at=None, rationale="")
    then_published(first(), amendments=(stated,)).then(
        Dated(AmendmentProposed(amendment_id="am-1", operations=(), why="published without a reason"), LATER),
        Dated(AmendmentTookEffect(amendment_id="am-1", operations=()), LATER),
        recorded(),
    )


def test_two_releases_of_one_id_make_two_amendments() -> None:
    once = then_published(first(), title="B")
    twice = then_published(once, title="C", published_at=LATER + timedelta(days=1))
    assert set(twice.contract.amendments) == {"release:r2", "release:r2#2"}


def test_changes_to_what_nobody_signed_yet_are_changes_of_a_draft() -> None:
    then_published(
        first(PENDING),
        title="B",
        value=mxn("1.00"),
        period=Period(start=date(2019, 5, 1)),
        items=(replace(DESK, quantity=Decimal(9)), replace(DESK, item_id="2")),
    ).then(
        Dated(TitleChanged(title="B"), LATER),
        Dated(ValueChanged(value=mxn("1.00")), LATER),
        Dated(PeriodChanged(period=Period(start=date(2019, 5, 1), end=date(2019, 12, 31))), LATER),
        Dated(LineItemRevised(item=replace(DESK, quantity=Decimal(9))), LATER),
        Dated(LineItemAdded(item=replace(DESK, item_id="2")), LATER),
        recorded(),
    )
    then_published(first(PENDING), removed_items=("1",)).then(Dated(LineItemRemoved(item_id="1"), LATER), recorded())


def test_an_item_goes_only_when_a_release_says_so() -> None:
    then_published(first(), items=()).then_refused(NothingNew)
    then_published(first(), removed_items=("1", "99")).then(
        Dated(
            AmendmentProposed(amendment_id="release:r2", operations=(RemoveItem(item_id="1"),), why="published without an amendment"),
            LATER,
        ),
        Dated(AmendmentTookEffect(amendment_id="release:r2", operations=(RemoveItem(item_id="1"),)), LATER),
        recorded(),
    )


def test_what_a_release_omits_within_an_item_stays() -> None:
    then_published(first(), items=(LineItem(item_id="1", description=""),)).then_refused(NothingNew)


def test_a_counterparty_is_added_and_put_right() -> None:
    other = Counterparty(counterparty_id="MX-2", name="Transportes", role="carrier")
    renamed = replace(SUPPLIER, name="Muebles de Occidente, S.A.")
    then_published(first(), counterparties=(renamed, other)).then(
        Dated(CounterpartyRemoved(counterparty_id="MX-1"), LATER),
        Dated(CounterpartyAdded(counterparty=renamed), LATER),
        Dated(CounterpartyAdded(counterparty=other), LATER),
        recorded(),
    )


def test_a_name_that_moves_to_another_id_is_moved_at_once() -> None:
    both = replace(SUPPLIER, name="Nuevo Nombre"), replace(SUPPLIER, counterparty_id="MX-9")
    moved = then_published(first(), counterparties=both).then(
        Dated(CounterpartyRemoved(counterparty_id="MX-1"), LATER),
        Dated(CounterpartyAdded(counterparty=both[0]), LATER),
        Dated(CounterpartyAdded(counterparty=both[1]), LATER),
        recorded(),
    )
    then_published(moved, counterparties=both).then_refused(NothingNew)


def test_a_document_is_attached_once_and_again_with_other_details() -> None:
    attached = then_published(first(), documents=(ANNEX,)).then(Dated(DocumentAttached(document=ANNEX), LATER), recorded())
    then_published(attached, documents=(ANNEX,)).then_refused(NothingNew)
    moved = replace(ANNEX, url="https://example.org/anexo-2.pdf")
    then_published(attached, documents=(moved,)).then(Dated(DocumentAttached(document=moved), LATER), recorded())


def test_an_older_release_adds_what_is_unknown_and_changes_nothing() -> None:
    newer = then_published(first(), title="Nuevo")
    older = replace(
        RELEASE,
        source=source("r0"),
        released_at=RELEASED - timedelta(days=1),
        title="Viejo",
        value=mxn("1.00"),
        status=PublishedStatus.TERMINATED,
        payments=(PublishedPayment(payment_id="t1", amount=mxn("5.00"), paid_at=MADE),),
    )
    done = newer.and_when(older, by="importer")
    done.then(
        Dated(PaymentRecorded(payment_id="t1", amount=mxn("5.00")), MADE), recorded("r0", RELEASED - timedelta(days=1))
    ).then_contract(title="Nuevo", value=mxn("25000.00"), status=Status.IN_FORCE)
    newer.and_when(replace(older, payments=()), by="importer").then_refused(NothingNew)
    newer.and_when(replace(RELEASE, superseded=True, title="X"), by="importer").then_refused(NothingNew)
    newer.and_when(replace(RELEASE, released_at=None, title="X"), by="importer").then_refused(NothingNew)


def test_a_transaction_that_is_published_otherwise_corrects_the_entry_and_keeps_what_else_was_known() -> None:
    paid = first(replace(RELEASE, payments=(PublishedPayment(payment_id="t1", amount=mxn("100.00"), paid_at=MADE, payer="Jalisco"),)))
    was = PaymentRecorded(payment_id="t1", amount=mxn("100.00"), payer="Jalisco")
    again = PublishedPayment(payment_id="t1", amount=mxn("110.00"), paid_at=MADE + timedelta(days=1), payee="Muebles")
    version = next(e.version for e in paid.entries if e.fact == was)
    then_published(paid, payments=(again,)).then(
        Dated(
            FactCorrected(
                corrects=version,
                was=Restated(was),
                becomes=Restated(replace(was, amount=mxn("110.00"), payee="Muebles")),
                why="published otherwise in release r2",
                effective_at=MADE + timedelta(days=1),
            ),
            LATER,
        ),
        recorded(),
    ).then_contract(paid=mxn("110.00"))
    then_published(paid, payments=(replace(again, amount=mxn("100.00"), paid_at=None, payee=None),)).then_refused(NothingNew)


def test_more_paid_than_the_value_is_recorded_with_the_fact_that_says_so() -> None:
    payments = (
        PublishedPayment(payment_id="t1", amount=mxn("20000.00"), paid_at=MADE),
        PublishedPayment(payment_id="t2", amount=mxn("6000.00"), paid_at=LATER),
        PublishedPayment(payment_id="t3", amount=mxn("1.00"), paid_at=LATER),
    )
    done = then_published(first(), payments=payments)
    done.then(
        Dated(PaymentRecorded(payment_id="t1", amount=mxn("20000.00")), MADE),
        Dated(OverpaymentAccepted(payment_id="t2", excess=mxn("1000.00"), why="as published"), LATER),
        Dated(PaymentRecorded(payment_id="t2", amount=mxn("6000.00")), LATER),
        Dated(PaymentRecorded(payment_id="t3", amount=mxn("1.00")), LATER),
        recorded(),
    )


def test_a_value_lowered_below_what_was_paid_is_said_too() -> None:
    paid = first(replace(RELEASE, payments=(PublishedPayment(payment_id="t1", amount=mxn("20000.00"), paid_at=MADE),)))
    done = then_published(paid, value=mxn("19000.00"))
    assert Dated(OverpaymentAccepted(payment_id="t1", excess=mxn("1000.00"), why="as published"), LATER) in done.decided
    done.then_contract(balance=mxn("-1000.00"), accepts_overpayment=True)


def test_a_payment_that_was_reversed_here_does_not_count_when_it_is_published_otherwise() -> None:
    paid = first(replace(RELEASE, payments=(PublishedPayment(payment_id="t1", amount=mxn("25000.00"), paid_at=MADE),)))
    reversed_here = Given(entries_of(PaymentReversed(payment_id="t1", amount=mxn("25000.00"), why="x"), after=paid.entries))
    again = RecordPublication(
        source=source("r2"),
        released_at=LATER,
        number="CT-17",
        payments=(PublishedPayment(payment_id="t1", amount=mxn("26000.00"), paid_at=MADE),),
    )
    done = reversed_here.when(again, by="importer").granted()
    assert not any(isinstance(d.fact, OverpaymentAccepted) for d in done.decided)


def test_a_met_milestone_is_a_delivery_and_may_be_put_right() -> None:
    planned = PublishedMilestone(milestone_id="m1", title="Entrega", due=date(2019, 6, 1))
    known = then_published(first(), milestones=(planned,)).then(
        Dated(DeliveryScheduled(delivery=PlannedDelivery(delivery_id="m1", description="Entrega", due=date(2019, 6, 1))), LATER),
        recorded(),
    )
    met = then_published(known, milestones=(replace(planned, due=date(2019, 7, 1), met=True, met_at=LATER),))
    met.then(
        Dated(DeliveryRescheduled(delivery=PlannedDelivery(delivery_id="m1", description="Entrega", due=date(2019, 7, 1))), LATER),
        Dated(DeliveryRecorded(delivery_id="m1", description="Entrega"), LATER),
        recorded(),
    )
    then_published(met, milestones=(replace(planned, due=None, met=True),)).then_refused(NothingNew)
    earlier = then_published(met, milestones=(replace(planned, due=None, met=True, met_at=MADE),))
    assert earlier.contract.deliveries["m1"].delivered_at == MADE


@pytest.mark.parametrize("status", [PublishedStatus.TERMINATED, PublishedStatus.CANCELLED])
def test_a_published_end_ends_the_contract_once(status: PublishedStatus) -> None:
    over = then_published(first(), status=status, ended_at=MADE).then(
        Dated(ContractTerminated(ground=f"published as {status.value}"), MADE), recorded()
    )
    then_published(over, status=status).then_refused(NothingNew)


def test_a_contract_that_was_completed_here_does_not_end_again() -> None:
    completed = Given(entries_of(ContractCompleted(), after=first().entries))
    over = RecordPublication(source=source("r2"), released_at=LATER, number="CT-17", status=PublishedStatus.TERMINATED)
    completed.when(over, by="importer").then_refused(NothingNew)


def test_a_contract_binds_where_all_have_signed_and_the_status_says_nothing() -> None:
    first(replace(RELEASE, status=None)).then_contract(status=Status.IN_FORCE)
    first(replace(RELEASE, status=PublishedStatus.PENDING)).then_contract(status=Status.DRAFT)
    first(replace(RELEASE, status=None, signed_at=None)).then_contract(status=Status.DRAFT)


TWICE = PublishedPayment(payment_id="t1", amount=mxn("1.00"), paid_at=MADE)


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"counterparties": (SUPPLIER, SUPPLIER)}, "counterparty"),
        ({"items": (DESK, DESK)}, "item"),
        ({"items": (DESK,), "removed_items": ("1",)}, "item"),
        ({"documents": (ANNEX, ANNEX)}, "document"),
        ({"amendments": (PublishedAmendment(amendment_id="a", made_at=None, rationale=""),) * 2}, "amendment"),
        ({"payments": (TWICE, TWICE)}, "payment"),
        ({"milestones": (PublishedMilestone(milestone_id="m", title="x"),) * 2}, "delivery"),
    ],
)
def test_a_release_in_which_an_id_stands_for_two_things_is_refused(changes: dict[str, Any], element: str) -> None:
    refused = given().when(replace(RELEASE, **changes), by="importer")
    refused.then_refused(ElementExists)
    assert refused.refusal is not None
    assert refused.refusal.details["element"] == element


@pytest.mark.parametrize("minor", [0, -1])
def test_a_value_of_nothing_or_less_is_refused(minor: int) -> None:
    then_published(first(), value=Money(minor, "MXN")).then_refused(AmountNotPositive, amount=Money(minor, "MXN"))
    given().when(replace(RELEASE, value=Money(minor, "MXN")), by="importer").then_refused(AmountNotPositive)


def test_payments_of_nothing_in_another_currency_or_beyond_all_sums_are_refused() -> None:
    then_published(first(), payments=(replace(TWICE, amount=mxn("0.00")),)).then_refused(AmountNotPositive, amount=mxn("0.00"))
    then_published(first(), payments=(replace(TWICE, amount=Money(1, "USD")),)).then_refused(CurrencyDiffers, expected="MXN", given="USD")
    most = replace(TWICE, amount=Money(MAX_MINOR, "MXN"))
    then_published(first(), payments=(most, replace(most, payment_id="t2"))).then_refused(SumTooLarge, total="payments")
    paid = then_published(first(), payments=(TWICE,))
    then_published(paid, value=Money(1, "USD")).then_refused(CurrencyDiffers, expected="MXN", given="USD")
