"""JSON bodies read strictly: what a lenient reader would bend, drop or choke on is refused, with the path where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 32
MAX_FLAWS = 20
MAX_INTEGER = 2**63 - 1
_MAX_DIGITS = 20
_SHOWN = 60

# Control characters other than tab and newline; the surrogates, which no UTF-8 text has.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Flaw(NamedTuple):
    """What is wrong, and where: a JSON path such as `$.items[3].quantity`, or `query.limit`."""

    path: str
    reason: str


class Flawed(Exception):
    """What was sent cannot be taken; it names every flaw, up to twenty."""

    def __init__(self, flaws: list[Flaw]) -> None:
        """Takes at least one flaw."""
        self.flaws = flaws
        super().__init__("; ".join(f"{flaw.path}: {flaw.reason}" for flaw in flaws))


class _Bad:
    """Stands in the tree for what the decoder refused, until the walk gives it a path."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


class _Node(NamedTuple):
    """A value on the walk; its path is spelled out only when something is wrong with it."""

    value: object
    key: str | int
    parent: _Node | None
    depth: int


def unfit(text: str) -> str | None:
    """Why a text cannot be kept, or None: NUL, lone surrogates and control characters other than newline and tab."""
    found = _UNFIT.search(text)
    if found is None:
        return None
    code = ord(found.group())
    what = "a lone surrogate" if code > 0xFF else "NUL" if code == 0 else "a control character"  # noqa: PLR2004 - the surrogates are above
    return f"has {what} (U+{code:04X}) at character {found.start() + 1}; only tab and newline are possible"


def visible(text: str) -> str:
    """A text of a caller's, made fit to be shown back: short, and encodable."""
    shown = _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text[: _SHOWN + 1])
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def read(body: bytes) -> Json:
    """The value of a JSON text. Raises Flawed.

    Refused beyond what RFC 8259 forbids: keys that appear twice, NaN and infinities, numbers that overflow, integers beyond
    64 bits, nesting deeper than 32, and text that PostgreSQL cannot keep.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Flawed([Flaw("$", f"is not UTF-8: byte {error.start + 1} cannot be read")]) from error
    if not text.strip():
        raise Flawed([Flaw("$", "is empty; a JSON object is wanted")])
    try:
        value: Json = _DECODER.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise Flawed([Flaw("$", f"is not JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}")]) from error
    except RecursionError as error:
        raise Flawed([Flaw("$", _TOO_DEEP)]) from error
    flaws = list(_flaws(value))
    if flaws:
        raise Flawed(flaws)
    return value


_TOO_DEEP = f"is nested deeper than {MAX_DEPTH}"


def _flaws(value: object) -> Iterator[Flaw]:
    """Walks the tree without recursion, in the order of the text."""
    found = 0
    waiting = [_Node(value, "$", None, 0)]
    while waiting and found < MAX_FLAWS:
        node = waiting.pop()
        for flaw in _flaws_of(node):
            found += 1
            yield flaw
        if node.depth > MAX_DEPTH:
            # Whatever is further down needs no look: the body is refused for its depth.
            return
        if isinstance(node.value, dict):
            waiting += [_Node(part, key, node, node.depth + 1) for key, part in reversed(node.value.items())]
        elif isinstance(node.value, list):
            waiting += [_Node(node.value[n], n, node, node.depth + 1) for n in range(len(node.value) - 1, -1, -1)]


def _flaws_of(node: _Node) -> Iterator[Flaw]:
    match node.value:
        case str() as text if reason := unfit(text):
            yield Flaw(_path(node), reason)
        case _Bad(reason=reason):
            yield Flaw(_path(node), reason)
        case dict() | list() if node.depth > MAX_DEPTH:
            yield Flaw(_path(node), _TOO_DEEP)
        case dict() as members:
            for key in members:
                if reason := unfit(key):
                    yield Flaw(_path(node), f"has the key {visible(key)!r}, which {reason}")
        case _:
            pass


def _path(node: _Node) -> str:
    keys: list[str] = []
    at: _Node | None = node
    while at is not None:
        keys.append(step(at.key) if at.parent else "$")
        at = at.parent
    return "".join(reversed(keys))


def step(key: str | int) -> str:
    """One step of a JSON path."""
    return f"[{key}]" if isinstance(key, int) else f".{visible(key)}"


def _members(pairs: list[tuple[str, object]]) -> object:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return _Bad(f"has the key {visible(twice)!r} more than once")


def _number(text: str) -> object:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        return _Bad(f"is {visible(text)}, which is beyond what a number can hold")
    return value


def _integer(text: str) -> object:
    # Reading very long integers takes time that grows with the square of their length.
    if len(text) > _MAX_DIGITS or not -MAX_INTEGER - 1 <= int(text) <= MAX_INTEGER:
        return _Bad(f"is {visible(text)}, which is beyond 64 bits")
    return int(text)


def _constant(text: str) -> object:
    return _Bad(f"is {text}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_number, parse_int=_integer, parse_constant=_constant)
