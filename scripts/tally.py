"""The `tally` command line: puts the commands together, and turns every "no" into one sentence and an exit code."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import FrameType
from typing import Any, Final, NoReturn, cast

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command, get_group

from scripts.cli.terminal import REFUSED, USAGE, Stopped, safe

# Where each command is. A module is imported when its command is typed, since all of them together take longer than most commands.
PLACES: Final = {
    "up": "up.up",
    "contracts": "contracts.contracts",
    "search": "search.search",
    "statistics": "statistics.statistics",
    "show": "show.show",
    "render": "render.render",
    "approval-sheet": "approval_sheet.approval_sheet",
    "history": "history.history",
    "changes": "changes.changes",
    "timeline": "timeline.timeline",
    "access-log": "timeline.access_log",
    "journal": "journal.journal",
    "conformed": "conformed.conformed",
    "diff": "diff.diff",
    "quote": "quote.quote",
    "obligations": "quote.obligations",
    "explain": "explain.explain",
    "receivables": "receivables.receivables",
    "forecast": "forecast.forecast_cash",
    "approvals": "governance.approvals",
    "renewals": "governance.renewals",
    "segregation": "governance.segregation",
    "deviations": "departures.deviations",
    "deliveries": "deliveries.deliveries",
    "exposure": "exposure.exposure",
    "penalties": "penalties.penalties",
    "calendar": "calendar.calendar",
    "draft": "write.draft",
    "note": "write.note",
    "pay": "write.pay",
    "attach": "documents.attach",
    "do": "write.do",
    "commands": "write.commands",
    "import": "bulk.imports",
    "export": "ocds.exports",
    "key": "keys.app",
    "views": "view_diff.app",
    "parties": "parties.app",
    "products": "products.app",
    "documents": "documents.app",
    "templates": "templates.app",
    "fields": "fields.app",
    "risk": "risk.app",
    "rules": "rules.app",
    "alerts": "alerts.app",
    "policy": "policy.app",
    "delegations": "delegations.app",
    "searches": "searches.app",
    "replay": "replay.replay",
    "rebuild": "views.rebuild",
    "project": "projecting.project",
    "clock": "clock.clock",
    "relay": "relay.relay",
    "reconcile": "reconcile.reconcile",
    "warehouse": "warehouse.warehouse",
    "topics": "topics.topics",
    "bench": "bench.bench",
    "doctor": "doctor.doctor",
}

_SETTINGS: Final[Mapping[str, dict[str, Any]]] = {
    # What follows the name of a program is the program's own, --help too.
    "bench": {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
}


@cache
def _command(name: str) -> Any:  # noqa: ANN401 - a command of the library's own copy of click
    """A command or a group of commands as the library runs it."""
    module, _, attribute = PLACES[name].rpartition(".")
    found = getattr(importlib.import_module(f"scripts.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, context_settings=_SETTINGS.get(name))(found)
    return get_command(alone)


class _Commands(Mapping[str, Any]):
    """All commands by name, each made when it is looked for."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as above
        if name not in PLACES:
            raise KeyError(name)
        return _command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


class Commands(TyperGroup):
    """The group of all commands, which says in one sentence on stderr why one of them ended."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - the library's own
        """As the library makes it, but with our commands."""
        super().__init__(**settings)
        self.commands = cast("Any", _Commands())

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - what the library gives
        """Their names, in the order in which people meet them."""
        return list(PLACES)

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **more: Any) -> NoReturn:  # type: ignore[override]  # noqa: ANN401 - the library's own
        """Runs a command line and exits: 0 done, 1 refused or failed, 2 typed wrong, 130 interrupted."""
        more["standalone_mode"] = False
        try:
            code = super().main(args, prog_name, **more)
        except TyperException as error:
            self._end(_typed_wrong(error) if error.exit_code == USAGE else error.format_message(), error.exit_code)
        except Stopped as error:
            self._end(str(error), error.exit_code)
        except typer.Abort:
            sys.exit(130)
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            self._end(sentence, REFUSED)
        sys.exit(code or 0)

    @staticmethod
    def _end(sentence: str, code: int) -> NoReturn:
        typer.echo(safe(sentence), err=True)
        sys.exit(code)


def _typed_wrong(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    said = error.format_message()
    if context is None:
        return said
    if not said:
        return str(context.get_help())
    return f"{said if said.endswith('?') else said.rstrip('.') + '.'} `{context.command_path} --help` shows how."


def _sentence(error: Exception) -> str | None:
    """What to tell the user of an error that is not a defect of this program; None for any other."""
    # Imported here: an error is rare, and `tally --help` need not know of the store.
    import psycopg2

    from api.strict_json import Flawed
    from domain.money import MoneyError
    from domain.refusals import Refusal
    from infra.embedded import EmbeddedPostgresError
    from infra.errors import LedgerError
    from infra.settings import SettingsError
    from projections.paging import BadQuery

    if isinstance(error, Refusal):
        return f"Refused ({error.name}): {error}"
    if isinstance(error, LedgerError):
        return f"The ledger says no ({type(error).__name__}): {error}"
    if isinstance(error, (EmbeddedPostgresError, SettingsError, MoneyError, Flawed, BadQuery)):
        return str(error)
    if isinstance(error, psycopg2.Error):
        return f"PostgreSQL says no: {str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}"
    return _of_the_system(error) if isinstance(error, OSError) else None


def _of_the_system(error: OSError) -> str | None:
    if error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"{error}: there is no such file or directory." if isinstance(error, FileNotFoundError) else None


app = typer.Typer(
    cls=Commands,
    name="tally",
    help="Tallystick keeps contracts as facts that nobody can change, and tells how each stood at any moment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback()
def _all_commands() -> None:
    pass


def _end_in_order(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signals give
    sys.exit(128 + number)


def main() -> NoReturn:
    """The entry point. A termination is an exit like any other, so that the embedded server is let go."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_in_order)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows its number instead of ending the command.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    app(prog_name="tally")
    sys.exit(0)


if __name__ == "__main__":
    main()
