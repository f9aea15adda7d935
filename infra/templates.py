"""Which templates a ledger has, in the order in which they were first drafted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.template import Template, TemplateDrafted
from infra.ledger import TEMPLATE, Ledger


class Listed(NamedTuple):
    """A template, where its first entry stands, and how it is now."""

    template_id: str
    position: int
    template: Template


def drafted(ledger: Ledger, *, after: int = 0, limit: int | None = None) -> Iterator[Listed]:
    """The templates drafted after a position, in order, in memory for one page."""
    for row in ledger.store.rows_saying(TemplateDrafted, after=after, limit=limit):
        identity = row.stream.removeprefix(TEMPLATE.prefix)
        yield Listed(identity, row.position, ledger.load(TEMPLATE, identity))
