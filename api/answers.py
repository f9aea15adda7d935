"""What the API answers: plain classes, from which both the JSON and its published schema come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from api.wording import wording
from domain.access import Role
from domain.contract.assessed import RiskLevel
from domain.contract.operations import AnyOperation, Operation
from domain.contract.state import Contract
from domain.contract.vocabulary import Confidentiality, Counterparty, Direction, Kind, Period, Status
from domain.money import CURRENCIES, Money
from domain.policy.routes import Route
from domain.template import Edition
from domain.terms import AnyTerm
from domain.terms.exact import Ratio
from domain.terms.rules import Term

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswer:
    """What a command did. Asked again with the same Idempotency-Key, it is the same answer, `repeated`."""

    id: str
    command_id: str
    version: int
    position: int
    recorded_at: datetime
    facts: tuple[str, ...]
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommand:
    """A command that the ledger keeps: it took effect, once."""

    command_id: str
    stream: str
    id: str
    version: int
    position: int
    recorded_at: datetime
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateAnswer:
    """A template as it stands: the edition that contracts are drafted from, and the newest."""

    id: str
    version: int
    retired: bool
    newest: Edition
    published: Edition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    """A page of templates."""

    templates: tuple[TemplateAnswer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """A policy's latest edition."""

    id: str
    version: int
    edition: int
    title: str
    currency: str
    routes: tuple[Route, ...]
    in_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """A contract as the register shows it."""

    id: str
    number: str
    title: str
    kind: Kind
    direction: Direction
    status: Status
    our_entity: str
    counterparties: tuple[Counterparty, ...]
    value: Money | None
    paid: Money | None
    period: Period
    owner: str | None
    department: str | None
    confidentiality: Confidentiality
    publisher: str | None
    ocid: str | None
    drafted_at: datetime | None
    submitted_at: datetime | None
    approved_at: datetime | None
    in_force_since: datetime | None
    ended_at: datetime | None
    tags: tuple[str, ...]
    risk: RiskLevel | None
    custom_fields: dict[str, str]
    corrections: int
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """A page of the register."""

    contracts: tuple[RegisterLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that an entry changed, from what to what."""

    path: str
    was: object
    becomes: object


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """An entry: what happened, when, when it was learnt, who did it by which door and why, and what it changed."""

    position: int
    stream: str
    version: int
    fact: str
    data: Mapping[str, object]
    effective_at: datetime
    recorded_at: datetime
    backdated_days: int
    command_id: str
    actor: str
    credential: str
    channel: str
    on_behalf_of: str | None
    reason: str | None
    correlation_id: str | None
    causation: int | None
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of the history of a contract or a party."""

    entries: tuple[HistoryEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """What was recorded at a position of the ledger. Who did it, what it says and its data are null to those who may not read histories."""

    position: int
    stream: str
    id: str
    version: int
    fact: str
    effective_at: datetime
    recorded_at: datetime
    command_id: str
    actor: str | None
    summary: str | None
    data: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """A page of what was recorded, in the order of the ledger."""

    changes: tuple[ChangeLine, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentAnswer:
    """A document that the ledger keeps; `new` if it did not before."""

    sha256: str
    size: int
    media_type: str
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document that the ledger keeps, and who brought it first."""

    sha256: str
    size: int
    media_type: str
    stored_at: datetime
    stored_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPage:
    """A page of documents."""

    documents: tuple[DocumentLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key. This is the only time that it is shown."""

    key_id: str
    key: str
    principal: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAnswer:
    """A key, without what it opens with."""

    key_id: str
    principal: str
    roles: tuple[Role, ...]
    issued_at: datetime
    issued_by: str
    in_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPage:
    """A page of keys."""

    keys: tuple[KeyAnswer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The process is alive."""

    status: Literal["alive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewReadiness:
    """How a view is doing."""

    view: str
    running: bool
    lag: int | None
    stopped_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayReadiness:
    """How the relay to Kafka is doing, which nobody who asks here has to wait for.

    `running`: one publishes at this moment. `stopped`: somebody has to look; `tally doctor` says why. `lag` is in entries.
    """

    running: bool
    stopped: bool
    lag: int
    promise: Literal["exactly_once", "at_least_once"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The store answers, and every view that this process keeps takes in entries. `relay` is null where none ever published."""

    ready: Literal[True]
    views: tuple[ViewReadiness, ...]
    relay: RelayReadiness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something was refused (RFC 9457). `name` is for programs, `detail` for people; `details` holds the values the sentence names."""

    type: str
    title: str
    status: int
    detail: str
    name: str
    details: Mapping[str, object]


# Not what the contract says, but what only decisions need.
_WITHHELD: Final = frozenset({"recordings"})


def schema_of(hint: Any) -> Schema:  # noqa: ANN401, PLR0911 - types are values here; one line a type
    """The JSON Schema of what `infra.render.to_json` makes of a type's values; classes become references."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        parts = [{"type": "null"} if part is type(None) else schema_of(part) for part in get_args(hint)]
        return {"anyOf": parts}
    if origin is tuple:
        return {"type": "array", "items": schema_of(get_args(hint)[0])}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": schema_of(get_args(hint)[1])}
    if origin is Literal:
        return _literal(get_args(hint))
    if hint is Operation:
        return schema_of(AnyOperation)
    if hint is Term:
        return schema_of(AnyTerm)
    if hint is Ratio:
        return {"type": "string", "description": "An exact share, such as 0.05% or 1/3."}
    if is_dataclass(hint) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return {"$ref": f"#/components/schemas/{name_of(hint)}"}
    return dict(_PLAIN[hint])


def _literal(values: tuple[object, ...]) -> Schema:
    """Makers of clients want to know the type of a value that is one of a few, and what there is only one of as a constant."""
    [type_name] = {_PLAIN[type(value)]["type"] for value in values}
    return {"type": type_name, "const": values[0]} if len(values) == 1 else {"type": type_name, "enum": list(values)}


_PLAIN: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Decimal: {"type": "string"},
    object: {},
}


def name_of(cls: Any) -> str:  # noqa: ANN401 - a class
    """A class's name among the published schemas. Some operations are called like commands, and parts of terms like parts of contracts."""
    if cls.__module__.startswith("domain.terms."):
        return f"{cls.__name__}Term"
    return f"{cls.__name__}Operation" if issubclass(cls, Operation) else str(cls.__name__)


def components(roots: Iterable[type]) -> dict[str, Schema]:
    """The schemas of the given classes and of everything in them, by name."""
    made: dict[str, Schema] = {}
    waiting = list(roots)
    while waiting:
        cls = waiting.pop()
        if name_of(cls) in made:
            continue
        if issubclass(cls, Enum):
            made[name_of(cls)] = {"type": "string", "enum": [one.value for one in cls], "description": cls.__doc__}
        elif cls is Money:
            made[name_of(cls)] = _money()
        else:
            hints = members(cls)
            made[name_of(cls)] = _object(cls, hints)
            for hint in hints.values():
                waiting += _classes(hint)
    return made


def members(cls: type) -> dict[str, Any]:
    """The members of a class's JSON and their types."""
    hints = get_type_hints(cls, localns={"AnyOperation": AnyOperation})
    found = {f.name: hints[f.name] for f in fields(cls) if f.name not in _WITHHELD}
    return {"id": str, **found, "paid": Money | None, "balance": Money | None} if cls is Contract else found


def _object(cls: type, hints: Mapping[str, Any]) -> Schema:
    properties = {name: {**schema_of(hint), "description": wording(cls.__name__, name).says} for name, hint in hints.items()}
    # Everything is always there, and nothing else is.
    return {
        "type": "object",
        "description": cls.__doc__,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _money() -> Schema:
    amount = {"type": "string", "description": wording("Money", "amount").says}
    currency = {"type": "string", "enum": sorted(CURRENCIES), "description": wording("Money", "currency").says}
    return {
        "type": "object",
        "description": "An exact amount in a currency.",
        "properties": {"amount": amount, "currency": currency},
        "required": ["amount", "currency"],
        "additionalProperties": False,
    }


def _classes(hint: Any) -> list[type]:  # noqa: ANN401 - types are values here
    if hint is Operation:
        return list(get_args(AnyOperation))
    if hint is Term:
        return list(get_args(AnyTerm))
    if hint is Ratio:
        return []
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, Enum)):
        return [hint]
    return [cls for part in get_args(hint) for cls in _classes(part)]
