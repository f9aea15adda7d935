"""The contract that facts fold into: everything a decision needs, nothing that only a view shows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from domain.contract.assessed import RiskAssessment
from domain.contract.claims import Dispute, EarnedPay, GrantedCredit, PriceChange, ServedNotice, SharedPeriod
from domain.contract.delays import Accrual, Breach, FallenDue, Relief
from domain.contract.route import Approval
from domain.contract.vocabulary import (
    Clause,
    Confidentiality,
    Counterparty,
    DeviationStatus,
    Direction,
    Document,
    Feedback,
    FieldType,
    Instalment,
    Invoice,
    ItemProduct,
    Kind,
    LineItem,
    Measurement,
    PerformedService,
    Period,
    PlannedDelivery,
    Retention,
    ReviewOutcome,
    SealKind,
    Share,
    SigningMethod,
    Source,
    Status,
    SupplierQuote,
    TemplateRef,
    TextFormat,
    TextLanguage,
)
from domain.facts import Fact, value
from domain.money import Money
from domain.terms.rules import Term

if TYPE_CHECKING:
    from domain.contract.operations import AnyOperation


@value
class Signature:
    """One side's signature."""

    party: str
    signatory: str | None
    method: SigningMethod
    signed_at: datetime


class Made(NamedTuple):
    """Where something agreed comes from: the version of its entry, and since when it applies."""

    version: int
    at: datetime


@value
class AgreedTerm:
    """A term that acts. `version` is that of the entry that made it, by which later facts cite it; it applies from `since` on."""

    term_id: str
    term: Term
    version: int
    since: datetime


@value
class SignatureRequest:
    """Whom a party asked to sign, and by when."""

    signatory: str
    due: date | None = None


@value
class FixedText:
    """A text that may be signed: how it was written out, from which version, and by which programs."""

    format: TextFormat
    language: TextLanguage
    rendered_version: int
    renderer: str


@value
class Seal:
    """A party's seal on the document, and who affixed it."""

    party: str
    kind: SealKind
    by: str


@value
class RenewalNotice:
    """What a side said of going on after the present period."""

    party: str
    renews: bool
    given_at: datetime


@value
class Delivery:
    """What was delivered, and what became of it."""

    delivery_id: str
    delivered_at: datetime
    description: str
    accepted: bool | None = None
    judged_at: datetime | None = None
    quantity: Decimal | None = None
    towards: str | None = None
    acceptance_requested: bool = False
    acceptance_due: date | None = None
    acceptance_requested_at: datetime | None = None

    @property
    def planned_id(self) -> str:
        """The planned delivery that it is, or is part of, where the plan has one of that id."""
        return self.towards or self.delivery_id


@value
class Defect:
    """What is wrong with a delivery, and how it was fixed."""

    defect_id: str
    delivery_id: str
    description: str
    fix_by: date | None = None
    fixed_how: str | None = None


@value
class Milestone:
    """What was reached, and when."""

    milestone_id: str
    description: str
    reached_at: datetime


@value
class Reconciliation:
    """What a bank statement says of a payment: the same, or otherwise."""

    statement: str
    matched: bool
    found: Money | None = None


@value
class Payment:
    """Money that moved; `reversed` once it was taken back whole, `refunded` what was given back in part.

    `before_trigger` are the instalments that it counted for before what they wait for had come about.
    """

    payment_id: str
    amount: Money
    paid_at: datetime
    instalment_id: str | None = None
    reversed: bool = False
    refunded: Money | None = None
    allocation: tuple[Share, ...] = ()
    reconciliation: Reconciliation | None = None
    before_trigger: tuple[str, ...] = ()

    @property
    def standing(self) -> Money:
        """What is left of it once reversals and refunds are taken off."""
        if self.reversed:
            return Money(0, self.amount.currency)
        if self.refunded is None or self.refunded.currency != self.amount.currency:
            return self.amount
        return self.amount - self.refunded


@value
class RegisteredInvoice:
    """An invoice, and why it no longer stands."""

    invoice: Invoice
    voided_because: str | None = None


@value
class CustomValue:
    """What a field that the house defined holds, in its canonical form, and the edition of the definition that it was checked against."""

    value: str
    type: FieldType
    edition: int


@value
class Amendment:
    """A change under way: its operations act only once it took effect. `signed_at` is the latest signature's moment.

    `effective_from` is the moment for which one that everybody signed waits or waited.
    """

    amendment_id: str
    operations: tuple[AnyOperation, ...]
    proposed_by: str
    proposed_at: datetime
    status: str = "proposed"
    signed_by: tuple[str, ...] = ()
    signed_at: datetime | None = None
    effective_from: datetime | None = None


@value
class Deviation:
    """A locked clause that somebody wants to read otherwise (`becomes`), or to be gone; and what was decided on it."""

    deviation_id: str
    clause_id: str
    becomes: Clause | None
    why: str
    requested_by: str
    requested_for: str | None = None
    status: DeviationStatus = DeviationStatus.REQUESTED
    decided_by: str | None = None
    opinion: str | None = None


@value
class RecordedQuote:
    """What a supplier offered, and why it was chosen; None where it was not."""

    quote: SupplierQuote
    chosen_because: str | None = None


@value
class ReviewEnd:
    """What a review found, who said so, and when."""

    findings: str
    outcome: ReviewOutcome
    by: str
    at: datetime


@value
class Review:
    """A look at the contract that was asked for; `end` once it was taken, `fell_due` once its day came before that."""

    review_id: str
    about: str
    due: date
    reviewer: str
    end: ReviewEnd | None = None
    fell_due: bool = False


@value
class Publication:
    """The newest release of a publisher that the ledger recorded. `released_at` is None where it bears no date."""

    source: Source
    released_at: datetime | None
    published_at: datetime | None = None


