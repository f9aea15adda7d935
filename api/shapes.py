"""The shapes of commands over HTTP, derived from the domain's own classes, so that a new command or field needs no second description."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import reduce
from operator import or_
from types import GenericAlias, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, Self, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, create_model, model_validator

from api.scalars import MAX_VERSION, Amount, Day, ExactDecimal, Id, Moment, Share, no
from api.strict_json import MAX_FLAWS, Flaw, Flawed, Json, read, step
from api.wording import FIELDS, TEXT, wording
from domain import money
from domain.contract.operations import AnyOperation, Operation
from domain.facts import Command
from domain.terms import AnyTerm
from domain.terms.exact import Ratio
from domain.terms.rules import Term

MAX_LIST = 1_000

# Texts of several lines; every other text is one line.
MANY_LINES = frozenset({name for name, says in FIELDS.items() if says.length == TEXT} | {"address"})


class Shape(BaseModel):
    """The JSON of one of the domain's classes: no unknown members, and nothing bent to fit."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
    MEANS: ClassVar[type]

    def to_domain(self) -> Any:  # noqa: ANN401 - an instance of MEANS, which differs from shape to shape
        """The domain's own value."""
        return self.MEANS(**{f.name: _to_domain(getattr(self, f.name)) for f in fields(self.MEANS)})


class CommandShape(Shape):
    """A command with what goes with it."""

    effective_at: Moment | None = Field(None, description=wording("", "effective_at").says, examples=[wording("", "effective_at").example])
    reason: Annotated[str, StringConstraints(max_length=wording("", "reason").length)] | None = Field(
        None, description=wording("", "reason").says, examples=[wording("", "reason").example]
    )


class Money(Shape):
    """An exact amount in a currency."""

    MEANS: ClassVar[type] = money.Money
    amount: Amount = Field(description=wording("Money", "amount").says, examples=["83420.00"])
    currency: str = Field(
        description=wording("Money", "currency").says, examples=["CNY"], json_schema_extra={"enum": [*sorted(money.CURRENCIES)]}
    )

    @model_validator(mode="before")
    @classmethod
    def _is_no_number(cls, value: object) -> object:
        if isinstance(value, int | float | str):
            raise no("money", 'Give money as {"amount": "83420.00", "currency": "CNY"}; a bare number has no currency and can lose digits.')
        return value

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        try:
            self.to_domain()
        except money.MoneyError as error:
            raise no("money", f"{error}.") from error
        return self

    def to_domain(self) -> money.Money:
        """The amount, exactly."""
        return money.Money.of(self.amount, self.currency)


def _to_domain(value: object) -> object:
    if isinstance(value, Shape):
        return value.to_domain()
    if isinstance(value, tuple):
        return tuple(map(_to_domain, value))
    return value


_MADE: Final[dict[Any, type[Shape]]] = {}


def shape_of(cls: Any) -> type[Shape]:  # noqa: ANN401 - a dataclass
    """The shape of a command, an operation, a term or a part of them."""
    if cls not in _MADE:
        _MADE[cls] = _derived(cls)
    return _MADE[cls]


def _derived(cls: Any) -> type[Shape]:  # noqa: ANN401 - a dataclass
    base: type[Shape] = Shape
    name = str(cls.__name__)
    if issubclass(cls, Command):
        base = CommandShape
        clash = {f.name for f in fields(cls)} & set(CommandShape.model_fields)
        if clash:
            message = f"{name} may not have its own {', '.join(clash)}: every command has one beside its fields"
            raise TypeError(message)
    elif issubclass(cls, Operation):
        # Some operations are called like the commands that do the same to a draft.
        name = f"{name}OperationInput"
    elif cls.__module__.startswith("domain.terms."):
        # A retention is held, and agreed.
        name = f"{name}TermInput"
    else:
        # Answers have the same parts under their plain names, complete and as they were stored.
        name = f"{name}Input"
    hints = get_type_hints(cls)
    members: dict[str, Any] = {}
    for f in fields(cls):
        named = get_origin(hints[f.name]) is Literal
        default = ... if f.default is MISSING or named else f.default
        if is_dataclass(default) and not isinstance(default, type | Ratio):
            default = shape_of(type(default))(**{p.name: getattr(default, p.name) for p in fields(default)})
        says = wording(cls.__name__, f.name)
        members[f.name] = (_annotation(cls, f.name, hints[f.name]), Field(default, description=says.says, examples=[says.example]))
    made = create_model(name, __base__=base, __doc__=cls.__doc__, __module__=__name__, **members)
    made.MEANS = cls
    return made


