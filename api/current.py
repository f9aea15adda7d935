"""Reads how a stream stands now, and how it came to that, from the entries themselves, so that every write shows at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from api.door import Door, not_modified, rendered, unchanged
from api.scalars import MAX_VERSION
from api.strict_json import Flaw, Flawed
from domain.difference import explained
from infra.ledger import S, StreamKind
from infra.render import Json, explained_json

MAX_ENTRIES: Final = 500

EntryCursor = Annotated[
    int | None, Query(ge=1, le=MAX_VERSION, description="The `next_cursor` of the page before; the first page where it is left out.")
]
EntryLimit = Annotated[int, Query(ge=1, le=MAX_ENTRIES, description="How many entries at most.")]


def current(
    at: Door, kind: StreamKind[S], identity: str, if_none_match: str | None, shown: Callable[[str, S], object], *, mark: str = ""
) -> Response:
    """The answer of `shown`, which raises the refusal of its own for a stream that never began; 304 for who has this version.

    `mark` comes after the version in the ETag, where not all callers are shown the same.
    """
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    state = at.ledger.load(kind, identity)
    content = shown(identity, state)
    tag = f"{state.version}{mark}"
    if unchanged(if_none_match, tag):
        return not_modified(tag, headers)
    return rendered(content, version=tag, headers=headers)


def history(
    at: Door,
    kind: StreamKind[S],
    identity: str,
    page: tuple[int, int],
    if_none_match: str | None,
    *,
    shown: Callable[[Json], Json] = lambda entry: entry,
    mark: str = "",
) -> Response:
    """A page, so many entries after a version, of a stream that has begun; each as `shown` lets it be seen. Raises Flawed.

    `mark` comes after the version in the ETag, where not all callers are shown the same.
    """
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    seen, limit = page
    latest = at.ledger.load(kind, identity).version
    if seen > latest:
        raise Flawed([Flaw("query.cursor", f"The history ends at version {latest}.")])
    tag = f"{latest}{mark}"
    if unchanged(if_none_match, tag):
        return not_modified(tag, headers)
    last = min(seen + limit, latest)
    told = explained(at.ledger.history(kind, identity, to=last), kind.blank, kind.fold)
    entries = [shown(explained_json(one)) for one in islice(told, seen, None)]
    return rendered({"entries": entries, "next_cursor": str(last) if last < latest else None}, version=tag, headers=headers)
