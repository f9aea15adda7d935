"""Reads commands of contracts from JSON and from FIELD=VALUE, as strictly as the HTTP interface does."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from domain.contract import ContractCommand
from domain.contract.drafting import DraftContract
from domain.contract.publication import RecordPublication
from domain.contract.templated import DraftFromTemplate
from domain.facts import Command
from domain.money import Money
from scripts.cli.terminal import Stopped, usage

COMMANDS: Final[dict[str, type[Command]]] = {
    cls.__name__: cls for cls in get_args(ContractCommand) if cls not in (DraftContract, DraftFromTemplate, RecordPublication)
}

_MAX_BYTES: Final = 16 * 2**20
_AMOUNT: Final = re.compile(r"(-?[0-9.]+) ?([A-Z]{3})", re.ASCII)


class Beside(NamedTuple):
    """What goes with a command beside its content, as it was typed."""

    on: str | None = None
    reason: str | None = None
    if_version: int | None = None
    command_id: str | None = None


def command_called(name: str, among: Mapping[str, type[Command]] = COMMANDS) -> type[Command]:
    """The command of that name; dashes and case do not matter."""
    plain = {re.sub(r"[^a-z]", "", known.lower()): known for known in among}
    asked = re.sub(r"[^a-z]", "", name.lower())
    if asked in plain:
        return among[plain[asked]]
    close = [plain[match] for match in get_close_matches(asked, plain, n=3, cutoff=0.5)]
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    raise usage(f"There is no command {name!r}.{meant} `tally commands` lists those of contracts.")


def typed(cls: type[Command], file: str | None, settings: list[str] | None, beside: Beside) -> tuple[Any, Beside]:
    """A command from a file or from its fields one by one. Stops where both are given, and at what is wrong with either."""
    if file is not None and settings:
        raise usage("Give the fields with --file or with --set, not with both.")
    return read_shape(cls, content_of(file) if file is not None else from_settings(cls, settings or []), beside)


def read_shape(cls: type[Command], body: bytes, beside: Beside) -> tuple[Command, Beside]:
    """A command from the JSON of the HTTP interface, read as strictly as there. What the JSON itself says beside it counts too."""
    from api.shapes import CommandShape, parse, shape_of
    from api.strict_json import Flawed

    kind: type = cls
    try:
        shape = parse(shape_of(kind), body)
    except Flawed as error:
        flaws = "\n".join(f"  {flaw.path}: {flaw.reason}" for flaw in error.flaws)
        raise usage(f"This is not a {cls.__name__}:\n{flaws}") from None
    command = shape.to_domain()
    assert isinstance(shape, CommandShape)  # noqa: S101 - what shape_of makes of commands
    if shape.effective_at is not None and beside.on is not None:
        raise usage("Both --on and the JSON's effective_at say when it took place; give one of them.")
    said = None if shape.effective_at is None else shape.effective_at.isoformat()
    return command, beside._replace(on=beside.on or said, reason=beside.reason or shape.reason)


def content_of(file: str) -> bytes:
    """The file's content, or stdin's; stops at 16 MiB."""
    if file == "-":
        content = sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        with Path(file).open("rb") as opened:
            content = opened.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise Stopped(f"{file} holds more than {_MAX_BYTES // 2**20} MiB; one command is not that long.")
    return content


def from_settings(cls: type[Command], settings: list[str]) -> bytes:
    """FIELD=VALUE pairs as JSON. What a field wants decides what its text means; the strict reader judges the result."""
    hints = get_type_hints(cls)
    members: dict[str, Any] = {}
    for setting in settings:
        field, equals, text = setting.partition("=")
        if not equals or field not in hints:
            raise usage(f"--set {setting!r}: {cls.__name__} takes FIELD=VALUE with the fields {', '.join(hints) or '(none)'}.")
        if field in members:
            raise usage(f"--set gives {field} twice.")
        members[field] = _meant(hints[field], text)
    return json.dumps(members).encode()


def _meant(hint: Any, text: str) -> object:  # noqa: ANN401 - types are values here
    wanted = {hint, *get_args(hint)}
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError as error:
            raise usage(f"--set: {text[:60]!r} begins like JSON, but is none: {error}.") from None
    if int in wanted and text.isdecimal():
        return int(text)
    if Money in wanted and (amount := _AMOUNT.fullmatch(text)):
        return {"amount": amount[1], "currency": amount[2]}
    return text
