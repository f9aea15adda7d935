"""Search on the command line: the words, where they stand, and the register narrowed by them."""

from __future__ import annotations

from tests.scripts.conftest import Tally


def test_words_are_found_with_where_they_stand(tally: Tally) -> None:
    found = tally.json("search", "采购", "--limit", 2)
    assert (len(found["hits"]), found["count"] > 2) == (2, True)
    for hit in found["hits"]:
        assert all(one["text"][mark["start"] : mark["end"]] == "采购" for one in hit["snippets"] for mark in one["marks"])
        assert hit["snippets"]
    shown = tally("search", "sensor")
    assert "HZ-2026-001" in shown.stdout
    assert "[sensor]" in shown.stdout.lower()
    assert "2 of " in tally("search", "采购", "--limit", 2).stderr


def test_what_begins_with_a_dash_is_left_out_and_nothing_is_said_to_be_nothing(tally: Tally) -> None:
    every = {hit["number"] for hit in tally.json("search", "--limit", 100, "合同")["hits"]}
    without = {hit["number"] for hit in tally.json("search", "--limit", 100, "合同 -sensor")["hits"]}
    assert without < every
    assert "No contract holds these words." in tally("search", "不存在之词").stderr
    assert "holds no word to look for" in tally("search", "。", exit_code=1).stderr


def test_the_register_is_narrowed_by_words_beside_its_other_filters(tally: Tally) -> None:
    listed = [one["number"] for one in tally.json("contracts", "--search", "sensor")["contracts"]]
    assert set(listed) == {hit["number"] for hit in tally.json("search", "sensor")["hits"]}
    assert listed == sorted(listed)
    narrowed = [one["number"] for one in tally.json("contracts", "--search", "sensor", "--kind", "partner")["contracts"]]
    assert set(narrowed) < set(listed)
