"""The journal of a contract: its history as double entry. Debits equal credits after every entry, in every currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, TypeAlias, assert_never, cast

from domain.contract import ContractFact, fold
from domain.contract.acceptance import AcceptanceFact
from domain.contract.accrual import AccrualFact, InterestAccrued, InterestWaived, PenaltyAccrued, PenaltyWaived
from domain.contract.amendment import AmendmentFact
from domain.contract.approval import ApprovalFact
from domain.contract.breach import BreachFact
from domain.contract.catalogued import CatalogueFact
from domain.contract.closing import ClosingFact
from domain.contract.continuation import ContinuationFact
from domain.contract.correction import FactCorrected
from domain.contract.credit import ServiceCreditGranted
from domain.contract.custom import CustomFact
from domain.contract.delays import Accrual
from domain.contract.delivery import (
    DeliveryAccepted,
    DeliveryRecorded,
    DeliveryRejected,
    DeliveryRescheduled,
    DeliveryScheduled,
    ExcessDeliveryAccepted,
)
from domain.contract.deviation import DeviationFact
from domain.contract.disputes import DisputeFact
from domain.contract.drafting import DraftingFact
from domain.contract.earnings import PerformancePayEarned, ProfitShared
from domain.contract.invoicing import InvoiceRegistered, InvoiceVoided, OverinvoicingAccepted
from domain.contract.notices import NoticeFact
from domain.contract.particulars import ParticularFact
from domain.contract.payment import (
    OverpaymentAccepted,
    PaymentRecorded,
    PaymentRescheduled,
    PaymentReversed,
    PaymentScheduled,
    PaymentUnscheduled,
)
from domain.contract.pricing import PricingFact
from domain.contract.publication import PublicationFact
from domain.contract.relief import ReliefFact
from domain.contract.review import ReviewFact
from domain.contract.risk import RiskFact
from domain.contract.services import ServiceFact
from domain.contract.settlement import (
    PaymentAllocated,
    PaymentRefunded,
    ReconciliationBroken,
    ReconciliationMatched,
    RetentionHeld,
    RetentionReleased,
)
from domain.contract.signing import SigningFact
from domain.contract.sourcing import QuoteFact
from domain.contract.state import Contract
from domain.contract.triggers import PaymentPrecededTrigger
from domain.contract.vocabulary import Direction, Invoice
from domain.facts import Entry, Fact, value
from domain.money import MAX_MINOR, Money, exponent

# Stages whose facts move nothing, whatever they say: what was agreed, judged, measured, adjusted, served, disputed or ended.
# What a dispute or an exit came to enters the books once it is invoiced or paid.
Silent: TypeAlias = (
    DraftingFact
    | DeviationFact
    | ParticularFact
    | CatalogueFact
    | QuoteFact
    | ReviewFact
    | RiskFact
    | ApprovalFact
    | SigningFact
    | AmendmentFact
    | AcceptanceFact
    | ServiceFact
    | PricingFact
    | NoticeFact
    | DisputeFact
    | CustomFact
    | ReliefFact
    | BreachFact
    | ContinuationFact
    | ClosingFact
    | PublicationFact
)


class Account(StrEnum):
    """Where a posting belongs.

    The claim is what is owed under the contract: a receivable or a payable, as its direction says; the other way round it is an
    advance. Performance is what was accepted, at its stated price before tax. Unbilled is what was accepted and not invoiced yet:
    the contract asset, or the accrual; the other way round it was invoiced ahead of an acceptance, or without a stated price.
    """

    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    UNBILLED = "unbilled"
    PERFORMANCE = "performance"
    TAX = "tax"
    BANK = "bank"
    RETENTION = "retention"
    SERVICE_CREDIT = "service_credit"
    EARNING = "earning"
    PENALTY = "penalty"
    INTEREST = "interest"


class Matter(StrEnum):
    """What a posting is about. Its subject is the id of one of these: of the term for service credits and earnings, of the
    planned delivery for penalties, of the instalment for interest.
    """

    DELIVERY = "delivery"
    INVOICE = "invoice"
    PAYMENT = "payment"
    RETENTION = "retention"
    SERVICE_CREDIT = "service_credit"
    EARNING = "earning"
    PENALTY = "penalty"
    INTEREST = "interest"


@value
class Posting:
    """An amount on one side of an account; the other side is zero.

    `day` is the UTC day on which the entry of that version took effect. A correction is posted on its own day and never on that of
    what it corrects, so that books that were closed stay closed.
    """

    version: int
    position: int
    day: date
    fact: str
    about: Matter
    subject: str
    account: Account
    debit: Money
    credit: Money


@value
class Balance:
    """The sums of an account's two sides, exact decimals, as they may go beyond what one amount can be. `net` is debit less credit."""

    account: Account
    currency: str
    debit: Decimal
    credit: Decimal
    net: Decimal


