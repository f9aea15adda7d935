"""Saved searches as questions to the register, and back."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Final

from domain.fields import FieldBook
from domain.money import Money
from domain.searches import OF, ContractSearch, Searches
from infra.ledger import SEARCHES, Ledger
from projections.paging import BadQuery
from projections.register.fields import wanted
from projections.register.queries import RegisterQuery, column_called, name_of
from projections.search.question import question

_NAMESPACE: Final = uuid.UUID("5d1d2a5e-6a0c-5b0e-9c7e-3f7f0a1d7c44")
_BETWEEN: Final = ":"
# As the register calls them, and as a search does.
_ALIKE: Final = ("status", "kind", "confidentiality", "risk", "direction", "counterparty", "owner", "department", "tag", "currency")


def stream_of(person: str) -> str:
    """The id of the stream that holds a person's searches: names of people have letters that names of streams have not."""
    return str(uuid.uuid5(_NAMESPACE, person))


def saved_by(ledger: Ledger, person: str) -> Searches:
    """What a person has saved."""
    return ledger.load(SEARCHES, stream_of(person))


def search_called(ledger: Ledger, asker: str, called: str) -> ContractSearch:
    """The asker's search of this name, or the one that somebody shares as PERSON/NAME. Raises NoSuchSearch."""
    person, shared, name = called.rpartition(OF)
    if not shared or person == asker:
        return saved_by(ledger, asker).named(name)
    return saved_by(ledger, person).named(name, shared_only=True)


def narrowed(query: RegisterQuery, search: ContractSearch, book: FieldBook, *, keeps_order: bool) -> RegisterQuery:
    """The question, with what it leaves open taken from a search; its own order stays if it `keeps_order`. Raises BadQuery."""
    more = {name: getattr(query, name) or getattr(search, name) for name in _ALIKE}
    if search.sort is not None and not keeps_order:
        more |= {"sort": column_called(search.sort), "descending": search.descending}
    currency = more.pop("currency") or search.counts_in
    for asked, kept in ((query.min_value_minor, search.min_value), (query.max_value_minor, search.max_value)):
        if asked is None and kept is not None and kept.currency != currency:
            message = f"the amounts of the saved search are in {kept.currency}, and do not compare with {currency}"
            raise BadQuery(message)
    return replace(
        query,
        **more,
        currency=currency,
        number_prefix=query.number_prefix or search.number,
        q=query.q or search.text,
        search=query.search or search.words,
        min_value_minor=_bound(query.min_value_minor, search.min_value),
        max_value_minor=_bound(query.max_value_minor, search.max_value),
        fields=query.fields or tuple(wanted(book, one, _BETWEEN) for one in search.fields),
    )


def _bound(asked: int | None, kept: Money | None) -> int | None:
    return asked if asked is not None or kept is None else kept.minor


def require_answerable(query: RegisterQuery) -> None:
    """Raises BadQuery for a question that the register cannot answer, so that whoever keeps it hears of it, and not whoever uses it."""
    _ = (query.order, query.filters)
    if query.search is not None:
        question(query.search)


def as_search(query: RegisterQuery, fields: tuple[str, ...]) -> ContractSearch:
    """A question as it is kept; `fields` as KEY:VALUE. The moments that it asks about are no part of it."""
    return ContractSearch(
        **{name: getattr(query, name) for name in _ALIKE},
        number=query.number_prefix,
        text=query.q,
        words=query.search,
        fields=fields,
        min_value=_money(query.min_value_minor, query.currency),
        max_value=_money(query.max_value_minor, query.currency),
        sort=name_of(query.sort),
        descending=query.descending,
    )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)
