"""Exposure as a view: what stands with each counterparty in each currency as of a day, whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract.closing import ContractTerminated
from domain.contract.vocabulary import Counterparty
from domain.facts import Entry
from domain.money import Money
from domain.party import EraseParty, RegisterParty
from infra.ledger import PARTY
from infra.opening import Opened
from projections.check import check_view
from projections.fulfilment import FULFILMENT
from projections.fulfilment.exposure import ExposureBy, ExposureFilter, ExposureLine, ExposureQuery, exposure
from projections.paging import BadQuery
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.domain.reckoning import stands_with
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import content, new_ledger, tamper
from tests.projections.test_erasure import NAME, give, side
from tests.projections.test_fulfilment import DAY, LARGE, SALE, contract, owing, tell
from tests.spec import recorded, told

PAST = date(2026, 5, 31)
NORDWIND = Counterparty(counterparty_id="n", name="Nordwind", role="customer")
RUIKANG = Counterparty(counterparty_id="c1", name="Ruikang", role="customer", party_id="p1")


def begin(opened: Opened) -> None:
    """A party under two names that buys and sells, a contract with two sides, one in euros, and one that was ended."""
    renamed = replace(RUIKANG, counterparty_id="c2", name="Ruikang Ltd")
    tell(
        opened,
        sold=owing(replace(contract("S", direction=SALE), counterparties=(RUIKANG,)), (10_000, PAST), (2_000, None), paid=4_000),
        bought=owing(replace(contract("B"), counterparties=(renamed,)), (700, PAST), (300, DAY)),
        twice=owing(replace(contract("W"), counterparties=(NORDWIND, replace(NORDWIND, counterparty_id="g"))), (7, None)),
        both=owing(replace(contract("T"), counterparties=(RUIKANG, NORDWIND)), (50, None)),
        euros=owing(contract("E", name="Nordwind", direction=SALE, value=Money(1, "EUR")), (9_900, PAST)),
        over=owing(contract("O", name="Gone"), (100, date(2026, 1, 2)), (900, date(2027, 1, 1))) + told(ContractTerminated(ground="x")),
    )


def sums(one: ExposureLine) -> tuple[int, ...]:
    return (
        one.committed_minor,
        one.receivable_minor,
        one.receivable_overdue_minor,
        one.payable_minor,
        one.payable_overdue_minor,
        one.net_minor,
    )


def test_exposure_worked_by_hand(opened: Opened) -> None:
    begin(opened)
    query = ExposureQuery(on=DAY)
    found = {(one.name, one.currency): one for one in exposure(opened, query).rows}
    # A party is one under whatever name; each side of a shared contract stands for the whole.
    assert {key: sums(one) for key, one in found.items()} == {
        ("Gone", "CNY"): (0, 0, 0, 100, 100, -100),
        ("Nordwind", "CNY"): (57, 0, 0, 57, 0, -57),
        ("Nordwind", "EUR"): (9_900, 9_900, 9_900, 0, 0, 9_900),
        ("Ruikang Ltd", "CNY"): (13_050, 8_000, 6_000, 1_050, 700, 6_950),
    }
    ruikang = found["Ruikang Ltd", "CNY"]
    assert (ruikang.party_id, ruikang.contracts, ruikang.shared, ruikang.contract_id) == ("p1", 3, 1, None)
    contracts = exposure(opened, replace(query, by=ExposureBy.CONTRACT, which=ExposureFilter(party_id="p1"), sort="net_minor"))
    assert [(one.contract_id, one.number, one.net_minor) for one in contracts.rows] == [
        ("bought", "B", -1_000),
        ("both", "T", -50),
        ("sold", "S", 8_000),
    ]
    assert sum(one.net_minor for one in contracts.rows) == ruikang.net_minor


def test_exposures_are_found_sorted_and_paged(opened: Opened) -> None:
    begin(opened)

    def found(**which: object) -> list[tuple[str, str]]:
        query = ExposureQuery(on=DAY, which=ExposureFilter(**which))  # type: ignore[arg-type]
        return [(one.name, one.currency) for one in exposure(opened, query).rows]

    assert found(currency="EUR") == found(counterparty="nordw", direction=SALE) == [("Nordwind", "EUR")]
    assert found(number_prefix="T") == [("Nordwind", "CNY"), ("Ruikang", "CNY")]
    assert found(contract_id="over") == [("Gone", "CNY")]
    assert found(department="nobody") == []
    query = ExposureQuery(on=DAY, sort="receivable_minor", descending=True, limit=1)
    first = exposure(opened, query)
    second = exposure(opened, replace(query, cursor=first.next_cursor))
    assert [one.receivable_minor for one in (*first.rows, *second.rows)] == [9_900, 8_000]
    with pytest.raises(BadQuery, match="cannot be sorted by"):
        exposure(opened, replace(query, sort="luck"))


def test_a_side_that_was_tampered_with_is_found_and_one_that_was_erased_is_gone(opened: Opened) -> None:
    give(opened, PARTY, "wang", RegisterParty(name=NAME))
    put(opened, recorded(owing(replace(contract("E-1"), counterparties=(side(NAME, "wang"),)), (500, DAY))))
    catch_up(opened, FULFILMENT)
    (before,) = exposure(opened, ExposureQuery(on=DAY)).rows
    assert (before.name, before.party_id, before.payable_minor) == (NAME, "wang", 500)
    give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    catch_up(opened, FULFILMENT)
    assert NAME.encode() not in content(opened, FULFILMENT)
    (after,) = exposure(opened, ExposureQuery(on=DAY)).rows
    assert (after.party_id, sums(after)) == ("wang", sums(before))
    tamper(opened, "UPDATE {views}.sides SET committed_minor = 1")
    (differs,) = check_view(opened, FULFILMENT).differences
    assert [one.column for one in differs.columns] == ["committed_minor"]


@pytest.mark.campaign
@settings(max_examples=200 if LARGE else 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(told_lives=st.lists(lives(), min_size=1, max_size=4), seed=st.integers(0, 99), on=st.dates(date(2026, 1, 1), date(2027, 3, 1)))
def test_exposure_is_what_the_entries_say_added_up_by_hand(postgres: str, told_lives: list[list[Entry]], seed: int, on: date) -> None:
    with new_ledger(postgres) as it:
        put(it, interleaved(told_lives, seed))
        catch_up(it, FULFILMENT)
        lines = exposure(it, ExposureQuery(on=on, limit=1_000)).rows
        assert check_view(it, FULFILMENT).first is None
    assert {(one.party_id or one.name, one.currency): list(sums(one)[:5]) for one in lines} == stands_with(told_lives, on)
