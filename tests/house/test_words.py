"""How things are named and told: commands, facts and refusals explain themselves, and nothing is called a manager."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator
from string import Formatter
from typing import TypeVar

import pytest

import domain
from domain.facts import FACTS, Command, Fact
from domain.refusals import Refusal
from tests.house.sources import Module, dotted, files, modules, parsed

for found in pkgutil.walk_packages(domain.__path__, "domain."):
    importlib.import_module(found.name)

T = TypeVar("T")

EMPTY_WORDS = {"manager", "handler", "processor", "helper", "helpers", "util", "utils", "data", "info"}
MAX_LINES = 450
# A command line says its options in its signature, one a line.
MAX_FUNCTION_LINES = 70


def below(base: type[T]) -> Iterator[type[T]]:
    for cls in base.__subclasses__():
        yield cls
        yield from below(cls)


def of_domain(base: type[T]) -> list[type[T]]:
    # A dataclass with slots leaves the class that it was made of behind.
    found = {c for c in below(base) if c.__module__.startswith("domain.") and getattr(sys.modules[c.__module__], c.__name__, None) is c}
    return sorted(found, key=lambda c: c.__name__)


def sentence(cls: type[object]) -> str:
    """A class's own docstring: dataclasses without one are given their signature."""
    text = cls.__dict__.get("__doc__") or ""
    return "" if text.startswith(f"{cls.__name__}(") else text


def empty_names(module: Module) -> list[str]:
    """Names of modules, classes and functions whose last word, which says what a thing is, says nothing.

    A function of one word may be the word of somebody else's trade, such as PostgreSQL's data directory.
    """
    things = [n.name for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef)] + [module.path.stem]
    acts = [n.name for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    words = {name: re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name) for name in things + acts}
    return [name for name, parts in words.items() if parts and parts[-1].lower() in EMPTY_WORDS and (name in things or len(parts) > 1)]


def raised(module: Module) -> Iterator[tuple[str, set[str] | None]]:
    """Each exception raised, with the details it is given: none where it is raised bare."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            call = node.exc if isinstance(node.exc, ast.Call) else None
            given = {k.arg for k in call.keywords if k.arg} if call else set()
            unpacked = call is not None and any(k.arg is None for k in call.keywords)
            yield dotted(call.func if call else node.exc).rpartition(".")[2], None if unpacked else given


def long_functions(module: Module) -> list[str]:
    return [
        f"{node.name} ({length})"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


@pytest.mark.parametrize("cls", [*of_domain(Command), *of_domain(Fact), *of_domain(Refusal)], ids=lambda c: c.__name__)
def test_every_command_fact_and_refusal_says_what_it_is(cls: type[object]) -> None:
    assert re.fullmatch(r"[A-Z`].*[.:]", " ".join(sentence(cls).split())), f"{cls.__name__} needs a sentence"


def test_every_fact_is_in_the_register_under_a_name_of_the_past() -> None:
    assert set(of_domain(Fact)) == set(FACTS.values())
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", name) for name in FACTS)


@pytest.mark.parametrize("refusal", of_domain(Refusal), ids=lambda c: c.__name__)
def test_every_refusal_has_a_sentence_of_its_own(refusal: type[Refusal]) -> None:
    assert "template" in refusal.__dict__
    assert refusal.template.endswith((".", "}"))
    assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(refusal.template))


def test_a_refusal_s_name_is_a_machine_name_and_stands_for_one_rule() -> None:
    assert [name for name, times in Counter(r.__name__ for r in of_domain(Refusal)).items() if times > 1] == []


def test_every_refusal_is_raised_somewhere_with_the_details_that_its_sentence_names() -> None:
    refusals = {r.__name__: r for r in of_domain(Refusal)}
    seen: set[str] = set()
    for module in modules():
        for name, details in raised(module):
            if name in refusals:
                seen.add(name)
                wanted = {n for _, n, _, _ in Formatter().parse(refusals[name].template) if n}
                assert details is None or details >= wanted, f"{module.name} raises {name} without {wanted - details}"
    assert set(refusals) - seen == set()


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_nothing_has_a_name_that_says_nothing(module: Module) -> None:
    assert empty_names(module) == []


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_modules_and_functions_fit_in_a_head(module: Module) -> None:
    assert module.text.count("\n") <= MAX_LINES, "split it by stage of life"
    assert long_functions(module) == []


@pytest.mark.parametrize(
    "text", ["class KeyManager: ...", "def process_data(): ...", "class A:\n    async def as_info(self): ...", "class HTTPHandler: ..."]
)
def test_an_empty_name_would_be_seen(text: str) -> None:
    assert empty_names(parsed(text))


@pytest.mark.parametrize("text", ["def handle(): ...", "class Dated: ...", "def database(): ...", "def data(): ...", "class Informed: ..."])
def test_a_telling_name_is_let_through(text: str) -> None:
    assert empty_names(parsed(text)) == []


# Written in parts, so that this file does not find itself.
ELSEWHERE = re.compile(r"(?<![\w.:])/(?:" + "|".join(["wo" + "rk", "ro" + "ot"]) + r")/|/tmp/[a-z]" + r"/")
TICKETS = re.compile(r"\b(?:" + "iss" + "ue" + r")s? #?\d", re.IGNORECASE)


def test_no_file_names_a_place_on_somebody_s_machine_or_a_ticket() -> None:
    told = [
        f"{path}: {line.strip()[:120]}"
        for path in files()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if ELSEWHERE.search(line) or TICKETS.search(line)
    ]
    assert told == []


@pytest.mark.parametrize("line", ["see /ro" + "ot/x", "in '/wo" + "rk/main'", "/tm" + "p/w/x", "is" + "sue 2", "Iss" + "ue #14"])
def test_such_a_place_would_be_seen(line: str) -> None:
    assert ELSEWHERE.search(line) or TICKETS.search(line)