class Move(NamedTuple):
    """An amount in minor units, as whoever is owed sees it: debits above zero. Under a payable contract it is the other way round."""

    about: Matter
    subject: str
    account: Account
    minor: int
    currency: str


class Pair(NamedTuple):
    """What happened with an amount: it goes to one account, and comes from another."""

    to: Account
    coming_from: Account
    amount: int


@dataclass(slots=True)
class Books:
    """The contract so far, and what stands in the books of each thing that may yet be taken back."""

    contract: Contract = field(default_factory=Contract)
    standing: dict[tuple[Matter, str], list[Move]] = field(default_factory=dict)

    @property
    def claim(self) -> Account:
        """The account of what is owed."""
        return Account.RECEIVABLE if self.contract.direction is Direction.RECEIVABLE else Account.PAYABLE

    def put(self, about: Matter, subject: str, currency: str, *pairs: Pair) -> list[Move]:
        """Moves that stand from here on, beside what stood of the same thing."""
        moves = []
        for to, coming_from, amount in pairs:
            if amount:
                moves += [Move(about, subject, to, amount, currency), Move(about, subject, coming_from, -amount, currency)]
        self.standing.setdefault((about, subject), []).extend(moves)
        return moves

    def take_back(self, about: Matter, subject: str) -> list[Move]:
        """The opposite of all that stands of a thing, of which nothing stands from here on."""
        return [move._replace(minor=-move.minor) for move in self.standing.pop((about, subject), [])]

    def put_payment(self, payment_id: str, amount: Money) -> list[Move]:
        """Money that moved."""
        return self.put(Matter.PAYMENT, payment_id, amount.currency, Pair(Account.BANK, self.claim, amount.minor))

    def put_invoice(self, invoice: Invoice) -> list[Move]:
        """What is owed by an invoice: what was performed before tax, and the tax."""
        amount = invoice.amount
        tax = invoice.tax.minor if invoice.tax is not None and invoice.tax.currency == amount.currency else 0
        pairs = (Pair(self.claim, Account.UNBILLED, amount.minor - tax), Pair(self.claim, Account.TAX, tax))
        return self.put(Matter.INVOICE, invoice.invoice_id, amount.currency, *pairs)

    def put_delivery(self, delivery_id: str) -> list[Move]:
        """What was accepted, at the price that its item has by then; nothing where no price is stated."""
        minor, currency = price(self.contract, delivery_id), self.contract.currency
        if minor is None or currency is None:
            return []
        return self.put(Matter.DELIVERY, delivery_id, currency, Pair(Account.UNBILLED, Account.PERFORMANCE, minor))


def journal(entries: Iterable[Entry]) -> tuple[Posting, ...]:
    """The postings that a contract's entries come to, in order. Nothing that was posted is edited: it is taken back and posted anew."""
    return tuple(postings(entries))


