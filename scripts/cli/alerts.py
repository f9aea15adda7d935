"""`tally alerts`: what the alert rules found, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from domain.alert import AcknowledgeAlert, AlertRaised, EscalateAlert, NoSuchAlert, RedeliverAlert, ResolveAlert, SnoozeAlert
from domain.alert.vocabulary import AlertCause, AlertFigures, AlertKind, AlertRuleRef, AlertSeverity, AlertStatus
from domain.facts import Command
from infra.ledger import ALERT, Envelope
from infra.opening import Opened
from infra.render import to_json
from infra.settings import Settings
from projections.alerts import ALERTS, AlertQuery, Alerts, ListedAlert
from projections.paging import rows
from projections.runner import catch_up
from scripts.cli import moments
from scripts.cli.moments import brief
from scripts.cli.session import asker, new_command_id, the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, say, table, write_json, write_json_list
from scripts.cli.typed import Beside
from scripts.cli.wording import words
from scripts.cli.write import CommandId, send

if TYPE_CHECKING:
    from consumers.senders.channels import Channels

app = typer.Typer(help="What the alert rules found, and what became of it.", no_args_is_help=True)

AlertRef = Annotated[str, typer.Argument(metavar="ALERT", help="The alert's id, or enough of its beginning.")]


@app.command("list")
def list_(
    *,
    status: Annotated[list[AlertStatus] | None, typer.Option(help="Only these; several may be given.")] = None,
    severity: Annotated[list[AlertSeverity] | None, typer.Option(help="Only these; several may be given.")] = None,
    kind: Annotated[list[AlertKind] | None, typer.Option(help="Only these; several may be given.")] = None,
    contract: Annotated[str | None, typer.Option(metavar="ID", help="Of this contract, by its id.")] = None,
    told: Annotated[str | None, typer.Option(metavar="NAME", help="Of which this person is told.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Of which a message did not reach somebody.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """List alerts, the newest first.

    Examples:
      tally alerts list
      tally alerts list --status open --severity critical
      tally alerts list --told li.wei --json
    """
    query = AlertQuery(
        status=status or (), severity=severity or (), kind=kind or (), contract_id=contract, told=told, dead=True if dead else None
    )
    with the_ledger() as it:
        catch_up(it, ALERTS)
        found = rows(Alerts(it).find, query, None if every else limit)
        if as_json:
            write_json_list("alerts", (_content(one) for one in found), {})
            return
        columns = [Column("raised", drop=2), Column("severity"), Column("status"), Column("what"), Column("contract"), Column("of")]
        table([*columns, Column("day"), Column("id", drop=1)], map(_row, found))


def _content(one: ListedAlert) -> dict[str, object]:
    content = to_json(one)
    assert isinstance(content, dict)  # noqa: S101 - what a row is as JSON
    return {"id": one.alert_id, **{k: v for k, v in content.items() if k != "alert_id"}, "told": one.told.split("\n") if one.told else []}


def _row(one: ListedAlert) -> tuple[object, ...]:
    return brief(one.raised_at), one.severity, one.status, words(one.kind), one.contract_number, one.subject, one.day, one.alert_id[:8]


@app.command()
def show(ref: AlertRef, as_json: AsJson = False) -> None:
    """Show an alert: what it says, who was told, and what became of it.

    Examples:
      tally alerts show b2f4cc0e
      tally alerts show b2f4cc0e --json
    """
    from api.alerts import answer
    from infra.alert_text import sentence

    with the_ledger() as it:
        alert_id = resolve(it, ref)
        alert = it.ledger.load(ALERT, alert_id)
        said = answer(alert_id, alert)
    if as_json or alert.raised is None:
        write_json(to_json(said))
        return
    for language in ("en", "zh-CN"):
        out().print(safe(sentence(alert.raised, language)), soft_wrap=True)
    out().print(f"{said.severity.value}, {said.status.value}; rule {safe(said.rule.rule_id)}, edition {said.rule.edition}", soft_wrap=True)
    found = f"entry {said.cause.entry}" if said.cause.day is None else f"day {said.cause.day}"
    out().print(f"contract {safe(said.cause.about)}, {found}, raised {brief(said.raised_at)}", soft_wrap=True)
    out().print(f"told: {safe(', '.join(said.told) or 'nobody')}", soft_wrap=True)
    for who, did in ((said.acknowledged_by, "acknowledged"), (said.resolved_by, f"resolved ({said.resolved_how})")):
        if who is not None:
            out().print(f"{did} by {safe(who)}", soft_wrap=True)
    if said.deliveries:
        heads = [Column("channel"), Column("to"), Column("attempts", right=True), Column("delivered"), Column("why not", shrinks=True)]
        table(heads, [(d.channel, d.recipient, d.attempts, brief(d.delivered_at), d.why) for d in said.deliveries])


def resolve(it: Opened, ref: str) -> str:
    """The alert's id from its beginning. Stops where none or several begin so."""
    if it.ledger.load(ALERT, ref).exists:
        return ref
    catch_up(it, ALERTS)
    found = Alerts(it).beginning_with(ref)
    if not found:
        raise NoSuchAlert
    if len(found) > 1:
        raise Stopped(f"Several alerts begin with {safe(ref)}; give more of the id.")
    return found[0]


