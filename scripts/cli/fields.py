"""`tally fields`: what the house wants to know of its contracts beside what every contract says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated

import typer

from domain.contract.vocabulary import FieldType, Kind
from domain.fields import CONTRACTS, DefineField, FieldDefinition, FieldsCommand, RestoreField, RetireField, ReviseField
from infra.ledger import FIELDS
from infra.render import to_json
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, say, table, usage, write_json
from scripts.cli.typed import Beside
from scripts.cli.write import CommandId, send

app = typer.Typer(help="The fields that the house defined for its contracts.", no_args_is_help=True)


@app.callback()
def fields() -> None:
    """The fields that the house defined for its contracts."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the fields, retired ones too.

    Examples:
      tally fields list
      tally fields list --json
    """
    with the_ledger() as it:
        known = tuple(it.ledger.load(FIELDS, CONTRACTS).fields.values())
    if as_json:
        write_json({"fields": to_json(known)})
        return
    rows = [
        (
            one.definition.key,
            one.definition.label_en,
            one.definition.label_zh,
            one.definition.type.value,
            ", ".join(one.definition.kinds),
            "required" if one.definition.required else "",
            one.edition,
            "retired" if one.retired else "",
        )
        for one in known
    ]
    columns = [Column("key"), Column("English", shrinks=True), Column("Chinese", shrinks=True), Column("type"), Column("kinds")]
    table([*columns, Column(""), Column("edition", right=True), Column("")], rows)
    if not known:
        say("No field was ever defined.")


class Limit(StrEnum):
    """What a field can be without."""

    MAX_LENGTH = "max_length"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    KINDS = "kinds"
    HELP = "help"


Key = Annotated[str, typer.Argument(metavar="KEY", help="The field's key, such as cost_centre.")]
LabelEn = Annotated[str, typer.Option("--label-en", help="What it is called in English.")]
LabelZh = Annotated[str, typer.Option("--label-zh", help="What it is called in Chinese.")]
MaxLength = Annotated[int | None, typer.Option(metavar="N", help="How many characters a text has at most.")]
Least = Annotated[str | None, typer.Option("--min", metavar="NUMBER", help="The least number.")]
Most = Annotated[str | None, typer.Option("--max", metavar="NUMBER", help="The greatest number.")]
Choices = Annotated[list[str] | None, typer.Option("--choice", help="What there is to choose from; given once for each.")]
ForKinds = Annotated[list[Kind] | None, typer.Option("--kind", help="For these kinds of contracts alone; all if not given.")]
Required = Annotated[bool, typer.Option("--required/--optional", help="Whether a contract needs a value when it is submitted.")]
HelpText = Annotated[str | None, typer.Option("--help-text", metavar="TEXT", help="What to put into it.")]
Why = Annotated[str, typer.Option(help="Why; kept in the fact.")]


@app.command()
def define(
    key: Key,
    *,
    kind_of_value: Annotated[FieldType, typer.Option("--type", help="What it holds; it stays so.")],
    label_en: LabelEn,
    label_zh: LabelZh,
    max_length: MaxLength = None,
    least: Least = None,
    most: Most = None,
    choice: Choices = None,
    kind: ForKinds = None,
    required: Required = False,
    help_text: HelpText = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Give contracts one more field.

    Examples:
      tally fields define cost_centre --type text --label-en "Cost centre" --label-zh 成本中心 --max-length 20
      tally fields define grade --type choice --choice A --choice B --label-en Grade --label-zh 等级 --kind supplier
    """
    definition = FieldDefinition(
        key=key,
        label_en=label_en,
        label_zh=label_zh,
        type=kind_of_value,
        max_length=max_length,
        minimum=_number("--min", least),
        maximum=_number("--max", most),
        choices=tuple(choice or ()),
        kinds=tuple(kind or ()),
        required=required,
        help=help_text,
    )
    _send(DefineField(definition=definition), command_id, as_json=as_json)


@app.command()
def revise(
    key: Key,
    *,
    label_en: Annotated[str | None, typer.Option("--label-en", help="What it is called in English.")] = None,
    label_zh: Annotated[str | None, typer.Option("--label-zh", help="What it is called in Chinese.")] = None,
    max_length: MaxLength = None,
    least: Least = None,
    most: Most = None,
    choice: Choices = None,
    kind: ForKinds = None,
    required: Annotated[
        bool | None, typer.Option("--required/--optional", help="Whether a contract needs a value when it is submitted.")
    ] = None,
    help_text: HelpText = None,
    without: Annotated[list[Limit] | None, typer.Option(help="Takes this away; several may be given.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Define a field otherwise: what is given changes, the rest and the type stay.

    What contracts hold already stays as it is, checked against the edition of
    its day. A field that is required from now on is asked for of every draft
    that is submitted from now on, whenever it was begun.

    Examples:
      tally fields revise cost_centre --required
      tally fields revise grade --choice A --choice B --choice C --without kinds
    """
    with the_ledger() as it:
        known = it.ledger.load(FIELDS, CONTRACTS).fields.get(key)
    if known is None:
        raise Stopped(f"There is no field {key!r}; `tally fields list` shows those that there are.")
    changes: dict[str, object] = {
        "label_en": label_en,
        "label_zh": label_zh,
        "max_length": max_length,
        "minimum": _number("--min", least),
        "maximum": _number("--max", most),
        "choices": tuple(choice) if choice else None,
        "kinds": tuple(kind) if kind else None,
        "required": required,
        "help": help_text,
    }
    changed = {name: held for name, held in changes.items() if held is not None}
    gone = {limit.value: () if limit is Limit.KINDS else None for limit in without or ()}
    definition = replace(known.definition, **{**gone, **changed})  # type: ignore[arg-type]
    _send(ReviseField(definition=definition), command_id, as_json=as_json)


@app.command()
def retire(key: Key, why: Why, *, command_id: CommandId = None, as_json: AsJson = False) -> None:
    """Take a field out of use; what contracts hold in it stays, and is found by it.

    Example:
      tally fields retire cost_centre --why "Kept in the books alone."
    """
    _send(RetireField(key=key, why=why), command_id, as_json=as_json)


@app.command()
def restore(key: Key, why: Why, *, command_id: CommandId = None, as_json: AsJson = False) -> None:
    """Bring a retired field back into use.

    Example:
      tally fields restore cost_centre --why "Needed again."
    """
    _send(RestoreField(key=key, why=why), command_id, as_json=as_json)


def _send(command: FieldsCommand, command_id: str | None, *, as_json: bool) -> None:
    with the_ledger() as it:
        send(it, CONTRACTS, command, Beside(command_id=command_id), as_json=as_json, kind=FIELDS)


def _number(option: str, given: str | None) -> Decimal | None:
    if given is None:
        return None
    try:
        return Decimal(given)
    except InvalidOperation:
        raise usage(f"{option} {given} is not a number.") from None
