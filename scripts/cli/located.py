"""Content of a file in YAML or JSON, and the line on which each part of it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from api.strict_json import Flaw, Flawed, step
from domain.facts import Command
from scripts.cli.terminal import Stopped, usage
from scripts.cli.typed import content_of

C = TypeVar("C", bound=Command)

_MAX_DEPTH: Final = 32
# What a scalar is taken for that nobody gave a tag of its own.
_PLAIN: Final = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")}


class Located(NamedTuple):
    """The same content as JSON, and by JSON path (`$.routes[0].steps`) the line, counted from 1, on which it begins."""

    body: bytes
    lines: Mapping[str, int]

    def line_of(self, path: str) -> int | None:
        """Where that part stands; what is missing is looked for where it should have been."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = re.sub(r"(\.[^.\[]*|\[[^\[]*\])$", "", path) if path != "$" else ""
        return None


def command_in(file: str, cls: type[C]) -> C:
    """A command's fields from a file, or from stdin for -, read as strictly as over HTTP. Stops at what is wrong, and says where."""
    from api.shapes import shape_of

    name = "stdin" if file == "-" else Path(file).name
    content = located(name, content_of(file))

    def said(flaw: Flaw) -> str:
        line = content.line_of(flaw.path)
        return f"  {name}{'' if line is None else f':{line}'}: {flaw.path}: {flaw.reason}"

    kind: type = cls
    try:
        command = _parsed(shape_of(kind), content.body).to_domain()
    except Flawed as error:
        raise usage(f"This is not a {cls.__name__}:\n" + "\n".join(map(said, error.flaws))) from None
    assert isinstance(command, cls)  # noqa: S101 - what that shape means
    return command


def _parsed(shape: Any, body: bytes) -> Any:  # noqa: ANN401 - the shape and what it means are the caller's
    """Reads the content as the shape, in which only the shape knows the texts that are whole numbers."""
    from api.shapes import WHOLE_NUMBER, parse

    try:
        return parse(shape, body)
    except Flawed as error:
        content = json.loads(body)
        wanted = [_counted(content, flaw.path) for flaw in error.flaws if flaw.reason == WHOLE_NUMBER]
        if not any(wanted):
            raise
        # Only so many mistakes are told at once; what is still text is found in the next round.
        return _parsed(shape, json.dumps(content).encode())


def _counted(content: Any, path: str) -> bool:  # noqa: ANN401 - JSON of any shape
    """Makes a number of the text on a path, if it is one; whether it was."""
    *way, last = [int(n) if n else name for name, n in re.findall(r"\.([^.\[]+)|\[(\d+)\]", path)]
    for part in way:
        content = content[part]
    if not re.fullmatch(r"-?\d{1,18}", str(content[last])):
        return False
    content[last] = int(content[last])
    return True


def located(name: str, content: bytes) -> Located:
    """Reads YAML, of which JSON is a part. Stops at what is neither, and says on which line.

    Numbers and days stay the text that they are, so that no amount loses a digit; only true, false and null are more than text.
    Keys that appear twice, anchors and tags are refused.
    """
    # Only files of policies and rules are read so.
    import yaml

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise usage(f"{name} is not in UTF-8: byte {error.start + 1} is no part of it.") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f":{mark.line + 1}:{mark.column + 1}"
        raise usage(f"{name}{where}: {error.problem or 'this is no YAML'}.") from None
    except yaml.YAMLError as error:
        raise usage(f"{name}: {error}") from None
    except RecursionError:
        raise usage(f"{name} is nested too deeply.") from None
    if node is None:
        raise usage(f"{name} is empty.")
    reading = _Reading(name)
    return Located(json.dumps(reading.read(node, "$", 0)).encode(), reading.lines)


class _Reading:
    """Turns the nodes of one file into plain content."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, int] = {}
        self._seen: set[int] = set()

    def read(self, node: Any, path: str, depth: int) -> object:  # noqa: ANN401 - the library's node of any sort
        import yaml

        if id(node) in self._seen:
            raise self.wrong(node, f"{path} repeats another part by an anchor; write it out.")
        if depth > _MAX_DEPTH:
            raise self.wrong(node, "this is nested too deeply.")
        self._seen.add(id(node))
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(one, path + step(n), depth + 1) for n, one in enumerate(node.value)]
        members: dict[str, object] = {}
        for key, held in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.wrong(key, "a name is wanted here.")
            if key.value in members:
                raise self.wrong(key, f"{key.value!r} stands here twice.")
            inner = path + step(key.value)
            self.lines[inner] = key.start_mark.line + 1
            members[key.value] = self.read(held, inner, depth + 1)
        return members

    def _scalar(self, node: Any) -> object:  # noqa: ANN401 - the library's node
        kind = node.tag.rpartition(":")[2]
        if kind == "null" and node.value in ("", "null", "~"):
            return None
        # YAML 1.1 takes yes, no, on and off for more than words; a Norwegian department is called NO.
        if kind == "bool" and node.value in ("true", "false"):
            return bool(node.value == "true")
        if node.tag not in _PLAIN:
            raise self.wrong(node, f"{node.tag} means nothing here.")
        return node.value

    def wrong(self, node: Any, says: str) -> Stopped:  # noqa: ANN401 - the library's node
        return usage(f"{self.name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}: {says}")
