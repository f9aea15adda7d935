"""`tally searches` and `tally contracts --save` and `--saved`."""

from __future__ import annotations

from tests.scripts.conftest import Tally


def test_what_is_asked_for_is_saved_used_listed_and_removed(tally: Tally) -> None:
    asked = ("contracts", "--kind", "supplier", "--currency", "CNY", "--min-value", "100000", "--sort", "value", "--desc")
    assert "Saved as 大额采购." in tally(*asked, "--save", "大额采购").output
    expected = [one["number"] for one in tally.json(*asked)["contracts"]]
    assert expected
    assert [one["number"] for one in tally.json("contracts", "--saved", "大额采购")["contracts"]] == expected
    by_number = tally.json("contracts", "--saved", "大额采购", "--sort", "number")["contracts"]
    assert [one["number"] for one in by_number] == sorted(expected)

    [listed] = tally.json("searches", "list")["searches"]
    assert (listed["name"], listed["search"]["sort"], listed["shared"]) == ("大额采购", "value", False)
    assert "min_value 100,000.00 CNY" in tally("searches", "list").output
    tally("searches", "remove", "大额采购")
    assert tally.json("searches", "list")["searches"] == []
    assert "no saved search" in tally("contracts", "--saved", "大额采购", exit_code=1).stderr
