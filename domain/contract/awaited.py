"""What waits for somebody's decision in a contract: the vacant seats of its approval, its amendments, its deviations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from domain.contract.deviation import DECIDED_IN, ClauseDeviationRequested
from domain.contract.route import ANY_APPROVER, Approval, Approver, PolicyEdition
from domain.contract.state import Contract
from domain.contract.vocabulary import DeviationStatus, Status
from domain.facts import Entry, value
from domain.money import Money


class DecisionMatter(StrEnum):
    """What is to be decided: the contract itself, a change to it, or other words for a locked clause."""

    CONTRACT = "contract"
    AMENDMENT = "amendment"
    DEVIATION = "deviation"


@value
class Awaited:
    """One seat that waits for a decision, from a moment on. `subject` is the id of the amendment or deviation.

    `barred` had a hand in it and never decide, `decided` may not decide once more, and to `left_to` the seat was left. `amount` is
    what the policy judged, otherwise the contract's value; amendments and deviations have no route.
    """

    matter: DecisionMatter
    subject: str
    seat: Approver
    since: datetime | None
    submitted_by: str
    barred: tuple[str, ...]
    decided: tuple[str, ...] = ()
    left_to: tuple[str, ...] = ()
    amount: Money | None = None
    step: int = 1
    steps: int = 1
    title: str | None = None
    route_id: str | None = None
    policy: PolicyEdition | None = None


class Waiting:
    """What of a contract waits for decisions, told by its entries beside the state that these fold into."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self._asked: dict[str, datetime] = {}

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        if isinstance(entry.fact, ClauseDeviationRequested):
            self._asked[entry.fact.deviation_id] = entry.effective_at

    def awaited(self, contract: Contract) -> Iterator[Awaited]:
        """What waits for a decision by now."""
        if contract.status is Status.IN_APPROVAL and contract.approval is not None:
            yield from self._steps(contract, contract.approval)
        for amendment in contract.amendments.values():
            if amendment.status == "proposed" and contract.status is Status.IN_FORCE:
                yield Awaited(
                    matter=DecisionMatter.AMENDMENT,
                    subject=amendment.amendment_id,
                    seat=ANY_APPROVER,
                    since=amendment.proposed_at,
                    submitted_by=amendment.proposed_by,
                    barred=(amendment.proposed_by,),
                    amount=contract.value,
                )
        for one in contract.deviations.values():
            if one.status is DeviationStatus.REQUESTED and contract.status in DECIDED_IN:
                yield Awaited(
                    matter=DecisionMatter.DEVIATION,
                    subject=one.deviation_id,
                    seat=ANY_APPROVER,
                    since=self._asked.get(one.deviation_id),
                    submitted_by=one.requested_by,
                    barred=_names(one.requested_by, one.requested_for),
                    amount=contract.value,
                )

    def _steps(self, contract: Contract, approval: Approval) -> Iterator[Awaited]:
        decided = () if approval.route.may_repeat else tuple(sorted(approval.deciders))
        for seat in dict.fromkeys(approval.vacant):
            # Whoever left the seat to somebody would decide by them: what they may not do themselves, nobody does for them.
            left = [h for h in approval.handed_over if (h.step, h.seat) == (approval.step, seat) and h.by not in decided]
            yield Awaited(
                matter=DecisionMatter.CONTRACT,
                subject="",
                seat=seat or ANY_APPROVER,
                since=approval.since,
                submitted_by=contract.submitted_by or contract.drafted_by,
                barred=_names(contract.drafted_by, contract.submitted_by),
                decided=decided,
                left_to=tuple(dict.fromkeys(h.to for h in left)),
                amount=approval.amount or contract.value,
                step=approval.step,
                steps=len(approval.route.steps),
                title=approval.awaited.title,
                route_id=approval.route.route_id,
                policy=approval.policy,
            )


def _names(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
