"""A command line on a ledger of its own for each test module, with the demonstration portfolio in it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.opening import Opened, opened
from infra.schema import Names
from infra.settings import Settings
from scripts import demo
from scripts.tally import app
from tests.ledgers import drop


class Tally:
    """Types commands, and reads what they answer."""

    def __init__(self, home: Path, ledger: str) -> None:
        self.home = home
        self.ledger = ledger
        self._runner = CliRunner()

    def __call__(self, *words: object, exit_code: int = 0, stdin: str | bytes | None = None) -> Result:
        """Runs a command line, which has to end with this exit code."""
        result = self._runner.invoke(app, [str(word) for word in words], input=stdin, prog_name="tally")
        assert result.exit_code == exit_code, f"{words}: exit code {result.exit_code}\n{result.output}\n{result.exception!r}"
        return result

    def json(self, *words: object, exit_code: int = 0, stdin: str | bytes | None = None) -> Any:  # noqa: ANN401 - JSON of any shape
        """The one document that a command prints on stdout with --json."""
        return json.loads(self(*words, "--json", exit_code=exit_code, stdin=stdin).stdout)


@pytest.fixture(scope="module")
def empty_tally(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tally]:
    """A command line on a new ledger."""
    ledger = f"c{uuid.uuid4().hex[:12]}"
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TALLY_HOME", str(home))
        environment.setenv("TALLY_DATABASE_URL", postgres)
        environment.setenv("TALLY_LEDGER", ledger)
        yield Tally(home, ledger)
    drop(postgres, Names(ledger))


@pytest.fixture(scope="module")
def tally(empty_tally: Tally) -> Tally:
    """A command line on a ledger with the demonstration portfolio."""
    with opened(Settings.from_environment()) as it:
        demo.write(it.ledger)
    return empty_tally


@pytest.fixture(scope="module")
def at_hand(tally: Tally) -> Iterator[Opened]:
    """The same ledger, opened."""
    with opened(Settings.from_environment()) as it:
        yield it
