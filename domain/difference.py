"""What differs between two states of a stream, field by field, and what each entry changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from domain.facts import Entry
from domain.money import Money
from domain.terms.exact import Ratio

# Not what a state says, but how the ledger keeps it.
BOOKKEEPING = frozenset({"version", "recordings"})


class Change(NamedTuple):
    """A field that differs. `was` or `becomes` is None where the field was not there."""

    path: str
    was: object
    becomes: object


class Explained(NamedTuple):
    """An entry and what it changed."""

    entry: Entry
    changes: list[Change]


def changes(before: Any, after: Any) -> list[Change]:  # noqa: ANN401 - two states of one kind
    """Every field that differs, in the order of the state's fields; elements of lists are named by their ids."""
    found: list[Change] = []
    for name in (f.name for f in fields(before) if f.name not in BOOKKEEPING):
        was, becomes = getattr(before, name), getattr(after, name)
        if was is not becomes and was != becomes:
            found += compare(name, was, becomes)
    return found


def compare(path: str, was: object, becomes: object) -> Iterator[Change]:
    """Goes down as long as both sides have parts, and stops where one side is a value."""
    if was == becomes:
        return
    if isinstance(was, Mapping) and isinstance(becomes, Mapping):
        for key in {**was, **becomes}:
            yield from compare(f"{path}.{key}", was.get(key), becomes.get(key))
    elif is_dataclass(was) and type(was) is type(becomes) and not isinstance(was, Money | Ratio):
        for part in fields(was):
            yield from compare(f"{path}.{part.name}", getattr(was, part.name), getattr(becomes, part.name))
    else:
        yield Change(path, was, becomes)


def explained(entries: Iterable[Entry], blank: Callable[[], Any], fold: Callable[[Any, Entry], None]) -> Iterator[Explained]:
    """Each entry of one stream's history with what it changed; `blank` and `fold` are those of its kind."""
    after = blank()
    for entry in entries:
        before = after
        after = before.copy()
        fold(after, entry)
        yield Explained(entry, changes(before, after))
