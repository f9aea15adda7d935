"""The demonstration portfolio: what a trading company in Shanghai agreed in 2025 and 2026, told in facts through the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from domain.refusals import Refusal
from infra.ledger import CONTRACT, PARTY, PRODUCT, Asker, Envelope, Ledger, StreamKind
from scripts.demo import house, parties, partners, products, purchases, sales, services
from scripts.demo.telling import Step, Story

# The people of these stories hold no keys: their facts are brought in, and say so.
CREDENTIAL = "demo"
CHANNEL = "import"


class Written(NamedTuple):
    """What a run added."""

    contracts: int
    parties: int
    facts: int


def contracts() -> tuple[Story, ...]:
    """All stories of contracts."""
    return (*sales.stories(), *purchases.stories(), *services.stories(), *partners.stories())


def write(ledger: Ledger, *, on_progress: Callable[[int, int], None] | None = None) -> Written:
    """Writes what is not there yet, as far as it has happened by the ledger's clock.

    Whatever is there already stays as it is: a second run adds nothing. `on_progress` gets the number of stories done, and of all.
    """
    before = ledger.store.head()
    now = ledger.clock()
    told: tuple[Iterable[tuple[StreamKind[Any], Story]], ...] = (
        ((PARTY, s) for s in parties.stories()),
        ((PRODUCT, s) for s in products.stories()),
        house.stories(),
        ((CONTRACT, s) for s in contracts()),
    )
    stories = [*chain.from_iterable(told)]
    begun: list[StreamKind[Any]] = []
    for n, (kind, story) in enumerate(stories):
        if on_progress is not None:
            on_progress(n, len(stories))
        if tell(ledger, kind, story, now):
            begun.append(kind)
    return Written(begun.count(CONTRACT), begun.count(PARTY), ledger.store.head() - before)


def tell(ledger: Ledger, kind: StreamKind[Any], story: Story, now: datetime) -> bool:
    """Writes one story up to `now`; whether this began it. A story that others went on writing otherwise is left as it is."""
    known = ledger.load(kind, story.identity).exists
    began = False
    for n, step in enumerate(happened(story, now), 1):
        command_id = f"demo:{story.name or story.identity}:{n}"
        if known and ledger.store.command(command_id) is not None:
            continue
        envelope = Envelope(Asker(step.actor, CREDENTIAL, CHANNEL), command_id, effective_at=step.at, reason=step.reason)
        try:
            ledger.handle(kind, story.identity, step.command, envelope)
        except Refusal:
            if not known:
                raise
            break
        began = began or not known
    return began


def happened(story: Story, now: datetime) -> Iterator[Step]:
    """The steps before the first that lies in the future."""
    for step in story.steps:
        if step.at > now:
            return
        yield step
