"""Facts, states and changes as plain JSON, the way people and API clients read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias

from domain.contract.correction import Restated
from domain.contract.journal import Posting, balances
from domain.contract.state import Contract
from domain.difference import Change, Explained
from domain.facts import Entry, Fact
from domain.money import Money
from domain.terms.exact import Ratio
from infra import codec

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"


def to_json(value: object) -> Json:
    """Amounts as {"amount": "83420.00", "currency": "CNY"}, shares as "0.05%", decimals and dates as text, moments in UTC with a Z."""
    return _writers[type(value)](value)


class _Writers(dict[type, Callable[[Any], Json]]):
    """How values of each class are written: looked for once, since whole logs are."""

    def __missing__(self, kind: type) -> Callable[[Any], Json]:
        """Raises TypeError for what has no JSON form."""
        found = next((written for known, written in _WRITTEN.items() if issubclass(kind, known)), None)
        if found is None:
            if not is_dataclass(kind):
                message = f"{kind.__name__} has no JSON form"
                raise TypeError(message)
            found = _fields_of(kind)
        self[kind] = found
        return found


def _fields_of(kind: type) -> Callable[[Any], Json]:
    names = tuple(f.name for f in fields(kind))

    def written(value: object) -> Json:
        # Most are texts or nothing, and stand as they are.
        return {name: held if (held := getattr(value, name)) is None or type(held) is str else _writers[type(held)](held) for name in names}

    return written


_writers: Final = _Writers()


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _list(value: Iterable[object]) -> Json:
    return [to_json(held) for held in value]


# The first that fits: an enumeration may be a str, and every datetime is a date.
_WRITTEN: Final[Mapping[type, Callable[[Any], Json]]] = {
    Enum: lambda value: str(value.value),
    type(None): lambda value: value,
    int: lambda value: value,
    str: lambda value: value,
    Money: lambda value: {"amount": value.amount, "currency": value.currency},
    Ratio: str,
    Decimal: lambda value: format(value, "f"),
    datetime: _moment,
    date: date.isoformat,
    Restated: lambda value: {"fact": codec.topic(value.fact), "data": to_json(value.fact)},
    Mapping: lambda value: {str(key): to_json(held) for key, held in value.items()},
    **dict.fromkeys((list, tuple, set, frozenset), _list),
}


def contract_json(identity: str, contract: Contract) -> dict[str, Json]:
    """A contract's state, with the figures that follow from it; what only decisions need is left out."""
    content = {f.name: to_json(getattr(contract, f.name)) for f in fields(Contract) if f.name != "recordings"}
    return {"id": identity, **content, "paid": to_json(contract.paid), "balance": to_json(contract.balance)}


def fact_json(fact: Fact) -> dict[str, Json]:
    """A fact's name and content."""
    return {"fact": codec.topic(fact), "data": to_json(fact)}


def entry_json(entry: Entry) -> dict[str, Json]:
    """An entry with its whole envelope, and how many whole days after it happened it was recorded."""
    return {
        "position": entry.position,
        "stream": entry.stream,
        "version": entry.version,
        **fact_json(entry.fact),
        "effective_at": to_json(entry.effective_at),
        "recorded_at": to_json(entry.recorded_at),
        "backdated_days": max((entry.recorded_at - entry.effective_at).days, 0),
        "command_id": entry.command_id,
        **{f.name: to_json(getattr(entry.meta, f.name)) for f in fields(entry.meta)},
    }


def journal_json(identity: str, lines: Sequence[Posting]) -> dict[str, Json]:
    """A contract's postings, and what the accounts come to."""
    return {"id": identity, "postings": to_json(lines), "balances": to_json(balances(lines))}


def change_json(change: Change) -> dict[str, Json]:
    """From what to what."""
    return {"path": change.path, "was": to_json(change.was), "becomes": to_json(change.becomes)}


def explained_json(one: Explained) -> dict[str, Json]:
    """An entry with its envelope and what it changed."""
    return {**entry_json(one.entry), "changes": [change_json(change) for change in one.changes]}
