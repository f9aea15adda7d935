"""`tally quote` and `tally obligations`: what the agreed terms would come to on a day, and what is owed then; nothing is written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer

from domain.contract.obligations import obligations as owed_on
from domain.contract.quoting import About, Quote, quotes
from domain.money import Money
from infra import calendars
from infra.ledger import CONTRACT
from infra.render import to_json
from scripts.cli import moments
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, say, table, usage, write_json
from scripts.cli.wording import money

_COLUMNS: Final = (
    Column("for", folds=True, least=10),
    Column("comes to", right=True),
    Column("term", folds=True, least=6),
    Column("formula", folds=True, least=30),
)

_OWED: Final = (
    Column("what", folds=True, least=12),
    Column("owed by"),
    Column("due"),
    Column("stands"),
    Column("description", folds=True, least=16),
)


def quote(
    ref: Ref,
    *,
    terminate: Annotated[bool, typer.Option("--terminate", help="Ending the contract, on each agreed ground.")] = False,
    late_delivery: Annotated[bool, typer.Option("--late-delivery", help="Damages for each delivery, and the right to terminate.")] = False,
    late_payment: Annotated[bool, typer.Option("--late-payment", help="Interest on each instalment.")] = False,
    renewal: Annotated[bool, typer.Option("--renewal", help="What follows the period, and the last day for notice.")] = False,
    retention: Annotated[bool, typer.Option("--retention", help="The releases of what is held back.")] = False,
    schedule: Annotated[bool, typer.Option("--schedule", help="What each instalment comes to, and what it waits for.")] = False,
    service_credit: Annotated[bool, typer.Option("--service-credit", help="The credit for each month that was measured.")] = False,
    performance_pay: Annotated[bool, typer.Option("--performance-pay", help="Bonus or malus for each measured key figure.")] = False,
    volume_discount: Annotated[bool, typer.Option("--volume-discount", help="The discount on what came of each item.")] = False,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day, such as 2026-03-31; otherwise today.")] = None,
    calendar: Annotated[str, typer.Option(metavar="CODE", help="The working calendar, such as CN.")] = calendars.ROUND_THE_CLOCK,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Where a day begins, such as Asia/Shanghai.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Say what the agreed terms would come to, without writing anything.

    Each answer shows the formula with its figures, and the term by its id and
    the version of the entry that made it, so that anyone can reckon it again.

    Examples:
      tally quote CG-2025-002 --late-delivery --on 2026-03-31
      tally quote CG-2025-002 --terminate
      tally quote XS-2025-004 --late-payment --zone Asia/Shanghai --json
    """
    asked = [
        about
        for about, wanted in (
            (About.TERMINATE, terminate),
            (About.LATE_DELIVERY, late_delivery),
            (About.LATE_PAYMENT, late_payment),
            (About.RENEWAL, renewal),
            (About.RETENTION, retention),
            (About.SCHEDULE, schedule),
            (About.SERVICE_CREDIT, service_credit),
            (About.PERFORMANCE_PAY, performance_pay),
            (About.VOLUME_DISCOUNT, volume_discount),
        )
        if wanted
    ]
    if len(asked) != 1:
        raise usage("Ask one thing, such as --terminate, --late-delivery, --late-payment, --renewal or --schedule.")
    days = calendars.named(calendar, zone)
    day = datetime.now(UTC).astimezone(days.zone).date() if on is None else moments.day(on, "--on")
    with the_ledger() as it:
        identity = resolve(it, ref)
        contract = it.ledger.load(CONTRACT, identity)
    found = quotes(contract, asked[0], day, days)
    if as_json:
        write_json({"id": identity, "version": contract.version, "quotes": to_json(found)})
        return
    if not found:
        say("There is nothing to quote: no part of the contract has a day on which it is due.")
        return
    _tell(found, day)


def _tell(found: tuple[Quote, ...], day: date) -> None:
    table(_COLUMNS, [(one.subject, _amount(one), f"{one.term_id} v{one.version}", one.formula) for one in found])
    corrected = ", ".join(f"v{version}" for version in found[0].rests_on_corrections)
    if corrected:
        say(f"As of {day}; the contract rests on corrections of {corrected}.")


def _amount(one: Quote) -> str:
    amount = getattr(one.result, "amount", None)
    return money(amount) if isinstance(amount, Money) else ""


def obligations(
    ref: Ref,
    *,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="As of this day, such as 2026-03-31; otherwise today.")] = None,
    calendar: Annotated[str, typer.Option(metavar="CODE", help="The working calendar, such as CN.")] = calendars.ROUND_THE_CLOCK,
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Where a day begins, such as Asia/Shanghai.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Say what the sides owe each other by which day, and what is overdue.

    Examples:
      tally obligations CG-2025-002 --on 2026-03-31
      tally obligations XS-2025-004 --zone Asia/Shanghai --json
    """
    days = calendars.named(calendar, zone)
    day = datetime.now(UTC).astimezone(days.zone).date() if on is None else moments.day(on, "--on")
    with the_ledger() as it:
        identity = resolve(it, ref)
        contract = it.ledger.load(CONTRACT, identity)
    found = owed_on(contract, day, days)
    if as_json:
        write_json(
            {"id": identity, "version": contract.version, "on": day.isoformat(), "calendar": days.name, "obligations": to_json(found)}
        )
        return
    if not found:
        say("Nobody owes anything: the contract is not in force, or plans nothing.")
        return
    table(
        _OWED,
        [
            (
                f"{one.obligation.kind.value} {one.obligation.obligation_id}",
                "us" if one.ours else "them",
                "" if one.due is None else str(one.due),
                "done" if one.fulfilled else f"{one.days_overdue} days overdue" if one.days_overdue else "open",
                one.description,
            )
            for one in found
        ],
    )
