"""`tally products`: what is bought and sold again and again, and what it costs from when."""

from __future__ import annotations

from typing import Annotated, Final, get_args

import typer

from domain.facts import Command
from domain.product import ListProduct, ProductCommand
from infra.ledger import PRODUCT
from projections import paging
from projections.products import ListedProduct, ProductQuery, Products
from projections.products.cells import HEADS, cells, prices_told
from projections.products.queries import listed_json
from scripts.cli import moments, spreadsheet, streams, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, safe, say, table, write_json_list
from scripts.cli.typed import Beside, command_called, content_of, read_shape, typed
from scripts.cli.write import CommandId, IfVersion, On, Reason, new_identity, send

app = typer.Typer(help="What is bought and sold again and again, and what it costs from when.", no_args_is_help=True)

COMMANDS: Final[dict[str, type[Command]]] = {cls.__name__: cls for cls in get_args(ProductCommand) if cls is not ListProduct}

ProductRef = Annotated[str, typer.Argument(metavar="ID", help="The product's id, or the beginning of it that no other has.")]


@app.command("list")
def list_(
    *,
    q: Annotated[str | None, typer.Option("--text", help="Part of its code, name or specification.")] = None,
    withdrawn: Annotated[bool | None, typer.Option("--withdrawn/--offered", help="Whether it is no longer offered.")] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="code, name, updated_at or product_id.")] = "code",
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List products as they stand now, or as they stood. Everything that is given has to hold.

    Examples:
      tally products list
      tally products list --offered --json
      tally products list --text 打印机 --to 产品目录.xlsx
      tally products list --known-at 2025-12-31
    """
    spreadsheet.require_kind(to)
    valid, known = moments.both(valid_at, known_at)
    with the_ledger() as it:
        query = ProductQuery(q=q, withdrawn=withdrawn, valid_at=valid, known_at=known, sort=sort, descending=desc)
        position = views.ready(it, "products")
        products = Products(it)
        counted = products.count(query)
        rows = paging.rows(products.find, query, counted if every or to is not None else min(limit, counted))
        if as_json:
            write_json_list(
                "products", (listed_json(row) for row in rows), {"position": position, "count": counted, **moments.told(valid, known)}
            )
        elif to is not None:
            say(f"{spreadsheet.write(to, HEADS, (cells(row) for row in rows)):,} products were written to {safe(str(to))}.")
        else:
            table(_COLUMNS, [_row(row) for row in rows])
            if counted > limit and not every:
                say(f"{limit:,} of {counted:,} products; --all lists every one, --limit more of them.")


_COLUMNS: Final = (
    Column("code"),
    Column("name", shrinks=True, least=16),
    Column("unit", drop=1),
    Column("prices", folds=True),
    Column("withdrawn"),
    Column("id", drop=2),
)


def _row(row: ListedProduct) -> tuple[object, ...]:
    return row.code, row.name, row.unit, prices_told(row), "yes" if row.withdrawn else "no", row.product_id


_SHOWN: Final = ("version", "code", "name", "specification", "unit", "tax_percent", "prices", "withdrawn")


@app.command()
def show(ref: ProductRef, as_json: AsJson = False) -> None:
    """Show a product, and how it came to be so.

    Examples:
      tally products show toner-a4
      tally products show toner --json
    """
    with the_ledger() as it:
        streams.show(it, PRODUCT, ref, _SHOWN, as_json=as_json)


@app.command()
def history(ref: ProductRef, as_json: AsJson = False) -> None:
    """Tell who described, priced and withdrew a product, when, why, and what that changed.

    Examples:
      tally products history toner-a4
      tally products history toner-a4 --json
    """
    with the_ledger() as it:
        streams.tell_history(it, PRODUCT, ref, as_json=as_json)


@app.command("add")
def add(
    file: Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="The product as JSON; - reads stdin.")],
    *,
    identity: Annotated[str | None, typer.Option("--id", help="The product's id; made up if not given.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Put a product into the catalogue from a JSON file: code, name, specification, unit, tax_percent, as over HTTP.

    Examples:
      tally products add --file product.json --id toner-a4
    """
    command, beside = read_shape(ListProduct, content_of(file), Beside(command_id=command_id))
    with the_ledger() as it:
        send(it, identity or new_identity(command_id), command, beside, as_json=as_json, kind=PRODUCT)


@app.command()
def do(
    ref: ProductRef,
    name: Annotated[str, typer.Argument(metavar="COMMAND", help=f"One of {', '.join(COMMANDS)}; dashes and case do not matter.")],
    *,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The command's fields as a JSON object; - reads stdin.")
    ] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="One field; { or [ begins JSON.")] = None,
    on: On = None,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Give a product a command: describe it otherwise, price it, withdraw or restore it.

    Examples:
      tally products do toner-a4 withdraw-product --set why=停产
      tally products do toner-a4 price-product --set price='{"currency": "CNY", "unit_price": "320", "valid_from": "2026-01-01"}'
    """
    command, beside = typed(command_called(name, COMMANDS), file, settings, Beside(on, reason, if_version, command_id))
    with the_ledger() as it:
        send(it, streams.resolved(it, PRODUCT, ref), command, beside, as_json=as_json, kind=PRODUCT)
