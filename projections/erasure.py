"""What views do when a party's personal data is erased: whatever they made of it before is made again, of what can still be read."""

from __future__ import annotations

from collections.abc import Iterator

from domain.facts import Entry
from domain.party import PersonalDataErased
from infra.ledger import PARTY
from infra.opening import Opened
from projections.log import Page


def retold(opened: Opened, page: Page) -> Iterator[Entry]:
    """The entries up to the end of a page that held personal data of parties that were erased in it, as they read now.

    Of a part's page, those of its own streams: their rows are all that it has.

    First destroys the keys, if that was not done yet: no view has taken in an erasure that others can still undo. Raises
    StoreUnavailable, UnknownFact.
    """
    for happened in (*page.entries, *page.beside):
        if isinstance(happened.fact, PersonalDataErased):
            party_id = happened.stream.removeprefix(PARTY.prefix)
            opened.ledger.forget(party_id)
            rows = (row for row in opened.store.sealed_for(party_id, to=page.last) if page.part.takes(row.stream))
            yield from map(opened.store.decoded, rows)
