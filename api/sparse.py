"""Sparse fields: of each line of a big list only those that the caller names, in the order in which they are named."""

from __future__ import annotations

import copy
from dataclasses import is_dataclass
from typing import Any, Final, NamedTuple, get_args, get_origin

import orjson

from api.answers import members, name_of
from api.strict_json import Flaw, Flawed, visible

PARAMETER: Final = "fields"
MAX_LENGTH: Final = 2_000


class Lines(NamedTuple):
    """The member of a page that holds its lines, and the class of these."""

    member: str
    of: type

    @property
    def names(self) -> tuple[str, ...]:
        """What a line has."""
        return tuple(members(self.of))

    def chosen(self, given: str) -> Chosen:
        """What `fields` asks for. Raises Flawed for a name that no line has, and where there is none."""
        asked = tuple(dict.fromkeys(name.strip() for name in given.split(",")))
        wrong = [name for name in asked if name not in self.names]
        if wrong or len(given) > MAX_LENGTH:
            which = f"There is no field {visible(wrong[0])}" if wrong and wrong[0] else "Name fields between commas"
            raise Flawed([Flaw(f"query.{PARAMETER}", f"{which}; possible are {', '.join(self.names)}.")])
        return Chosen(self.member, asked)


class Chosen(NamedTuple):
    """Which members of a page's lines are wanted."""

    member: str
    names: tuple[str, ...]

    def of(self, body: bytes) -> bytes:
        """A page with these alone in its lines."""
        page = orjson.loads(body)
        page[self.member] = [{name: line[name] for name in self.names} for line in page[self.member]]
        return orjson.dumps(page)


def lines_of(page: type) -> Lines:
    """The lines of a page, which has one list of objects."""
    ((name, of),) = (
        (name, get_args(hint)[0]) for name, hint in members(page).items() if get_origin(hint) is tuple and is_dataclass(get_args(hint)[0])
    )
    return Lines(name, of)


def sparse_name(cls: type) -> str:
    """What the variant of a page or a line is called in the document."""
    return f"Sparse{name_of(cls)}"


def variants(page: type, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas of a page's lines of which any may be left out, and of the page that holds them."""
    found = lines_of(page)
    line, whole = copy.deepcopy(schemas[name_of(found.of)]), copy.deepcopy(schemas[name_of(page)])
    line["required"] = []
    line["description"] += " Of its fields those that were asked for."
    whole["properties"][found.member]["items"] = {"$ref": f"#/components/schemas/{sparse_name(found.of)}"}
    return {sparse_name(found.of): line, sparse_name(page): whole}


def parameter(page: type) -> dict[str, Any]:
    """How the document describes `fields`."""
    names = lines_of(page).names
    return {
        "name": PARAMETER,
        "in": "query",
        "required": False,
        "schema": {"type": "string", "title": "Fields", "maxLength": MAX_LENGTH},
        "description": "Only these fields of each line, between commas, instead of all. There are "
        f"{', '.join(f'`{name}`' for name in names)}.",
        "example": ",".join(names[:3]),
    }
