"""What contracts hold in the fields that a house defined, as the register keeps it and is asked for it."""

from __future__ import annotations

import json
from typing import Final, NamedTuple, TypeAlias

from domain.contract.custom import BETWEEN, one_form
from domain.contract.vocabulary import FieldType
from domain.fields import FieldBook, FieldDefinition
from projections.paging import BadQuery, Where, require_plain

Sought: TypeAlias = str | list[str]

TO: Final = ".."
ORDERED: Final = frozenset({FieldType.NUMBER, FieldType.DATE, FieldType.MONEY})


def sought(kind: FieldType, held: str) -> Sought:
    """A value as the register is searched for it: several choices one by one."""
    return held.split(BETWEEN) if kind is FieldType.CHOICES else held


def told(held: Sought) -> str:
    """The same as the contract holds it."""
    return held if isinstance(held, str) else BETWEEN.join(held)


class FieldWanted(NamedTuple):
    """Contracts that hold this value in a field, or one from `least` to `most`, both included; amounts of one currency."""

    key: str
    type: FieldType
    exactly: str | None = None
    least: str | None = None
    most: str | None = None

    def add_to(self, where: Where) -> None:
        """Adds what must hold."""
        if self.exactly is not None:
            where.add("custom_fields @> %s::jsonb", json.dumps({self.key: sought(self.type, self.exactly)}, ensure_ascii=False))
            return
        for sign, bound in ((">=", self.least), ("<=", self.most)):
            if bound is None:
                continue
            if self.type is FieldType.DATE:
                where.add(f'custom_fields ->> %s COLLATE "C" {sign} %s', self.key, bound)
            elif self.type is FieldType.NUMBER:
                where.add(f"(custom_fields ->> %s)::numeric {sign} %s::numeric", self.key, bound)
            else:
                amount, currency = bound.split(" ")
                where.add("split_part(custom_fields ->> %s, ' ', 2) = %s", self.key, currency)
                where.add(f"split_part(custom_fields ->> %s, ' ', 1)::numeric {sign} %s::numeric", self.key, amount)


def wanted(book: FieldBook, asked: str, between: str) -> FieldWanted:
    """What `KEY:VALUE`, `KEY:FROM..TO`, `KEY:FROM..` and `KEY:..TO` ask for; `between` stands between key and value. Raises BadQuery."""
    key, found, text = asked.partition(between)
    require_plain(field=asked)
    if not found or not text:
        message = f"{asked!r} is no field and value: KEY{between}VALUE, or KEY{between}FROM{TO}TO for numbers, dates and amounts"
        raise BadQuery(message)
    known = book.fields.get(key)
    if known is None:
        message = f"there is no field {key!r}; there are {', '.join(book.fields) or 'none'}"
        raise BadQuery(message)
    field = known.definition
    if field.type not in ORDERED or TO not in text:
        return FieldWanted(key, field.type, exactly=_form(field, text))
    least, _, most = (part.strip() for part in text.partition(TO))
    if not least and not most:
        message = f"{asked!r} says neither from where nor to where"
        raise BadQuery(message)
    return FieldWanted(key, field.type, least=_form(field, least) if least else None, most=_form(field, most) if most else None)


def _form(field: FieldDefinition, text: str) -> str:
    form = one_form(field, text)
    if form is None:
        message = f"{text!r} is not of the type of the field {field.key!r}, {field.type.value.replace('_', ' ')}"
        raise BadQuery(message)
    return form
