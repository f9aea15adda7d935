"""The register on the command line: filters, order, pages, and views built anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.opening import Opened
from tests.scripts.conftest import Tally


def numbers(tally: Tally, *words: object) -> list[str]:
    return [contract["number"] for contract in tally.json("contracts", *words)["contracts"]]


def test_contracts_are_listed_by_number_with_their_figures(tally: Tally) -> None:
    found = tally.json("contracts")
    assert found["count"] == len(found["contracts"]) == 16
    assert numbers(tally) == sorted(numbers(tally))
    office = next(c for c in found["contracts"] if c["number"] == "CG-2025-002")
    assert office["value"] == {"amount": "93700.00", "currency": "CNY"}
    assert office["paid"] == {"amount": "65306.00", "currency": "CNY"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--status", "rejected"), ["CG-2026-008"]),
        (("--status", "rejected", "--status", "completed"), ["CG-2026-008", "XS-2025-001"]),
        (("--kind", "partner", "--status", "in_force"), ["HZ-2025-001", "HZ-2026-001"]),
        (("--counterparty", "星河"), ["CG-2025-002", "CG-2026-005", "FW-2026-002"]),
        (("--number", "HZ-2026"), ["HZ-2026-001", "HZ-2026-002"]),
        (("--q", "sensor"), ["HZ-2026-001", "XS-2025-004"]),
        (("--currency", "eur", "--min-value", "100500.00"), ["XS-2025-004", "XS-2026-007"]),
        (("--currency", "EUR", "--max-value", "100500.00"), ["XS-2026-007"]),
        (("--owner", "sarah.miller", "--kind", "service"), ["FW-2026-001"]),
        (("--department", "行政部 Administration", "--currency", "GBP"), ["FW-2026-001"]),
    ],
)
def test_a_filter_finds_what_it_names(tally: Tally, words: tuple[str, ...], expected: list[str]) -> None:
    assert numbers(tally, *words) == expected


def test_sorting_goes_both_ways(tally: Tally) -> None:
    up = numbers(tally, "--currency", "CNY", "--sort", "value")
    assert up[0] == "FW-2026-002"
    assert up == numbers(tally, "--currency", "CNY", "--sort", "value", "--desc")[::-1]


def test_a_limit_is_kept_and_what_is_left_out_is_said(tally: Tally) -> None:
    result = tally("contracts", "--limit", 3)
    assert len(result.stdout.splitlines()) == 4
    assert "3 of 16 contracts" in result.stderr
    assert len(tally("contracts", "--all").stdout.splitlines()) == 17


def test_pages_join_without_a_seam(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = numbers(tally, "--all", "--sort", "end", "--desc")
    monkeypatch.setattr("scripts.cli.contracts.MAX_LIMIT", 3)
    assert numbers(tally, "--all", "--sort", "end", "--desc") == whole
    assert len(set(whole)) == 16


def test_an_amount_without_a_currency_is_refused(tally: Tally) -> None:
    assert "needs --currency" in tally("contracts", "--min-value", "10", exit_code=2).stderr


def test_only_the_columns_that_are_named_are_listed(tally: Tally, tmp_path: Path) -> None:
    (one,) = tally.json("contracts", "--number", "XS-2026-007", "--columns", "value,number")["contracts"]
    assert list(one) == ["value", "number"]
    sheet = tmp_path / "list.csv"
    tally("contracts", "--columns", "number, value,currency", "--to", sheet)
    head, first, *_ = sheet.read_text("utf-8-sig").splitlines()
    assert (head, first.count(",")) == ("number,value,currency", 2)
    head, *lines = tally("contracts", "--columns", "currency,number").stdout.splitlines()
    assert (head.split(), len(lines), lines[0].split()[0]) == (["currency", "number"], 16, "CNY")
    assert "There is no column 'colour'; there are number, title, " in tally("contracts", "--columns", "colour", exit_code=2).stderr


def test_a_column_that_is_none_is_refused(tally: Tally) -> None:
    assert "cannot be sorted by 'colour'" in tally("contracts", "--sort", "colour", exit_code=1).stderr


def test_a_writer_reads_its_own_write(tally: Tally) -> None:
    written = tally.json("do", "demo-sales-5", "change-title", "--set", "title=Retrofit of line 4")
    found = tally.json("contracts", "--number", "XS-2026-007")
    assert found["position"] >= written["position"]
    assert found["contracts"][0]["title"] == "Retrofit of line 4"


def test_a_rebuilt_view_says_the_same(tally: Tally, at_hand: Opened) -> None:
    before = tally.json("contracts", "--all")
    answer = tally.json("rebuild", "--all")
    assert [one["view"] for one in answer["rebuilt"]] == [
        "register",
        "search",
        "parties",
        "products",
        "timeline",
        "fulfilment",
        "governance",
        "dues",
        "alerts",
    ]
    assert {one["position"] for one in answer["rebuilt"]} == {at_hand.store.head()}
    assert tally.json("contracts", "--all") == before


def test_rebuild_wants_one_view_or_all(tally: Tally) -> None:
    assert (
        "there are register, search, parties, products, timeline, fulfilment, governance, dues, alerts"
        in tally("rebuild", "ledgers", exit_code=2).stderr
    )
    tally("rebuild", exit_code=2)
    tally("rebuild", "register", "--all", exit_code=2)
