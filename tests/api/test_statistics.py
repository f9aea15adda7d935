"""The register counted and summed over HTTP."""

from __future__ import annotations

import pytest

from infra.opening import Opened
from tests.api.caller import House


@pytest.fixture(scope="module")
def drafts(shared: House) -> list[str]:
    """Three contracts, two of them of one department."""
    value = {"amount": "90071992547409.91", "currency": "CNY"}
    return [
        shared["drafter"].draft(department="统计部", value=value),
        shared["drafter"].draft(department="统计部", value=value, owner="li.wei"),
        shared["drafter"].draft(department="另一部", value={"amount": "5.00", "currency": "USD"}, owner="li.wei"),
    ]


def test_groups_and_the_whole_are_told_exactly_however_large(shared: House, shared_opened: Opened, drafts: list[str]) -> None:
    head = shared_opened.store.head()
    assert len(drafts) == 3
    answer = shared["reader"].get(f"/statistics/contracts?by=department&min_position={head}")
    assert answer.status == 200
    assert int(answer.headers["Ledger-Position"]) >= head
    groups = {group["key"]: group for group in answer.content["groups"]}
    assert groups["统计部"]["contracts"] == 2
    (sums,) = groups["统计部"]["sums"]
    # Beyond what one amount may be, and beyond what a double keeps.
    assert (sums["currency"], sums["value"], sums["paid"]) == ("CNY", "180143985094819.82", "0.00")
    assert groups["统计部"]["to_approval"] == groups["统计部"]["to_force"]
    assert groups["统计部"]["to_force"] == {
        "contracts": 0,
        "mean_days": None,
        "median_days": None,
        "ninth_tenth_days": None,
        "longest_days": None,
    }
    assert answer.content["total"]["contracts"] == sum(group["contracts"] for group in answer.content["groups"])


def test_the_filters_of_the_register_hold_and_its_order_is_none(shared: House, shared_opened: Opened, drafts: list[str]) -> None:
    head = shared_opened.store.head()
    told = shared["reader"].get(f"/statistics/contracts?by=department&owner=li.wei&min_position={head}").content
    assert [(group["key"], group["contracts"]) for group in told["groups"]] == [("另一部", 1), ("统计部", 1)]
    assert (told["count"], len(drafts)) == (2, 3)
    one = shared["reader"].get("/statistics/contracts?by=department&owner=li.wei&limit=1").content
    assert (len(one["groups"]), one["count"], one["total"]["contracts"]) == (1, 2, 2)


@pytest.mark.parametrize(
    ("query", "path"),
    [("", "query.by"), ("?by=colour", "query.by"), ("?by=kind&sort=number", "query.sort"), ("?by=kind&period=day", "query.period")],
)
def test_what_cannot_be_counted_is_named(shared: House, query: str, path: str) -> None:
    refused = shared["reader"].get(f"/statistics/contracts{query}")
    assert (refused.status, list(refused.errors)) == (422, [path])
