"""The contract: the closed union of its facts and commands, how commands are decided and facts are folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, assert_never, cast

from domain.contract import (
    acceptance,
    accrual,
    amendment,
    approval,
    breach,
    catalogued,
    closing,
    continuation,
    correction,
    credit,
    custom,
    delivery,
    deviation,
    disputes,
    drafting,
    earnings,
    invoicing,
    notices,
    particulars,
    payment,
    pricing,
    publication,
    relief,
    review,
    risk,
    rules,
    services,
    settlement,
    signing,
    sourcing,
    templated,
)
from domain.contract.acceptance import AcceptanceCommand, AcceptanceFact
from domain.contract.accrual import AccrualCommand, AccrualFact
from domain.contract.amendment import AmendmentCommand, AmendmentFact
from domain.contract.approval import ApprovalCommand, ApprovalFact
from domain.contract.breach import BreachCommand, BreachFact
from domain.contract.catalogued import CatalogueCommand, CatalogueFact
from domain.contract.closing import ClosingCommand, ClosingFact
from domain.contract.continuation import ContinuationCommand, ContinuationFact
from domain.contract.correction import CorrectionCommand, CorrectionFact
from domain.contract.credit import CreditCommand, CreditFact
from domain.contract.custom import CustomCommand, CustomFact
from domain.contract.delivery import DeliveryCommand, DeliveryFact, RecordDelivery
from domain.contract.deviation import DeviationCommand, DeviationFact
from domain.contract.disputes import DisputeCommand, DisputeFact
from domain.contract.drafting import DraftContract, DraftingCommand, DraftingFact
from domain.contract.earnings import EarningCommand, EarningFact
from domain.contract.invoicing import InvoicingCommand, InvoicingFact, RegisterInvoice
from domain.contract.notices import NoticeCommand, NoticeFact, ServeNotice
from domain.contract.particulars import ParticularCommand, ParticularFact
from domain.contract.payment import PaymentCommand, PaymentFact, RecordPayment
from domain.contract.pricing import PricingCommand, PricingFact
from domain.contract.publication import PublicationCommand, PublicationFact
from domain.contract.relief import ReliefCommand, ReliefFact
from domain.contract.review import ReviewCommand, ReviewFact
from domain.contract.risk import RiskCommand, RiskFact
from domain.contract.services import MeasureServiceLevel, ReachMilestone, RecordService, ServiceCommand, ServiceFact
from domain.contract.settlement import RefundPayment, SettlementCommand, SettlementFact
from domain.contract.signing import SigningCommand, SigningFact
from domain.contract.sourcing import QuoteCommand, QuoteFact
from domain.contract.state import Contract
from domain.contract.templated import DraftFromTemplate, TemplatedCommand
from domain.facts import Dated, Entry, Fact, Occasion
from domain.moments import require_past

ContractFact: TypeAlias = (
    DraftingFact
    | ParticularFact
    | CatalogueFact
    | QuoteFact
    | ReviewFact
    | RiskFact
    | DeviationFact
    | ApprovalFact
    | SigningFact
    | AmendmentFact
    | DeliveryFact
    | AcceptanceFact
    | ServiceFact
    | CreditFact
    | EarningFact
    | PricingFact
    | NoticeFact
    | DisputeFact
    | PaymentFact
    | InvoicingFact
    | SettlementFact
    | AccrualFact
    | CustomFact
    | ReliefFact
    | BreachFact
    | ContinuationFact
    | ClosingFact
    | CorrectionFact
    | PublicationFact
)
ContractCommand: TypeAlias = (
    DraftingCommand
    | TemplatedCommand
    | ParticularCommand
    | CatalogueCommand
    | QuoteCommand
    | ReviewCommand
    | RiskCommand
    | DeviationCommand
    | ApprovalCommand
    | SigningCommand
    | AmendmentCommand
    | DeliveryCommand
    | AcceptanceCommand
    | ServiceCommand
    | CreditCommand
    | EarningCommand
    | PricingCommand
    | NoticeCommand
    | DisputeCommand
    | PaymentCommand
    | InvoicingCommand
    | SettlementCommand
    | AccrualCommand
    | CustomCommand
    | ReliefCommand
    | BreachCommand
    | ContinuationCommand
    | ClosingCommand
    | CorrectionCommand
    | PublicationCommand
)

# What stands around the stages of a contract's life, or at all of them.
AroundFact: TypeAlias = ParticularFact | CatalogueFact | QuoteFact | ReviewFact | RiskFact | NoticeFact | DisputeFact
AroundCommand: TypeAlias = (
    ParticularCommand | CatalogueCommand | QuoteCommand | ReviewCommand | RiskCommand | NoticeCommand | DisputeCommand
)

# What says that something happened in the world.
RECORDINGS = (
    RecordDelivery,
    RecordPayment,
    RefundPayment,
    RegisterInvoice,
    ReachMilestone,
    RecordService,
    MeasureServiceLevel,
    ServeNotice,
)


def decide(contract: Contract, command: ContractCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """The new facts that a command means for a contract, at least one; or raises the Refusal of the first rule that says no.

    NoSuchContract, HappensInTheFuture and, for what records the world, BackdatedNeedsReason come before the refusals that each stage lists.
    """
    if isinstance(command, PublicationCommand):
        return publication.decide(contract, command, occasion)
    if not contract.exists and not isinstance(command, DraftContract | DraftFromTemplate):
        raise rules.NoSuchContract
    require_past(occasion)
    if isinstance(command, RECORDINGS):
        rules.require_reason(occasion)
    if isinstance(command, TemplatedCommand):
        return templated.decide(contract, command, occasion)
    if isinstance(command, DraftingCommand):
        return drafting.decide(contract, command, occasion)
    if isinstance(command, AroundCommand):
        return decide_around(contract, command, occasion)
    if isinstance(command, DeviationCommand):
        return deviation.decide(contract, command, occasion)
    if isinstance(command, ApprovalCommand):
        return approval.decide(contract, command, occasion)
    if isinstance(command, SigningCommand):
        return signing.decide(contract, command, occasion)
    if isinstance(command, AmendmentCommand):
        return amendment.decide(contract, command, occasion)
    if isinstance(command, DeliveryCommand):
        return delivery.decide(contract, command, occasion)
    if isinstance(command, AcceptanceCommand):
        return acceptance.decide(contract, command, occasion)
    if isinstance(command, ServiceCommand):
        return services.decide(contract, command, occasion)
    if isinstance(command, CreditCommand):
        return credit.decide(contract, command, occasion)
    if isinstance(command, EarningCommand):
        return earnings.decide(contract, command, occasion)
    if isinstance(command, PricingCommand):
        return pricing.decide(contract, command, occasion)
    if isinstance(command, PaymentCommand):
        return payment.decide(contract, command, occasion)
    if isinstance(command, InvoicingCommand):
        return invoicing.decide(contract, command, occasion)
    if isinstance(command, SettlementCommand):
        return settlement.decide(contract, command, occasion)
    if isinstance(command, CustomCommand):
        return custom.decide(contract, command, occasion)
    if isinstance(command, AccrualCommand):
        return accrual.decide(contract, command, occasion)
    if isinstance(command, BreachCommand):
        return breach.decide(contract, command, occasion)
    if isinstance(command, ReliefCommand):
        return relief.decide(contract, command, occasion)
    if isinstance(command, ContinuationCommand):
        return continuation.decide(contract, command, occasion)
    if isinstance(command, ClosingCommand):
        return closing.decide(contract, command, occasion)
    if isinstance(command, CorrectionCommand):
        return correction.decide(contract, command, occasion)
    assert_never(command)


def decide_around(contract: Contract, command: AroundCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """Decides on what is set right around a contract, offered for it, found in it, and what the sides say to each other."""
    if isinstance(command, ParticularCommand):
        return particulars.decide(contract, command)
    if isinstance(command, CatalogueCommand):
        return catalogued.decide(contract, command, occasion)
    if isinstance(command, QuoteCommand):
        return sourcing.decide(contract, command, occasion)
    if isinstance(command, ReviewCommand):
        return review.decide(contract, command, occasion)
    if isinstance(command, RiskCommand):
        return risk.decide(contract, command, occasion)
    if isinstance(command, NoticeCommand):
        return notices.decide(contract, command, occasion)
    return disputes.decide(contract, command, occasion)


def fold(contract: Contract, entry: Entry) -> None:
    """Changes a state in place by one entry. It never validates: what an entry says has already happened."""
    happened = cast("ContractFact", entry.fact)
    if isinstance(happened, DraftingFact):
        drafting.evolve(contract, entry, happened)
    elif isinstance(happened, AroundFact):
        fold_around(contract, entry, happened)
    elif isinstance(happened, DeviationFact):
        deviation.evolve(contract, entry, happened)
    elif isinstance(happened, PaymentFact):
        payment.evolve(contract, entry, happened)
    elif isinstance(happened, AcceptanceFact):
        acceptance.evolve(contract, entry, happened)
    elif isinstance(happened, ServiceFact):
        services.evolve(contract, entry, happened)
    elif isinstance(happened, CreditFact):
        credit.evolve(contract, entry, happened)
    elif isinstance(happened, EarningFact):
        earnings.evolve(contract, entry, happened)
    elif isinstance(happened, PricingFact):
        pricing.evolve(contract, happened)
    elif isinstance(happened, InvoicingFact):
        invoicing.evolve(contract, entry, happened)
    elif isinstance(happened, SettlementFact):
        settlement.evolve(contract, entry, happened)
    elif isinstance(happened, CustomFact):
        custom.evolve(contract, entry, happened)
    elif isinstance(happened, AccrualFact):
        accrual.evolve(contract, entry, happened)
    elif isinstance(happened, ReliefFact | BreachFact):
        fold_delay(contract, entry, happened)
    elif isinstance(happened, DeliveryFact):
        delivery.evolve(contract, entry, happened)
    elif isinstance(happened, ApprovalFact):
        approval.evolve(contract, entry, happened)
    elif isinstance(happened, SigningFact):
        signing.evolve(contract, entry, happened)
    elif isinstance(happened, AmendmentFact):
        amendment.evolve(contract, entry, happened)
    elif isinstance(happened, ContinuationFact):
        continuation.evolve(contract, entry, happened)
    elif isinstance(happened, ClosingFact):
        closing.evolve(contract, entry, happened)
    elif isinstance(happened, CorrectionFact):
        correction.evolve(contract, entry, happened)
    elif isinstance(happened, PublicationFact):
        publication.evolve(contract, happened)
    else:
        assert_never(happened)
    contract.version = entry.version


def fold_around(contract: Contract, entry: Entry, happened: AroundFact) -> None:
    """Folds what was set right around a contract, offered for it, found in it, and what the sides said to each other."""
    if isinstance(happened, ParticularFact):
        particulars.evolve(contract, happened)
    elif isinstance(happened, CatalogueFact):
        catalogued.evolve(contract, happened)
    elif isinstance(happened, QuoteFact):
        sourcing.evolve(contract, happened)
    elif isinstance(happened, NoticeFact):
        notices.evolve(contract, happened)
    elif isinstance(happened, DisputeFact):
        disputes.evolve(contract, happened)
    elif isinstance(happened, RiskFact):
        risk.evolve(contract, entry, happened)
    else:
        review.evolve(contract, entry, happened)


def fold_delay(contract: Contract, entry: Entry, happened: ReliefFact | BreachFact) -> None:
    """Folds what fell due, was broken, and could not be helped."""
    if isinstance(happened, ReliefFact):
        relief.evolve(contract, entry, happened)
    else:
        breach.evolve(contract, entry, happened)


def evolve(contract: Contract, entries: Iterable[Entry]) -> Contract:
    """A new state: the given one with more entries folded in."""
    folded = contract.copy()
    for entry in entries:
        fold(folded, entry)
    return folded


def replay(entries: Iterable[Entry]) -> Contract:
    """The state after a whole history."""
    return evolve(Contract(), entries)
