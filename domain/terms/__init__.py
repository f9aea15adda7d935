"""Terms that act: what a contract agrees, as values that compute exactly. `Term.KINDS` tells them apart by their stored name."""

from __future__ import annotations

from typing import TypeAlias, assert_never, cast, get_args

from domain.terms import (
    acceptance,
    confidentiality,
    data_return,
    discount,
    dispute,
    entitlement,
    insurance,
    late_delivery,
    late_payment,
    liability,
    licence,
    notice,
    ownership,
    performance,
    price,
    profit_share,
    renewal,
    retention,
    schedule,
    service_level,
    termination,
)
from domain.terms.rules import Term

AnyTerm: TypeAlias = (
    schedule.PaymentSchedule
    | late_delivery.LateDeliveryDamages
    | late_payment.LatePaymentInterest
    | service_level.ServiceLevel
    | acceptance.AcceptanceWindow
    | price.PriceAdjustment
    | renewal.Renewal
    | termination.Termination
    | retention.Retention
    | discount.VolumeDiscount
    | profit_share.ProfitShare
    | performance.PerformancePay
    | notice.NoticeRules
    | dispute.DisputePath
    | confidentiality.ConfidentialityDuty
    | data_return.DataReturn
    | liability.LiabilityCap
    | insurance.InsuranceDuty
    | licence.LicenceScope
    | ownership.IntellectualProperty
    | entitlement.Entitlements
)

Term.KINDS.update({cls.__dataclass_fields__["term"].default: cls for cls in get_args(AnyTerm)})


def check(term: Term) -> None:
    """Refuses a senseless term with the refusal of the rule that it breaks."""
    match cast("AnyTerm", term):
        case schedule.PaymentSchedule() as found:
            schedule.check(found)
        case late_delivery.LateDeliveryDamages() as found:
            late_delivery.check(found)
        case late_payment.LatePaymentInterest() as found:
            late_payment.check(found)
        case service_level.ServiceLevel() as found:
            service_level.check(found)
        case acceptance.AcceptanceWindow() as found:
            acceptance.check(found)
        case price.PriceAdjustment() as found:
            price.check(found)
        case renewal.Renewal() as found:
            renewal.check(found)
        case termination.Termination() as found:
            termination.check(found)
        case retention.Retention() as found:
            retention.check(found)
        case discount.VolumeDiscount() as found:
            discount.check(found)
        case profit_share.ProfitShare() as found:
            profit_share.check(found)
        case performance.PerformancePay() as found:
            performance.check(found)
        case notice.NoticeRules() as found:
            notice.check(found)
        case dispute.DisputePath() as found:
            dispute.check(found)
        case confidentiality.ConfidentialityDuty() as found:
            confidentiality.check(found)
        case data_return.DataReturn() as found:
            data_return.check(found)
        case liability.LiabilityCap() as found:
            liability.check(found)
        case insurance.InsuranceDuty() as found:
            insurance.check(found)
        case licence.LicenceScope() as found:
            licence.check(found)
        case ownership.IntellectualProperty() as found:
            ownership.check(found)
        case entitlement.Entitlements() as found:
            entitlement.check(found)
        case unreachable:
            assert_never(unreachable)
