"""Departures: which template's edition a contract was drafted from, and where somebody wanted it to read otherwise, told by its entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from domain.contract.amendment import AmendmentTookEffect
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn
from domain.contract.deviation import ClauseDeviationApproved, ClauseDeviationRejected, ClauseDeviationRequested, is_locked
from domain.contract.drafting import ContractDrafted
from domain.contract.state import Contract, Deviation
from domain.contract.vocabulary import Clause, DeviationStatus, TemplateRef
from domain.facts import Entry


class Step(NamedTuple):
    """Who took a step, when, and by which entry of the contract's."""

    by: str
    at: datetime
    version: int


class Departure(NamedTuple):
    """A deviation from a locked clause, step by step; `original` is the wording with which the contract was drafted.

    `decided` is the last decision, which may have called off one before it, and `applied` when the contract was worded so.
    """

    deviation: Deviation
    original: Clause | None
    requested: Step
    decided: Step | None
    applied: Step | None


class TemplateUse(NamedTuple):
    """The edition that a contract was drafted from, and when; how many clauses it locks and how many of these read otherwise by now.

    `waiting` deviations were asked for and are neither rejected nor used.
    """

    template: TemplateRef
    drafted_at: datetime
    locked: int
    deviating: int
    waiting: int


class Departures:
    """What becomes of a template's words in one contract, told by its entries beside the state that these fold into."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._drafted_at: datetime | None = None
        self._originals: dict[str, Clause] = {}
        self._requested: dict[str, Step] = {}
        self._decided: dict[str, Step] = {}
        self._applied: dict[str, Step] = {}

    def take(self, entry: Entry, contract: Contract) -> None:
        """Takes the next entry, and the contract after it."""
        step = Step(entry.meta.actor, entry.effective_at, entry.version)
        match entry.fact:
            case ContractDrafted():
                self._drafted_at = entry.effective_at
            case ClauseDeviationRequested(deviation_id=deviation_id):
                self._requested[deviation_id] = step
            case ClauseDeviationApproved(deviation_id=deviation_id) | ClauseDeviationRejected(deviation_id=deviation_id):
                self._decided[deviation_id] = step
            case ClauseAdded(clause=clause, deviation_id=None) if is_locked(contract, clause.clause_id):
                self._originals.setdefault(clause.clause_id, clause)
            case ClauseAdded(deviation_id=used) | ClauseReworded(deviation_id=used) | ClauseWithdrawn(deviation_id=used):
                self._use((used,), step)
            case AmendmentTookEffect(deviations=several):
                self._use(several, step)
            case _:
                pass

    def _use(self, deviations: Iterable[str | None], step: Step) -> None:
        self._applied.update((one, step) for one in deviations if one is not None)

    def use(self, contract: Contract) -> TemplateUse | None:
        """What the contract was drafted from; None where that was no template."""
        template = contract.template
        if template is None or self._drafted_at is None:
            return None
        waiting = (DeviationStatus.REQUESTED, DeviationStatus.APPROVED)
        return TemplateUse(
            template=template,
            drafted_at=self._drafted_at,
            locked=len(template.locked_clauses),
            deviating=sum(contract.clauses.get(name) != worded for name, worded in self._originals.items()),
            waiting=sum(one.status in waiting for one in contract.deviations.values()),
        )

    def all(self, contract: Contract) -> Iterator[Departure]:
        """Every deviation that was asked for, in that order."""
        for name, deviation in contract.deviations.items():
            yield Departure(
                deviation=deviation,
                original=self._originals.get(deviation.clause_id),
                requested=self._requested[name],
                decided=self._decided.get(name),
                applied=self._applied.get(name),
            )
