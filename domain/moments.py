"""When something is said to have happened: what is recorded in any stream has happened."""

from __future__ import annotations

from domain.facts import Occasion
from domain.refusals import Refusal


class HappensInTheFuture(Refusal):
    """What is recorded as having happened has happened."""

    template = "{effective_at} is in the future; only what has happened can be recorded."


def require_past(occasion: Occasion) -> None:
    """Refuses with HappensInTheFuture what is said to happen after now."""
    if occasion.effective_at > occasion.now:
        raise HappensInTheFuture(effective_at=occasion.effective_at.isoformat())
