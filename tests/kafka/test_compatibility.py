"""What is published to topics is described, and never changes so that a reader breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from domain.facts import FACTS
from infra.kafka.records import FAMILIES, STATES, record
from infra.ledger import CONTRACT, PARTY
from scripts import demo, topics
from scripts.asyncapi import HEADERS, OPTIONAL
from scripts.compatibility import breaks
from tests.kafka.reading import Topics
from tests.kafka.test_records import entry, golden
from tests.projections.test_erasure import tell

STANDARD = Path(__file__).parents[2] / ".ci" / "asyncapi" / "schema" / "3.0.0.json"
DOCUMENT: dict[str, Any] = yaml.safe_load(topics.DOCUMENT.read_text("utf-8"))
PUBLISHED = sorted(name for name, fact in FACTS.items() if topics.is_published(fact))

OLD: dict[str, Any] = {
    "$id": "urn:x",
    "type": "object",
    "description": "A payment.",
    "properties": {
        "amount": {"$ref": "#/$defs/Money"},
        "method": {"enum": ["bank", "cash"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "more": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["amount", "method"],
    "$defs": {
        "Money": {"type": "object", "properties": {"minor": {"type": "integer", "minimum": 0}}, "required": ["minor"]},
        "Part": {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}}}, "required": []},
    },
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    new = deepcopy(OLD)
    change(new)
    return new


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda new: new.update(description="Money that moved."),
        lambda new: new["properties"].update(channel={"type": "string"}),
        lambda new: new["$defs"]["Money"]["properties"].update(rate={"type": "string"}),
        lambda new: new["required"].reverse(),
        lambda new: new["properties"]["method"]["enum"].reverse(),
    ],
)
def test_other_words_and_new_optional_fields_break_nobody(change: Callable[[dict[str, Any]], object]) -> None:
    assert breaks(OLD, changed(change)) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda new: new["properties"].pop("note"), "value.note was taken away"),
        (lambda new: new["properties"].update(memo=new["properties"].pop("note")), "value.note was taken away"),
        (lambda new: new["required"].remove("method"), "value.method was always there and is optional"),
        (lambda new: new["required"].append("note"), "value.note was optional and is always there"),
        (lambda new: (new["properties"].update(x={}), new["required"].append("x")), "value.x is new and not optional"),
        (lambda new: new["properties"]["method"]["enum"].append("crypto"), "value.method: enum was"),
        (lambda new: new["properties"]["method"]["enum"].remove("cash"), "value.method: enum was"),
        (lambda new: new["properties"]["note"]["anyOf"].pop(), "value.note: there were 2 alternatives"),
        (lambda new: new["properties"]["note"]["anyOf"][0].update(type="integer"), "value.note<0>: type was string"),
        (lambda new: new["$defs"]["Money"]["properties"]["minor"].update(type="string"), "value.amount.minor: type was integer"),
        (lambda new: new["$defs"]["Money"]["properties"]["minor"].pop("minimum"), "value.amount.minor: minimum was 0"),
        (lambda new: new["$defs"]["Part"]["properties"].pop("parts"), "value.parts[].parts was taken away"),
        (lambda new: new["properties"]["more"]["additionalProperties"].update(type="integer"), "value.more.*: type was string"),
        (lambda new: new["properties"]["more"].update(additionalProperties=False), "value.more: further fields were"),
        (lambda new: new.update(type="array"), "value: type was object"),
    ],
)
def test_anything_else_is_refused_and_named(change: Callable[[dict[str, Any]], object], why: str) -> None:
    assert [said for said in breaks(OLD, changed(change)) if said.startswith(why)]


def test_a_schema_that_was_published_may_not_go_and_another_version_may_come() -> None:
    held = {"x@1.json": json.dumps(OLD)}
    assert topics.broken(held, {}) == ["x@1.json was published and is gone"]
    assert topics.broken(held, {**held, "x@2.json": "{}"}) == []
    assert topics.broken(held, {"x@1.json": "{}"})


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((topics.FOLDER / f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_records_value_is_as_its_schema_says(name: str) -> None:
    made = record(entry(golden(name), f"{name.partition('.')[0]}-x"), "tally", "ledger")
    assert made is not None
    assert made.value is not None
    validator(f"{name}@{FACTS[name].SCHEMA}").validate(json.loads(made.value))


def test_states_are_as_their_schemas_say(topics_filled: Topics) -> None:
    for prefix, name in ((CONTRACT.prefix, "contract.state@1"), (PARTY.prefix, "party.state@1")):
        states = topics_filled.states(prefix)
        assert states
        for held in states.values():
            validator(name).validate(held)


@pytest.fixture
def topics_filled(topics: Topics) -> Topics:
    demo.write(topics.opened.ledger)
    tell(topics.opened)
    topics.relay()
    return topics


def test_every_topic_and_every_record_is_described_once() -> None:
    assert list(DOCUMENT["channels"]) == [*FAMILIES.values(), *STATES.values()]
    described = [name for channel in DOCUMENT["channels"].values() for name in channel["messages"]]
    assert sorted(described) == sorted([*PUBLISHED, "contract.state", "party.state"])
    assert set(DOCUMENT["components"]["messages"]) == set(described)
    for message in DOCUMENT["components"]["messages"].values():
        assert (topics.DOCUMENT.parent / message["payload"]["schema"]["$ref"]).is_file()


def test_a_records_headers_are_those_that_are_described() -> None:
    made = record(entry(golden("contract.noted"), on_behalf_of="李雷"), "tally", "ledger")
    assert made is not None
    assert [name for name, _ in made.headers] == list(HEADERS)
    assert set(DOCUMENT["components"]["messageTraits"]["record"]["headers"]["required"]) == set(HEADERS) - OPTIONAL


def test_the_description_is_what_the_standard_says_that_it_must_be() -> None:
    if not STANDARD.is_file():
        pytest.skip(f"there is no JSON Schema of AsyncAPI in {STANDARD.parent}; .ci/asyncapi/fetch brings it")
    standard = Draft7Validator(json.loads(STANDARD.read_text("utf-8")))
    assert [error.message for error in standard.iter_errors(DOCUMENT)] == []
    wrong = deepcopy(DOCUMENT)
    wrong["channels"]["contracts"]["adress"] = wrong["channels"]["contracts"].pop("address")
    assert list(standard.iter_errors(wrong))
