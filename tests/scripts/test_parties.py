"""Parties on the command line: listed, shown and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.conftest import Tally


def ids(tally: Tally, *words: object) -> list[str]:
    return [one["id"] for one in tally.json("parties", "list", *words)["parties"]]


def test_parties_are_listed_by_name_as_far_as_is_asked(tally: Tally) -> None:
    found = tally.json("parties", "list")
    assert found["count"] == len(found["parties"]) == 11
    assert [one["name"] for one in found["parties"]] == sorted(one["name"] for one in found["parties"])
    assert len(ids(tally, "--limit", 3)) == 3
    assert "11 parties; --all lists every one" in tally("parties", "list", "--limit", 3).stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--flagged",), ["demo-pacific", "demo-jianfeng"]),
        (("--blocked",), ["demo-jianfeng"]),
        (("--identifier", "demo0009"), ["demo-qihang"]),
        (("--name", "nord"), ["demo-nordwind"]),
        (("--country", "GB", "--desc"), ["demo-lakeside", "demo-brightdesk"]),
    ],
)
def test_a_filter_finds_what_it_names(tally: Tally, words: tuple[str, ...], expected: list[str]) -> None:
    assert ids(tally, *words) == expected


def test_a_list_is_written_to_a_file(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "parties.csv"
    assert "11 parties were written" in tally("parties", "list", "--to", file).stderr
    assert len(file.read_text("utf-8-sig").splitlines()) == 12
    assert "is there already" in tally("parties", "list", "--to", file, exit_code=1).stderr


def test_a_party_is_shown_with_what_became_of_it(tally: Tally) -> None:
    shown = tally.json("parties", "show", "demo-xing")
    assert shown["bank_account"]["account_number"] == "1219 0000 DEMO 0014"
    assert [one["account_number"] for one in shown["former_accounts"]] == ["1001 0000 DEMO 0004"]
    assert list(shown["verifications"]) == ["registration"]
    told = tally.json("parties", "history", "demo-xinghe")
    assert [one["fact"] for one in told["entries"]][-1] == "party.bank_account_changed@1"
    assert "bank_account.account_number" in [change["path"] for change in told["entries"][-1]["changes"]]
    assert "party.bank_account_changed" in tally("parties", "history", "demo-xinghe").stdout
    assert "`tally parties list`" in tally("parties", "show", "nobody", exit_code=1).stderr
