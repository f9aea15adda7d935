"""Definitions of fields that decisions find around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar, cast

from domain.contract.vocabulary import FieldType, Kind
from domain.fields import CONTRACTS, Field, FieldBook, FieldDefinition
from domain.party import Party
from domain.surroundings import Alone
from tests.domain.archive import MARKED

S = TypeVar("S")


class Fielded(Alone):
    """Nothing around but definitions of fields."""

    def __init__(self, *fields: Field, parties: Mapping[str, Party] | None = None) -> None:
        """Takes the fields, and parties by id."""
        self._parties = parties or {}
        self._book = FieldBook(version=1, fields={one.definition.key: one for one in fields})

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """The definitions, a party; a blank state of anything else."""
        if blank is Party and identity in self._parties:
            return cast("S", self._parties[identity])
        return cast("S", self._book) if blank is FieldBook and identity == CONTRACTS else blank()


def field(key: str, kind: FieldType, **limits: object) -> Field:
    """A field in its first edition."""
    definition = FieldDefinition(key=key, label_en=key, label_zh=key, type=kind)
    return Field(definition=replace(definition, **limits), edition=1)  # type: ignore[arg-type]


SCORE = field("score", FieldType.NUMBER, minimum=Decimal(0), maximum=Decimal(100))
FIELDED = Fielded(
    SCORE,
    field("code", FieldType.TEXT, max_length=4),
    field("day", FieldType.DATE),
    field("secret", FieldType.YES_NO),
    field("level", FieldType.CHOICE, choices=("低", "高")),
    field("marks", FieldType.CHOICES, choices=("急 / Urgent", "密 / Secret", "急")),
    field("bond", FieldType.MONEY),
    field("agent", FieldType.PARTY),
    field("framework", FieldType.CONTRACT),
    field("sold", FieldType.NUMBER, kinds=(Kind.SALES,)),
    replace(field("old", FieldType.NUMBER), retired=True),
    parties={"marked": MARKED},
)
REQUIRING = Fielded(
    replace(SCORE, definition=replace(SCORE.definition, required=True)),
    field("sold", FieldType.NUMBER, kinds=(Kind.SALES,), required=True),
    replace(field("old", FieldType.NUMBER, required=True), retired=True),
)
