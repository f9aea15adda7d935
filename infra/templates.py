"""Which templates a ledger has, in the order in which they were first drafted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from domain.template import Template, TemplateDrafted
from infra.ledger import TEMPLATE, Ledger
from infra.store import PAGE

_TOPICS: Final = [f"{TemplateDrafted.NAME}@{schema}" for schema in range(1, TemplateDrafted.SCHEMA + 1)]


class Listed(NamedTuple):
    """A template, where its first entry stands, and how it is now."""

    template_id: str
    position: int
    template: Template


def drafted(ledger: Ledger, *, after: int = 0, limit: int | None = None) -> Iterator[Listed]:
    """The templates drafted after a position, in order, in memory for one page."""
    given = 0
    while rows := ledger.store.read_log(after=after, limit=PAGE if limit is None else min(PAGE, limit - given), facts=_TOPICS):
        for row in rows:
            identity = row.stream.removeprefix(TEMPLATE.prefix)
            yield Listed(identity, row.position, ledger.load(TEMPLATE, identity))
        after, given = rows[-1].position, given + len(rows)
        if given == limit:
            return
