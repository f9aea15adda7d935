"""`tally approvals`, `tally renewals` and `tally segregation`: as tables, as JSON and as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.conftest import Tally


def test_each_list_is_told_in_every_form(tally: Tally, tmp_path: Path) -> None:
    for command, noun, head in (
        ("approvals", "approvals", "matter"),
        ("renewals", "renewals", "expires"),
        ("segregation", "conflicts", "duty"),
    ):
        found = tally.json(command, "--all")
        assert found["count"] == len(found[noun]) > 0
        table = tally(command, "--all").stdout
        assert all(one["number"][:6] in table for one in found[noun])
        sheet = tmp_path / f"{command}.csv"
        assert f"{noun} were written" in tally(command, "--to", sheet).stderr
        assert head in sheet.read_text("utf-8-sig").splitlines()[0].split(",")


def test_filters_hold(tally: Tally) -> None:
    everything = tally.json("approvals", "--all")["approvals"]
    seats = {one["seat"]["name"] for one in everything}
    for who in seats:
        assert all(one["ways"] for one in tally.json("approvals", "--who", who)["approvals"])
    assert "Nothing waits" in tally("approvals", "--who", everything[0]["submitted_by"], "--number", everything[0]["number"]).stderr
    people = {one["person"] for one in tally.json("segregation", "--all")["conflicts"]}
    for person in people:
        assert {one["person"] for one in tally.json("segregation", "--person", person)["conflicts"]} == {person}
    days = [one["expires"] for one in tally.json("renewals", "--all")["renewals"]]
    assert days == sorted(days)
    assert all(one["expires"] <= days[0] for one in tally.json("renewals", "--expires-to", days[0])["renewals"])


@pytest.mark.parametrize("typed", [("approvals", "--sort", "luck"), ("segregation", "--sort", "luck"), ("renewals", "--sort", "luck")])
def test_what_cannot_be_sorted_by_is_said(tally: Tally, typed: tuple[str, ...]) -> None:
    assert "cannot be sorted by" in tally(*typed, exit_code=1).stderr


def test_lists_are_told_as_of_another_moment(tally: Tally) -> None:
    now = {one["contract_id"] for one in tally.json("renewals", "--all")["renewals"]}
    then = tally.json("renewals", "--all", "--valid-at", "2025-06-30")
    assert (then["on"], then["as_of"]) == ("2025-06-30", {"valid_at": "2025-06-30T23:59:59.999999Z", "known_at": None})
    assert {one["contract_id"] for one in then["renewals"]} not in (set(), now)
    for command in (("approvals",), ("renewals",), ("segregation",), ("deviations",), ("templates", "uses")):
        asked = tally.json(*command, "--known-at", "2020-01-01")
        (listed,) = (value for value in asked.values() if isinstance(value, list))
        assert (asked["as_of"]["known_at"], listed) == ("2020-01-01T23:59:59.999999Z", []), command
