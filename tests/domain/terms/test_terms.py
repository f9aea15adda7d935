"""All terms together: each has a name, is checked by its own rules, and can be part of a fact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from domain import terms
from domain.money import Money
from domain.refusals import Refusal
from domain.terms.acceptance import AcceptanceWindow
from domain.terms.confidentiality import ConfidentialityDuty
from domain.terms.data_return import Action, DataReturn, Duty, Side
from domain.terms.discount import Measure, Mode, Tier, VolumeDiscount
from domain.terms.dispute import DisputePath, Route, Step, StepKind
from domain.terms.entitlement import Benefit, Entitlement, Entitlements
from domain.terms.exact import Ratio
from domain.terms.insurance import InsuranceDuty
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.late_payment import LatePaymentInterest
from domain.terms.liability import LiabilityCap
from domain.terms.licence import LicenceScope
from domain.terms.notice import Channel, ChannelRule, NoticeRules
from domain.terms.ownership import IntellectualProperty, Owner, Right
from domain.terms.performance import PerformancePay, Point
from domain.terms.price import Component, PriceAdjustment
from domain.terms.profit_share import ProfitShare, ProfitTier
from domain.terms.renewal import Renewal
from domain.terms.retention import Release, Retention
from domain.terms.rules import Term
from domain.terms.schedule import On, Part, PaymentSchedule, Trigger
from domain.terms.service_level import Availability, CreditStep, Metric, ServiceLevel, TimeLimit
from domain.terms.termination import ExitFee, FeeKind, Ground, Termination

TENTH, ALL = Ratio.of("10%"), Ratio.of("100%")
MONEY = Money.of("100.00", "CNY")
# A sound one of each, and one of each that breaks a rule of its own.
PAIRS: list[tuple[Term, Term]] = [
    (
        PaymentSchedule(parts=(Part(instalment_id="a", trigger=Trigger(on=On.DATE, day=date(2026, 1, 1)), share=ALL),)),
        PaymentSchedule(parts=()),
    ),
    (LateDeliveryDamages(rate=TENTH, cap=ALL), LateDeliveryDamages(rate=TENTH, per_days=0)),
    (LatePaymentInterest(rate=TENTH), LatePaymentInterest(rate=TENTH, grace_days=-1)),
    (
        ServiceLevel(
            calendar="7×24",
            availability=Availability(target=Ratio.of("99.9%"), ladder=(CreditStep(below=Ratio.of("99%"), credit=TENTH),)),
            limits=(TimeLimit(metric=Metric.FIX, severity="P1", seconds=3600, credit=TENTH),),
        ),
        ServiceLevel(calendar="7×24"),
    ),
    (AcceptanceWindow(criteria=("works",), days=5), AcceptanceWindow(criteria=(), days=5)),
    (
        PriceAdjustment(components=(Component(index="CPI", weight=ALL, base=Decimal("102.50")),)),
        PriceAdjustment(components=(Component(index="CPI", weight=TENTH, base=Decimal("102.50")),)),
    ),
    (Renewal(automatic=True, notice_days=30, length_months=12), Renewal(automatic=True, notice_days=30, length_months=0)),
    (
        Termination(grounds=(Ground(ground="breach", fee=ExitFee(kind=FeeKind.FIXED, amount=MONEY), duties=("return",)),)),
        Termination(grounds=()),
    ),
    (Retention(share=TENTH, releases=(Release(share=ALL, months=12),)), Retention(share=TENTH, releases=())),
    (
        VolumeDiscount(measure=Measure.QUANTITY, mode=Mode.SLAB, tiers=(Tier(at_least=Decimal(10), discount=TENTH),)),
        VolumeDiscount(measure=Measure.QUANTITY, mode=Mode.SLAB, tiers=()),
    ),
    (ProfitShare(tiers=(ProfitTier(above=MONEY, share=TENTH),), floor=MONEY), ProfitShare(tiers=())),
    (
        PerformancePay(metric="yield", points=(Point(at=Decimal(1), pay=Ratio.of("-5%")), Point(at=Decimal(2), pay=TENTH))),
        PerformancePay(metric="yield", points=()),
    ),
    (NoticeRules(channels=(ChannelRule(channel=Channel.EMAIL, days=1),)), NoticeRules(channels=())),
    (DisputePath(routes=(Route(steps=(Step(kind=StepKind.LITIGATION, forum="Pudong"),)),), law="PRC"), DisputePath(routes=(), law="PRC")),
    (ConfidentialityDuty(covers=("prices",), until=date(2030, 1, 1)), ConfidentialityDuty(covers=())),
    (
        DataReturn(owner="us", duties=(Duty(duty_id="d", action=Action.DELETE, subject="backups", owed_by=Side.US, days=30),)),
        DataReturn(owner="us", duties=()),
    ),
    (LiabilityCap(share=TENTH, amount=MONEY), LiabilityCap()),
    (InsuranceDuty(kind="liability", insured=MONEY), InsuranceDuty(kind="", insured=MONEY)),
    (LicenceScope(subject="software", start=date(2026, 1, 1)), LicenceScope(subject="", start=date(2026, 1, 1))),
    (
        IntellectualProperty(rights=(Right(right_id="r", subject="code", maker=Owner.US, owner=Owner.JOINT),)),
        IntellectualProperty(rights=()),
    ),
    (
        Entitlements(entitlements=(Entitlement(entitlement_id="t", benefit=Benefit.TRAINING, quantity=Decimal("2.50"), unit="days"),)),
        Entitlements(entitlements=()),
    ),
]
NAMES = [type(sound).__name__ for sound, _ in PAIRS]


def test_every_term_is_known_under_a_name_of_its_own_and_has_an_example() -> None:
    assert set(Term.KINDS.values()) == set(get_args(terms.AnyTerm)) == {type(sound) for sound, _ in PAIRS}
    assert len(Term.KINDS) == len(get_args(terms.AnyTerm)) == len(PAIRS)


@pytest.mark.parametrize(("sound", "senseless"), PAIRS, ids=NAMES)
def test_each_term_is_checked_by_its_own_rules(sound: Term, senseless: Term) -> None:
    terms.check(sound)
    with pytest.raises(Refusal):
        terms.check(senseless)


@pytest.mark.parametrize("sound", [sound for sound, _ in PAIRS], ids=NAMES)
def test_each_term_comes_back_from_json_as_it_was(sound: Term) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(sound))
    assert msgspec.convert(stored, Term.KINDS[stored["term"]]) == sound
