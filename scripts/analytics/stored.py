"""From a record's value back to the fact that it was published of, for figures that only the domain's own terms can reckon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.contract.correction import Restated
from domain.contract.operations import Operation
from domain.facts import FACTS, Fact
from domain.money import Money
from domain.terms.exact import Ratio
from domain.terms.rules import Term
from infra import codec


def fact_of(name: str, value: dict[str, Any]) -> Fact:
    """The fact that a record with this `ce_type` tells, but for what may not leave the ledger. Raises UnknownFact, ValueError."""
    kind = FACTS.get(name)
    # Which topics are on which schema is the relay's affair: what it publishes is in the present one.
    known = f"{name}@{kind.SCHEMA if kind is not None else 1}"
    codec.split(known)
    return codec.from_builtins(known, _stored(kind, value))


def _stored(wanted: Any, value: Any) -> Any:  # noqa: ANN401, PLR0911 - types are values here, and JSON is of any shape; one line a type
    """JSON as records have it, as JSON as it is stored: amounts in minor units, shares as two numbers."""
    if value is None:
        return None
    if wanted is Money:
        money = Money.of(value["amount"], value["currency"])
        return {"minor": money.minor, "currency": money.currency}
    if wanted is Ratio:
        share = Ratio.of(value)
        return {"numerator": share.numerator, "denominator": share.denominator}
    if wanted is Operation:
        return _fields(Operation.KINDS[value["op"]], value)
    if wanted is Term:
        return _fields(Term.KINDS[value["term"]], value)
    if wanted is Restated:
        return {**value, "data": _fields(FACTS[value["fact"].partition("@")[0]], value["data"])}
    if get_origin(wanted) in (Union, UnionType):
        return _stored(next(part for part in get_args(wanted) if part is not type(None)), value)
    if get_origin(wanted) is tuple:
        return [_stored(get_args(wanted)[0], held) for held in value]
    if isinstance(get_origin(wanted), type) and issubclass(get_origin(wanted), Mapping):
        return {key: _stored(get_args(wanted)[1], held) for key, held in value.items()}
    return _fields(wanted, value) if is_dataclass(wanted) else value


def _fields(kind: Any, value: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a dataclass
    hints = _hints(kind)
    # What later versions add is passed over, as everybody who reads topics has to.
    return {name: _stored(hints[name], held) for name, held in value.items() if name in hints}


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The fields' types; those of terms and operations beside the member that says which one it is."""
    assert is_dataclass(kind)  # noqa: S101 - what facts and their parts are
    known = get_type_hints(kind)
    return {f.name: known[f.name] for f in fields(kind)}
