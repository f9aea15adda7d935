"""Shapes follow the domain's classes exactly, and refuse what would have to be bent to fit."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.answers import components, members
from api.commands import COMMANDS
from api.openapi import ANSWERED
from api.shapes import CommandShape, Shape, example, parse, shape_of
from api.strict_json import Flawed
from api.wording import FIELDS, WITHIN
from domain.alert import AlertCommand, RaiseAlert, RecordAlertDelivered, RecordAlertDeliveryFailed
from domain.alerting import AlertRulesCommand
from domain.contract import ContractCommand
from domain.contract.amendment import ProposeAmendment
from domain.contract.content import AddLineItem
from domain.contract.correction import StrikeOut
from domain.contract.drafting import ChangePeriod, ChangeTitle, DraftContract, Note
from domain.contract.operations import AnyOperation, Operation
from domain.contract.payment import RecordPayment
from domain.contract.publication import RecordPublication
from domain.delegation import DelegationCommand
from domain.facts import Command
from domain.fields import FieldsCommand
from domain.money import CURRENCIES, Money
from domain.party import PartyCommand
from domain.policy import PolicyCommand
from domain.product import ProductCommand
from domain.risk import RiskRulesCommand
from domain.template import TemplateCommand
from domain.terms import AnyTerm
from domain.terms.exact import Ratio
from domain.terms.rules import Term
from infra.render import to_json

ALL = [row.command for row in COMMANDS]


def read(command: type[Command], content: object) -> Any:  # noqa: ANN401 - the command
    return parse(shape_of(command), json.dumps(content).encode()).to_domain()


def flaws(command: type[Command], content: object) -> dict[str, str]:
    with pytest.raises(Flawed) as refused:
        read(command, content)
    return {flaw.path: flaw.reason for flaw in refused.value.flaws}


def flat(union: Any) -> set[type]:  # noqa: ANN401 - types are values here
    parts = get_args(union)
    return {cls for part in parts for cls in flat(part)} if parts else {union}


# The clock, the rules and the senders give these themselves.
OWN: Final = {RecordPublication, RaiseAlert, RecordAlertDelivered, RecordAlertDeliveryFailed}


def test_every_command_has_its_line_except_those_that_no_caller_gives() -> None:
    assert (
        set(ALL)
        == (
            flat(ContractCommand)
            | flat(PartyCommand)
            | flat(PolicyCommand)
            | flat(TemplateCommand)
            | flat(ProductCommand)
            | flat(FieldsCommand)
            | flat(RiskRulesCommand)
            | flat(DelegationCommand)
            | flat(AlertRulesCommand)
            | flat(AlertCommand)
        )
        - OWN
    )
    assert len(ALL) == len(set(ALL))


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.__name__)
def test_the_example_of_each_command_is_one(command: type[Command]) -> None:
    assert isinstance(read(command, example(command)), command)


def parts(cls: Any) -> set[type]:  # noqa: ANN401 - types are values here
    if cls is Operation:
        return parts(AnyOperation)
    if cls is Term:
        return parts(AnyTerm)
    if cls is Ratio:
        return set()
    if not (isinstance(cls, type) and is_dataclass(cls)):
        return {part for arg in get_args(cls) for part in parts(arg)}
    if cls is Money:
        return {cls}
    hints = get_type_hints(cls)
    return {cls} | {part for f in fields(cls) for part in parts(hints[f.name])}


def test_every_field_is_described_in_words() -> None:
    sent = {(cls.__name__, f.name) for command in ALL for cls in parts(command) for f in fields(cls) if cls is not Money}
    answered = {(name, field) for name, schema in components(ANSWERED).items() for field in schema.get("properties", ())}
    assert {(owner, field) for owner, field in sent | answered if (owner, field) not in WITHIN and field not in FIELDS} == set()


def test_answers_hold_what_the_domain_holds() -> None:
    from domain.contract.state import Contract

    assert set(members(Contract)) >= {"id", "paid", "balance", "version", "number", "payments"}
    assert "recordings" not in members(Contract)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(lambda text: text == text.strip())
SHA256 = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
BUILDING_BLOCKS: dict[type, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(1, 2**31 - 1),
    Decimal: st.decimals(min_value=-(10**9), max_value=10**9, places=6),
    bool: st.booleans(),
    Ratio: st.fractions(-1, 2, max_denominator=200).map(Ratio.exactly),
    date: st.dates(date(1900, 1, 1)),
    datetime: st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1900),
    Money: st.builds(Money, st.integers(-(2**53) + 1, 2**53 - 1), st.sampled_from(sorted(CURRENCIES))),
}


def values(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - types are values here
    if hint in (Operation, Term):
        return values(AnyOperation if hint is Operation else AnyTerm)
    if hint in BUILDING_BLOCKS:
        return BUILDING_BLOCKS[hint]
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        made = {
            f.name: st.from_regex(r"[0-9a-f]{64}", fullmatch=True) if "sha256" in f.name else values(hints[f.name]) for f in fields(hint)
        }
        return st.builds(hint, **made)
    if getattr(hint, "__origin__", None) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if get_args(hint) and not hasattr(hint, "__origin__"):
        return st.one_of([values(part) for part in get_args(hint)])
    return st.from_type(hint)


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.__name__)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
def test_any_command_written_as_json_is_read_back_as_it_was(command: type[Command], data: st.DataObject) -> None:
    wanted = data.draw(values(command))
    assert read(command, to_json(wanted)) == wanted


def paying(amount: object, currency: str = "CNY") -> dict[str, object]:
    return PAYMENT | {"amount": {"amount": amount, "currency": currency}}


PAYMENT: dict[str, object] = {"payment_id": "p1", "amount": {"amount": "5.00", "currency": "CNY"}}
ITEM: dict[str, object] = {"item_id": "1", "description": "x"}
AMENDMENT: dict[str, object] = {"amendment_id": "a", "why": "x"}

REFUSED: dict[str, tuple[type[Command], object, str, str]] = {
    "an array": (Note, [], "$", "A JSON object is wanted"),
    "null": (Note, None, "$", "A JSON object is wanted"),
    "a field nobody knows": (Note, {"text": "x", "colour": "red"}, "$.colour", "no such field"),
    "an actor": (Note, {"text": "x", "actor": "root"}, "$.actor", "no such field"),
    "a missing field": (Note, {}, "$.text", "missing"),
    "a number for text": (Note, {"text": 5}, "$.text", "A text is wanted"),
    "a title of 501": (ChangeTitle, {"title": "x" * 501}, "$.title", "at most 500"),
    "a title of two lines": (ChangeTitle, {"title": "x\ny"}, "$.title", "one line"),
    "an empty id": (RecordPayment, PAYMENT | {"payment_id": ""}, "$.payment_id", "at least 1"),
    "an id of 201": (RecordPayment, PAYMENT | {"payment_id": "x" * 201}, "$.payment_id", "at most 200"),
    "an id with blanks": (RecordPayment, PAYMENT | {"payment_id": "x "}, "$.payment_id", "no blanks at its ends"),
    "money as an integer": (RecordPayment, PAYMENT | {"amount": 5}, "$.amount", "can lose digits"),
    "money as a float": (RecordPayment, PAYMENT | {"amount": 5.5}, "$.amount", "can lose digits"),
    "an amount as a float": (RecordPayment, paying(5.5), "$.amount.amount", "lose digits"),
    "an amount as an integer": (RecordPayment, paying(5), "$.amount.amount", "lose digits"),
    "an amount with a comma": (
        RecordPayment,
        paying("5,00"),
        "$.amount.amount",
        "plain decimal",
    ),
    "an amount in powers": (RecordPayment, paying("1e5"), "$.amount.amount", "plain decimal"),
    "too many digits": (
        RecordPayment,
        paying("5.001"),
        "$.amount",
        "2 digits after the point",
    ),
    "no such currency": (RecordPayment, paying("5", "XYZ"), "$.amount", "ISO 4217"),
    "a small currency": (RecordPayment, paying("5", "cny"), "$.amount", "ISO 4217"),
    "beyond 53 bits": (
        RecordPayment,
        paying("90071992547409.92"),
        "$.amount",
        "keeps exactly",
    ),
    "no such method": (RecordPayment, PAYMENT | {"method": "shells"}, "$.method", "bank_transfer"),
    "a naive moment": (Note, {"text": "x", "effective_at": "2026-03-31T10:00:00"}, "$.effective_at", "offset"),
    "a day for a moment": (Note, {"text": "x", "effective_at": "2026-03-31"}, "$.effective_at", "offset"),
    "epoch seconds": (Note, {"text": "x", "effective_at": 1774951200}, "$.effective_at", "a number is not taken"),
    "epoch seconds as text": (Note, {"text": "x", "effective_at": "1774951200"}, "$.effective_at", "Give the moment as in"),
    "the 30th of February": (Note, {"text": "x", "effective_at": "2026-02-30T10:00:00Z"}, "$.effective_at", "no such moment"),
    "beyond the year 9999": (Note, {"text": "x", "effective_at": "9999-12-31T23:59:59-01:00"}, "$.effective_at", "no such moment"),
    "before the year 1900": (Note, {"text": "x", "effective_at": "1899-12-31T23:59:59Z"}, "$.effective_at", "1900"),
    "a moment as a day": (ChangePeriod, {"period": {"start": "2026-03-31T00:00:00Z"}}, "$.period.start", "Give the day"),
    "a day of year one": (ChangePeriod, {"period": {"start": "0001-01-01"}}, "$.period.start", "1900"),
    "a number for a decimal": (
        AddLineItem,
        {"item": {"item_id": "1", "description": "x", "quantity": 5}},
        "$.item.quantity",
        "lose digits",
    ),
    "a decimal of 7 places": (
        AddLineItem,
        {"item": ITEM | {"quantity": "0.0000001"}},
        "$.item.quantity",
        "6 after it",
    ),
    "true for a version": (StrikeOut, {"version": True, "why": "x"}, "$.version", "whole number"),
    "a float for a version": (StrikeOut, {"version": 1.0, "why": "x"}, "$.version", "whole number"),
    "text for a version": (StrikeOut, {"version": "1", "why": "x"}, "$.version", "whole number"),
    "version 2^31": (StrikeOut, {"version": 2**31, "why": "x"}, "$.version", "less than or equal"),
    "no such operation": (ProposeAmendment, AMENDMENT | {"operations": [{"op": "burn"}]}, "$.operations[0]", "burn"),
    "an operation without op": (
        ProposeAmendment,
        {"amendment_id": "a", "why": "x", "operations": [{"title": "x"}]},
        "$.operations[0]",
        "`op`",
    ),
    "a flaw inside an operation": (
        ProposeAmendment,
        AMENDMENT | {"operations": [{"op": "change_title", "title": "y"}, {"op": "change_value", "value": 5}]},
        "$.operations[1].value",
        "can lose digits",
    ),
    "1,001 clauses": (
        DraftContract,
        example(DraftContract) | {"clauses": [{"clause_id": str(n), "heading": "x", "text": "y"} for n in range(1001)]},
        "$.clauses",
        "at most 1000",
    ),
}


@pytest.mark.parametrize(("command", "content", "path", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_with_its_place(command: type[Command], content: object, path: str, reason: str) -> None:
    found = flaws(command, content)
    assert path in found, found
    assert reason in found[path]


def test_moments_of_any_offset_mean_the_same_instant() -> None:
    bodies = (b'{"text": "x", "effective_at": "%s"}' % moment for moment in (b"2026-03-31T16:00:00+08:00", b"2026-03-31T08:00:00.000000Z"))
    first, second = (parse(shape_of(Note), body) for body in bodies)
    assert isinstance(first, CommandShape)
    assert first == second
    assert first.effective_at == datetime(2026, 3, 31, 8, tzinfo=UTC)


def test_a_command_whose_field_would_hide_what_goes_beside_it_is_refused_at_once() -> None:
    from domain.facts import value

    @value
    class Postpone(Command):
        """Has a field that every command has beside its own."""

        reason: str

    with pytest.raises(TypeError, match="reason"):
        shape_of(Postpone)


def test_shapes_are_strict() -> None:
    assert all(shape_of(command).model_config["extra"] == "forbid" for command in ALL)
    assert Shape.model_config["strict"]