# Of what a base stands for, and the member that tells them apart.
_CHOICES: Final[dict[Any, tuple[Any, str]]] = {Operation: (AnyOperation, "op"), Term: (AnyTerm, "term")}


def _annotation(owner: type, name: str, hint: Any) -> Any:  # noqa: ANN401, PLR0911 - types are values here; one line a type
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return reduce(or_, (None if part is type(None) else _annotation(owner, name, part) for part in get_args(hint)))
    if origin is tuple:
        parts = GenericAlias(tuple, (_annotation(owner, name, get_args(hint)[0]), ...))
        return Annotated[parts, Field(strict=False, max_length=MAX_LIST)]
    if origin is Literal:
        return hint
    if hint in _CHOICES:
        arms, discriminator = _CHOICES[hint]
        return Annotated[reduce(or_, map(shape_of, get_args(arms))), Field(discriminator=discriminator)]
    if hint is money.Money:
        return Money
    if hint is str:
        return _text(owner, name)
    if hint is int:
        # Versions begin at one; what a term counts may be nothing, such as days of grace.
        return Annotated[int, Field(ge=0 if owner.__module__.startswith("domain.terms.") else 1, le=MAX_VERSION)]
    if is_dataclass(hint) and hint is not Ratio:
        return shape_of(hint)
    if issubclass(hint, Enum):
        return Annotated[hint, Field(strict=False)]
    return {Decimal: ExactDecimal, datetime: Moment, date: Day, bool: bool, Ratio: Share}[hint]


def _text(owner: type, name: str) -> Any:  # noqa: ANN401 - types are values here
    if name.endswith("sha256"):
        return Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    if name == "id" or name.endswith("_id") or name == "party":
        return Id
    bounds = StringConstraints(max_length=wording(owner.__name__, name).length)
    return Annotated[str, bounds] if name in MANY_LINES else Annotated[str, bounds, BeforeValidator(_one_line)]


def _one_line(value: object) -> object:
    if isinstance(value, str) and "\n" in value:
        raise no("text", "This is one line; it has no line breaks.")
    return value


def parse(shape: type[Shape], body: bytes) -> Shape:
    """Reads a body as a shape. Raises Flawed, naming what is wrong and where."""
    given = read(body)
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise Flawed(flaws_of(error, given)) from error


def flaws_of(error: ValidationError, given: Json) -> list[Flaw]:
    """Pydantic's findings with JSON paths."""
    found = error.errors(include_url=False, include_input=False)
    return [Flaw(_path(one["loc"], given), sentence(one["type"], one["msg"])) for one in found[:MAX_FLAWS]]


WHOLE_NUMBER: Final = "A whole number is wanted."
_SENTENCES = {
    "extra_forbidden": "There is no such field here.",
    "missing": "This is missing.",
    "model_type": "A JSON object is wanted.",
    "tuple_type": "A JSON array is wanted.",
    "string_type": "A text is wanted.",
    "int_type": WHOLE_NUMBER,
    "union_tag_not_found": "The object lacks `op` or `term`, which says what sort of change or term it is.",
}


def sentence(kind: str, message: str) -> str:
    """What pydantic found, as a sentence."""
    return _SENTENCES.get(kind) or (message if message.endswith(".") else f"{message}.")


def _path(loc: tuple[int | str, ...], given: Any) -> str:  # noqa: ANN401 - JSON of any shape
    """Pydantic also names the arm of a union, which no JSON has: such a step is left out."""
    path = "$"
    for n, key in enumerate(loc):
        if isinstance(given, list) and isinstance(key, int):
            given = given[key]
        elif isinstance(given, dict) and key in given:
            given = given[str(key)]
        elif n + 1 < len(loc):
            continue
        path += step(key)
    return path


def example(cls: type) -> dict[str, object]:
    """An example of a class's JSON, from its fields' examples; what is optional and has none is left out."""
    members = {f.name: wording(cls.__name__, f.name).example for f in fields(cls)}
    return {name: value for name, value in members.items() if value is not None}
