"""Counting and summing the register: every group is what its rows come to when they are added by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import cast

import pytest

from domain.contract.approval import ApprovalCompleted, SentBack, StepApproved, SubmittedForApproval
from domain.contract.drafting import ContractDrafted
from domain.contract.vocabulary import Direction, Kind, Status
from domain.money import exponent
from infra.opening import Opened
from projections.paging import BadQuery, rows
from projections.register import REGISTER, Register, RegisteredContract, RegisterQuery
from projections.register.statistics import GroupedBy, Period, Statistics
from projections.runner import catch_up
from projections.view import ViewMissing
from tests.facts import drafted, half_paid
from tests.projections.histories import put
from tests.projections.ledgers import new_ledger
from tests.projections.test_register import five_contracts
from tests.spec import ALICE, BOB, START, Told, recorded, told

KEYS: dict[GroupedBy, Callable[[RegisteredContract], set[str | None]]] = {
    GroupedBy.COUNTERPARTY: lambda row: {c.name for c in row.counterparties} or {None},
    GroupedBy.TAG: lambda row: set(row.tags) or {None},
    GroupedBy.DRAFTED: lambda row: {month(row.drafted_at)},
    GroupedBy.APPROVED: lambda row: {month(row.approved_at)},
    GroupedBy.IN_FORCE: lambda row: {month(row.in_force_since)},
    GroupedBy.ENDED: lambda row: {month(row.ended_at)},
}


@pytest.fixture(scope="module")
def opened(postgres: str) -> Iterator[Opened]:
    """A ledger with the contracts that the register is searched in, one half paid, and one that comes in."""
    with new_ledger(postgres) as it:
        put(it, [e._replace(stream="contract-half") for e in recorded(half_paid)])
        sold = recorded(half_paid)
        sold[0] = sold[0]._replace(fact=replace(cast("ContractDrafted", sold[0].fact), direction=Direction.RECEIVABLE, number="S-2"))
        put(it, [e._replace(stream="contract-sold") for e in sold])
        five_contracts(it)
        yield it


def month(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m}"


def keys_of(row: RegisteredContract, by: GroupedBy) -> set[str | None]:
    if by in KEYS:
        return KEYS[by](row)
    held = getattr(row, by.value)
    return {None if held is None else str(held)}


@pytest.mark.parametrize("by", GroupedBy)
def test_every_group_is_the_sum_of_its_rows(opened: Opened, by: GroupedBy) -> None:
    register = list(rows(Register(opened).find, RegisterQuery()))
    told = Statistics(opened).told(RegisterQuery(), by)
    assert {group.key for group in told.groups} == {key for row in register for key in keys_of(row, by)}
    assert told.count == len(told.groups)
    for group in (*told.groups, told.total):
        mine = [row for row in register if group is told.total or group.key in keys_of(row, by)]
        valued = [row for row in mine if row.value_minor is not None]
        assert (group.contracts, group.without_value) == (len(mine), len(mine) - len(valued))
        sums = {(s.direction, s.currency): (s.contracts, s.value, s.paid) for s in group.sums}
        assert sums == {
            (direction, currency): (
                len(them),
                Decimal(sum(row.value_minor or 0 for row in them)).scaleb(-exponent(currency)),
                Decimal(sum(row.paid_minor for row in them)).scaleb(-exponent(currency)),
            )
            for direction, currency in {(row.direction, row.currency or "") for row in valued}
            if (them := [row for row in valued if (row.direction, row.currency) == (direction, currency)])
        }
        for took, begin, end in (
            (group.to_approval, "submitted_at", "approved_at"),
            (group.to_force, "drafted_at", "in_force_since"),
            (group.to_end, "in_force_since", "ended_at"),
        ):
            both = [(getattr(row, begin), getattr(row, end)) for row in mine]
            days = [(to - since).total_seconds() / 86_400 for since, to in both if since and to]
            assert took.contracts == len(days)
            assert took.mean_days == (Decimal(f"{mean(days):.2f}") if days else None)
            assert took.median_days == (Decimal(f"{median(days):.2f}") if days else None)
            assert took.longest_days == (Decimal(f"{max(days):.2f}") if days else None)


def test_approval_counts_from_the_last_submission_and_is_told_by_the_month_in_which_it_came(postgres: str) -> None:
    day = timedelta(days=1)
    history = drafted + told(
        Told(SubmittedForApproval(), ALICE, START + 10 * day, START + 10 * day),
        Told(SentBack(step=1, opinion="once more"), BOB, START + 12 * day, START + 12 * day),
        Told(SubmittedForApproval(), ALICE, START + 20 * day, START + 20 * day),
        Told(StepApproved(step=1), BOB, START + 30 * day, START + 30 * day),
        Told(ApprovalCompleted(), BOB, START + 30 * day, START + 30 * day),
    )
    with new_ledger(postgres) as it:
        put(it, [e._replace(stream="contract-a") for e in recorded(history)])
        put(it, [e._replace(stream="contract-b") for e in recorded(history[:-2])])
        catch_up(it, REGISTER)
        told_of = Statistics(it).told(RegisterQuery(), GroupedBy.APPROVED)
        assert [(group.key, group.to_approval.mean_days) for group in told_of.groups] == [("2026-02", Decimal("10.00")), (None, None)]
        assert (told_of.total.to_approval.contracts, told_of.total.to_approval.median_days) == (1, Decimal("10.00"))


def test_a_contract_with_two_counterparties_counts_under_each_and_once_in_the_whole(opened: Opened) -> None:
    told = Statistics(opened).told(RegisterQuery(number_prefix="采-2026-002"), GroupedBy.COUNTERPARTY)
    assert [(group.key, group.contracts) for group in told.groups] == [("Müller & Söhne", 1), ("华东办公设备有限公司", 1)]
    assert told.total.contracts == 1


def test_the_filters_of_the_register_hold(opened: Opened) -> None:
    told = Statistics(opened).told(RegisterQuery(kind=(Kind.SERVICE,)), GroupedBy.STATUS)
    assert {group.key for group in told.groups} == {Status.DRAFT.value, Status.TERMINATED.value}
    assert told.total.contracts == Register(opened).count(RegisterQuery(kind=(Kind.SERVICE,)))
    nothing = Statistics(opened).told(RegisterQuery(number_prefix="nowhere"), GroupedBy.STATUS)
    assert (nothing.total.contracts, nothing.total.sums, nothing.groups) == (0, (), ())
    with pytest.raises(BadQuery):
        Statistics(opened).told(RegisterQuery(owner="\x00"), GroupedBy.STATUS)


def test_stretches_of_time_come_in_order_and_other_groups_by_size(opened: Opened) -> None:
    years = Statistics(opened).told(RegisterQuery(), GroupedBy.DRAFTED, Period.YEAR)
    quarters = Statistics(opened).told(RegisterQuery(), GroupedBy.DRAFTED, Period.QUARTER)
    assert [group.key for group in years.groups] == sorted({(group.key or "")[:4] for group in quarters.groups})
    assert all((group.key or "")[4:6] == "-Q" for group in quarters.groups)
    sizes = [group.contracts for group in Statistics(opened).told(RegisterQuery(), GroupedBy.KIND).groups]
    assert sizes == sorted(sizes, reverse=True)


def test_the_greatest_groups_are_told_and_all_are_counted(opened: Opened) -> None:
    whole = Statistics(opened).told(RegisterQuery(), GroupedBy.COUNTERPARTY)
    one = Statistics(opened).told(RegisterQuery(), GroupedBy.COUNTERPARTY, limit=1)
    assert (one.groups, one.count) == (whole.groups[:1], len(whole.groups))


def test_what_comes_in_is_not_added_to_what_goes_out(opened: Opened) -> None:
    directions = [(s.direction, s.currency) for s in Statistics(opened).told(RegisterQuery(), GroupedBy.STATUS).total.sums]
    assert len(set(directions)) == len(directions)
    assert {(Direction.PAYABLE, "CNY"), (Direction.RECEIVABLE, "CNY")} <= set(directions)


def test_statistics_of_a_register_that_was_never_built_say_so(postgres: str) -> None:
    with new_ledger(postgres) as empty, pytest.raises(ViewMissing, match="rebuild register"):
        Statistics(empty).told(RegisterQuery(), GroupedBy.STATUS)


@pytest.mark.parametrize("by", [GroupedBy.STATUS, GroupedBy.TAG, GroupedBy.IN_FORCE])
def test_an_earlier_moment_is_counted_as_it_was_listed_then(opened: Opened, by: GroupedBy) -> None:
    moments = sorted({entry.effective_at for entry in opened.store.whole_log()})
    seen = set()
    for moment in (moments[0], moments[len(moments) // 2], moments[-1]):
        query = RegisterQuery(valid_at=moment)
        listed = list(rows(Register(opened).find, query))
        told = Statistics(opened).told(query, by)
        groups = {group.key: group.contracts for group in told.groups}
        keys = {key for row in listed for key in keys_of(row, by)}
        assert groups == {key: sum(key in keys_of(row, by) for row in listed) for key in keys}
        assert told.total.contracts == len(listed)
        seen.add(tuple(sorted(groups.items(), key=str)))
    assert len(seen) > 1
