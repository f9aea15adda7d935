"""A server that tests of this folder may kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra.servers import Server, own_server


@pytest.fixture(scope="session")
def breakable() -> Iterator[Server]:
    """A server beside the common one. Whoever breaks it starts it again."""
    with own_server() as server:
        yield server
