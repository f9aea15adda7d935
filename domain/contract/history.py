"""A contract's history at two times: as it stood in the world, as the ledger knew it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.contract.correction import FactCorrected
from domain.facts import Entry


def as_of(entries: Iterable[Entry], *, valid_at: datetime | None = None, known_at: datetime | None = None) -> list[Entry]:
    """The entries that tell how the contract stood at `valid_at`, as the ledger knew it at `known_at` (both aware, both included).

    A corrected entry counts with what it should have said, at the moment it should have named, from the moment on at
    which the correction was known. What is left stays in the order in which it was recorded. Before the first fact there
    was no contract: what was dated even earlier tells nothing until then.
    """
    known = [e for e in entries if known_at is None or e.recorded_at <= known_at]
    if valid_at is None:
        return known
    moments = real_moments(known)
    standing = [e for e in known if stands_by(e, moments, valid_at)]
    return standing if standing[:1] == known[:1] else []


def stands_by(entry: Entry, moments: dict[int, datetime | None], valid_at: datetime) -> bool:
    """Whether an entry tells about the time up to `valid_at`: a correction goes with the entry that it corrects."""
    if isinstance(entry.fact, FactCorrected):
        struck_out = entry.fact.becomes is None
        happened = moments.get(entry.fact.corrects)
        return struck_out or (happened is not None and happened <= valid_at)
    happened = moments[entry.version]
    return happened is not None and happened <= valid_at


def real_moments(known: list[Entry]) -> dict[int, datetime | None]:
    """When each version's fact really happened, after corrections; None where it was struck out."""
    moments: dict[int, datetime | None] = {}
    for entry in known:
        moments[entry.version] = entry.effective_at
        if isinstance(entry.fact, FactCorrected):
            corrects = entry.fact.corrects
            moments[corrects] = None if entry.fact.becomes is None else entry.fact.effective_at or moments.get(corrects)
    return moments