def _give(ref: str, command: Command, command_id: str | None, *, as_json: bool) -> None:
    with the_ledger() as it:
        send(it, resolve(it, ref), command, Beside(command_id=command_id), as_json=as_json, kind=ALERT)


@app.command()
def acknowledge(
    ref: AlertRef,
    note: Annotated[str | None, typer.Option(help="What is done about it.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Say that you saw an alert, and see to it.

    Example:
      tally alerts acknowledge b2f4cc0e --note "Called them."
    """
    _give(ref, AcknowledgeAlert(note=note), command_id, as_json=as_json)


@app.command()
def escalate(
    ref: AlertRef,
    to: Annotated[list[str], typer.Option(help="Who is told too; several may be given.")],
    why: Annotated[str | None, typer.Option(help="Why they are told.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Have others told of an alert too.

    Example:
      tally alerts escalate b2f4cc0e --to wang.fang --why "A large amount."
    """
    _give(ref, EscalateAlert(to=tuple(to), why=why), command_id, as_json=as_json)


@app.command()
def snooze(
    ref: AlertRef,
    until: Annotated[str, typer.Option(help=f"Until when: {moments.HELP}.")],
    note: Annotated[str | None, typer.Option(help="Why it rests.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Let an alert rest until a moment.

    Example:
      tally alerts snooze b2f4cc0e --until 2027-01-10
    """
    _give(ref, SnoozeAlert(until=moments.since(until, "--until"), note=note), command_id, as_json=as_json)


@app.command("resolve")
def resolve_(
    ref: AlertRef,
    how: Annotated[str, typer.Option(help="How what it is about was seen to.")],
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Say how what an alert is about was seen to.

    Example:
      tally alerts resolve b2f4cc0e --how "Paid on 3 April."
    """
    _give(ref, ResolveAlert(how=how), command_id, as_json=as_json)


@app.command()
def redeliver(
    ref: AlertRef,
    channel: Annotated[str, typer.Option(help="The channel that did not take it.")],
    to: Annotated[str, typer.Option(help="Whom it did not reach.")],
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Try again to deliver what a channel did not take.

    Example:
      tally alerts redeliver b2f4cc0e --channel mail --to li.wei
    """
    _give(ref, RedeliverAlert(channel=channel, recipient=to), command_id, as_json=as_json)


@app.command("redeliver-dead")
def redeliver_dead(
    channel: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this channel did not take.")] = None,
    as_json: AsJson = False,
) -> None:
    """Try again to deliver everything that nobody tries any more, such as after a channel was put right.

    What was resolved meanwhile, or raised more than seven days ago, is not
    sent. `tally alerts list --dead` shows what there is.

    Examples:
      tally alerts redeliver-dead
      tally alerts redeliver-dead --channel ops --json
    """
    asked: list[dict[str, str]] = []
    with the_ledger() as it:
        catch_up(it, ALERTS)
        for one in list(rows(Alerts(it).find, AlertQuery(dead=True), None)):
            for held in it.ledger.load(ALERT, one.alert_id).deliveries.values():
                # Somebody else may have asked for it since.
                if held.is_dead and channel in (None, held.channel):
                    command = RedeliverAlert(channel=held.channel, recipient=held.recipient)
                    it.witness.handle(ALERT, one.alert_id, command, Envelope(asker(), new_command_id()))
                    asked.append({"id": one.alert_id, "channel": held.channel, "recipient": held.recipient})
    if as_json:
        write_json({"redelivered": asked})
    else:
        say(f"{len(asked):,} messages are tried again.")


@app.command()
def watch(
    shared: Annotated[bool, typer.Option("--group", help="Share the work with others, by Kafka's partitions, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look once at everything that was recorded, and raise what the rules find.

    `tally up` does this by itself, as things are recorded. With --group, any
    number of processes, on any machines, divide the topics among them; who
    comes, goes or is killed makes no difference to which alerts are raised.

    Examples:
      tally alerts watch
      tally alerts watch --group
    """
    from consumers.alerts import run_once

    began = datetime.now(UTC)
    if shared:
        from scripts.cli.watching import watch_until_told

        done = watch_until_told()
    else:
        with the_ledger() as it:
            done = run_once(it)
    if as_json:
        write_json({"entries": done.entries, "found": done.found, "raised": done.raised})
        return
    seconds = (datetime.now(UTC) - began).total_seconds()
    say(f"{done.entries:,} entries looked at in {seconds:.1f} s: {done.raised:,} alerts raised; {done.found - done.raised:,} known before.")


@app.command()
def channels(
    test: Annotated[str | None, typer.Option("--test", metavar="NAME", help="Send a message on this channel.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="PERSON", help="To this person, where the channel is mail.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the channels by which alerts are delivered, or try one of them.

    They stand in channels.yaml under TALLY_HOME, or where TALLY_CHANNELS says,
    with how each person wants to be told; docs/alerts.md shows such a file.

    Examples:
      tally alerts channels
      tally alerts channels --test ops
      tally alerts channels --test mail --to li.wei
    """
    from consumers.senders.channels import read

    settings = Settings.from_environment()
    found = read(settings.channels)
    if test is not None:
        _try(found, test, to)
        return
    if as_json:
        shown = {name: {"kind": c.kind.value, "least": c.least.value, "language": c.language} for name, c in found.channels.items()}
        write_json({"file": str(settings.channels), "channels": shown, "people": sorted(found.people)})
        return
    table([Column("channel"), Column("kind"), Column("least"), Column("language")],
          [(name, c.kind.value, c.least.value, c.language) for name, c in found.channels.items()])  # fmt: skip
    if not found.channels:
        say(f"There are no channels; {safe(str(settings.channels))} would hold them.")


def _try(found: Channels, name: str, to: str | None) -> None:
    from consumers.senders.channels import ChannelKind
    from consumers.senders.message import Notice
    from consumers.senders.transport import NotTaken, send_mail, send_post

    channel = found.channels.get(name)
    if channel is None:
        raise Stopped(f"There is no channel {safe(name)}; there are {', '.join(found.channels) or 'none'}.")
    raised = AlertRaised(
        rule=AlertRuleRef(rule_id="test", edition=1),
        cause=AlertCause(about="test"),
        kind=AlertKind.CONTRACT_EXPIRING,
        severity=AlertSeverity.NOTICE,
        title="测试 / Test",
        contract_number="TEST",
        figures=AlertFigures(day=datetime.now(UTC).date(), days=0),
    )
    notice = Notice("test", "test", raised)
    try:
        if channel.kind is ChannelKind.SMTP:
            person = found.people.get(to or "")
            if person is None:
                raise Stopped(f"--to names somebody of the file; there are {', '.join(found.people) or 'none'}.")
            send_mail(channel, person.address, [notice], person.language)
        else:
            send_post(channel, notice, int(datetime.now(UTC).timestamp() * 1_000))
    except NotTaken as error:
        raise Stopped(f"The channel {safe(name)} did not take it: {error}.") from error
    say(f"The channel {safe(name)} took the message.")
