"""Fields 自定义字段: what a house wants to know of its contracts beside what every contract says. One stream holds the definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, TypeAlias, assert_never, cast

from domain.contract.custom import FieldIsRetired, FieldNotDefined
from domain.contract.rules import is_plain
from domain.contract.vocabulary import FieldType, Kind
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.refusals import Refusal
from domain.text import is_blank

CONTRACTS: Final = "contracts"
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@value
class FieldDefinition:
    """A field: what it is called, what may be put into it, and on which kinds of contracts; no kinds named is all of them."""

    key: str
    label_en: str
    label_zh: str
    type: FieldType
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    required: bool = False
    help: str | None = None

    def fits(self, kind: Kind) -> bool:
        """Whether contracts of a kind have it."""
        return not self.kinds or kind in self.kinds


@fact("fields.defined")
class FieldDefined(Fact):
    """Contracts have one more field."""

    definition: FieldDefinition
    edition: int


@fact("fields.revised")
class FieldRevised(Fact):
    """The field is defined otherwise from now on; its type stays, and so does what contracts hold in it."""

    definition: FieldDefinition
    edition: int


@fact("fields.retired")
class FieldRetired(Fact):
    """Nothing is put into the field any more."""

    key: str
    why: str


@fact("fields.restored")
class FieldRestored(Fact):
    """The field is in use again."""

    key: str
    why: str


FieldsFact: TypeAlias = FieldDefined | FieldRevised | FieldRetired | FieldRestored


@value
class DefineField(Command):
    """Give contracts one more field."""

    definition: FieldDefinition


@value
class ReviseField(Command):
    """Define a field otherwise; all of it is given, and its type stays."""

    definition: FieldDefinition


@value
class RetireField(Command):
    """Take a field out of use; what contracts hold in it stays."""

    key: str
    why: str


@value
class RestoreField(Command):
    """Bring a retired field back into use."""

    key: str
    why: str


FieldsCommand: TypeAlias = DefineField | ReviseField | RetireField | RestoreField


class FieldAlreadyDefined(Refusal):
    """A key stands for one field for ever."""

    template = "There already is a field {key!r}."


class FieldNotRetired(Refusal):
    """Only what is retired can be restored."""

    template = "The field {key!r} is not retired."


class FieldTypeStays(Refusal):
    """What contracts hold in a field keeps its meaning."""

    template = "The field {key!r} is of the type {type}, and stays so; define another one."


class FieldKeyNotPossible(Refusal):
    """A key is an identifier that fits into addresses and columns."""

    template = "{key!r} cannot be a field's key: a small letter, then at most 39 small letters, digits and underscores."


class FieldNeedsText(Refusal):
    """Labels, choices and reasons are not blank."""

    template = "A field's {field} may not be blank."


class FieldLimitsNotPossible(Refusal):
    """Each type has the limits of its own, and something fits between them."""

    template = "These limits do not make a field of the type {type}."


class FieldUnchanged(Refusal):
    """A command that would change nothing leaves no trace."""

    template = "The field {key!r} is already so."


@value
class Field:
    """A field as it stands."""

    definition: FieldDefinition
    edition: int
    retired: bool = False


@dataclass(slots=True)
class FieldBook:
    """The definitions after the first `version` facts, by key, in the order in which they were defined."""

    version: int = 0
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether a field was ever defined."""
        return self.version > 0

    def copy(self) -> FieldBook:
        """A state that may be folded further without touching this one."""
        return replace(self, fields=dict(self.fields))


def require_sound(definition: FieldDefinition) -> None:
    """Refusals: FieldKeyNotPossible, FieldNeedsText, FieldLimitsNotPossible."""
    if not _KEY.fullmatch(definition.key):
        raise FieldKeyNotPossible(key=definition.key)
    require_text(english_label=definition.label_en, chinese_label=definition.label_zh)
    for choice in definition.choices:
        require_text(choice=choice)
    kind, least, most = definition.type, definition.minimum, definition.maximum
    possible = (
        (definition.max_length is None or (kind is FieldType.TEXT and definition.max_length > 0))
        and (kind is FieldType.NUMBER or (least is None and most is None))
        and all(is_plain(limit) for limit in (least, most) if limit is not None)
        and (least is None or most is None or least <= most)
        and bool(definition.choices) is (kind in (FieldType.CHOICE, FieldType.CHOICES))
        and not (kind is FieldType.CHOICES and any(mark in choice for choice in definition.choices for mark in ";；"))
        and len(set(definition.choices)) == len(definition.choices)
    )
    if not possible:
        raise FieldLimitsNotPossible(type=kind.value)


def require_text(**texts: str) -> None:
    """Refuses with FieldNeedsText the first that is blank."""
    for name, text in texts.items():
        if is_blank(text):
            raise FieldNeedsText(field=name.replace("_", " "))


def decide(book: FieldBook, command: FieldsCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: FieldAlreadyDefined or FieldNotDefined, FieldIsRetired or FieldNotRetired, FieldTypeStays, then what is wrong with it.
    """
    require_past(occasion)
    if isinstance(command, DefineField):
        if command.definition.key in book.fields:
            raise FieldAlreadyDefined(key=command.definition.key)
        require_sound(command.definition)
        return [FieldDefined(definition=command.definition, edition=1)]
    key = command.definition.key if isinstance(command, ReviseField) else command.key
    known = book.fields.get(key)
    if known is None:
        raise FieldNotDefined(key=key)
    if isinstance(command, RestoreField):
        if not known.retired:
            raise FieldNotRetired(key=key)
        require_text(reason=command.why)
        return [FieldRestored(key=key, why=command.why)]
    if known.retired:
        raise FieldIsRetired(key=key)
    if isinstance(command, RetireField):
        require_text(reason=command.why)
        return [FieldRetired(key=key, why=command.why)]
    if command.definition.type is not known.definition.type:
        raise FieldTypeStays(key=key, type=known.definition.type.value)
    require_sound(command.definition)
    if command.definition == known.definition:
        raise FieldUnchanged(key=key)
    return [FieldRevised(definition=command.definition, edition=known.edition + 1)]


def fold(book: FieldBook, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("FieldsFact", entry.fact)
    match happened:
        case FieldDefined(definition=definition, edition=edition) | FieldRevised(definition=definition, edition=edition):
            book.fields[definition.key] = Field(definition=definition, edition=edition)
        case FieldRetired(key=key):
            book.fields[key] = replace(book.fields[key], retired=True)
        case FieldRestored(key=key):
            book.fields[key] = replace(book.fields[key], retired=False)
        case unreachable:
            assert_never(unreachable)
    book.version = entry.version
