"""Prices that follow an index, worked out by hand: twenty laptops at 3,500.00, a contract worth 83,420.00 in two halves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain import contract as contracts
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.history import as_of
from domain.contract.operations import PutItem
from domain.contract.pricing import AdjustPrice, IndexLevel, PriceAdjusted, ValueMovesOtherwise
from domain.facts import Dated, Entry
from domain.surroundings import Alone
from domain.terms.calendar import Calendar, EveryDay
from domain.terms.price import AdjustedTooSoon, NoticeTooShort
from tests.domain.tables.pricing import ADJUST, ADJUST_HALF, WITHOUT_PRICES
from tests.facts import A_YEAR_ON, FIRST_HALF, LAPTOPS, SECOND_HALF, cny, priced
from tests.spec import Given, When, given, told


def adjusted(done: When) -> PriceAdjusted:
    (only,) = done.granted().decided
    assert isinstance(only.fact, PriceAdjusted)
    return only.fact


def at_level(level: str, **changes: object) -> AdjustPrice:
    return replace(ADJUST, levels=(IndexLevel(index="CPI", level=Decimal(level)),), price=None, **changes)  # type: ignore[arg-type]


def test_an_adjustment_cites_its_term_and_shows_how_the_price_came_about() -> None:
    fact = adjusted(given(priced).when(ADJUST, at=A_YEAR_ON))
    assert (fact.term_id, fact.term_version, fact.announced_on, fact.effective_from) == ("prices", 9, date(2026, 12, 1), date(2027, 1, 15))
    assert (fact.factor, fact.bounded, fact.value_before) == ("1.030000", False, cny("83420.00"))
    assert fact.formula.endswith("3500.00 CNY × 1.03 = 3605.00 CNY")


def test_a_rise_beyond_what_was_agreed_stops_there() -> None:
    fact = adjusted(given(priced).when(at_level("120", value=None, instalments=()), at=A_YEAR_ON))
    assert (fact.after, fact.bounded, fact.factor) == (cny("3675.00"), True, "1.200000")


def test_a_price_may_change_without_the_value_where_nothing_of_the_item_is_left_to_come() -> None:
    done = given(priced).when(at_level("103", value=None, instalments=()), at=A_YEAR_ON).granted()
    done.then_contract(value=cny("83420.00"))
    assert adjusted(done).value is None
    assert done.contract.items["1"].unit_price == Decimal("3605.00")


def test_what_stood_before_stands_in_the_history() -> None:
    entries: list[Entry] = list(given(priced).when(ADJUST, at=A_YEAR_ON).granted().entries)
    then = contracts.replay(as_of(entries, valid_at=A_YEAR_ON - timedelta(days=1)))
    now = contracts.replay(entries)
    assert (then.items["1"].unit_price, then.value, then.instalments["i2"].amount) == (Decimal("3500.00"), cny("83420.00"), cny("41710.00"))
    assert (now.items["1"].unit_price, now.value, now.instalments["i2"].amount) == (Decimal("3605.00"), cny("84470.00"), cny("42760.00"))
    assert then.price_changes == {}


def test_without_unit_prices_the_value_or_part_of_it_is_adjusted() -> None:
    half = given(priced + WITHOUT_PRICES).when(ADJUST_HALF, at=A_YEAR_ON).granted()
    assert (half.contract.value, adjusted(half).before, adjusted(half).after) == (cny("84671.30"), cny("41710.00"), cny("42961.30"))
    # 83,420.00 × 1.03 = 85,922.60.
    whole = replace(ADJUST_HALF, affected=None, instalments=(replace(SECOND_HALF, amount=cny("44212.60")),))
    given(priced + WITHOUT_PRICES).when(whole, at=A_YEAR_ON).granted().then_contract(value=cny("85922.60"))


def test_the_next_adjustment_waits_for_a_year_and_follows_the_price_of_the_last() -> None:
    once = given(priced).when(ADJUST, at=A_YEAR_ON).granted()
    again = at_level("105", adjustment_id="2028", announced_on=date(2027, 11, 1), value=None, instalments=())
    once.and_when(again, at=datetime(2028, 1, 14, 9, tzinfo=UTC)).then_refused(AdjustedTooSoon)
    fact = adjusted(once.and_when(again, at=datetime(2028, 1, 15, 9, tzinfo=UTC)))
    # 3,605.00 × 1.05 = 3,785.25.
    assert (fact.before, fact.after) == (cny("3605.00"), cny("3785.25"))
    other = replace(again, item_id="2")
    assert adjusted(once.and_when(other, at=datetime(2027, 12, 15, 9, tzinfo=UTC))).after == cny("704.55")


def test_a_price_that_an_amendment_set_stands_from_then_on_and_another_quantity_changes_no_price() -> None:
    more = replace(LAPTOPS, quantity=Decimal(25))
    at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    amended = priced + told(Dated(AmendmentTookEffect(amendment_id="a1", operations=(PutItem(item=more),)), at))
    given(amended).when(ADJUST, at=A_YEAR_ON).granted()
    cheaper = replace(more, unit_price=Decimal("3400.00"))
    amended = priced + told(Dated(AmendmentTookEffect(amendment_id="a1", operations=(PutItem(item=cheaper),)), at))
    given(amended).when(ADJUST, at=A_YEAR_ON).then_refused(
        AdjustedTooSoon, last_on=date(2026, 6, 1), earliest=date(2027, 6, 1), effective_on=date(2027, 1, 15)
    )


class Zoned(Alone):
    """Days begin where the command says."""

    def calendar(self, code: str, zone: str) -> Calendar:
        return EveryDay(zone=ZoneInfo(zone), name=code)


def test_the_day_from_which_a_price_applies_begins_where_the_zone_says() -> None:
    midnight = datetime(2027, 1, 15, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    in_china = replace(ADJUST, zone="Asia/Shanghai")
    done = given(priced).when(in_china, at=A_YEAR_ON, effective_at=midnight, around=Zoned())
    assert adjusted(done).effective_from == date(2027, 1, 15)
    given(priced).when(ADJUST, at=A_YEAR_ON, effective_at=midnight).then_refused(AdjustedTooSoon)


def test_notice_is_given_as_long_before_as_agreed() -> None:
    given(priced).when(replace(ADJUST, announced_on=date(2026, 12, 16)), at=A_YEAR_ON).granted()
    given(priced).when(replace(ADJUST, announced_on=date(2026, 12, 17)), at=A_YEAR_ON).then_refused(NoticeTooShort)


@pytest.mark.parametrize(("item_id", "value", "granted"), [("2", "83822.60", True), ("2", "83874.94", True), ("2", "83874.95", False)])
def test_the_value_moves_by_no_more_than_all_of_the_item_costs_more_with_tax(*, item_id: str, value: str, granted: bool) -> None:
    # Twenty chairs at 671.00 cost 402.60 more, with 13 % tax 454.938.
    rest = replace(SECOND_HALF, amount=cny(value) - FIRST_HALF.amount)
    done = given(priced).when(at_level("103", item_id=item_id, value=cny(value), instalments=(rest,)), at=A_YEAR_ON)
    if granted:
        done.granted().then_contract(value=cny(value))
    else:
        done.then_refused(ValueMovesOtherwise)


@whatever(
    st.lists(
        st.tuples(st.sampled_from(["90", "97", "100.4", "103", "111"]), st.sampled_from([None, "1", "2"]), st.integers(-300_000, 300_000)),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_is_adjusted_the_instalments_sum_to_the_value(steps: list[tuple[str, str | None, int]]) -> None:
    story = given(priced)
    for n, (level, item_id, moved) in enumerate(steps, start=1):
        held = story.contract
        assert held.value is not None
        becomes = None if item_id is None else replace(held.value, minor=held.value.minor + moved)
        last = replace(SECOND_HALF, amount=replace(held.value, minor=held.value.minor + moved - FIRST_HALF.amount.minor))
        at = A_YEAR_ON + timedelta(days=366 * n)
        command = at_level(
            level, adjustment_id=f"a{n}", item_id=item_id, value=becomes, instalments=(last,), announced_on=date(2026, 12, 1)
        )
        story = Given(story.when(command, at=at).entries)
        value = story.contract.value
        assert value is not None
        assert sum(i.amount.minor for i in story.contract.instalments.values()) == value.minor
