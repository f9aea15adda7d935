"""Custom fields 自定义字段: what a contract holds in the fields that the house defined, each value in one canonical form."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, CustomValue
from domain.contract.vocabulary import FieldType
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money, MoneyError
from domain.refusals import Refusal
from domain.text import is_blank

if TYPE_CHECKING:
    from domain.fields import FieldBook, FieldDefinition

# Between several choices.
BETWEEN: Final = "; "
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@fact("contract.custom_field_set")
class CustomFieldSet(Fact):
    """A field of the contract holds a value, checked against an edition of the field's definition."""

    key: str
    value: str
    type: FieldType
    edition: int


@fact("contract.custom_field_cleared")
class CustomFieldCleared(Fact):
    """A field of the contract holds nothing any more."""

    key: str


CustomFact: TypeAlias = CustomFieldSet | CustomFieldCleared


@value
class SetCustomField(Command):
    """Put a value into a field that the house defined."""

    key: str
    value: str


@value
class ClearCustomField(Command):
    """Take the value out of a field."""

    key: str


CustomCommand: TypeAlias = SetCustomField | ClearCustomField


class FieldNotDefined(Refusal):
    """Contracts have the fields that were defined."""

    template = "There is no field {key!r}."


class FieldIsRetired(Refusal):
    """A retired field is restored before it is used."""

    template = "The field {key!r} is retired."


class FieldNotForKind(Refusal):
    """A field is for the kinds of contracts that its definition names."""

    template = "The field {key!r} is not for contracts of this kind: {kind}."


class FieldValueNotOfType(Refusal):
    """A value reads as the field's type says."""

    template = "The field {key!r} takes {type}; {given!r} is none."


class FieldTextTooLong(Refusal):
    """A text fits into its field."""

    template = "The field {key!r} takes at most {longest} characters."


class FieldNumberOutOfBounds(Refusal):
    """A number is between its field's limits, which both count."""

    template = "The field {key!r} takes numbers from {minimum} to {maximum}; {given} is none."


class FieldIsEmpty(Refusal):
    """Only a value that is there can be taken out."""

    template = "The field {key!r} holds nothing."


class FieldReferenceUnknown(Refusal):
    """What a field refers to is there."""

    template = "The field {key!r} refers to a {type} by its id; there is no {given!r}."


class RequiredFieldsEmpty(Refusal):
    """What is submitted has a value in every field that the house requires."""

    template = "These fields have to be filled in before: {keys}."


def book_of(occasion: Occasion) -> FieldBook:
    """The definitions that are in use now."""
    # The definitions know the kinds of contracts, so that this package is there before theirs.
    from domain.fields import CONTRACTS, FieldBook  # noqa: PLC0415

    return occasion.around.state(FieldBook, CONTRACTS)


