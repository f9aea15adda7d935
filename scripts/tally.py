"""The `tally` command line: puts the commands together, and turns every "no" into one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from scripts.cli import (
    alerts,
    approval_sheet,
    bench,
    bulk,
    calendar,
    changes,
    clock,
    conformed,
    contracts,
    delegations,
    deliveries,
    diff,
    doctor,
    documents,
    explain,
    exposure,
    fields,
    forecast,
    governance,
    history,
    journal,
    keys,
    ocds,
    parties,
    penalties,
    policy,
    products,
    projecting,
    quote,
    receivables,
    reconcile,
    relay,
    render,
    replay,
    risk,
    rules,
    search,
    searches,
    show,
    statistics,
    templates,
    timeline,
    topics,
    up,
    view_diff,
    views,
    warehouse,
    write,
)
from scripts.cli.terminal import REFUSED, USAGE, Stopped, safe


class Commands(TyperGroup):
    """The group of all commands, which says in one sentence on stderr why one of them ended."""

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
    return f"{said.rstrip('.')}. `{context.command_path} --help` shows how."


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
app.command("up")(up.up)
app.command("contracts")(contracts.contracts)
app.command("search")(search.search)
app.command("statistics")(statistics.statistics)
app.command("show")(show.show)
app.command("render")(render.render)
app.command("approval-sheet")(approval_sheet.approval_sheet)
app.command("history")(history.history)
app.command("changes")(changes.changes)
app.command("timeline")(timeline.timeline)
app.command("access-log")(timeline.access_log)
app.command("journal")(journal.journal)
app.command("conformed")(conformed.conformed)
app.command("diff")(diff.diff)
app.command("quote")(quote.quote)
app.command("obligations")(quote.obligations)
app.command("explain")(explain.explain)
app.command("receivables")(receivables.receivables)
app.command("forecast")(forecast.forecast_cash)
app.command("approvals")(governance.approvals)
app.command("renewals")(governance.renewals)
app.command("segregation")(governance.segregation)
app.command("deliveries")(deliveries.deliveries)
app.command("exposure")(exposure.exposure)
app.command("penalties")(penalties.penalties)
app.command("calendar")(calendar.calendar)
app.command("draft")(write.draft)
app.command("note")(write.note)
app.command("pay")(write.pay)
app.command("attach")(documents.attach)
app.command("do")(write.do)
app.command("commands")(write.commands)
ocds.imports.command("contracts")(bulk.import_contracts)
ocds.imports.command("template")(bulk.template)
app.add_typer(ocds.imports, name="import")
app.add_typer(ocds.exports, name="export")
app.add_typer(keys.app, name="key")
app.add_typer(view_diff.app, name="views")
app.add_typer(parties.app, name="parties")
app.add_typer(products.app, name="products")
app.add_typer(documents.app, name="documents")
app.add_typer(templates.app, name="templates")
app.add_typer(fields.app, name="fields")
app.add_typer(risk.app, name="risk")
app.add_typer(rules.app, name="rules")
app.add_typer(alerts.app, name="alerts")
app.add_typer(policy.app, name="policy")
app.add_typer(delegations.app, name="delegations")
app.add_typer(searches.app, name="searches")
app.command("replay")(replay.replay)
app.command("rebuild")(views.rebuild)
app.command("project")(projecting.project)
app.command("clock")(clock.clock)
app.command("relay")(relay.relay)
app.command("reconcile")(reconcile.reconcile)
app.command("warehouse")(warehouse.warehouse)
app.command("topics")(topics.topics)
app.command("bench", context_settings=bench.CONTEXT)(bench.bench)
app.command("doctor")(doctor.doctor)


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
