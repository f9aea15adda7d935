"""How the command line speaks: help, errors, JSON, and text that terminals must not obey."""

from __future__ import annotations

import json
import re

import pytest
from typer.main import get_command

from scripts.cli.terminal import Column, fitted, one_line, safe, table
from scripts.tally import app
from tests.scripts.conftest import Tally

ROOT = get_command(app)


def every_command() -> list[tuple[str, ...]]:
    """The words of every command."""
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[tuple[str, ...], object]] = [((), ROOT)]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append(words)
        else:
            waiting += [((*words, name), one) for name, one in inner.items()]
    return sorted(found)


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_explains_itself_with_an_example(empty_tally: Tally, words: tuple[str, ...]) -> None:
    text = empty_tally(*words, "--help").stdout
    assert "Example" in text
    assert f"tally {' '.join(words)}" in text.split("Example", 1)[1]
    # What stands for a value can become the option's name, depending on the library that reads it.
    assert re.findall(r"^\W*--[A-Z]\S*", text, re.MULTILINE) == []


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("show",),
        ("show", "x", "--versoin", "3"),
        ("show", "x", "--version", "0"),
        ("pay", "x", "1.00", "CNY"),
        ("key", "issue", "me", "--role", "emperor"),
        ("parties",),
    ],
)
def test_what_was_typed_wrong_is_said_on_stderr_with_exit_code_2(empty_tally: Tally, words: tuple[str, ...]) -> None:
    result = empty_tally(*words, exit_code=2)
    assert result.stderr or words == ("parties",)
    assert "Traceback" not in result.output


def test_a_wrong_setting_is_one_sentence(empty_tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_DATABASE_URL", "mysql://root@localhost/x")
    result = empty_tally("show", "x", exit_code=1)
    assert "TALLY_DATABASE_URL begins with mysql://" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_database_that_is_not_there_is_one_sentence(empty_tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    result = empty_tally("show", "x", exit_code=1)
    assert result.stderr.startswith("The ledger says no (StoreUnavailable)")
    assert "Traceback" not in result.output


def test_an_empty_ledger_answers_json_all_the_same(empty_tally: Tally) -> None:
    assert json.loads(empty_tally("parties", "list", "--json").stdout)["parties"] == []
    assert json.loads(empty_tally("templates", "list", "--json").stdout) == {"templates": []}
    assert json.loads(empty_tally("key", "list", "--json").stdout) == {"keys": []}


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert safe("a\x1b[31mred\u202eesrever") == "a\\x1b[31mred\\u202eesrever"
    assert one_line("two\r\nlines\tand\x07") == "two lines and\\x07"


def test_columns_line_up_whatever_the_letters(capsys: pytest.CaptureFixture[str]) -> None:
    table([Column("name"), Column("n", right=True)], [("采购合同", 1), ("[bold]abc", 22), (None, 333)])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["name         n", "采购合同     1", "[bold]abc   22", "           333"]


def test_a_narrow_terminal_drops_then_cuts_columns() -> None:
    columns = [Column("number"), Column("title", shrinks=True, least=20), Column("owner", drop=1), Column("id", drop=2)]
    natural = [11, 60, 10, 36]
    assert fitted(columns, natural, 200) == dict(enumerate(natural))
    assert fitted(columns, natural, 100) == {0: 11, 1: 37, 2: 10, 3: 36}
    assert fitted(columns, natural, 82) == {0: 11, 1: 57, 2: 10}
    assert fitted(columns, natural, 40) == {0: 11, 1: 27}
    assert fitted(columns, natural, 10) == {0: 11, 1: 20}


def test_benchmarks_are_listed_and_an_unknown_one_is_refused(empty_tally: Tally) -> None:
    programs = {program["name"]: program["measures"] for program in json.loads(empty_tally("bench", "--json").stdout)["programs"]}
    assert "append" in programs
    assert all(programs.values())
    assert "append" in empty_tally("bench", "nothing", exit_code=2).stderr
    assert "Durable appends" in empty_tally("bench").stdout


def test_what_follows_a_benchmarks_name_is_handed_to_it(empty_tally: Tally) -> None:
    assert "usage: " in empty_tally("bench", "append", "--help").stdout
