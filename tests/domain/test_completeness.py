"""What contracts of each kind have to say, by which ways, and that publishers' contracts are let be."""

from __future__ import annotations

from datetime import date

import pytest

from domain.contract.completeness import REQUIRED, Part, Requirement, checked, missing
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import Clause, Counterparty, Instalment, Kind, LineItem, Period, PlannedDelivery, Topic
from domain.terms.acceptance import AcceptanceWindow
from domain.terms.entitlement import Entitlements
from domain.terms.exact import Ratio
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.late_payment import LatePaymentInterest
from domain.terms.profit_share import ProfitShare
from domain.terms.rules import Term
from domain.terms.schedule import PaymentSchedule
from domain.terms.service_level import ServiceLevel
from tests.facts import SOURCE, cny, drafted, published
from tests.spec import START, given

EVERY = [(kind, one) for kind, required in REQUIRED.items() for one in required]
WAYS = [
    *((kind, one, way) for kind, one in EVERY for way in (*one.parts, *one.topics)),
    *((kind, one, way) for kind, one in EVERY for way in one.terms),
]
PLACED = {
    Part.COUNTERPARTY: ("counterparties", {"c1": Counterparty(counterparty_id="c1", name="乙方", role="supplier")}),
    Part.VALUE: ("value", cny("1.00")),
    Part.LINE_ITEMS: ("items", {"1": LineItem(item_id="1", description="x")}),
    Part.INSTALMENTS: ("instalments", {"i1": Instalment(instalment_id="i1", amount=cny("1.00"))}),
    Part.DELIVERY_DAY: ("planned_deliveries", {"d1": PlannedDelivery(delivery_id="d1", description="x", due=date(2026, 5, 1))}),
    Part.BOTH_DAYS: ("period", Period(start=date(2026, 1, 1), end=date(2026, 12, 31))),
}
TERMS: dict[type[Term], Term] = {
    LateDeliveryDamages: LateDeliveryDamages(rate=Ratio.of("0.1%")),
    LatePaymentInterest: LatePaymentInterest(rate=Ratio.of("4%")),
}


def term(kind: type[Term]) -> Term:
    """Any term of a type; of what it says nothing is asked."""
    return TERMS.get(kind) or object.__new__(kind)


def saying(kind: Kind, *ways: Part | Topic | type[Term]) -> Contract:
    """A contract of a kind that says this, and nothing else."""
    contract = Contract(version=1, kind=kind)
    for n, way in enumerate(ways):
        if isinstance(way, Part):
            field, content = PLACED[way]
            setattr(contract, field, content)
        elif isinstance(way, Topic):
            contract.clauses[str(n)] = Clause(clause_id=str(n), heading="", text="", topic=way)
        else:
            contract.terms[str(n)] = AgreedTerm(term_id=str(n), term=term(way), version=1, since=START)
    return contract


def first_ways(kind: Kind, *, but: Requirement | None = None) -> list[Part | Topic | type[Term]]:
    ways: list[Part | Topic | type[Term]] = []
    for one in REQUIRED[kind]:
        if one != but:
            some: list[Part | Topic | type[Term]] = [*one.parts]
            some += one.topics
            some += one.terms
            ways.append(some[0])
    return ways


@pytest.mark.parametrize("kind", Kind)
def test_what_says_everything_lacks_nothing_and_what_says_nothing_lacks_all(kind: Kind) -> None:
    assert missing(saying(kind, *first_ways(kind))) == ()
    assert missing(saying(kind)) == tuple(one.name for one in REQUIRED[kind])


@pytest.mark.parametrize(("kind", "requirement", "way"), WAYS, ids=lambda part: getattr(part, "name", getattr(part, "__name__", None)))
def test_each_way_alone_meets_its_requirement_and_without_any_it_is_missing(
    kind: Kind, requirement: Requirement, way: Part | Topic | type[Term]
) -> None:
    others = first_ways(kind, but=requirement)
    assert missing(saying(kind, *others)) == (requirement.name,)
    assert missing(saying(kind, *others, way)) == ()


def test_what_the_trade_expects_of_each_kind() -> None:
    said = {kind: [one.name for one in required[2:]] for kind, required in REQUIRED.items()}
    assert said == {
        Kind.SALES: ["goods", "payment terms", "delivery day", "place of delivery", "after-sales service"],
        Kind.SERVICE: ["scope", "period", "quality", "duties"],
        Kind.PARTNER: ["cooperation", "profit share", "period", "duties", "breach"],
        Kind.SUPPLIER: ["specification", "delivery day", "quality", "duties"],
        Kind.OTHER: [],
    }
    assert {t for _, one in EVERY for t in one.terms} == {
        AcceptanceWindow,
        Entitlements,
        LateDeliveryDamages,
        LatePaymentInterest,
        PaymentSchedule,
        ProfitShare,
        ServiceLevel,
    }


def test_a_clause_says_by_its_id_what_it_is_about_and_a_planned_delivery_without_a_day_says_none() -> None:
    contract = saying(Kind.SUPPLIER, Part.COUNTERPARTY, Part.VALUE, Part.LINE_ITEMS, Topic.DUTIES)
    contract.clauses["quality"] = Clause(clause_id="quality", heading="", text="x")
    contract.planned_deliveries["d1"] = PlannedDelivery(delivery_id="d1", description="x")
    assert missing(contract) == ("delivery day",)


def test_every_way_is_told_with_the_answer() -> None:
    quality = next(one for one in checked(given(drafted).contract) if one.name == "quality")
    assert (quality.met, quality.parts, quality.topics, quality.terms) == (True, (), (Topic.QUALITY,), ("acceptance_window",))


def test_of_a_publisher_s_contract_no_more_is_asked_than_of_any() -> None:
    assert missing(given(published).contract) == ()
    contract = Contract(version=1, kind=Kind.SUPPLIER, source=SOURCE)
    assert missing(contract) == ("counterparty", "value")
