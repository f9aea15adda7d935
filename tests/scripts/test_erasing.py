"""Erasing what is personal of a party on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_what_is_personal_of_a_party_is_erased_once_somebody_says_yes(empty_tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "party.json"
    file.write_text('{"name": "赵敏", "address": "上海市漕溪路 1 号", "country": "CN"}', "utf-8")
    empty_tally("parties", "register", "--file", file, "--id", "zhao")
    words = ("parties", "erase", "zhao", "--ground", "PIPL 47")
    assert "1 entries hold personal data of 赵敏, 0 of them in contracts" in empty_tally(*words, stdin="n\n", exit_code=1).stderr
    assert empty_tally.json("parties", "show", "zhao")["name"] == "赵敏"
    assert "party.personal_data_erased@1" in empty_tally(*words, stdin="y\n").output
    assert empty_tally.json("parties", "show", "zhao")["name"] == "█████"
    assert "赵敏" not in empty_tally("parties", "history", "zhao", "--json").stdout
    assert "赵敏" not in empty_tally("changes", "--json").stdout
    assert "Refused (PartyErased)" in empty_tally(*words, exit_code=1).stderr
    assert "0 keys, 1 destroyed" in empty_tally("doctor").stdout
