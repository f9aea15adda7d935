"""One line of English that says what an entry tells; a module for each stage of a contract's life."""

from __future__ import annotations

from typing import assert_never, cast

from domain.access import AccessFact
from domain.alert import AlertFact
from domain.alerting import AlertRulesFact
from domain.clock import ClockFact
from domain.contract.acceptance import AcceptanceFact
from domain.contract.accrual import AccrualFact
from domain.contract.amendment import AmendmentFact
from domain.contract.approval import ApprovalFact
from domain.contract.breach import BreachFact
from domain.contract.catalogued import CatalogueFact
from domain.contract.closing import ClosingFact
from domain.contract.continuation import ContinuationFact
from domain.contract.correction import CorrectionFact, FactCorrected
from domain.contract.credit import CreditFact
from domain.contract.custom import CustomFact
from domain.contract.delivery import DeliveryFact
from domain.contract.deviation import DeviationFact
from domain.contract.disputes import DisputeFact
from domain.contract.drafting import DraftingFact
from domain.contract.earnings import EarningFact
from domain.contract.invoicing import InvoicingFact
from domain.contract.notices import NoticeFact
from domain.contract.particulars import ParticularFact
from domain.contract.payment import PaymentFact
from domain.contract.pricing import PricingFact
from domain.contract.publication import PublicationFact
from domain.contract.relief import ReliefFact
from domain.contract.review import ReviewFact
from domain.contract.risk import RiskFact
from domain.contract.services import ServiceFact
from domain.contract.settlement import SettlementFact
from domain.contract.signing import SigningFact
from domain.contract.sourcing import QuoteFact
from domain.delegation import DelegationFact
from domain.document import DocumentFact
from domain.facts import Fact
from domain.fields import FieldsFact
from domain.party import PartyFact
from domain.policy import PolicyFact
from domain.product import ProductFact
from domain.risk import RiskRulesFact
from domain.searches import SearchesFact
from domain.template import TemplateFact
from projections.facts import AnyFact
from projections.timeline.summary.access import of_access
from projections.timeline.summary.alerts import of_alerts
from projections.timeline.summary.amendment import of_amendment
from projections.timeline.summary.approval import of_approval
from projections.timeline.summary.claims import of_claim
from projections.timeline.summary.delays import of_delay
from projections.timeline.summary.delivery import of_delivery
from projections.timeline.summary.deviation import of_deviation
from projections.timeline.summary.drafting import of_drafting
from projections.timeline.summary.fields import of_fields
from projections.timeline.summary.others import of_others
from projections.timeline.summary.particulars import of_particular
from projections.timeline.summary.payment import of_payment
from projections.timeline.summary.performance import of_performance
from projections.timeline.summary.phrases import because
from projections.timeline.summary.risk import of_risk
from projections.timeline.summary.settlement import of_settlement
from projections.timeline.summary.stages import of_stage


def summary(fact: Fact) -> str:
    """What a fact says, in one line."""
    happened = cast("AnyFact", fact)
    if isinstance(happened, PaymentFact):
        return of_payment(happened)
    if isinstance(happened, AcceptanceFact | ServiceFact):
        return of_performance(happened)
    if isinstance(happened, CreditFact | EarningFact | PricingFact | NoticeFact | DisputeFact):
        return of_claim(happened)
    if isinstance(happened, CustomFact | FieldsFact):
        return of_fields(happened)
    if isinstance(happened, AccrualFact | ReliefFact | BreachFact):
        return of_delay(happened)
    if isinstance(happened, InvoicingFact | SettlementFact):
        return of_settlement(happened)
    if isinstance(happened, DeliveryFact):
        return of_delivery(happened)
    if isinstance(happened, DraftingFact):
        return of_drafting(happened)
    if isinstance(happened, ParticularFact | CatalogueFact | QuoteFact | ReviewFact):
        return of_particular(happened)
    if isinstance(happened, AlertFact | AlertRulesFact | ClockFact):
        return of_alerts(happened)
    if isinstance(happened, RiskFact | RiskRulesFact):
        return of_risk(happened)
    if isinstance(happened, DeviationFact):
        return of_deviation(happened)
    if isinstance(happened, ApprovalFact):
        return of_approval(happened)
    if isinstance(happened, SigningFact | ContinuationFact | ClosingFact):
        return of_stage(happened)
    if isinstance(happened, AmendmentFact):
        return of_amendment(happened)
    if isinstance(happened, CorrectionFact):
        return of_correction(happened)
    if isinstance(happened, AccessFact):
        return of_access(happened)
    if isinstance(
        happened, PartyFact | DocumentFact | PolicyFact | TemplateFact | ProductFact | DelegationFact | SearchesFact | PublicationFact
    ):
        return of_others(happened)
    assert_never(happened)


def of_correction(happened: FactCorrected) -> str:
    """What is said instead of what was said."""
    was = summary(happened.was.fact)
    if happened.becomes is None:
        return f"Version {happened.corrects} struck out ({was}){because(happened.why)}"
    moment = "" if happened.effective_at is None else f", on {happened.effective_at.date().isoformat()}"
    return f"Version {happened.corrects} corrected: {summary(happened.becomes.fact)}{moment}{because(happened.why)}"
