"""Domain and projections give the same answer on every replay: no clock, no lots, and in the domain no I/O and no float."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import Module, called, modules, parsed

CLOCKS_AND_LOTS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "os.urandom",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}
NOT_IMPORTED = {"random", "secrets"}
IO_CALLS = {"breakpoint", "eval", "exec", "input", "open", "print"}
IO_MODULES = {
    "asyncio",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "shutil",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
}


def imported(tree: ast.Module) -> Iterator[str]:
    """The top of each imported module, and each name taken from one as `module.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def chance(module: Module) -> list[str]:
    """Where a module reads a clock or draws lots. Waiting by a monotonic clock is neither."""
    found = {f"imports {name}" for name in imported(module.tree) if name in {*NOT_IMPORTED, *CLOCKS_AND_LOTS}}
    names = [called(node) for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    found |= {f"calls {name}" for name in names for end in CLOCKS_AND_LOTS if name == end or name.endswith(f".{end}")}
    return sorted(found)


def outside(module: Module) -> list[str]:
    """Where a module reaches outside itself, or uses floats."""
    found = [f"imports {top}" for top in imported(module.tree) if top in IO_MODULES]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and called(node) in {*IO_CALLS, "float"}:
            found.append(f"calls {called(node)}")
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"says {node.value}")
        if isinstance(node, ast.Name) and node.id == "float":
            found.append("names float")
    return sorted(set(found))


@pytest.mark.parametrize("module", modules("domain", "projections"), ids=lambda m: m.name)
def test_domain_and_projections_read_no_clock_and_draw_no_lots(module: Module) -> None:
    assert chance(module) == []


@pytest.mark.parametrize("module", modules("domain"), ids=lambda m: m.name)
def test_the_domain_does_no_io_and_knows_no_float(module: Module) -> None:
    assert outside(module) == []


@pytest.mark.parametrize(
    "text",
    [
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime\nx = datetime.now(tz)",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time",
        "import uuid\nuuid.uuid4()",
        "from uuid import uuid4",
        "import random",
        "from secrets import token_hex",
        "def f():\n    import random",
    ],
)
def test_a_clock_or_a_lot_would_be_seen(text: str) -> None:
    assert chance(parsed(text))


@pytest.mark.parametrize(
    "text",
    [
        "open('x')",
        "print(1)",
        "import os",
        "from pathlib import Path",
        "import urllib.request",
        "x = 0.5",
        "float('1')",
        "def f(x: float): ...",
    ],
)
def test_io_or_a_float_would_be_seen(text: str) -> None:
    assert outside(parsed(text))
