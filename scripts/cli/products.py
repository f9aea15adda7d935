"""`tally products`: what is bought and sold again and again, and what it costs from when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final, get_args

import typer

from domain.difference import explained
from domain.facts import Command
from domain.product import ListProduct, ProductCommand
from infra.ledger import PRODUCT
from infra.opening import Opened
from infra.render import entry_json, explained_json, to_json
from projections.paging import MAX_LIMIT
from projections.products import ListedProduct, ProductQuery, Products
from projections.products.cells import HEADS, cells, prices_told
from projections.products.queries import listed_json
from scripts.cli import spreadsheet, views
from scripts.cli.history import recorded, tell
from scripts.cli.moments import brief
from scripts.cli.refs import with_id_from
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, say, table, usage, write_json, write_json_list
from scripts.cli.typed import Beside, command_called, content_of, from_settings, read_shape
from scripts.cli.wording import shown
from scripts.cli.write import CommandId, IfVersion, On, Reason, new_identity, send

app = typer.Typer(help="What is bought and sold again and again, and what it costs from when.", no_args_is_help=True)

COMMANDS: Final[dict[str, type[Command]]] = {cls.__name__: cls for cls in get_args(ProductCommand) if cls is not ListProduct}

ProductRef = Annotated[str, typer.Argument(metavar="ID", help="The product's id, or the beginning of it that no other has.")]


@app.command("list")
def list_(
    *,
    q: Annotated[str | None, typer.Option("--text", help="Part of its code, name or specification.")] = None,
    withdrawn: Annotated[bool | None, typer.Option("--withdrawn/--offered", help="Whether it is no longer offered.")] = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="code, name, updated_at or product_id.")] = "code",
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List products as they stand now. Everything that is given has to hold.

    Examples:
      tally products list
      tally products list --offered --json
      tally products list --text 打印机 --to 产品目录.xlsx
    """
    if to is not None:
        spreadsheet.require_kind(to)
    with the_ledger() as it:
        query = ProductQuery(q=q, withdrawn=withdrawn, sort=sort, descending=desc)
        position = views.ready(it, "products")
        products = Products(it)
        counted = products.count(query)
        rows = _rows(products, query, counted if every or to is not None else min(limit, counted))
        if as_json:
            write_json_list("products", (listed_json(row) for row in rows), {"position": position, "count": counted})
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


def _rows(products: Products, query: ProductQuery, wanted: int) -> Iterator[ListedProduct]:
    """As many rows as are wanted, from pages that fit into memory."""
    cursor: str | None = None
    while wanted > 0:
        listed = products.find(replace(query, limit=min(wanted, MAX_LIMIT), cursor=cursor))
        yield from listed.rows
        wanted -= len(listed.rows)
        cursor = listed.next_cursor
        if cursor is None:
            return


@app.command()
def show(ref: ProductRef, as_json: AsJson = False) -> None:
    """Show a product, and how it came to be so.

    Examples:
      tally products show toner-a4
      tally products show toner --json
    """
    with the_ledger() as it:
        identity = _resolve(it, ref)
        entries = it.ledger.history(PRODUCT, identity)
        content = _content(it, identity)
    if as_json:
        write_json({"id": identity, **content, "entries": [entry_json(entry) for entry in entries]})
        return
    console = out()
    for name, value in {"id": identity, **content}.items():
        if value not in (None, "", [], {}):
            console.print(f"  {name:<15}  {shown(value)}", soft_wrap=True)
    for entry in entries:
        console.print(f"\nv{entry.version}  {brief(entry.effective_at)}  {safe(entry.fact.NAME)}  {recorded(entry)}", soft_wrap=True)


def _content(it: Opened, identity: str) -> dict[str, Any]:
    product = it.ledger.load(PRODUCT, identity)
    names = ("version", "code", "name", "specification", "unit", "tax_percent", "prices", "withdrawn")
    return {name: to_json(getattr(product, name)) for name in names}


@app.command()
def history(ref: ProductRef, as_json: AsJson = False) -> None:
    """Tell who described, priced and withdrew a product, when, why, and what that changed.

    Examples:
      tally products history toner-a4
      tally products history toner-a4 --json
    """
    with the_ledger() as it:
        identity = _resolve(it, ref)
        told = list(explained(it.ledger.history(PRODUCT, identity), PRODUCT.blank, PRODUCT.fold))
    if as_json:
        write_json_list("entries", map(explained_json, told), {"id": identity, "version": len(told)})
        return
    console = out()
    for one in told:
        tell(console, one)


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
    cls = command_called(name, COMMANDS)
    if file is not None and settings:
        raise usage("Give the fields with --file or with --set, not with both.")
    body = content_of(file) if file is not None else from_settings(cls, settings or [])
    command, beside = read_shape(cls, body, Beside(on, reason, if_version, command_id))
    with the_ledger() as it:
        send(it, _resolve(it, ref), command, beside, as_json=as_json, kind=PRODUCT)


def _resolve(it: Opened, ref: str) -> str:
    wanted = ref.strip()
    if it.ledger.load(PRODUCT, wanted).exists:
        return wanted
    found = with_id_from(it, PRODUCT, wanted) if wanted else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise Stopped(f"No product has the id {wanted!r}, or one that begins so; `tally products list` lists them.")
    raise Stopped(f"{wanted!r} could be any of these: {', '.join(found)}.")
