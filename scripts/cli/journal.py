"""`tally journal`: a contract in double entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from domain.contract import journal as books
from domain.contract.history import as_of
from domain.contract.journal import Posting
from domain.money import Money
from infra.ledger import CONTRACT
from infra.render import journal_json
from scripts.cli import moments, spreadsheet
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import Cell, Columns, ToFile
from scripts.cli.terminal import AsJson, Column, Stopped, safe, say, table, write_json
from scripts.cli.wording import money, words

HEADS: Final[Columns] = {
    "version": int, "day": date, "fact": str, "about": str, "subject": str, "account": str, "debit": Decimal, "credit": Decimal,
    "currency": str, "position": int,
}  # fmt: skip
_COLUMNS: Final = (
    Column("version"),
    Column("day"),
    Column("about", drop=1),
    Column("subject", shrinks=True),
    Column("account"),
    Column("debit", right=True),
    Column("credit", right=True),
)
_SUMS: Final = (Column("account"), Column("debit", right=True), Column("credit", right=True), Column("net", right=True), Column("currency"))


def journal(ref: Ref, valid_at: ValidAt = None, known_at: KnownAt = None, to: ToFile = None, as_json: AsJson = False) -> None:
    """Show a contract's journal: postings whose debits equal their credits.

    What was accepted, invoiced, paid, held back and credited, entry by entry,
    and what the accounts come to. A correction takes back what was posted, on
    its own day, and posts what should have been; nothing is edited.

    Examples:
      tally journal XS-2025-004
      tally journal XS-2025-004 --known-at 2026-03-31
      tally journal XS-2025-004 --to journal.xlsx
    """
    valid, known = moments.both(valid_at, known_at)
    spreadsheet.require_kind(to)
    with the_ledger() as it:
        identity = resolve(it, ref)
        entries = as_of(it.ledger.history(CONTRACT, identity), valid_at=valid, known_at=known)
    if not entries:
        raise Stopped("The contract was not there then, as far as was known at that time.")
    lines = books.journal(entries)
    if as_json:
        write_json(journal_json(identity, lines))
    elif to is not None:
        count = spreadsheet.write(to, HEADS, cells(lines))
        say(f"{count:,} rows were written to {safe(str(to))}.")
    elif not lines:
        say("Nothing was accepted at a stated price, invoiced, paid, held back or credited.")
    else:
        table(_COLUMNS, [_row(line) for line in lines])
        say("")
        table(
            _SUMS, [(words(b.account), _grouped(b.debit), _grouped(b.credit), _grouped(b.net), b.currency) for b in books.balances(lines)]
        )


def cells(lines: tuple[Posting, ...]) -> Iterator[tuple[Cell, ...]]:
    """A row for each posting; a side with nothing on it stays empty."""
    for line in lines:
        sides = (_exact(line.debit), _exact(line.credit))
        yield (line.version, line.day, line.fact, line.about, line.subject, line.account, *sides, line.debit.currency, line.position)


def _exact(amount: Money) -> Decimal | None:
    return Decimal(amount.amount) if amount.minor else None


def _row(line: Posting) -> tuple[object, ...]:
    sides = (money(side) if side.minor else "" for side in (line.debit, line.credit))
    return (f"v{line.version}", line.day, words(line.about), line.subject, words(line.account), *sides)


def _grouped(amount: Decimal) -> str:
    return f"{amount:,f}"