def postings(entries: Iterable[Entry]) -> Iterator[Posting]:
    """The postings, entry by entry."""
    books = Books()
    for entry in entries:
        # A delivery is accepted and corrected as the contract stands with that, while what is taken back is known from before.
        before = books.contract
        books.contract = before.copy()
        fold(books.contract, entry)
        sign = 1 if books.contract.direction is Direction.RECEIVABLE else -1
        for move in moves(books, before, cast("ContractFact", entry.fact)):
            minor, nothing = sign * move.minor, Money.zero(move.currency)
            yield Posting(
                version=entry.version,
                position=entry.position,
                day=entry.effective_at.date(),
                fact=entry.fact.NAME,
                about=move.about,
                subject=move.subject,
                account=move.account,
                debit=Money(minor, move.currency) if minor > 0 else nothing,
                credit=Money(-minor, move.currency) if minor < 0 else nothing,
            )


def balances(lines: Iterable[Posting]) -> tuple[Balance, ...]:
    """What the accounts come to, by account and currency, in the order in which they were first used."""
    sums: dict[tuple[Account, str], tuple[int, int]] = {}
    for line in lines:
        key = (line.account, line.debit.currency)
        debit, credit = sums.get(key, (0, 0))
        sums[key] = (debit + line.debit.minor, credit + line.credit.minor)
    found = []
    for (account, currency), (debit, credit) in sums.items():
        unit = Decimal(1).scaleb(-exponent(currency))
        found.append(Balance(account=account, currency=currency, debit=debit * unit, credit=credit * unit, net=(debit - credit) * unit))
    return tuple(found)


def moves(books: Books, before: Contract, happened: ContractFact) -> list[Move]:
    """What a fact moves. What is only agreed moves nothing: it becomes a claim once it is accepted, invoiced or granted."""
    if isinstance(happened, Silent):
        return []
    match happened:
        case PaymentRecorded(payment_id=payment_id, amount=amount):
            return books.put_payment(payment_id, amount)
        case PaymentReversed(payment_id=payment_id):
            return books.take_back(Matter.PAYMENT, payment_id)
        case PaymentRefunded(payment_id=payment_id, amount=amount) if payment_id in before.payments:
            return books.put(Matter.PAYMENT, payment_id, amount.currency, Pair(books.claim, Account.BANK, amount.minor))
        case InvoiceRegistered(invoice=invoice):
            return books.put_invoice(invoice)
        case InvoiceVoided(invoice_id=invoice_id):
            return books.take_back(Matter.INVOICE, invoice_id)
        case DeliveryAccepted(delivery_id=delivery_id):
            return books.put_delivery(delivery_id)
        case RetentionHeld(retention=held):
            pair = Pair(Account.RETENTION, books.claim, held.amount.minor)
            return books.put(Matter.RETENTION, held.retention_id, held.amount.currency, pair)
        case RetentionReleased(retention_id=retention_id, amount=amount) if retention_id in before.retentions:
            return books.put(Matter.RETENTION, retention_id, amount.currency, Pair(books.claim, Account.RETENTION, amount.minor))
        case ServiceCreditGranted(term_id=term_id, change=change):
            return books.put(Matter.SERVICE_CREDIT, term_id, change.currency, Pair(Account.SERVICE_CREDIT, books.claim, change.minor))
        case ProfitShared(term_id=term_id, change=change) | PerformancePayEarned(term_id=term_id, change=change):
            return books.put(Matter.EARNING, term_id, change.currency, Pair(books.claim, Account.EARNING, change.minor))
        case PenaltyAccrued() | PenaltyWaived() | InterestAccrued() | InterestWaived():
            return delayed(books, before, happened)
        case FactCorrected():
            return corrected(books, before, happened)
        case PaymentRefunded() | RetentionReleased():
            # Of a payment or retention that was not there at the moment asked about.
            return []
        case PaymentScheduled() | PaymentRescheduled() | PaymentUnscheduled() | OverpaymentAccepted() | OverinvoicingAccepted():
            return []
        case PaymentAllocated() | ReconciliationMatched() | ReconciliationBroken() | PaymentPrecededTrigger():
            return []
        case DeliveryScheduled() | DeliveryRescheduled() | DeliveryRecorded() | DeliveryRejected() | ExcessDeliveryAccepted():
            return []
        case unreachable:
            assert_never(unreachable)


