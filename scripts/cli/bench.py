"""`tally bench`: the benchmark programs."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated

import typer

from scripts.cli.terminal import Column, table, usage, write_json


def programs() -> dict[str, str]:
    """The names of the programs under scripts/bench, with the first line of what each says of itself."""
    try:
        package = importlib.import_module("scripts.bench")
    except ModuleNotFoundError:
        return {}
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(package.__path__):
        program = importlib.import_module(f"scripts.bench.{module.name}")
        if callable(getattr(program, "main", None)):
            found[module.name] = (program.__doc__ or "").strip().splitlines()[0]
    return found


def bench(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The program; without one they are listed.")] = None,
) -> None:
    """Run a benchmark; what follows its name is handed to it.

    Examples:
      tally bench
      tally bench --json
      tally bench append --help
      tally bench append --json
    """
    if name in ("--help", "-h"):
        typer.echo(context.get_help())
        return
    known = programs()
    if name == "--json":
        write_json({"programs": [{"name": program, "measures": measures} for program, measures in sorted(known.items())]})
        return
    if name is None:
        table([Column("name"), Column("what it measures", folds=True)], sorted(known.items()))
        return
    if name not in known:
        raise usage(f"There is no benchmark {name!r}; there are {', '.join(sorted(known)) or 'none installed'}.")
    ended = importlib.import_module(f"scripts.bench.{name}").main(context.args)
    raise typer.Exit(ended if isinstance(ended, int) else 0)
