"""Every story in docs/stories happens as it is told, over HTTP and on the command line."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.keys import issue
from domain.access import Role
from infra.ledger import Asker
from infra.opening import opened
from infra.schema import Names
from infra.settings import Settings
from projections.runner import Projectors
from tests.api.caller import Answer as Given
from tests.api.caller import Caller
from tests.ledgers import drop
from tests.scripts.conftest import Tally
from tests.stories.script import Answer, Request, Story, Typed, printed, read, within

FOLDER = Path(__file__).parents[2] / "docs" / "stories"
STORIES = sorted(FOLDER.glob("[!R]*.md"))
KINDS = {"sales", "service", "partner", "supplier"}


@pytest.fixture
def tally(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tally]:
    """A command line on a ledger that holds nothing but the story."""
    ledger = f"s{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("TALLY_HOME", str(tmp_path))
    monkeypatch.setenv("TALLY_DATABASE_URL", postgres)
    monkeypatch.setenv("TALLY_LEDGER", ledger)
    yield Tally(tmp_path, ledger)
    drop(postgres, Names(ledger))


class Telling:
    """A story while it happens."""

    def __init__(self, client: TestClient, keys: dict[str, str], tally: Tally) -> None:
        """`keys` are by person."""
        self.client = client
        self.keys = keys
        self.tally = tally
        self.ids: dict[str, str] = {}
        self.last: Given | None = None

    def filled(self, text: str) -> str:
        """A text with ids in the place of the story's names for them."""
        for name, identity in self.ids.items():
            text = text.replace(f"{{{name}}}", identity)
        return text

    def send(self, step: Request) -> None:
        """Sends a request, and keeps what was answered."""
        body: Any = json.loads(self.filled(json.dumps(step.body, ensure_ascii=False)))
        caller = Caller(self.client, self.keys[step.who])
        self.last = caller.send(step.method, self.filled(step.path), None if step.method == "GET" else body)
        if step.names is not None:
            assert self.last.status == 201, f"line {step.line}: {self.last.content}"
            self.ids[step.names] = self.last.content["id"]

    def check(self, step: Answer) -> None:
        """Compares the answer with the one that the story tells."""
        assert self.last is not None
        given = self.last
        assert given.status == step.status, f"line {step.line}: {given.status} {given.content}"
        said = "\n".join(step.lines)
        if step.status >= 400:
            name, *sentence = step.lines
            assert (given.name, given.content["detail"]) == (name, " ".join(sentence)), f"line {step.line}"
        elif said.startswith(("{", "[")):
            assert list(within(json.loads(self.filled(said)), given.content)) == [], f"line {step.line}"
        else:
            assert [fact.partition("@")[0] for fact in given.content["facts"]] == list(step.lines), f"line {step.line}"

    def type(self, step: Typed) -> None:
        """Types a command line and compares what it prints."""
        words = self.filled(step.command).split(" ")
        assert words[0] == "tally", f"line {step.line}: {words[0]} is not a command of this project"
        told = self.tally(*words[1:]).stdout
        assert printed(self.filled(step.prints)).fullmatch(told.strip()), f"line {step.line}: {step.command} printed\n{told}"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_story_happens_as_it_is_told(path: Path, tally: Tally) -> None:
    story: Story = read(path)
    with opened(Settings.from_environment()) as it, Projectors(it) as projectors, TestClient(create_app(it, projectors)) as client:
        keys = {who: issue(it, who, [Role(role) for role in roles], Asker("root", "local", "cli")) for who, roles in story.people.items()}
        assert all(projectors.wait_for(view, it.store.head(), 60) for view in projectors.health())
        telling = Telling(client, keys, tally)
        for step in story.steps:
            match step:
                case Request():
                    telling.send(step)
                case Answer():
                    telling.check(step)
                case Typed():
                    assert all(projectors.wait_for(view, it.store.head(), 60) for view in projectors.health())
                    telling.type(step)


def test_there_is_a_story_for_each_kind_of_contract() -> None:
    assert {path.stem for path in STORIES} >= KINDS


def test_each_request_of_a_story_has_its_answer() -> None:
    for path in STORIES:
        told = read(path).steps
        requests = [n for n, step in enumerate(told) if isinstance(step, Request)]
        assert requests, path
        assert all(isinstance(told[n + 1], Answer) for n in requests), path


@pytest.mark.parametrize(
    ("wanted", "told", "same"),
    [
        ("status in force", "status    in force", True),
        ("status in force", "status    completed", False),
        ("first\n...\nlast", "first\nmiddle\nlast", True),
        ("first\n...\nlast", "first\nmiddle", False),
        ("a (b) c", "a (b) c", True),
    ],
)
def test_what_is_printed_is_compared_word_by_word(wanted: str, told: str, *, same: bool) -> None:
    assert bool(printed(wanted).fullmatch(told)) is same


@pytest.mark.parametrize(
    ("wanted", "given", "wrong"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"a": 2}, ["$.a is 2, not 1"]),
        ({"a": {"b": 1}}, {"a": {}}, ["$.a.b is missing"]),
        ({"a": [1]}, {"a": [1, 2]}, ["$.a is [1, 2], not [1]"]),
    ],
)
def test_what_is_answered_is_compared_member_by_member(wanted: object, given: object, wrong: list[str]) -> None:
    assert list(within(wanted, given)) == wrong
