"""The editions of a policy as its entries tell of them, those that decide no longer included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.facts import Entry, value
from domain.policy import ApprovalPolicyPublished, PolicyRetired
from domain.policy.routes import Route


@value
class PublishedEdition:
    """An edition, the version of the policy that it made, when and by whom it was published, and whether it is the one that decides."""

    edition: int
    version: int
    title: str
    currency: str
    routes: tuple[Route, ...]
    published_at: datetime
    published_by: str
    in_use: bool


def editions(entries: Iterable[Entry]) -> tuple[PublishedEdition, ...]:
    """The editions in order."""
    published: list[Entry] = []
    in_use = False
    for entry in entries:
        if isinstance(entry.fact, ApprovalPolicyPublished):
            published.append(entry)
            in_use = True
        elif isinstance(entry.fact, PolicyRetired):
            in_use = False
    return tuple(
        PublishedEdition(
            edition=entry.fact.edition,
            version=entry.version,
            title=entry.fact.title,
            currency=entry.fact.currency,
            routes=entry.fact.routes,
            published_at=entry.recorded_at,
            published_by=entry.meta.actor,
            in_use=in_use and entry is published[-1],
        )
        for entry in published
        if isinstance(entry.fact, ApprovalPolicyPublished)
    )
