"""The words that facts, commands and states of a contract share."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from enum import StrEnum

from domain.facts import value
from domain.money import Money
from domain.terms.rules import Term


class Status(StrEnum):
    """Where a contract stands in its life."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    EXPIRED = "expired"


class Kind(StrEnum):
    """What sort of contract it is."""

    SALES = "sales"
    SERVICE = "service"
    PARTNER = "partner"
    SUPPLIER = "supplier"
    OTHER = "other"


class Direction(StrEnum):
    """Whether the value comes in or goes out."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"


class Confidentiality(StrEnum):
    """Who may read it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"


class SigningMethod(StrEnum):
    """How a party signed; `unstated` where a publisher does not say."""

    WET_INK = "wet_ink"
    ELECTRONIC = "electronic"
    DIGITAL_CERTIFICATE = "digital_certificate"
    UNSTATED = "unstated"


class SealKind(StrEnum):
    """Which of a party's seals was affixed."""

    COMPANY = "company"
    CONTRACT = "contract"
    LEGAL_REPRESENTATIVE = "legal_representative"
    FINANCE = "finance"


class TextFormat(StrEnum):
    """In what form a contract is written out; the value is the file's suffix."""

    DOCX = "docx"
    PDF = "pdf"
    MD = "md"


class TextLanguage(StrEnum):
    """The language of a written contract's headings. What people wrote is never translated."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


class PaymentMethod(StrEnum):
    """How money moved; `unstated` where a publisher does not say."""

    BANK_TRANSFER = "bank_transfer"
    CHEQUE = "cheque"
    CASH = "cash"
    CARD = "card"
    ACCEPTANCE_BILL = "acceptance_bill"
    OFFSET = "offset"
    UNSTATED = "unstated"


@value
class Period:
    """From the first day to the last, both included; either may be open."""

    start: date | None = None
    end: date | None = None


@value
class Counterparty:
    """The other side. `party_id` names its own stream where it has one."""

    counterparty_id: str
    name: str
    role: str
    party_id: str | None = None


@value
class Source:
    """Where an imported contract was published."""

    publisher: str
    file: str
    ocid: str
    release_id: str
    contract_id: str


@value
class TemplateRef:
    """The edition of a template that a contract was drafted from, and the clauses that it locks."""

    template_id: str
    edition: int
    locked_clauses: tuple[str, ...] = ()


@value
class Filling:
    """What is filled in at a template's placeholder."""

    name: str
    text: str


class Topic(StrEnum):
    """What a clause is about, so far as contracts of a kind have to say it."""

    SCOPE = "scope"
    SPECIFICATION = "specification"
    QUALITY = "quality"
    PRICE = "price"
    PAYMENT = "payment"
    DELIVERY = "delivery"
    PLACE = "place"
    ACCEPTANCE = "acceptance"
    AFTER_SALES = "after_sales"
    PERIOD = "period"
    DUTIES = "duties"
    COOPERATION = "cooperation"
    PROFIT_SHARE = "profit_share"
    BREACH = "breach"
    CONFIDENTIALITY = "confidentiality"
    TERMINATION = "termination"
    DISPUTES = "disputes"


@value
class Clause:
    """A numbered piece of the text. Where no topic is stated, an id such as `quality` says it."""

    clause_id: str
    heading: str
    text: str
    topic: Topic | None = None

    @property
    def about(self) -> Topic | None:
        """What the clause is about, as stated or as its id says."""
        return self.topic or (Topic(self.clause_id) if self.clause_id in _TOPICS else None)


_TOPICS = frozenset(topic.value for topic in Topic)


class DeviationStatus(StrEnum):
    """What became of a request to deviate from a locked clause; `applied` once the contract was worded so."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    APPLIED = "applied"


@value
class LineItem:
    """Goods or services. `unit_price` is in the contract's currency, with up to six digits after the point."""

    item_id: str
    description: str
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    tax_percent: Decimal | None = None

    def total(self, currency: str) -> Money | None:
        """Quantity times price before tax, rounded half to even to the minor unit; None where either is not stated."""
        if self.quantity is None or self.unit_price is None:
            return None
        with localcontext() as context:
            context.prec = 60
            context.rounding = ROUND_HALF_EVEN
            return Money.rounded(self.quantity * self.unit_price, currency)[0]


@value
class ItemProduct:
    """The product that an item took: its stream at a version, and the price on a list that held on a day, None where none did."""

    product_id: str
    version: int
    code: str
    price_list: str
    priced_on: date
    listed_price: Decimal | None = None


@value
class SupplierQuote:
    """What a supplier offers for a total before tax: `items`, or everything where none is named.

    `unit_price` is in the total's currency.
    """

    quote_id: str
    supplier: str
    total: Money
    items: tuple[str, ...] = ()
    unit_price: Decimal | None = None
    valid_until: date | None = None
    party_id: str | None = None
    document_id: str | None = None


class ReviewOutcome(StrEnum):
    """What a review came to."""

    SOUND = "sound"
    NEEDS_ACTION = "needs_action"
    UNSOUND = "unsound"


@value
class Instalment:
    """A part of the value and the day on which it falls due."""

    instalment_id: str
    amount: Money
    due: date | None = None
    description: str = ""


class InvoiceKind(StrEnum):
    """What sort of invoice it is; the two VAT invoices are China's."""

    VAT_SPECIAL = "vat_special"
    VAT_GENERAL = "vat_general"
    OTHER = "other"


@value
class Invoice:
    """An invoice. `amount` includes `tax`; None where no tax is stated."""

    invoice_id: str
    number: str
    amount: Money
    issued_on: date
    kind: InvoiceKind = InvoiceKind.OTHER
    tax: Money | None = None


@value
class Share:
    """A part of a payment, and the instalment or invoice, or both, that it was for."""

    amount: Money
    instalment_id: str | None = None
    invoice_id: str | None = None


@value
class Retention:
    """An amount that is held back, until a day or for a reason that the description says."""

    retention_id: str
    amount: Money
    until: date | None = None
    description: str = ""


@value
class PlannedDelivery:
    """Something to be delivered, and by when."""

    delivery_id: str
    description: str
    due: date | None = None
    item_id: str | None = None
    quantity: Decimal | None = None


@value
class PerformedService:
    """Work that was done, or a service that was given, over a period with both its days."""

    service_id: str
    description: str
    period: Period
    quantity: Decimal | None = None
    unit: str | None = None


@value
class Measurement:
    """What a metric came to over a period with both its days, such as an availability of 99.95 percent."""

    measurement_id: str
    metric: str
    period: Period
    measured: Decimal
    unit: str | None = None


class Resolution(StrEnum):
    """How a dispute ended: the sides settled it or it was dropped, or a mediator, an expert, a tribunal or a court had a part in it."""

    SETTLED = "settled"
    MEDIATED = "mediated"
    DETERMINED = "determined"
    AWARDED = "awarded"
    ADJUDGED = "adjudged"
    WITHDRAWN = "withdrawn"


@value
class Feedback:
    """What somebody thought, from one for bad to five for good."""

    feedback_id: str
    score: int
    text: str
    given_by: str | None = None


@value
class StatedTerm:
    """A term that acts, under the id by which the contract names it."""

    term_id: str
    term: Term


@value
class Document:
    """A document that belongs to the contract; `sha256` (hexadecimal) where the ledger has seen its bytes."""

    document_id: str
    title: str
    kind: str | None = None
    media_type: str | None = None
    url: str | None = None
    sha256: str | None = None


class FieldType(StrEnum):
    """What a field that a house defined holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    MONEY = "money"
    PARTY = "party"
    CONTRACT = "contract"
