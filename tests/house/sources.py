"""The project's own source, as text and as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("domain", "infra", "projections", "consumers", "api", "scripts")
TEXTS = {".cfg", ".css", ".html", ".js", ".json", ".lock", ".md", ".po", ".py", ".sh", ".sql", ".toml", ".txt", ".yaml", ".yml", ""}


class Module(NamedTuple):
    """One module of the product."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path from the root, as people say it."""
        return str(self.path.relative_to(ROOT))


def parsed(text: str, path: Path = ROOT / "example.py") -> Module:
    """Source as a module."""
    return Module(path, text, ast.parse(text))


def modules(*rooms: str) -> list[Module]:
    """All modules of some rooms."""
    return [_module(path) for path in sorted(path for room in rooms or ROOMS for path in (ROOT / room).rglob("*.py"))]


@cache
def _module(path: Path) -> Module:
    """Read and parsed once, since every kind of test asks for the same ones."""
    return parsed(path.read_text(encoding="utf-8"), path)


def files() -> Iterator[Path]:
    """Every text that the project keeps, tests and documents included."""
    for top in sorted(ROOT.iterdir()):
        if top.name in {".git", ".venv", ".venv-lock", ".logs", ".hypothesis", "build", "dist"} or top.name.endswith("_cache"):
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts:
                yield path


def called(node: ast.Call) -> str:
    """The dotted name of what is called, where it has one."""
    return dotted(node.func)


def dotted(node: ast.expr) -> str:
    """A name or a chain of attributes as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""