@dataclass(slots=True)
class Contract:
    """A contract's state after its first `version` facts. A version of zero is a contract that nobody drafted yet.

    Folding changes it in place; everybody else treats it as frozen and folds a `copy()`.
    """

    version: int = 0
    number: str = ""
    title: str = ""
    kind: Kind = Kind.OTHER
    direction: Direction = Direction.PAYABLE
    status: Status = Status.DRAFT
    our_entity: str = ""
    currency: str | None = None
    value: Money | None = None
    period: Period = field(default_factory=Period)
    owner: str | None = None
    department: str | None = None
    confidentiality: Confidentiality = Confidentiality.INTERNAL
    source: Source | None = None
    template: TemplateRef | None = None
    publication: Publication | None = None
    drafted_by: str = ""
    submitted_by: str | None = None
    approved_by: str | None = None
    approval: Approval | None = None
    in_force_since: datetime | None = None
    ended_at: datetime | None = None
    ground: str | None = None
    exit_fee: Money | None = None
    exit_obligations: tuple[str, ...] = ()
    suspended_until: date | None = None
    earlier_periods: tuple[Period, ...] = ()
    archived_under: str | None = None
    accepts_overpayment: bool = False
    accepts_overinvoicing: bool = False
    rests_on_corrections: tuple[int, ...] = ()
    counterparties: dict[str, Counterparty] = field(default_factory=dict)
    clauses: dict[str, Clause] = field(default_factory=dict)
    deviations: dict[str, Deviation] = field(default_factory=dict)
    items: dict[str, LineItem] = field(default_factory=dict)
    item_products: dict[str, ItemProduct] = field(default_factory=dict)
    terms: dict[str, AgreedTerm] = field(default_factory=dict)
    instalments: dict[str, Instalment] = field(default_factory=dict)
    planned_deliveries: dict[str, PlannedDelivery] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    superseded_documents: dict[str, str] = field(default_factory=dict)
    quotes: dict[str, RecordedQuote] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    assessments: dict[str, RiskAssessment] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    notes: dict[int, str] = field(default_factory=dict)
    signatures: dict[str, Signature] = field(default_factory=dict)
    renewal_notices: dict[str, RenewalNotice] = field(default_factory=dict)
    signature_requests: dict[str, SignatureRequest] = field(default_factory=dict)
    seals: tuple[Seal, ...] = ()
    fixed_texts: dict[str, FixedText] = field(default_factory=dict)
    originals: dict[str, int] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    defects: dict[str, Defect] = field(default_factory=dict)
    accepts_excess_of: tuple[str, ...] = ()
    milestones: dict[str, Milestone] = field(default_factory=dict)
    services: dict[str, PerformedService] = field(default_factory=dict)
    measurements: dict[str, Measurement] = field(default_factory=dict)
    service_credits: dict[str, GrantedCredit] = field(default_factory=dict)
    profit_shares: dict[str, SharedPeriod] = field(default_factory=dict)
    performance_pay: dict[str, EarnedPay] = field(default_factory=dict)
    repriced_on: dict[str, date] = field(default_factory=dict)
    price_changes: dict[str, PriceChange] = field(default_factory=dict)
    notices: dict[str, ServedNotice] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    feedback: dict[str, Feedback] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    invoices: dict[str, RegisteredInvoice] = field(default_factory=dict)
    retentions: dict[str, Retention] = field(default_factory=dict)
    penalties: dict[str, Accrual] = field(default_factory=dict)
    interest: dict[str, Accrual] = field(default_factory=dict)
    reliefs: dict[str, Relief] = field(default_factory=dict)
    fallen_due: dict[str, FallenDue] = field(default_factory=dict)
    breaches: dict[str, Breach] = field(default_factory=dict)
    custom_fields: dict[str, CustomValue] = field(default_factory=dict)
    amendments: dict[str, Amendment] = field(default_factory=dict)
    recordings: dict[int, Fact] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether it was drafted."""
        return self.version > 0

    @property
    def paid(self) -> Money | None:
        """The sum of what stands of payments in the contract's currency; None before any currency is known."""
        if self.currency is None:
            return None
        standing = [p.standing for p in self.payments.values()]
        return Money(sum(a.minor for a in standing if a.currency == self.currency), self.currency)

    @property
    def retained(self) -> Money | None:
        """What is held back in the contract's currency; None before any currency is known."""
        if self.currency is None:
            return None
        held = (r.amount for r in self.retentions.values())
        return Money(sum(a.minor for a in held if a.currency == self.currency), self.currency)

    @property
    def balance(self) -> Money | None:
        """What is still owed, negative when overpaid; what is held back is not owed. None where no value is stated."""
        if self.value is None or self.paid is None or self.retained is None:
            return None
        return self.value - self.paid - self.retained

    @property
    def open_defects(self) -> list[str]:
        """The defects that are still to be fixed."""
        return [d.defect_id for d in self.defects.values() if d.fixed_how is None]

    @property
    def deviates(self) -> bool:
        """Whether somebody asked to deviate from a locked clause and nobody said no."""
        return any(d.status is not DeviationStatus.REJECTED for d in self.deviations.values())

    @property
    def risk(self) -> RiskAssessment | None:
        """The last assessment of its risk; None before there is one."""
        return next(reversed(self.assessments.values()), None)

    @property
    def last_day(self) -> date | None:
        """The last day of the period."""
        return self.period.end

    def copy(self) -> Contract:
        """A state that may be folded further without touching this one."""
        # Without the defaults, which are all replaced: making them would be half of the work.
        twin = object.__new__(Contract)
        for f in _FIELDS:
            held = getattr(self, f)
            setattr(twin, f, dict(held) if type(held) is dict else held)
        return twin


_FIELDS = tuple(f.name for f in fields(Contract))
