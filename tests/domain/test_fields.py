"""Custom fields: defined once under a key, revised, retired and restored; values have one form each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.contract.custom import CustomFieldSet, FieldIsRetired, FieldNotDefined, FieldValueNotOfType, SetCustomField
from domain.contract.state import CustomValue
from domain.contract.vocabulary import FieldType
from domain.facts import Entry, Fact, Meta, Occasion
from domain.fields import (
    DefineField,
    FieldAlreadyDefined,
    FieldBook,
    FieldDefined,
    FieldDefinition,
    FieldKeyNotPossible,
    FieldLimitsNotPossible,
    FieldNeedsText,
    FieldNotRetired,
    FieldRestored,
    FieldRetired,
    FieldRevised,
    FieldsCommand,
    FieldTypeStays,
    FieldUnchanged,
    RestoreField,
    RetireField,
    ReviseField,
    decide,
    fold,
)
from domain.refusals import Refusal
from tests.domain.fielded import FIELDED, SCORE
from tests.facts import drafted
from tests.spec import ALICE, START, given

SOUND = SCORE.definition


def of_choices(*choices: str) -> FieldDefinition:
    """A field of several choices."""
    return replace(SOUND, type=FieldType.CHOICES, minimum=None, maximum=None, choices=choices)


HIGHER = replace(SOUND, maximum=Decimal(1000))
DEFINED = FieldDefined(definition=SOUND, edition=1)
RETIRED = FieldRetired(key="score", why="x")


def after(*facts: Fact) -> FieldBook:
    book = FieldBook()
    for n, one in enumerate(facts, 1):
        fold(book, Entry(n, "fields-contracts", n, one, START, START, str(n), Meta(actor=ALICE, credential="k", channel="api")))
    return book


def ask(book: FieldBook, command: FieldsCommand) -> list[object]:
    return list(decide(book, command, Occasion(actor=ALICE, now=START, effective_at=START)))


@pytest.mark.parametrize(
    ("book", "command", "means"),
    [
        (after(), DefineField(definition=SOUND), DEFINED),
        (after(DEFINED), ReviseField(definition=HIGHER), FieldRevised(definition=HIGHER, edition=2)),
        (after(DEFINED), RetireField(key="score", why="x"), RETIRED),
        (after(DEFINED, RETIRED), RestoreField(key="score", why="y"), FieldRestored(key="score", why="y")),
    ],
)
def test_what_is_granted_is_one_fact(book: FieldBook, command: FieldsCommand, means: Fact) -> None:
    assert ask(book, command) == [means]


def test_editions_count_and_a_retired_field_comes_back_as_it_was() -> None:
    book = after(DEFINED, FieldRevised(definition=HIGHER, edition=2), RETIRED)
    assert (book.version, book.fields["score"].edition, book.fields["score"].retired) == (3, 2, True)
    assert after(DEFINED, RETIRED, FieldRestored(key="score", why="y")).fields == after(DEFINED).fields


@pytest.mark.parametrize(
    ("book", "command", "refusal"),
    [
        (after(DEFINED), DefineField(definition=replace(SOUND, label_en=" ")), FieldAlreadyDefined),
        (after(), ReviseField(definition=SOUND), FieldNotDefined),
        (after(), RetireField(key="score", why=" "), FieldNotDefined),
        (after(DEFINED), RestoreField(key="score", why=" "), FieldNotRetired),
        (after(DEFINED, RETIRED), RestoreField(key="score", why=" "), FieldNeedsText),
        (after(DEFINED, RETIRED), RetireField(key="score", why=" "), FieldIsRetired),
        (after(DEFINED, RETIRED), ReviseField(definition=replace(SOUND, type=FieldType.TEXT)), FieldIsRetired),
        (after(DEFINED), RetireField(key="score", why=" "), FieldNeedsText),
        (after(DEFINED), ReviseField(definition=replace(SOUND, type=FieldType.TEXT)), FieldTypeStays),
        (after(DEFINED), ReviseField(definition=SOUND), FieldUnchanged),
        (after(), DefineField(definition=replace(SOUND, key="Score", label_en=" ")), FieldKeyNotPossible),
        (after(), DefineField(definition=replace(SOUND, label_zh=" ", choices=("x",))), FieldNeedsText),
        (after(), DefineField(definition=replace(SOUND, choices=("x",))), FieldLimitsNotPossible),
        (after(), DefineField(definition=replace(SOUND, minimum=Decimal(101))), FieldLimitsNotPossible),
        (after(), DefineField(definition=replace(SOUND, max_length=3)), FieldLimitsNotPossible),
        (after(), DefineField(definition=of_choices("a;b")), FieldLimitsNotPossible),
        (after(), DefineField(definition=of_choices("a；b")), FieldLimitsNotPossible),
        (after(), DefineField(definition=of_choices()), FieldLimitsNotPossible),
        (after(), DefineField(definition=replace(SOUND, type=FieldType.DATE)), FieldLimitsNotPossible),
    ],
)
def test_the_first_rule_that_says_no_is_named(book: FieldBook, command: FieldsCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        ask(book, command)
    assert type(refused.value) is refusal


@pytest.mark.parametrize(
    ("key", "text", "stored"),
    [
        ("score", "062.50", "62.5"),
        ("score", "-0.0", "0"),
        ("score", "100", "100"),
        ("code", "CC 1", "CC 1"),
        ("day", "2028-02-29", "2028-02-29"),
        ("secret", "yes", "yes"),
        ("level", "高", "高"),
        ("marks", "密 / Secret；急 / Urgent;密 / Secret", "急 / Urgent; 密 / Secret"),
        ("marks", "急;", "急"),
        ("bond", "1000 CNY", "1000.00 CNY"),
        ("bond", "7 JPY", "7 JPY"),
        ("agent", "marked", "marked"),
    ],
)
def test_a_value_is_stored_in_its_one_form(key: str, text: str, stored: str) -> None:
    done = given(drafted).when(SetCustomField(key=key, value=text), around=FIELDED).granted()
    (said,) = (d.fact for d in done.decided)
    assert isinstance(said, CustomFieldSet)
    assert (said.key, said.value, said.edition) == (key, stored, 1)
    done.then_contract(custom_fields={key: CustomValue(value=stored, type=said.type, edition=1)})


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("score", "+1"),
        ("score", "1.0000001"),
        ("code", "\u3000"),
        ("day", "2027-02-29"),
        ("day", "20270228"),
        ("secret", "Y"),
        ("level", "中"),
        ("marks", ""),
        ("marks", " ; "),
        ("marks", "急; 中"),
        ("bond", "1000"),
        ("bond", "1000.001 CNY"),
        ("bond", "1000 XXY"),
        ("agent", " "),
    ],
)
def test_what_is_not_of_the_type_is_refused(key: str, text: str) -> None:
    given(drafted).when(SetCustomField(key=key, value=text), around=FIELDED).then_refused(FieldValueNotOfType)
