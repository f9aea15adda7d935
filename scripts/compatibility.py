"""What would break readers between two JSON Schemas of the same version: anything but new optional fields and other words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

# These say something to people and nothing about values.
ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "x-fact", "x-schema-version"})
_PART: Final = "#/$defs/"
_CHOICES: Final = ("anyOf", "oneOf")


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why readers of `old` could not read what `new` describes, or those of `new` what `old` did; empty where both can."""
    return list(dict.fromkeys(_between(old, new, (old, new), "value", frozenset())))


def _between(old: Schema, new: Schema, roots: tuple[Schema, Schema], path: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    names = str(old.get("$ref", "")), str(new.get("$ref", ""))
    if any(names):
        if names in seen:
            return
        seen |= {names}
        old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    yield from _of_object(old, new, roots, path, seen)
    for keyword in _CHOICES:
        before, after = old.get(keyword, []), new.get(keyword, [])
        if len(before) != len(after):
            yield f"{path}: there were {len(before)} alternatives ({keyword}) and are {len(after)}"
            continue
        for n, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _between(one, other, roots, f"{path}<{n}>", seen)
    if "items" in old and "items" in new:
        yield from _between(old["items"], new["items"], roots, f"{path}[]", seen)
    compared = {"properties", "required", *_CHOICES, *({"items"} if "items" in old and "items" in new else ())}
    for keyword in sorted((old.keys() | new.keys()) - ANNOTATIONS - compared - {"additionalProperties"}):
        if _value(old.get(keyword)) != _value(new.get(keyword)):
            yield f"{path}: {keyword} was {old.get(keyword, 'not there')} and is {new.get(keyword, 'not there')}"


def _of_object(old: Schema, new: Schema, roots: tuple[Schema, Schema], path: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required, still = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        if name not in after:
            yield f"{path}.{name} was taken away"
        elif (name in required) != (name in still):
            yield f"{path}.{name} {'was always there and is optional' if name in required else 'was optional and is always there'}"
        if name in after:
            yield from _between(before[name], after[name], roots, f"{path}.{name}", seen)
    for name in after:
        if name not in before and name in still:
            yield f"{path}.{name} is new and not optional"
    rest = old.get("additionalProperties", True), new.get("additionalProperties", True)
    if isinstance(rest[0], Mapping) and isinstance(rest[1], Mapping):
        yield from _between(rest[0], rest[1], roots, f"{path}.*", seen)
    elif rest[0] != rest[1]:
        yield f"{path}: further fields were {rest[0]} and are {rest[1]}"


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = root["$defs"][schema["$ref"].removeprefix(_PART)]
    return found


def _value(said: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Lists of values are sets: their order says nothing."""
    return sorted(map(str, said)) if isinstance(said, list) else said
