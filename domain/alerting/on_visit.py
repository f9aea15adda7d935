"""What rules find in what somebody did at the ledger's door: much that was taken away, and hours at which nobody comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, time, timedelta
from typing import Final, TypeAlias

from domain.access.visits import ListExported, SensitiveRead, SignedIn
from domain.alert.vocabulary import AlertFigures, AlertKind
from domain.alerting.found import Found
from domain.alerting.rules import AlertRule
from domain.contract.days import ROUND_THE_CLOCK
from domain.facts import Entry, Fact
from domain.surroundings import Surroundings

# What came before it with the same credential on the same day of UTC, read only where a rule asks for it.
Before: TypeAlias = Callable[[], Iterable[Entry]]
OnVisit: TypeAlias = Callable[[AlertRule, Entry, Before, Surroundings], Iterator[Found]]


def bulk_export(rule: AlertRule, entry: Entry, before: Before, _: Surroundings) -> Iterator[Found]:
    """Lists of together `rows` rows or more that were taken away with one credential on one day; found in the file that made it so many."""
    taken = _rows(entry)
    if not taken:
        return
    earlier = sum(map(_rows, before()))
    if earlier < (rule.rows or 0) <= earlier + taken:
        what = entry.fact.subject if isinstance(entry.fact, ListExported) else None
        yield Found(entry.meta.credential, AlertFigures(who=entry.meta.actor, what=what, rows=earlier + taken))


def _rows(entry: Entry) -> int:
    return entry.fact.rows if isinstance(entry.fact, ListExported) else 0


def odd_hours(rule: AlertRule, entry: Entry, _: Before, around: Surroundings) -> Iterator[Found]:
    """Somebody who came in the `hours` of the rule's zone: once for each credential and stretch of hours, whichever day that ends on."""
    there = entry.effective_at.astimezone(UTC if rule.zone is None else around.calendar(ROUND_THE_CLOCK, rule.zone).zone)
    begins, ends = (time.fromisoformat(part) for part in (rule.hours or "00:00-00:00").split("-"))
    now, day = there.time(), there.date()
    if begins > ends and now < ends:
        day -= timedelta(days=1)
    elif not (begins <= now < ends or (begins > ends and now >= begins)):
        return
    yield Found(entry.meta.credential, AlertFigures(who=entry.meta.actor, day=there.date(), what=f"{there:%H:%M}"), day)


# By kind of rule: the facts that it looks at, and how.
ON_VISIT: Final[Mapping[AlertKind, tuple[tuple[type[Fact], ...], OnVisit]]] = {
    AlertKind.BULK_EXPORT: ((ListExported,), bulk_export),
    AlertKind.ODD_HOURS: ((SignedIn, SensitiveRead, ListExported), odd_hours),
}
