"""What views do when a party's personal data is erased: whatever they made of it before is made again, of what can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.facts import Entry
from domain.party import PersonalDataErased
from infra.ledger import PARTY
from infra.opening import Opened
from infra.store import entry
from projections.log import Page


class Retold(NamedTuple):
    """An entry that held personal data of a party that was erased since, as it reads now, and the topic under which it is stored."""

    entry: Entry
    topic: str


def retold(opened: Opened, page: Page) -> Iterator[Retold]:
    """The entries up to the end of a page about parties that were erased in it.

    First destroys the keys, if that was not done yet: no view has taken in an erasure that others can still undo. Raises
    StoreUnavailable, UnknownFact.
    """
    for happened in page.entries:
        if isinstance(happened.fact, PersonalDataErased):
            party_id = happened.stream.removeprefix(PARTY.prefix)
            opened.ledger.forget(party_id)
            for row in opened.store.sealed_for(party_id, to=page.last):
                yield Retold(entry(row), row.fact)
