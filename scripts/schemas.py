"""Writes docs/events: a JSON Schema (2020-12) of each fact as it is stored and published, from the code that stores it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, get_args, get_type_hints

import msgspec
import typer

# Every stream's facts register themselves when they are imported.
import domain.access
import domain.alert
import domain.alerting
import domain.clock
import domain.delegation
import domain.document
import domain.fields
import domain.party
import domain.policy
import domain.product
import domain.risk
import domain.searches
import domain.template  # noqa: F401
from domain.contract.correction import Restated
from domain.contract.delivery import DeliveryRecorded
from domain.contract.invoicing import InvoiceRegistered
from domain.contract.operations import Operation
from domain.contract.payment import PaymentRecorded
from domain.contract.services import MilestoneReached, ServiceLevelMeasured, ServicePerformed
from domain.facts import FACTS, Fact
from domain.money import MAX_MINOR
from domain.terms.rules import Term

FOLDER: Final = Path(__file__).parent.parent / "docs" / "events"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
REFERENCE: Final = "#/$defs/{name}"

# What FactCorrected may restate; its fold refuses to know any other.
CORRECTABLE: Final[tuple[type[Fact], ...]] = (
    PaymentRecorded,
    DeliveryRecorded,
    InvoiceRegistered,
    MilestoneReached,
    ServicePerformed,
    ServiceLevelMeasured,
)

Schema: TypeAlias = dict[str, Any]


def topic(fact: type[Fact]) -> str:
    """The name under which the present form of a fact is stored."""
    return f"{fact.NAME}@{fact.SCHEMA}"


def custom(kind: type) -> Schema:
    """The schema of what msgspec leaves to our hooks, as infra.codec writes it."""
    if kind is Operation:
        return {
            "description": "One change to the contract's content, told apart by `op`.",
            "oneOf": [{"$ref": REFERENCE.format(name=operation.__name__)} for operation in Operation.KINDS.values()],
        }
    if kind is Term:
        return {
            "description": "Something agreed that computes, told apart by `term`.",
            "oneOf": [{"$ref": REFERENCE.format(name=term.__name__)} for term in Term.KINDS.values()],
        }
    if kind is Restated:
        return {
            "description": "A fact inside a fact, with the name under which it would be stored by itself.",
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"fact": {"const": topic(fact)}, "data": {"$ref": REFERENCE.format(name=fact.__name__)}},
                    "required": ["fact", "data"],
                    "additionalProperties": False,
                }
                for fact in CORRECTABLE
            ],
        }
    raise NotImplementedError


def flat(annotation: object) -> Iterator[object]:
    """The types that an annotation is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from flat(part)


def moments_in(fact: type[Fact]) -> set[tuple[str, str]]:
    """Which fields hold a moment, as (class, field), in a fact and its parts: of a moment msgspec says only that it is a string."""
    found: set[tuple[str, str]] = set()
    waiting: list[type] = [fact, *parts_of(fact)]
    seen: set[type] = set()
    while waiting:
        kind = waiting.pop()
        seen.add(kind)
        for name, annotation in get_type_hints(kind).items():
            parts = set(flat(annotation))
            if datetime in parts:
                found.add((kind.__name__, name))
            waiting += [p for p in parts if isinstance(p, type) and is_dataclass(p) and p not in seen]
    return found


def parts_of(fact: type[Fact]) -> tuple[type, ...]:
    """The types that a fact's schema refers to beyond those that msgspec finds by itself."""
    found: set[type] = set()

    def remember(kind: type) -> Schema:
        found.add(kind)
        return custom(kind)

    msgspec.json.schema_components([fact], schema_hook=remember, ref_template=REFERENCE)
    operations = tuple(Operation.KINDS.values()) if Operation in found else ()
    # An operation may put a term.
    terms = tuple(Term.KINDS.values()) if operations or Term in found else ()
    return (*operations, *terms, *(CORRECTABLE if Restated in found else ()))


def schema_of(fact: type[Fact]) -> Schema:
    """The schema of one fact, complete in itself."""
    _, components = msgspec.json.schema_components([fact, *parts_of(fact)], schema_hook=custom, ref_template=REFERENCE)
    written = {name: exact(component) for name, component in components.items()}
    for kind, field in moments_in(fact):
        written[kind]["properties"][field] = dated(written[kind]["properties"][field])
    own = written.pop(fact.__name__)
    return {
        "$schema": DIALECT,
        "$id": f"urn:tallystick:fact:{topic(fact)}",
        "title": spaced(fact.__name__),
        "description": " ".join((fact.__doc__ or "").split()),
        "x-fact": fact.NAME,
        "x-schema-version": fact.SCHEMA,
        **{key: own[key] for key in ("type", "properties", "required", "additionalProperties")},
        **({"$defs": dict(sorted(written.items()))} if written else {}),
    }


def exact(schema: Schema) -> Schema:
    """What is always written is required, and nothing else is: a stored fact has all its fields, and a new one makes a new version."""
    if schema.get("title") == "Money":
        return money(schema)
    narrowed = {key: value for key, value in schema.items() if key != "default"}
    if schema.get("type") == "object" and "properties" in schema:
        narrowed["required"] = list(schema["properties"])
        narrowed["additionalProperties"] = False
    if schema.get("format") == "decimal":
        narrowed["pattern"] = r"^-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?$"
    return {key: deeper(value) for key, value in narrowed.items()}


def dated(schema: Schema) -> Schema:
    """The same for a moment instead of a string."""
    if "anyOf" in schema:
        return {"anyOf": [dated(choice) for choice in schema["anyOf"]]}
    return {"type": "string", "format": "date-time"} if schema == {"type": "string"} else schema


def deeper(value: object) -> object:
    """The same within lists and objects."""
    if isinstance(value, dict):
        return exact(value)
    return [deeper(item) for item in value] if isinstance(value, list) else value


def money(schema: Schema) -> Schema:
    """An amount is whole minor units within what every JSON reader keeps exactly."""
    return {
        "title": "Money",
        "description": schema["description"],
        "type": "object",
        "properties": {
            "minor": {"type": "integer", "minimum": -MAX_MINOR, "maximum": MAX_MINOR},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "An ISO 4217 code."},
        },
        "required": ["minor", "currency"],
        "additionalProperties": False,
    }


def spaced(name: str) -> str:
    """A class name as words: ContractDrafted is "Contract drafted"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def texts() -> dict[str, str]:
    """Each file's name and content, as they should be."""
    return {f"{name}.json": json.dumps(schema_of(fact), ensure_ascii=False, indent=2) + "\n" for name, fact in sorted(FACTS.items())}


def differing(folder: Path) -> list[str]:
    """The names of files that are missing, outdated, or belong to no fact."""
    wanted = texts()
    held = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in {**wanted, **held} if wanted.get(name) != held.get(name))


def main(check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is not what the code says.")] = False) -> None:
    """Write a JSON Schema of every fact to docs/events, and then what is said of topics, as `python -m scripts.topics` does."""
    # It takes its schemas from here.
    from scripts import topics

    changed = differing(FOLDER)
    for name in changed:
        print(name)
    if check:
        if changed:
            raise typer.Exit(1)
        topics.main(check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = texts()
    for name in changed:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    topics.main()


if __name__ == "__main__":
    typer.run(main)
