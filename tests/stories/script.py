"""A story as it is written in docs/stories: who is in it, what they send over HTTP, what they type, and what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PERSON: Final = re.compile(r"^\| `(?P<who>[\w.]+)` \| (?P<roles>[\w, ]+) \|", re.MULTILINE)
_ANYTHING: Final = "..."


@dataclass(frozen=True)
class Request:
    """One request. `names` is what the story calls the stream that the request begins; `{name}` stands for its id later."""

    line: int
    method: str
    path: str
    who: str
    names: str | None
    body: object


@dataclass(frozen=True)
class Answer:
    """The status that has to come back, and what else: fact names, a refusal with its sentence, or a part of the JSON."""

    line: int
    status: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """A command line, and what it prints; `...` stands for anything within a line, and alone for any lines."""

    line: int
    command: str
    prints: str


Step = Request | Answer | Typed


@dataclass(frozen=True)
class Story:
    """The people of a story with their roles, and its steps in order."""

    people: Mapping[str, tuple[str, ...]]
    steps: tuple[Step, ...]


def read(path: Path) -> Story:
    """Reads a story. Raises ValueError for a block that is none of its steps."""
    text = path.read_text(encoding="utf-8")
    people = {m["who"]: tuple(role.strip() for role in m["roles"].split(",")) for m in _PERSON.finditer(text)}
    return Story(people, tuple(step for block in _BLOCK.finditer(text) for step in steps(block, text.count("\n", 0, block.start()) + 2)))


def steps(block: re.Match[str], line: int) -> Iterator[Step]:
    """The steps in one block, which begins at a line of the document."""
    kind, content = block.groups()
    match kind:
        case "http":
            yield request(content, line)
        case "answer":
            first, *rest = content.splitlines()
            yield Answer(line, int(first.split()[0]), (*first.split()[1:], *(part for part in rest if part.strip())))
        case "console":
            for typed in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
                command, _, prints = typed.partition("\n")
                yield Typed(line, command, prints)
        case _:
            message = f"line {line}: a block of {kind} is no step of a story"
            raise ValueError(message)


def request(content: str, line: int) -> Request:
    """A request line, headers, an empty line, a body."""
    head, _, body = content.partition("\n\n")
    first, *rest = head.splitlines()
    method, path = first.split(" ", 1)
    headers = dict(header.split(": ", 1) for header in rest)
    return Request(line, method, path, headers.pop("As"), headers.pop("Names", None), json.loads(body) if body.strip() else {})


def printed(wanted: str) -> re.Pattern[str]:
    """What a program has to print: ends of lines and spaces in a row are not told apart from one space."""
    parts = [_ANYTHING if part == _ANYTHING else re.escape(part) for part in re.split(r"(\.\.\.)|\s+", wanted.strip()) if part]
    return re.compile(r"\s*".join(".*?" if part == _ANYTHING else part for part in parts), re.DOTALL)


def within(wanted: object, given: object, path: str = "$") -> Iterator[str]:
    """Where what was given lacks what was wanted; members that nobody asked for do not count."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key, part in wanted.items():
            yield from within(part, given[key], f"{path}.{key}") if key in given else (f"{path}.{key} is missing",)
    elif isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        for n, (part, held) in enumerate(zip(wanted, given, strict=True)):
            yield from within(part, held, f"{path}[{n}]")
    elif wanted != given:
        yield f"{path} is {given!r}, not {wanted!r}"
