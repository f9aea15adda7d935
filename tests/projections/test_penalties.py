"""Penalties and credits as a view: what terms came to and what became of it, whatever happened."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract.charges import ChargeKind
from domain.facts import Entry
from infra.opening import Opened
from projections.check import check_view
from projections.fulfilment import FULFILMENT
from projections.fulfilment.penalties import Became, ChargeFilter, ChargeQuery, ChargeSumQuery, Penalties, PenaltiesBy, penalty_sums
from projections.paging import BadQuery
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.domain.reckoning import charged
from tests.facts import credited, earned, interest_waived, penalised, penalty_waived
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import new_ledger, tamper
from tests.projections.test_fulfilment import LARGE, tell
from tests.spec import given as given_history


def begin(opened: Opened) -> None:
    """A penalty, another half forgiven, interest, a credit, and what was earned."""
    tell(opened, full=penalised, waived=penalty_waived, lent=interest_waived, credit=credited, shared=earned)


def test_charges_are_found_by_what_they_are_and_what_became_of_them(opened: Opened) -> None:
    begin(opened)
    view = Penalties(opened)

    def found(sort: str = "number", **which: object) -> list[tuple[str, str]]:
        query = ChargeQuery(which=ChargeFilter(**which), sort=sort)  # type: ignore[arg-type]
        rows = view.find(query).rows
        assert view.count(query) == len(rows)
        return [(one.contract_id, one.subject) for one in rows]

    assert found(kind=(ChargeKind.PENALTY,)) == [("full", "d1"), ("waived", "d1")]
    assert found(became=Became.WAIVED) == [("lent", "i1"), ("waived", "d1")]
    assert found(became=Became.OPEN, kind=(ChargeKind.INTEREST, ChargeKind.SERVICE_CREDIT)) == [("credit", "sla 2026-02"), ("lent", "i1")]
    assert found(became=Became.SETTLED) == []
    assert found(contract_id="shared", kind=(ChargeKind.PROFIT_SHARE,)) == [
        ("shared", subject) for subject in given_history(earned).contract.profit_shares
    ]
    assert found(counterparty="nobody") == []
    (waived,) = view.find(ChargeQuery(which=ChargeFilter(contract_id="waived"))).rows
    assert (waived.accrued_minor, waived.waived_minor, waived.standing_minor, waived.settled_minor) == (70_000, 20_000, 50_000, 0)
    held = given_history(penalty_waived).contract.penalties["d1"]
    assert (waived.term_id, waived.term_version, waived.through, waived.version) == (
        held.term_id,
        held.term_version,
        held.through,
        held.version,
    )


def test_sums_worked_by_hand(opened: Opened) -> None:
    begin(opened)
    query = ChargeSumQuery(which=ChargeFilter(kind=(ChargeKind.PENALTY, ChargeKind.SERVICE_CREDIT)))
    penalty, credit = penalty_sums(opened, query).rows
    assert (penalty.kind, penalty.contracts, penalty.charges, penalty.accrued_minor, penalty.waived_minor, penalty.open_minor) == (
        ChargeKind.PENALTY,
        2,
        2,
        140_000,
        20_000,
        120_000,
    )
    assert (credit.kind, credit.standing_minor) == (ChargeKind.SERVICE_CREDIT, 140_000)
    contracts = penalty_sums(opened, replace(query, by=PenaltiesBy.CONTRACT, sort="open_minor", limit=1))
    assert (contracts.rows[0].contract_id(PenaltiesBy.CONTRACT), contracts.rows[0].open_minor) == ("waived", 50_000)
    (full,) = penalty_sums(opened, replace(query, by=PenaltiesBy.CONTRACT, sort="open_minor", limit=1, cursor=contracts.next_cursor)).rows
    assert full.contract_id(PenaltiesBy.CONTRACT) == "full"
    with pytest.raises(BadQuery, match="cannot be sorted by"):
        penalty_sums(opened, replace(query, sort="luck"))


def test_a_charge_that_was_tampered_with_is_found(opened: Opened) -> None:
    begin(opened)
    assert check_view(opened, FULFILMENT).matches
    tamper(opened, "UPDATE {views}.charges SET waived_minor = 0 WHERE contract_id = 'waived'")
    (first,) = check_view(opened, FULFILMENT).differences
    assert (first.version, [one.column for one in first.columns]) == (len(penalty_waived), ["waived_minor"])


@pytest.mark.campaign
@settings(max_examples=200 if LARGE else 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(told_lives=st.lists(lives(), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_sums_are_what_the_entries_say_added_up_by_hand(postgres: str, told_lives: list[list[Entry]], seed: int) -> None:
    with new_ledger(postgres) as it:
        put(it, interleaved(told_lives, seed))
        catch_up(it, FULFILMENT)
        lines = penalty_sums(it, ChargeSumQuery(limit=1_000)).rows
        assert check_view(it, FULFILMENT).first is None
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for one in lines:
        accrued, standing = sums.get((one.kind.value, one.currency), (0, 0))
        sums[one.kind.value, one.currency] = (accrued + one.accrued_minor, standing + one.standing_minor)
    assert sums == charged(told_lives)
