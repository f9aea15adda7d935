"""Commands typed by hand: draft, note, pay, and any other command of a contract by its name."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, get_type_hints

import typer

from domain.contract.drafting import DraftContract, Note
from domain.contract.payment import RecordPayment
from domain.contract.templated import DraftFromTemplate
from domain.contract.vocabulary import PaymentMethod
from domain.facts import Command
from domain.money import Money
from infra.errors import StoreUnavailable
from infra.ledger import CONTRACT, Envelope, Outcome, StreamKind
from infra.opening import Opened
from infra.render import to_json
from scripts.cli import moments
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import asker, new_command_id, the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, say, table, write_json
from scripts.cli.typed import COMMANDS, Beside, command_called, content_of, read_shape, typed

On = Annotated[
    str | None,
    typer.Option(metavar="T", help="When it took place: a day (from its beginning, UTC), or a moment with its offset; now by default."),
]
Reason = Annotated[str | None, typer.Option(help="Kept beside the fact: why this was recorded.")]
IfVersion = Annotated[int | None, typer.Option(metavar="N", min=1, help="Refuse unless the contract is still at version N.")]
CommandId = Annotated[str | None, typer.Option(help="An id of your own, with which the command can be repeated safely: it acts once.")]


def draft(
    file: Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="The contract as JSON; - reads stdin.")],
    *,
    from_template: Annotated[
        bool, typer.Option("--from-template", help="The JSON names a template_id, and fillings for its placeholders.")
    ] = False,
    identity: Annotated[str | None, typer.Option("--id", help="The contract's id; made up if not given.")] = None,
    on: On = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Draft a contract from a JSON file.

    The JSON is that of the HTTP interface: number, title, kind, direction,
    our_entity, counterparties, value and so on. Amounts are written
    {"amount": "83420.00", "currency": "CNY"}, decimals as text.

    Examples:
      tally draft --file contract.json
      tally draft --file - --id lease-2026 < contract.json
      tally draft --from-template --file purchase.json
    """
    command, beside = read_shape(DraftFromTemplate if from_template else DraftContract, content_of(file), Beside(on, command_id=command_id))
    with the_ledger() as it:
        send(it, identity or new_identity(command_id), command, beside, as_json=as_json)


def new_identity(command_id: str | None) -> str:
    """An id for a contract: the same each time for a command that is repeated."""
    return uuid.uuid4().hex if command_id is None else uuid.uuid5(uuid.NAMESPACE_OID, command_id).hex


def note(
    ref: Ref,
    text: Annotated[str, typer.Argument(help="The note.")],
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Leave a note on a contract; notes change nothing.

    Example:
      tally note CG-2025-002 "Warranty certificate is in the safe."
    """
    with the_ledger() as it:
        send(it, resolve(it, ref), Note(text=text), Beside(command_id=command_id), as_json=as_json)


def pay(
    ref: Ref,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="A plain decimal: 83420.00.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Its ISO 4217 code: CNY.")],
    *,
    payment_id: Annotated[str, typer.Option("--id", help="The payment's id within the contract.")],
    on: On = None,
    method: Annotated[PaymentMethod, typer.Option(help="How the money moved.")] = PaymentMethod.UNSTATED,
    instalment: Annotated[str | None, typer.Option(help="The instalment that it settles.")] = None,
    reference: Annotated[str | None, typer.Option(help="The bank's or the voucher's number.")] = None,
    overpayment_reason: Annotated[str | None, typer.Option(help="Accepts, with this reason, that more is paid than is owed.")] = None,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Record a payment: received or made, as the contract's direction says.

    Examples:
      tally pay CG-2025-002 28394.00 CNY --id p4 --on 2026-11-20
      tally pay XS-2025-004 65240.00 EUR --id p3 --instalment i3
    """
    command = RecordPayment(
        payment_id=payment_id,
        amount=Money.of(amount, currency.upper()),
        method=method,
        reference=reference,
        instalment_id=instalment,
        overpayment_reason=overpayment_reason,
    )
    with the_ledger() as it:
        send(it, resolve(it, ref), command, Beside(on, reason, if_version, command_id), as_json=as_json)


def do(
    ref: Ref,
    name: Annotated[
        str,
        typer.Argument(
            metavar="COMMAND", help="The command's name, as `tally commands` lists it: SubmitForApproval, or submit-for-approval."
        ),
    ],
    *,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The command's fields as a JSON object; - reads stdin.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="One field. An amount is written '65240.00 EUR'; { or [ begins JSON."),
    ] = None,
    on: On = None,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Give a contract any command that the ledger knows.

    Examples:
      tally do CG-2026-004 approve --set opinion="agreed"
      tally do XS-2026-006 sign --set party=huadong --set signatory=方立群 --set method=wet_ink --on 2026-11-20
      tally do XS-2025-004 correct-payment --set payment_id=p2 --set amount="65420.00 EUR" --set why="typed wrong"
      tally do HZ-2025-001 propose-amendment --file amendment.json
    """
    command, beside = typed(command_called(name), file, settings, Beside(on, reason, if_version, command_id))
    with the_ledger() as it:
        send(it, resolve(it, ref), command, beside, as_json=as_json)


def commands(as_json: AsJson = False) -> None:
    """List the commands that `tally do` gives.

    Examples:
      tally commands
      tally commands --json
    """
    rows = [(name, cls.__doc__ or "", list(get_type_hints(cls))) for name, cls in sorted(COMMANDS.items())]
    if as_json:
        write_json({"commands": [{"name": name, "means": means, "fields": fields} for name, means, fields in rows]})
    else:
        table(
            [Column("command"), Column("fields", folds=True), Column("what it does", shrinks=True)],
            [(n, ", ".join(f), m) for n, m, f in rows],
        )


def send(it: Opened, identity: str, command: Command, beside: Beside, *, as_json: bool, kind: StreamKind[Any] = CONTRACT) -> None:
    """Hands the command to the ledger and says what became of it."""
    command_id = beside.command_id or new_command_id()
    envelope = Envelope(
        asker(),
        command_id,
        read_at=beside.if_version,
        effective_at=None if beside.on is None else moments.since(beside.on, "--on"),
        reason=beside.reason,
    )
    try:
        outcome = it.witness.handle(kind, identity, command, envelope)
    except StoreUnavailable as error:
        again = f"Repeat it with --command-id {command_id}: it acts only once."
        raise Stopped(f"The database went away ({error}), and nobody knows yet whether this was recorded. {again}") from error
    _tell(identity, command_id, outcome, as_json=as_json)


def _tell(identity: str, command_id: str, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        write_json({
            "id": identity,
            "version": outcome.version,
            "position": outcome.position,
            "recorded_at": to_json(outcome.recorded_at),
            "facts": outcome.facts,
            "command_id": command_id,
            "repeated": outcome.repeated,
        })  # fmt: skip
        return
    again = "It was recorded before, and not again" if outcome.repeated else "Recorded"
    say(f"{again}: {', '.join(outcome.facts)}. {identity} is at version {outcome.version} (position {outcome.position}).")
