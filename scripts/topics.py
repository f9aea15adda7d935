"""Writes docs/topics, a JSON Schema of each record's value as Kafka topics hold it, and docs/asyncapi.yaml, which describes the topics.

One file for each name and version, such as `contract.payment_recorded@2.json`. A file that is there is published: it may get optional
fields and other words, and anything else is a new version beside it. Files of earlier versions stay, for whoever kept their records.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from domain.facts import FACTS, Fact
from domain.money import MAX_MINOR
from infra.kafka.records import PRIVATE, STATES
from projections.states import CONTRACT_STATE, PARTY_STATE, ContractState, PartyState
from scripts import asyncapi, schemas
from scripts.compatibility import breaks

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docs" / "topics"
DOCUMENT: Final = ROOT / "docs" / "asyncapi.yaml"
STATE_CLASSES: Final = {CONTRACT_STATE: ContractState, PARTY_STATE: PartyState}

Schema = dict[str, Any]


def is_published(fact: type[Fact]) -> bool:
    """Whether facts of that name leave the ledger."""
    return fact.NAME.partition(".")[0] not in {prefix.removesuffix("-") for prefix in PRIVATE}


def record_schema(fact: type[Fact]) -> Schema:
    """The schema of a fact as a record's value: as it is stored, but for amounts, and open for further fields."""
    stored = schemas.schema_of(fact)
    return published({**stored, "$id": f"urn:tallystick:record:{schemas.topic(fact)}"})


def state_schema(name: str, version: int, kind: type) -> Schema:
    """The schema of a state as a record's value."""
    _, components = msgspec.json.schema_components([kind], ref_template=schemas.REFERENCE)
    written = {key: schemas.exact(one) for key, one in components.items()}
    own = written.pop(kind.__name__)
    # What was added to a state later has a default, and earlier records lack it.
    own["required"] = components[kind.__name__]["required"]
    own["title"] = schemas.spaced(kind.__name__)
    own["description"] = " ".join((kind.__doc__ or "").split())
    whole = {"$schema": schemas.DIALECT, "$id": f"urn:tallystick:record:{name}@{version}", **own, "$defs": dict(sorted(written.items()))}
    return published(whole)


def published(schema: Schema) -> Schema:
    """A schema of what is stored as one of what is published."""
    made: Schema = _opened(deepcopy(schema))
    if "Money" in made.get("$defs", {}):
        made["$defs"]["Money"] = {
            "title": "Money",
            "description": f"An exact amount in major units, of at most {MAX_MINOR} minor ones.",
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "An ISO 4217 code."},
            },
            "required": ["amount", "currency"],
        }
    if "Ratio" in made.get("$defs", {}):
        made["$defs"]["Ratio"] = {
            "title": "Ratio",
            "description": "An exact share: a percentage where that ends within twelve digits, otherwise a fraction.",
            "type": "string",
            "pattern": r"^-?[0-9]+(\.[0-9]+)?%$|^-?[0-9]+/[0-9]+$",
        }
    return made


def _opened(found: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Readers pass over fields that they do not know, since there may be new ones."""
    if isinstance(found, dict):
        return {key: _opened(held) for key, held in found.items() if not (key == "additionalProperties" and held is False)}
    return [_opened(held) for held in found] if isinstance(found, list) else found


def texts() -> dict[str, str]:
    """Each current file's name and content, as they should be."""
    found = {schemas.topic(fact): record_schema(fact) for _, fact in sorted(FACTS.items()) if is_published(fact)}
    found |= {f"{kind.name}@{kind.schema}": state_schema(kind.name, kind.schema, one) for kind, one in STATE_CLASSES.items()}
    assert {kind.prefix for kind in STATE_CLASSES} == set(STATES)  # noqa: S101 - a state without a schema is a mistake made here
    return {f"{name}.json": json.dumps(schema, ensure_ascii=False, indent=1) + "\n" for name, schema in found.items()}


def broken(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Why readers of what was published before could not go on, a sentence for each reason."""
    found = [f"{name} was published and is gone" for name in before if name not in after]
    for name, text in before.items():
        if name in after and text != after[name]:
            found += [f"{name}: {why}" for why in breaks(json.loads(text), json.loads(after[name]))]
    return found


def committed(folder: Path = FOLDER) -> dict[str, str]:
    """The files as they are."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.json"))}


def at_revision(revision: str) -> dict[str, str]:
    """The files as they were."""
    folder = FOLDER.relative_to(ROOT).as_posix()

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    names = [path for path in git("ls-tree", "-r", "--name-only", revision, "--", folder).splitlines() if path.endswith(".json")]
    return {Path(path).name: git("show", f"{revision}:{path}") for path in names}


def outdated() -> list[str]:
    """The names of files that are not what the code says."""
    held, wanted = committed(), texts()
    found = [name for name, text in wanted.items() if held.get(name) != text]
    document = DOCUMENT.read_text("utf-8") if DOCUMENT.exists() else ""
    return [*found, *([DOCUMENT.name] if document != asyncapi.text(names(wanted)) else [])]


def names(wanted: Mapping[str, str]) -> list[str]:
    """The records' names with versions."""
    return [name.removesuffix(".json") for name in wanted]


def main(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is not what the code says.")] = False,
    against: Annotated[str | None, typer.Option(metavar="REVISION", help="Fail if readers of that revision could not go on.")] = None,
) -> None:
    """Write the schemas of what topics hold, and the description of the topics; refuse a change that would break readers."""
    held = committed()
    reasons = broken(at_revision(against) if against else held, {**held, **texts()})
    for why in reasons:
        print(why)
    if reasons:
        print("What is published stays as it is: raise the fact's SCHEMA, and say in infra/upcasting.py how the one before is read.")
        raise typer.Exit(1)
    changed = outdated() if check or against else write()
    for name in changed:
        print(name)
    if check or against:
        raise typer.Exit(1 if changed else 0)


def write() -> list[str]:
    """Brings the files up to date; answers the names of those that were not. Whoever calls it has looked whether readers break."""
    wanted, changed = texts(), outdated()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
    DOCUMENT.write_text(asyncapi.text(names(wanted)), "utf-8")
    return changed


if __name__ == "__main__":
    typer.run(main)