def decide(contract: Contract, command: CustomCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: FieldNotDefined, FieldIsRetired, FieldNotForKind, those of `canonical`, FieldReferenceUnknown,
    NothingChanges; FieldIsEmpty. Any stage will do.
    """
    match command:
        case SetCustomField(key=key, value=given):
            known = book_of(occasion).fields.get(key)
            if known is None:
                raise FieldNotDefined(key=key)
            if known.retired:
                raise FieldIsRetired(key=key)
            if not known.definition.fits(contract.kind):
                raise FieldNotForKind(key=key, kind=contract.kind.value)
            text = canonical(known.definition, given)
            require_there(known.definition, text, occasion)
            held = contract.custom_fields.get(key)
            rules.require_change(None if held is None else held.value, text)
            return [CustomFieldSet(key=key, value=text, type=known.definition.type, edition=known.edition)]
        case ClearCustomField(key=key):
            if key not in contract.custom_fields:
                raise FieldIsEmpty(key=key)
            return [CustomFieldCleared(key=key)]
        case unreachable:
            assert_never(unreachable)


def require_there(field: FieldDefinition, text: str, occasion: Occasion) -> None:
    """Refuses with FieldReferenceUnknown the id of a party or contract that is not there."""
    from domain.party import Party  # noqa: PLC0415 - as above

    referred = {FieldType.PARTY: Party, FieldType.CONTRACT: Contract}.get(field.type)
    if referred is not None and not occasion.around.state(referred, text).exists:
        raise FieldReferenceUnknown(key=field.key, type=field.type.value, given=text)


def canonical(field: FieldDefinition, given: str) -> str:
    """The one way to write a value. Refusals: FieldValueNotOfType, FieldTextTooLong, FieldNumberOutOfBounds."""
    text = one_form(field, given)
    if text is None:
        raise FieldValueNotOfType(key=field.key, type=field.type.value, given=given)
    if field.max_length is not None and len(text) > field.max_length:
        raise FieldTextTooLong(key=field.key, longest=field.max_length)
    if field.type is FieldType.NUMBER:
        number = Decimal(text)
        if (field.minimum is not None and number < field.minimum) or (field.maximum is not None and number > field.maximum):
            least, most = ("…" if limit is None else f"{limit:f}" for limit in (field.minimum, field.maximum))
            raise FieldNumberOutOfBounds(key=field.key, minimum=least, maximum=most, given=text)
    return text


def one_form(field: FieldDefinition, given: str) -> str | None:
    """A value as its type writes it, whatever the limits; None where it is none."""
    match field.type:
        case FieldType.TEXT | FieldType.PARTY | FieldType.CONTRACT:
            return None if is_blank(given) else given
        case FieldType.NUMBER:
            return _number(given) if _NUMBER.fullmatch(given) else None
        case FieldType.DATE:
            return given if _DAY.fullmatch(given) and _is_day(given) else None
        case FieldType.YES_NO:
            return given if given in {"yes", "no"} else None
        case FieldType.CHOICE:
            return given if given in field.choices else None
        case FieldType.CHOICES:
            return _chosen(field, given)
        case FieldType.MONEY:
            return _money(given)
        case unreachable:
            assert_never(unreachable)


def _chosen(field: FieldDefinition, given: str) -> str | None:
    """Several choices, parted by semicolons, in the order of the definition, each once."""
    parts = (part.strip() for part in re.split("[;；]", given))
    chosen = {part for part in parts if part}
    return BETWEEN.join(choice for choice in field.choices if choice in chosen) if set() < chosen <= set(field.choices) else None


def _money(given: str) -> str | None:
    amount, _, currency = given.partition(" ")
    try:
        return str(Money.of(amount, currency))
    except MoneyError:
        return None


def _number(given: str) -> str:
    whole, _, rest = given.partition(".")
    digits = whole.lstrip("-").lstrip("0") or "0"
    rest = rest.rstrip("0")
    text = f"{digits}.{rest}" if rest else digits
    return f"-{text}" if whole.startswith("-") and text != "0" else text


def _is_day(given: str) -> bool:
    try:
        date.fromisoformat(given)
    except ValueError:
        return False
    return True


def require_filled(contract: Contract, occasion: Occasion) -> None:
    """Refuses with RequiredFieldsEmpty, naming all of them."""
    missing = [
        key
        for key, field in book_of(occasion).fields.items()
        if field.definition.required and not field.retired and field.definition.fits(contract.kind) and key not in contract.custom_fields
    ]
    if missing:
        raise RequiredFieldsEmpty(keys=", ".join(missing))


def evolve(contract: Contract, entry: Entry, happened: CustomFact) -> None:  # noqa: ARG001 - one shape for all stages
    """Folds a fact of this stage."""
    match happened:
        case CustomFieldSet(key=key):
            contract.custom_fields[key] = CustomValue(value=happened.value, type=happened.type, edition=happened.edition)
        case CustomFieldCleared(key=key):
            contract.custom_fields.pop(key, None)
        case unreachable:
            assert_never(unreachable)
