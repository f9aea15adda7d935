"""`tally clock`: turns the passing of days into facts."""

from __future__ import annotations

import logging
import signal
from threading import Event
from typing import Annotated, Final

import typer

from infra.settings import Settings
from scripts.cli import moments
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, say, usage, write_json

TICK_S: Final = 10.0


def clock(
    once: Annotated[bool, typer.Option("--once", help="End when everything up to now is recorded.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="DAY", help="Up to this day only; with --once.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record what the passing of days makes true, until Ctrl-C.

    Days begin, obligations fall due and become overdue, delays are reckoned
    at the end of each month, contracts renew themselves or expire, amendments
    take effect: each exactly once, in order, and caught up with after any
    stop. `tally up` does this by itself. TALLY_ZONE says where the house is,
    such as Asia/Shanghai, TALLY_CALENDAR whose working days count, such as CN.

    Examples:
      tally clock --once
      tally clock --once --at 2026-11-20 --json
      TALLY_ZONE=Asia/Shanghai TALLY_CALENDAR=CN tally clock
    """
    if at is not None and not once:
        raise usage("--at goes with --once.")
    until = None if at is None else moments.day(at, "--at")
    from consumers.clock import Clock, Ticked, house

    settings = Settings.from_environment()
    where = house(settings.calendar, settings.zone)
    stopping = Event()
    total = Ticked()
    with the_ledger() as it:
        ticks = Clock(it, where)
        if not once:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stopping.set())
        while True:
            ticked = ticks.tick(until)
            total = Ticked(total.days + ticked.days, total.facts + ticked.facts, total.refused + ticked.refused)
            if once or stopping.wait(TICK_S):
                break
    if as_json:
        write_json({"days": total.days, "facts": total.facts, "refused": total.refused})
    else:
        say(f"{total.days:,} days began; {total.facts:,} facts were recorded of contracts, {total.refused:,} were refused.")
