"""The cash forecast as a view: what comes in and goes out month by month, as of a day, whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract.drafting import ContractDrafted
from domain.contract.forecast import Per
from domain.contract.vocabulary import Direction
from domain.facts import Entry
from domain.money import Money
from infra.opening import Opened
from projections.fulfilment import FULFILMENT, ReceivableQuery, Receivables
from projections.fulfilment.forecast import ForecastLine, ForecastQuery, forecast
from projections.fulfilment.receivables import ClaimFilter
from projections.paging import BadQuery
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.domain.reckoning import foreseen
from tests.facts import retained
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import new_ledger
from tests.projections.test_fulfilment import DAY, LARGE, SALE, contract, owing, tell


def told(opened: Opened, query: ForecastQuery) -> list[tuple[object, ...]]:
    """Period, currency, in, out, net and what came together of each line."""
    return [
        (
            one.covered(query.per, query.on).name,
            one.currency,
            one.inflow_minor,
            one.outflow_minor,
            one.net_minor,
            one.cumulative_minor,
        )
        for one in forecast(opened, query).rows
    ]


def test_a_forecast_worked_by_hand(opened: Opened) -> None:
    sale = contract("S", name="Nordwind", direction=SALE)
    tell(
        opened,
        # 41,710.00 was due on 15 May, of which 4,171.00 are held back until 15 January 2027.
        held=retained,
        sold=owing(sale, (10_000, date(2026, 6, 29)), (20_000, DAY), (5_000, date(2026, 7, 31)), (700, None)),
        more=owing(sale, (3_000, date(2026, 7, 1)), paid=500),
        far=owing(replace(sale, value=Money(1, "EUR")), (9_900, date(2027, 1, 2))),
    )
    query = ForecastQuery(on=DAY)
    assert told(opened, query) == [
        ("overdue", "CNY", 10_000, 3_753_900, -3_743_900, -3_743_900),
        ("2026-06", "CNY", 20_000, 0, 20_000, -3_723_900),
        ("2026-07", "CNY", 7_500, 0, 7_500, -3_716_400),
        ("2027-01", "CNY", 0, 417_100, -417_100, -4_133_500),
        ("2027-01", "EUR", 9_900, 0, 9_900, 9_900),
        ("undated", "CNY", 700, 0, 700, -4_132_800),
    ]
    july = forecast(opened, query).rows[2]
    assert (july.contracts, july.claims, july.covered(Per.MONTH, DAY)) == (2, 2, ("2026-07", date(2026, 7, 1), date(2026, 7, 31)))
    assert forecast(opened, query).rows[1].covered(Per.MONTH, DAY) == ("2026-06", DAY, DAY)
    assert [line[:3] for line in told(opened, replace(query, per=Per.QUARTER, which=ClaimFilter(direction=SALE, currency="CNY")))] == [
        ("overdue", "CNY", 10_000),
        ("2026-Q2", "CNY", 20_000),
        ("2026-Q3", "CNY", 7_500),
        ("undated", "CNY", 700),
    ]
    assert told(opened, replace(query, per=Per.WEEK, which=ClaimFilter(counterparty="nordw", due_to=date(2026, 7, 5))))[1:] == [
        ("2026-W27", "CNY", 22_500, 0, 22_500, 32_500)
    ]
    assert [line[1] for line in told(opened, replace(query, sort="currency", descending=True))] == ["EUR"] + ["CNY"] * 5
    with pytest.raises(BadQuery, match="cannot be sorted by"):
        forecast(opened, replace(query, sort="luck"))


def test_lines_come_in_pages_and_are_the_sums_of_what_is_expected_of_claims(opened: Opened) -> None:
    tell(opened, **{f"c{n}": owing(contract(f"N{n}"), (100 * n + 100, date(2026, 1 + n, 5)), (7, None)) for n in range(9)}, held=retained)
    query = ForecastQuery(on=date(2026, 3, 1), limit=3)
    pages: list[ForecastLine] = []
    while True:
        page = forecast(opened, query)
        pages += page.rows
        if page.next_cursor is None:
            break
        query = replace(query, cursor=page.next_cursor)
    assert [one.covered(Per.MONTH, query.on).name for one in pages] == [
        "overdue",
        *(f"2026-0{month}" for month in range(3, 10)),
        "2027-01",
        "undated",
    ]
    view = Receivables(opened)
    for one in pages:
        _, first, last = one.covered(Per.MONTH, query.on)
        found = view.find(ReceivableQuery(on=query.on, which=ClaimFilter(due_from=first, due_to=last), limit=100)).rows
        counted = [claim for claim in found if (claim.due is None) is (last is None)]
        assert one.outflow_minor == sum(claim.expected_minor for claim in counted)
    assert pages[-1].cumulative_minor == -sum(one.outflow_minor for one in pages)


@pytest.mark.campaign
@settings(max_examples=200 if LARGE else 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told_lives=st.lists(lives(), min_size=1, max_size=4),
    seed=st.integers(0, 99),
    sold=st.booleans(),
    on=st.dates(date(2026, 1, 1), date(2027, 3, 1)),
)
def test_a_forecast_is_what_the_entries_say_added_up_by_hand(
    postgres: str, told_lives: list[list[Entry]], seed: int, *, sold: bool, on: date
) -> None:
    if sold:
        begun = told_lives[0][0]
        if isinstance(begun.fact, ContractDrafted):
            told_lives[0][0] = begun._replace(fact=replace(begun.fact, direction=Direction.RECEIVABLE))
    with new_ledger(postgres) as it:
        put(it, interleaved(told_lives, seed))
        catch_up(it, FULFILMENT)
        lines = forecast(it, ForecastQuery(on=on, limit=1_000)).rows
    sums = {(one.covered(Per.MONTH, on).name, one.currency): (one.inflow_minor, one.outflow_minor) for one in lines}
    by_hand = foreseen(told_lives, on)
    assert sums == {key: flows for key, flows in by_hand.items() if key in sums}
    assert not any(any(flows) for key, flows in by_hand.items() if key not in sums)