def delayed(books: Books, before: Contract, happened: AccrualFact) -> list[Move]:
    """What delays move: whoever delivers late is owed less, whoever is paid late is owed more, by what newly stands of it."""
    match happened:
        case PenaltyAccrued(delivery_id=subject) | PenaltyWaived(delivery_id=subject):
            change = newly(before.penalties.get(subject), books.contract.penalties.get(subject))
            return books.put(Matter.PENALTY, subject, change.currency, Pair(Account.PENALTY, books.claim, change.minor)) if change else []
        case InterestAccrued(instalment_id=subject) | InterestWaived(instalment_id=subject):
            change = newly(before.interest.get(subject), books.contract.interest.get(subject))
            return books.put(Matter.INTEREST, subject, change.currency, Pair(books.claim, Account.INTEREST, change.minor)) if change else []
        case unreachable:
            assert_never(unreachable)


def newly(stood: Accrual | None, stands: Accrual | None) -> Money | None:
    """What stands of an accrual beyond what stood; None for what had not accrued at the moment asked about."""
    if stands is None:
        return None
    return stands.standing if stood is None else stands.standing - stood.standing


def corrected(books: Books, before: Contract, happened: FactCorrected) -> list[Move]:
    """What was posted of a corrected entry is taken back, and what it should have said posted; what no longer stood does not come back."""
    becomes: Fact | None = None if happened.becomes is None else happened.becomes.fact
    match happened.was.fact:
        case PaymentRecorded(payment_id=payment_id):
            held = before.payments.get(payment_id)
            taken = books.take_back(Matter.PAYMENT, payment_id)
            if not isinstance(becomes, PaymentRecorded) or (held is not None and held.reversed):
                return taken
            taken += books.put_payment(payment_id, becomes.amount)
            if held is not None and held.refunded is not None:
                back = held.refunded
                taken += books.put(Matter.PAYMENT, payment_id, back.currency, Pair(books.claim, Account.BANK, back.minor))
            return taken
        case InvoiceRegistered(invoice=invoice):
            known = before.invoices.get(invoice.invoice_id)
            taken = books.take_back(Matter.INVOICE, invoice.invoice_id)
            stands = isinstance(becomes, InvoiceRegistered) and (known is None or known.voided_because is None)
            return [*taken, *books.put_invoice(becomes.invoice)] if isinstance(becomes, InvoiceRegistered) and stands else taken
        case DeliveryRecorded(delivery_id=delivery_id):
            came = before.deliveries.get(delivery_id)
            taken = books.take_back(Matter.DELIVERY, delivery_id)
            accepted = came is not None and came.accepted is True
            return [*taken, *books.put_delivery(delivery_id)] if accepted and becomes is not None else taken
        case _:
            # Milestones, services and measurements move nothing, whatever they should have said.
            return []


def price(contract: Contract, delivery_id: str) -> int | None:
    """What a delivery is worth before tax, in minor units, rounded half to even; None where no price or quantity is stated."""
    came = contract.deliveries.get(delivery_id)
    planned = None if came is None else contract.planned_deliveries.get(came.planned_id)
    item = None if planned is None or planned.item_id is None else contract.items.get(planned.item_id)
    if came is None or planned is None or item is None or item.unit_price is None or contract.currency is None:
        return None
    quantity = planned.quantity if came.quantity is None else came.quantity
    if quantity is None:
        return None
    minor = round(Fraction(item.unit_price) * Fraction(quantity) * 10 ** exponent(contract.currency))
    return minor if minor <= MAX_MINOR else None
