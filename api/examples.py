"""Examples of answers, made of the examples of their members: what a reader sees first, and what the published schema allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

from api.answers import members
from api.wording import wording
from domain.contract.operations import AnyOperation, Operation
from domain.money import Money
from domain.terms import AnyTerm
from domain.terms.exact import Ratio
from domain.terms.rules import Term

# Lists further down than this stay empty: a contract has some thirty of them, and those have lists of their own.
_DEEPEST_LIST: Final = 2
_PLAIN: Final[Mapping[Any, object]] = {
    str: "…",
    bool: False,
    int: 1,
    datetime: "2026-03-31T08:00:00Z",
    date: "2026-03-31",
    Decimal: "1.00",
    Ratio: "0.05%",
    object: None,
}
_MONEY: Final = {"amount": "83420.00", "currency": "CNY"}


def example_of(cls: Any, depth: int = 0) -> object:  # noqa: ANN401 - a class
    """An example of the JSON of a class's values."""
    if cls is Money:
        return dict(_MONEY)
    if issubclass(cls, Enum):
        return next(iter(cls)).value
    return {name: _of_member(cls.__name__, name, hint, depth + 1) for name, hint in members(cls).items()}


def with_nulls(given: Any, hint: Any) -> Any:  # noqa: ANN401 - JSON, and types as values
    """An example with the nulls that the framework takes out of whatever it publishes."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        classes = [part for part in get_args(hint) if is_dataclass(part)]
        return with_nulls(given, classes[0]) if len(classes) == 1 else given
    if origin is tuple and isinstance(given, list):
        return [with_nulls(one, get_args(hint)[0]) for one in given]
    # An amount is published otherwise than it is kept.
    if is_dataclass(hint) and hint is not Money and isinstance(given, dict):
        hints = {name: kind for name, kind in members(cast("type", hint)).items() if name in given or type(None) in get_args(kind)}
        return {name: with_nulls(given.get(name), kind) for name, kind in hints.items()}
    return given


def _of_member(owner: str, name: str, hint: Any, depth: int) -> object:  # noqa: ANN401 - types are values here
    given = wording(owner, name).example
    return given if _is_plain(given, hint) else _of(hint, depth)


def _of(hint: Any, depth: int) -> object:  # noqa: ANN401, PLR0911 - types are values here; one line a type
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return None if type(None) in get_args(hint) else _of(get_args(hint)[0], depth)
    if origin is tuple:
        inner = get_args(hint)[0]
        return [] if depth > _DEEPEST_LIST or inner in (Term, Operation) else [_of(inner, depth)]
    if origin in (dict, Mapping):
        return {}
    if origin is Literal:
        return get_args(hint)[0]
    if hint in (Term, Operation):
        return example_of(get_args(AnyTerm if hint is Term else AnyOperation)[0], depth)
    if is_dataclass(hint) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return _PLAIN[Ratio] if hint is Ratio else example_of(hint, depth)
    return _PLAIN[hint]


def _is_plain(given: object, hint: Any) -> bool:  # noqa: ANN401 - types are values here
    """Whether the example that commands have for a member is also one of what answers say there."""
    if get_origin(hint) in (Union, UnionType):
        return any(_is_plain(given, part) for part in get_args(hint))
    match given:
        case bool() | int():
            return hint is type(given)
        case str() if isinstance(hint, type) and issubclass(hint, Enum):
            return given in {one.value for one in hint}
        case str():
            return hint in (str, datetime, date, Decimal, Ratio)
        case _:
            return False
