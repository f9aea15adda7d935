"""What moved in the lists of contracts' money, performance and governance is what the lists of both moments do not share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.contract.payment import PaymentRecorded
from infra.opening import Opened
from projections.differences import Differences
from projections.fulfilment import FULFILMENT
from projections.governance import GOVERNANCE
from projections.moved import DifferenceQuery, MovedHow, MovedIn, MovedSide, between
from projections.moving import LISTS, PastView
from projections.paging import rows
from projections.past import Moments
from projections.runner import catch_up
from tests.facts import HISTORIES, cny, half_paid
from tests.projections.histories import put
from tests.projections.ledgers import new_ledger
from tests.projections.past.test_differences import NAMES, moments_of
from tests.projections.past.test_fulfilment import listed
from tests.projections.past.test_governance import listed as governed
from tests.spec import BOB, START, recorded, told

OF_CONTRACTS = {
    "receivables": PastView.RECEIVABLES,
    "deliveries": PastView.DELIVERIES,
    "charges": PastView.PENALTIES,
    "obligations": PastView.OBLIGATIONS,
    "decisions": PastView.APPROVALS,
    "renewals": PastView.RENEWALS,
    "conflicts": PastView.SEGREGATION,
    "template_uses": PastView.TEMPLATE_USES,
    "deviations": PastView.DEVIATIONS,
}


@pytest.fixture(scope="module")
def opened(postgres: str) -> Iterator[Opened]:
    """Histories of every sort, each a contract of its own."""
    with new_ledger(postgres) as it:
        for name in (*NAMES, "deviated", "penalty_waived"):
            put(it, [e._replace(stream=f"contract-{name}") for e in recorded(HISTORIES[name])])
        one_hand = half_paid[:-1] + told(PaymentRecorded(payment_id="p1", amount=cny("41710.00")), by=BOB)
        put(it, [e._replace(stream="contract-bob") for e in recorded(one_hand)])
        catch_up(it, FULFILMENT)
        catch_up(it, GOVERNANCE)
        yield it


@pytest.mark.parametrize("moved_in", MovedIn)
def test_what_moved_is_what_the_lists_of_both_moments_do_not_share(opened: Opened, moved_in: MovedIn) -> None:
    moved = set[str]()
    handed_in = next(e for e in opened.store.stream_entries("contract-bob") if e.fact.NAME == "contract.submitted_for_approval")
    waiting = handed_in.recorded_at if moved_in is MovedIn.KNOWN else handed_in.effective_at
    for since, until in pairwise([START - timedelta(days=1), waiting, *moments_of(opened)]):
        early, late = between(moved_in, since, until)
        was, becomes = ({**listed(opened, at), **governed(opened, at)} for at in (early, late))
        for table, view in OF_CONTRACTS.items():
            query = DifferenceQuery(view=view, before=early, after=late, limit=3)
            found = {f"{table} {row.key}": row for row in rows(Differences(opened).find, query)}
            keys = {key for key in {**was, **becomes} if key.startswith(f"{table} ")}
            assert set(found) == {key for key in keys if was.get(key) != becomes.get(key)}
            assert Differences(opened).count(query) == len(found)
            for key, row in found.items():
                how = MovedHow.APPEARED if key not in was else MovedHow.DISAPPEARED if key not in becomes else MovedHow.CHANGED
                assert (row.how, row.contract_id) == (how, (becomes.get(key) or was[key])["contract_id"])
                assert row.changes
                assert row.movers
                moved.add(table)
    # What waited was learnt of only when it waited no longer.
    waited = set() if moved_in is MovedIn.BOTH else {"decisions"}
    assert moved == OF_CONTRACTS.keys() - {"decisions"} | waited


def test_a_payment_moves_what_is_paid_and_open_and_nothing_else(postgres: str) -> None:
    with new_ledger(postgres) as opened:
        put(opened, recorded(half_paid))
        catch_up(opened, FULFILMENT)
        entries = opened.store.stream_entries("contract-1")
        paid = next(e for e in entries if e.fact.NAME == "contract.payment_recorded")
        query = DifferenceQuery(view=PastView.RECEIVABLES, before=Moments(None, entries[paid.version - 2].recorded_at), after=Moments())
        (row, *_) = Differences(opened).find(query).rows
        assert {change.path for change in row.changes} == {"paid", "open", "expected"}
        assert [(m.side, m.entry.fact.NAME) for m in row.movers] == [(MovedSide.TO, "contract.payment_recorded")]


def test_each_list_is_of_a_view_that_keeps_that_past() -> None:
    for kept in LISTS.values():
        assert kept.table.name in kept.view.tables
        assert set(kept.columns) <= set(kept.table.types)
