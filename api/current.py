"""Reads how a stream stands now, from the entries themselves, so that it shows every write at once."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from api.contracts import not_modified
from api.door import Door, rendered, unchanged
from infra.ledger import S, StreamKind


def current(at: Door, kind: StreamKind[S], identity: str, if_none_match: str | None, shown: Callable[[str, S], object]) -> Response:
    """The answer of `shown`, which raises the refusal of its own for a stream that never began; 304 for who has this version."""
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    state = at.ledger.load(kind, identity)
    content = shown(identity, state)
    if unchanged(if_none_match, state.version):
        return not_modified(state.version, headers)
    return rendered(content, version=state.version, headers=headers)
