"""What a contract that is written out says, in order, whatever the format: headings, paragraphs, and tables of cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, TypeAlias

from domain.capitals import in_capitals
from domain.contract import rules
from domain.contract.state import Contract, Signature
from domain.contract.vocabulary import Direction, LineItem, Period
from domain.money import Money, MoneyError
from infra.rendering.agreed import rows_of
from infra.rendering.amounts import day_in, figures
from infra.rendering.wording import Heading, said
from infra.translations import label

# Letters that XML cannot hold, and that no reader sees.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Longer texts stand below their table rather than in a narrow column of it.
_LONGEST_CELL: Final = 500
_TO_BE_FILLED: Final = "_" * 12


@dataclass(frozen=True, slots=True)
class Title:
    """A heading; level 0 is the contract's own title."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph of one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. Columns have a relative width, and those in `figures` are set to the right; without `heads` it has no first row of names."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    figures: frozenset[int] = frozenset()


Block: TypeAlias = Title | Text | Grid


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole, and the line at the foot of each page."""

    title: str
    language: str
    foot: str
    blocks: tuple[Block, ...]


def sheet_of(contract: Contract, language: str) -> Sheet:
    """Head, parties, value, clauses, items, payment schedule, delivery plan, terms and signatures; what the contract lacks is left out."""
    writer = _Writer(contract, language)
    blocks = (
        *writer.head(),
        *writer.parties(),
        *writer.value(),
        *writer.clauses(),
        *writer.items(),
        *writer.schedule(),
        *writer.deliveries(),
        *writer.terms(),
        *writer.signatures(),
    )
    return Sheet(plain(contract.title), language, plain(f"{contract.number} · v{contract.version}"), blocks)


def plain(text: str) -> str:
    """One line as it can be shown in every format."""
    return _UNFIT.sub("\ufffd", " ".join(text.splitlines()))


def paragraphs(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [plain(line) for line in text.splitlines() if line.strip()]


def line_total(item: LineItem, currency: str | None) -> Money | None:
    """Quantity times price; None where it is not known, or more than the ledger keeps exactly."""
    try:
        return None if currency is None else item.total(currency)
    except MoneyError:
        return None


def summed(amounts: list[Money]) -> Money | None:
    """The sum; None where it is more than the ledger keeps exactly."""
    try:
        return Money(sum(a.minor for a in amounts), amounts[0].currency)
    except MoneyError:
        return None


def laid(grid: Grid) -> list[Block]:
    """A table, and below it the texts that are too long for a cell; the cell then has their number."""
    notes: list[str] = []

    def cell(text: str) -> str:
        if len(text) <= _LONGEST_CELL:
            return text
        notes.append(text)
        return f"[{len(notes)}]"

    rows = tuple(tuple(map(cell, row)) for row in grid.rows)
    return [replace(grid, rows=rows), *(Text(f"[{n}] {text}") for n, text in enumerate(notes, 1))]


class _Writer:
    """Writes the parts of one contract in one language."""

    def __init__(self, contract: Contract, language: str) -> None:
        self.contract = contract
        self.language = language

    def say(self, heading: Heading) -> str:
        return said(heading, self.language)

    def heads(self, *headings: Heading) -> tuple[str, ...]:
        return tuple(self.say(h) for h in headings)

    def day(self, day: date | None) -> str:
        if day is None:
            return ""
        return day_in(day, self.language)

    def period(self, period: Period) -> str:
        if period.start is period.end is None:
            return ""
        between = "至" if self.language != "en" else "to"
        return f"{self.day(period.start) or '…'} {between} {self.day(period.end) or '…'}"

    def pairs(self, *rows: tuple[str, str]) -> list[Block]:
        stated = tuple((name, plain(text)) for name, text in rows if text)
        return laid(Grid((), stated, (1, 3))) if stated else []

    def head(self) -> list[Block]:
        contract = self.contract
        return [
            Title(plain(contract.title), 0),
            *self.pairs(
                (self.say(Heading.NUMBER), contract.number),
                (self.say(Heading.VERSION), str(contract.version)),
                (self.say(Heading.STATUS), label("status", contract.status.value, self.language)),
                (self.say(Heading.KIND), label("kind", contract.kind.value, self.language)),
                (self.say(Heading.PERIOD), self.period(contract.period)),
            ),
        ]

    def parties(self) -> list[Block]:
        # Which side is 甲方 is for the clauses to say; the ledger knows who pays whom.
        ours = Heading.PAYER if self.contract.direction is Direction.PAYABLE else Heading.PAYEE
        others = ((plain(c.role), c.name) for c in self.contract.counterparties.values())
        return [Title(self.say(Heading.PARTIES), 1), *self.pairs((self.say(ours), self.contract.our_entity), *others)]

    def value(self) -> list[Block]:
        value = self.contract.value
        if value is None:
            return []
        rows = ((self.say(Heading.FIGURES), figures(value)), (self.say(Heading.CAPITALS), in_capitals(value)))
        return [Title(self.say(Heading.VALUE), 1), *self.pairs(*rows)]

    def clauses(self) -> list[Block]:
        blocks: list[Block] = []
        for clause in self.contract.clauses.values():
            blocks.append(Title(plain(f"{clause.clause_id}  {clause.heading}"), 2))
            blocks += map(Text, paragraphs(clause.text))
        return [Title(self.say(Heading.CLAUSES), 1), *blocks] if blocks else []

    def items(self) -> list[Block]:
        items = list(self.contract.items.values())
        if not items:
            return []
        totals = [line_total(item, self.contract.currency) for item in items]
        rows = [
            (
                plain(i.item_id),
                plain(i.description),
                _decimal(i.quantity),
                plain(i.unit or ""),
                _decimal(i.unit_price),
                _decimal(i.tax_percent),
                figures(total) if total else "",
            )
            for i, total in zip(items, totals, strict=True)
        ]
        known = [t for t in totals if t is not None]
        total = summed(known) if len(known) == len(items) else None
        if total is not None:
            rows.append(("", self.say(Heading.TOTAL), "", "", "", "", figures(total)))
        heads = self.heads(
            Heading.NO,
            Heading.DESCRIPTION,
            Heading.QUANTITY,
            Heading.UNIT,
            Heading.UNIT_PRICE,
            Heading.TAX_PERCENT,
            Heading.LINE_TOTAL,
        )
        return [Title(self.say(Heading.ITEMS), 1), *laid(Grid(heads, tuple(rows), (2, 8, 3, 2, 4, 2, 6), frozenset({2, 4, 5, 6})))]

    def schedule(self) -> list[Block]:
        instalments = self.contract.instalments.values()
        if not instalments:
            return []
        rows = [(plain(i.instalment_id), plain(i.description), self.day(i.due), figures(i.amount)) for i in instalments]
        total = summed([i.amount for i in instalments])
        if total is not None:
            rows.append(("", self.say(Heading.SUM), "", figures(total)))
        heads = self.heads(Heading.NO, Heading.DESCRIPTION, Heading.DUE, Heading.AMOUNT)
        return [Title(self.say(Heading.SCHEDULE), 1), *laid(Grid(heads, tuple(rows), (2, 8, 5, 6), frozenset({3})))]

    def deliveries(self) -> list[Block]:
        planned = self.contract.planned_deliveries.values()
        if not planned:
            return []
        heads = self.heads(Heading.NO, Heading.DESCRIPTION, Heading.ITEM, Heading.QUANTITY, Heading.DUE)
        rows = tuple(
            (plain(d.delivery_id), plain(d.description), plain(d.item_id or ""), _decimal(d.quantity), self.day(d.due)) for d in planned
        )
        return [Title(self.say(Heading.DELIVERIES), 1), *laid(Grid(heads, rows, (2, 8, 2, 3, 5), frozenset({3})))]

    def terms(self) -> list[Block]:
        blocks: list[Block] = []
        for agreed in self.contract.terms.values():
            name = label("term", str(getattr(agreed.term, "term", "")), self.language)
            blocks.append(Title(plain(f"{agreed.term_id}  {name}"), 2))
            blocks += self.pairs(*rows_of(agreed.term, self.language))
        return [Title(self.say(Heading.TERMS), 1), *blocks] if blocks else []

    def signatures(self) -> list[Block]:
        contract = self.contract
        names = {rules.US: contract.our_entity} | {c.counterparty_id: c.name for c in contract.counterparties.values()}
        heads = ("", *self.heads(Heading.SIGNATORY, Heading.SEAL, Heading.DAY))
        rows = tuple((plain(names[side]), *_signed(contract.signatures.get(side))) for side in names)
        return [Title(self.say(Heading.SIGNATURES), 1), *laid(Grid(heads, rows, (6, 5, 5, 5)))]


def _signed(signature: Signature | None) -> tuple[str, str, str]:
    if signature is None:
        return (_TO_BE_FILLED, _TO_BE_FILLED, _TO_BE_FILLED)
    return (plain(signature.signatory or ""), "", _moment(signature.signed_at))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _decimal(number: Decimal | None) -> str:
    return "" if number is None else format(number, ",f")
