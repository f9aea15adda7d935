"""The two moments at which a view is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from projections.paging import Where
from projections.past.shape import LATEST


class Moments(NamedTuple):
    """As it stood at `valid_at`, as the ledger knew it at `known_at` (both aware, both included); the present without both.

    Without `valid_at` everything counts that was known, whatever moment it is dated.
    """

    valid_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def are_past(self) -> bool:
        """Whether any is given."""
        return self.valid_at is not None or self.known_at is not None

    @property
    def label(self) -> str:
        """What tells a cursor of these moments from those of others; nothing for the present."""
        if not self.are_past:
            return ""
        return "@" + "/".join("" if at is None else at.astimezone(UTC).isoformat() for at in self)

    def add_to(self, where: Where) -> None:
        """Adds what must hold of rows in the table of the past."""
        at = self.valid_at or LATEST
        where.add("valid_from <= %s", at)
        where.add("valid_to > %s", at)
        if self.known_at is None:
            where.add("known_to = 'infinity'")
        else:
            where.add("known_from <= %s", self.known_at)
            where.add("known_to > %s", self.known_at)
