"""Every fact ever stored can be read: an example of each, a schema of each, and whatever else they may hold comes back as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from domain.contract.amendment import AmendmentProposed
from domain.contract.approval import SubmittedForApproval
from domain.contract.closing import ContractTerminated
from domain.contract.correction import FactCorrected, Restated
from domain.contract.delivery import DeliveryRecorded
from domain.contract.drafting import ContractDrafted
from domain.contract.operations import AnyOperation, Operation
from domain.contract.payment import PaymentRecorded
from domain.contract.vocabulary import Direction
from domain.facts import FACTS, Fact
from domain.money import CURRENCIES, MAX_MINOR, Money
from domain.terms import AnyTerm
from domain.terms.exact import Ratio
from domain.terms.rules import Term
from infra import codec
from infra.errors import UnknownFact
from infra.upcasting import UPCASTS
from scripts import schemas
from tests.facts import HISTORIES

GOLDEN = Path(__file__).parent.parent / "golden"

TOPICS = tuple(f"{name}@{schema}" for name, fact in FACTS.items() for schema in range(1, fact.SCHEMA + 1))
CURRENT = tuple(f"{name}@{fact.SCHEMA}" for name, fact in FACTS.items())


def golden(topic: str) -> str:
    """The stored text; the file ends with a line break of its own."""
    return (GOLDEN / f"{topic}.json").read_text(encoding="utf-8").removesuffix("\n")


FORMATS = FormatChecker(["date"])


@FORMATS.checks("date-time", ValueError)
def is_moment(text: object) -> bool:
    # A null in the place of a moment is no string, so this format says nothing of it.
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


def schema_of(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((schemas.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return schema


@cache
def validator(name: str) -> Draft202012Validator:
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)


def leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from leaves(f"{path}.{key}", part)
    elif isinstance(value, list) and value:
        for part in value:
            yield from leaves(path, part)
    else:
        yield path, value


def test_every_fact_has_an_example_at_every_schema_version() -> None:
    held = {path.stem for path in GOLDEN.glob("*.json")}
    missing = set(TOPICS) - held
    assert not missing, f"write tests/golden/NAME@SCHEMA.json, as stored, for {sorted(missing)}; never change one that is there"
    assert not held - set(TOPICS), "an example belongs to no fact: a name or version that was stored once is known for ever"


@pytest.mark.parametrize("topic", TOPICS)
def test_every_example_decodes(topic: str) -> None:
    assert type(codec.decode(topic, golden(topic))) is FACTS[topic.partition("@")[0]]


@pytest.mark.parametrize("topic", CURRENT)
def test_an_example_of_the_current_schema_is_encoded_to_the_same_text(topic: str) -> None:
    assert codec.encode(codec.decode(topic, golden(topic))) == golden(topic)


@pytest.mark.parametrize("topic", CURRENT)
def test_an_example_says_something_in_every_field(topic: str) -> None:
    said = codec.decode(topic, golden(topic))
    empty = [path for path, value in leaves("", json.loads(codec.encode(said))) if value in (None, "", [], {})]
    # A fact without fields, and the counterparty that has no stream of its own.
    assert empty in ([], [""], [".counterparties.party_id"])


def test_the_examples_hold_every_operation() -> None:
    said = json.loads(golden("contract.amendment_proposed@4"))
    assert {o["op"] for o in said["operations"]} == set(Operation.KINDS)


def test_the_examples_hold_every_term() -> None:
    said = json.loads(golden("contract.amendment_took_effect@3"))
    assert {o["term"]["term"] for o in said["operations"] if o["op"] == "put_term"} == set(Term.KINDS)


@pytest.mark.parametrize("fact", ["contract.amendment_proposed", "contract.amendment_took_effect"])
def test_an_amendment_of_the_time_before_terms_acted_reads_as_it_did(fact: str) -> None:
    old, new = (json.loads(codec.encode(codec.decode(f"{fact}@{schema}", golden(f"{fact}@{schema}")))) for schema in (1, 2))
    stored = json.loads(golden(f"{fact}@1"))
    for operation in stored["operations"]:
        if operation["op"] == "put_clause":
            operation["clause"]["topic"] = None
    assert {field: old[field] for field in stored} == stored
    assert old == {**new, "operations": [o for o in new["operations"] if not o["op"].endswith("_term")]}


def test_a_contract_drafted_under_the_first_schema_is_payable_unless_it_was_a_sale() -> None:
    old = json.loads(golden("contract.drafted@1"))
    assert "direction" not in old
    read = codec.decode("contract.drafted@1", golden("contract.drafted@1"))
    assert read == codec.decode("contract.drafted@2", golden("contract.drafted@2"))
    sale = codec.decode("contract.drafted@1", json.dumps({**old, "kind": "sales"}))
    assert isinstance(sale, ContractDrafted)
    assert sale.direction is Direction.RECEIVABLE


def test_a_payment_recorded_under_the_first_schema_has_no_handler_and_no_account() -> None:
    old = codec.decode("contract.payment_recorded@1", golden("contract.payment_recorded@1"))
    new = codec.decode("contract.payment_recorded@2", golden("contract.payment_recorded@2"))
    assert isinstance(old, PaymentRecorded)
    assert isinstance(new, PaymentRecorded)
    assert old == replace(new, handled_by=None, account=None)


def test_a_delivery_recorded_under_the_first_schema_is_no_part_of_another() -> None:
    old = codec.decode("contract.delivery_recorded@1", golden("contract.delivery_recorded@1"))
    new = codec.decode("contract.delivery_recorded@2", golden("contract.delivery_recorded@2"))
    assert isinstance(new, DeliveryRecorded)
    assert old == replace(new, towards=None)


@pytest.mark.parametrize("schema", [1, 2])
def test_an_amendment_proposed_without_impact_and_evidence_is_read_without_them(schema: int) -> None:
    topic = f"contract.amendment_proposed@{schema}"
    old = codec.decode(topic, golden(topic))
    assert isinstance(old, AmendmentProposed)
    assert (old.impact, old.evidence) == (None, ())


def test_what_was_said_of_clauses_before_there_were_topics_and_deviations_is_read_without_them() -> None:
    for name in ("clause_added", "clause_reworded", "clause_withdrawn"):
        old = json.loads(golden(f"contract.{name}@1"))
        read = json.loads(codec.encode(codec.decode(f"contract.{name}@1", golden(f"contract.{name}@1"))))
        if "clause" in old:
            old["clause"]["topic"] = None
        assert read == {**old, "deviation_id": None}
    amended = json.loads(codec.encode(codec.decode("contract.amendment_took_effect@2", golden("contract.amendment_took_effect@2"))))
    assert amended["deviations"] == []


@pytest.mark.parametrize("name", ["template.drafted", "template.revised"])
def test_a_template_of_the_time_before_it_had_terms_and_topics_is_read_without_them(name: str) -> None:
    old = json.loads(golden(f"{name}@1"))
    for clause in old["clauses"]:
        clause["topic"] = None
    assert json.loads(codec.encode(codec.decode(f"{name}@1", golden(f"{name}@1")))) == {**old, "terms": []}


def test_a_termination_recorded_under_the_first_schema_has_no_fee_and_leaves_nothing_to_be_done() -> None:
    old = codec.decode("contract.terminated@1", golden("contract.terminated@1"))
    new = codec.decode("contract.terminated@3", golden("contract.terminated@3"))
    assert isinstance(new, ContractTerminated)
    without_term = replace(new, term_id=None, term_version=None, fee_reason=None)
    assert codec.decode("contract.terminated@2", golden("contract.terminated@2")) == without_term
    assert old == replace(without_term, exit_fee=None, exit_obligations=())


def test_a_correction_under_the_first_schema_restates_payments_of_the_first_schema() -> None:
    old = codec.decode("contract.fact_corrected@1", golden("contract.fact_corrected@1"))
    assert isinstance(old, FactCorrected)
    assert isinstance(old.was.fact, PaymentRecorded)
    assert old.was.fact.account is None


def test_an_approval_under_the_first_schemas_had_one_step_that_everybody_decided_for_themselves() -> None:
    submitted = codec.decode("contract.submitted_for_approval@1", golden("contract.submitted_for_approval@1"))
    assert submitted == SubmittedForApproval(note=json.loads(golden("contract.submitted_for_approval@1"))["note"])
    for name in ("step_approved", "step_rejected", "sent_back"):
        old = json.loads(golden(f"contract.{name}@1"))
        decided = codec.decode(f"contract.{name}@1", golden(f"contract.{name}@1"))
        assert json.loads(codec.encode(decided)) == {**old, "seat": None, "on_behalf_of": None, "delegation": None}


def test_a_signature_of_the_time_before_parties_were_looked_up_says_nothing_of_them() -> None:
    topics = ("contract.signed@1", "contract.signed@2")
    old, new = (json.loads(codec.encode(codec.decode(topic, golden(topic)))) for topic in topics)
    assert old == {**new, "parties": []}


@pytest.mark.parametrize(
    "topic", ["contract.signed@2", "contract.signature_requested@1", "contract.seal_affixed@1", "contract.amendment_signed@1"]
)
def test_a_signature_of_the_time_before_sides_were_named_as_parties_names_none(topic: str) -> None:
    assert json.loads(codec.encode(codec.decode(topic, golden(topic)))) == {**json.loads(golden(topic)), "party_id": None}


def test_every_step_between_schema_versions_has_its_upcast() -> None:
    assert set(UPCASTS) == {(name, step) for name, fact in FACTS.items() for step in range(1, fact.SCHEMA)}


@pytest.mark.parametrize(
    "topic", ["contract.drafted@3", "contract.drafted@0", "contract.drafted", "contract.drafted@", "contract.drafted@²", "x@1", ""]
)
def test_what_was_never_stored_is_not_read(topic: str) -> None:
    with pytest.raises(UnknownFact):
        codec.decode(topic, "{}")


def test_the_schemas_in_docs_are_those_of_the_code() -> None:
    assert schemas.differing(schemas.FOLDER) == [], "run python -m scripts.schemas"


def test_a_schema_that_was_changed_or_lost_or_invented_is_noticed(tmp_path: Path) -> None:
    copy = shutil.copytree(schemas.FOLDER, tmp_path / "events")
    (copy / "contract.noted.json").write_text("{}", encoding="utf-8")
    (copy / "contract.signed.json").unlink()
    (copy / "contract.imagined.json").write_text("{}", encoding="utf-8")
    assert schemas.differing(copy) == ["contract.imagined.json", "contract.noted.json", "contract.signed.json"]


@pytest.mark.parametrize("name", FACTS)
def test_every_schema_is_valid_and_says_what_it_is(name: str) -> None:
    schema = schema_of(name)
    assert schema["$id"] == f"urn:tallystick:fact:{name}@{FACTS[name].SCHEMA}"
    assert schema["x-schema-version"] == FACTS[name].SCHEMA
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("topic", CURRENT)
def test_every_example_meets_its_schema(topic: str) -> None:
    validator(topic.partition("@")[0]).validate(json.loads(golden(topic)))


@pytest.mark.parametrize("topic", CURRENT)
def test_a_schema_refuses_a_field_too_many_and_a_field_too_few(topic: str) -> None:
    check = validator(topic.partition("@")[0])
    example = json.loads(golden(topic))
    assert not check.is_valid({**example, "surprise": 1})
    for field in example:
        assert not check.is_valid({k: v for k, v in example.items() if k != field})


@pytest.mark.parametrize(
    "amount",
    [
        {"minor": 1.5, "currency": "CNY"},
        {"minor": "1", "currency": "CNY"},
        {"minor": MAX_MINOR + 1, "currency": "CNY"},
        {"minor": 1, "currency": "cny"},
        {"minor": 1},
        "1.00",
    ],
)
def test_a_schema_knows_what_money_is(amount: object) -> None:
    example = json.loads(golden("contract.payment_recorded@2"))
    assert not validator("contract.payment_recorded").is_valid({**example, "amount": amount})


def test_a_schema_tells_operations_and_restated_facts_apart_by_their_names() -> None:
    proposed = json.loads(golden("contract.amendment_proposed@4"))
    proposed["operations"][0]["op"] = "change_value"
    assert not validator("contract.amendment_proposed").is_valid(proposed)
    corrected = json.loads(golden("contract.fact_corrected@2"))
    corrected["was"]["fact"] = "contract.delivery_recorded@2"
    assert not validator("contract.fact_corrected").is_valid(corrected)
    corrected = json.loads(golden("contract.fact_corrected@2"))
    corrected["effective_at"] = "yesterday"
    assert not validator("contract.fact_corrected").is_valid(corrected)


@pytest.mark.parametrize("name", HISTORIES)
def test_the_facts_of_every_named_history_are_kept_exactly_and_meet_their_schemas(name: str) -> None:
    for told in HISTORIES[name]:
        text = codec.encode(told.fact)
        assert codec.decode(codec.topic(told.fact), text) == told.fact
        validator(told.fact.NAME).validate(json.loads(text))


# PostgreSQL keeps neither NUL nor lone surrogates; the store refuses them before it writes.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
monies = st.builds(Money, st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(sorted(CURRENCIES)))
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18) | st.sampled_from(
    [Decimal("1E+17"), Decimal("-0"), Decimal("0E-6"), Decimal("1E-6")]
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones | st.just(UTC))  # noqa: DTZ001 - the zone is drawn


ratios = st.builds(Ratio, numerator=st.integers(-MAX_MINOR, MAX_MINOR), denominator=st.integers(1, MAX_MINOR))


LEAVES: dict[object, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-MAX_MINOR, MAX_MINOR),
    bool: st.booleans(),
    Money: monies,
    Ratio: ratios,
    Decimal: decimals,
    datetime: moments,
    date: st.dates(),
    type(None): st.none(),
}


def of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401, PLR0911 - any annotation within a fact, one arm per sort
    """Every value that an annotation admits, nested to any depth."""
    if kind in LEAVES:
        return LEAVES[kind]
    if kind is Operation:
        return st.one_of([of(o) for o in get_args(AnyOperation)])
    if kind is Term:
        return st.one_of([of(t) for t in get_args(AnyTerm)])
    if kind is Restated:
        return st.one_of([of(f) for f in schemas.CORRECTABLE]).map(Restated)
    if get_origin(kind) is tuple:
        return st.lists(of(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([of(part) for part in get_args(kind)])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    return st.builds(kind, **{name: of(part) for name, part in get_type_hints(kind).items() if get_origin(part) is not ClassVar})


@pytest.mark.parametrize("name", FACTS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_whatever_a_fact_holds_comes_back_as_it_was_and_meets_its_schema(name: str, data: st.DataObject) -> None:
    fact: Fact = data.draw(of(FACTS[name]))
    text = codec.encode(fact)
    back = codec.decode(codec.topic(fact), text)
    assert back == fact
    assert codec.encode(back) == text
    validator(name).validate(json.loads(text))
