"""Templates in use and deviations: what the view says is what the contracts, folded entry by entry, say."""

from __future__ import annotations

from datetime import datetime

import domain.contract
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.content import ClauseReworded, ClauseWithdrawn
from domain.contract.deviation import ClauseDeviationApproved, ClauseDeviationRejected, ClauseDeviationRequested
from domain.contract.drafting import TemplateUsed
from domain.contract.operations import PutClause, RemoveClause
from domain.contract.vocabulary import Clause, DeviationStatus, Status, TemplateRef
from domain.facts import Entry
from domain.template import PublishTemplate, RetireTemplate, TemplateCommand
from infra.ledger import TEMPLATE, Asker, Envelope
from infra.opening import Opened
from projections.check import check_view
from projections.governance import GOVERNANCE, DeviationQuery, Deviations, TemplateUseQuery, TemplateUses
from projections.governance.departures import Editions
from projections.paging import rows
from projections.rebuild import rebuild
from tests.domain.test_template import DRAFT, REVISE
from tests.facts import (
    FOREIGN_LAW,
    LAW,
    deviated,
    deviation_approved,
    deviation_rejected,
    deviation_requested,
    from_template,
    half_paid,
)
from tests.projections.ledgers import tamper
from tests.projections.test_governance import tell
from tests.spec import BOB, CAROL, History, told

# In force, with two deviations that came in by one amendment, and a third that was called off after it had been approved.
LOCKED = TemplateUsed(template=TemplateRef(template_id="purchase", edition=1, locked_clauses=("9", "1")))
GONE = ClauseDeviationRequested(deviation_id="v2", clause_id="1", becomes=None, why="不适用")
amended = (
    *half_paid[:1],
    *told(LOCKED),
    *from_template[-1:],
    *half_paid[1:],
    *told(ClauseDeviationRequested(deviation_id="v1", clause_id="9", becomes=FOREIGN_LAW, why="新加坡"), GONE, by=CAROL),
    *told(ClauseDeviationApproved(deviation_id="v1"), ClauseDeviationApproved(deviation_id="v2"), by=BOB),
    *told(
        AmendmentTookEffect(
            amendment_id="a1", operations=(PutClause(clause=FOREIGN_LAW), RemoveClause(clause_id="1")), deviations=("v1", "v2")
        )
    ),
    *told(ClauseDeviationRequested(deviation_id="v3", clause_id="9", becomes=LAW, why="回到范本")),
    *told(ClauseDeviationApproved(deviation_id="v3"), ClauseDeviationRejected(deviation_id="v3", opinion="不必"), by=BOB),
)
back = deviated + told(
    ClauseDeviationRequested(deviation_id="v2", clause_id="9", becomes=LAW, why="谈妥了"),
    ClauseDeviationApproved(deviation_id="v2"),
    ClauseReworded(clause=LAW, deviation_id="v2"),
)
withdrawn = deviation_requested + told(
    ClauseDeviationRejected(deviation_id="v1", opinion="不得改动"),
    ClauseDeviationRequested(deviation_id="v2", clause_id="9", becomes=None, why="另行约定"),
    ClauseDeviationApproved(deviation_id="v2"),
    ClauseWithdrawn(clause_id="9", deviation_id="v2"),
)
TEMPLATED: dict[str, History] = {
    "plain": from_template,
    "asked": deviation_requested,
    "refused": deviation_rejected,
    "agreed": deviation_approved,
    "worded": deviated,
    "back": back,
    "withdrawn": withdrawn,
    "amended": amended,
}

Steps = dict[DeviationStatus, tuple[str, datetime, int]]


def slowly(entries: list[Entry]) -> tuple[dict[str, Steps], dict[str, Clause]]:
    """When each deviation came to each status, and what every clause first said: the contract folded anew after each entry."""
    steps: dict[str, Steps] = {}
    first: dict[str, Clause] = {}
    for n, entry in enumerate(entries, 1):
        contract = domain.contract.replay(entries[:n])
        for clause_id, clause in contract.clauses.items():
            first.setdefault(clause_id, clause)
        for name, one in contract.deviations.items():
            known = steps.setdefault(name, {})
            if next(reversed(known), None) is not one.status:
                known.pop(one.status, None)
                known[one.status] = (entry.meta.actor, entry.effective_at, entry.version)
    return steps, first


def test_every_contract_from_a_template_is_told_with_what_it_made_of_it(opened: Opened) -> None:
    tell(opened, **TEMPLATED, none=half_paid)
    listed = {one.contract_id: one for one in rows(TemplateUses(opened).find, TemplateUseQuery(limit=3))}
    assert set(listed) == set(TEMPLATED)
    for name, row in listed.items():
        entries = opened.store.stream_entries(f"contract-{name}")
        contract = domain.contract.replay(entries)
        _, first = slowly(entries)
        assert contract.template is not None
        assert (row.template_id, row.edition, row.locked) == (
            *(contract.template.template_id, contract.template.edition),
            len(contract.template.locked_clauses),
        )
        assert (row.drafted_by, row.drafted_at) == (contract.drafted_by, entries[0].effective_at)
        assert row.deviating == sum(contract.clauses.get(one) != first[one] for one in contract.template.locked_clauses)
        waiting = {one.deviation_id for one in contract.deviations.values() if one.status in ("requested", "approved")}
        assert (row.waiting, row.value, row.status) == (len(waiting), contract.value, contract.status)
    assert {name: (row.deviating, row.waiting) for name, row in listed.items()} == {
        **dict.fromkeys(("plain", "refused", "back"), (0, 0)),
        **dict.fromkeys(("asked", "agreed"), (0, 1)),
        "worded": (1, 0),
        "withdrawn": (1, 0),
        "amended": (2, 0),
    }


def test_every_deviation_is_told_step_by_step_with_both_wordings(opened: Opened) -> None:
    tell(opened, **TEMPLATED, none=half_paid)
    listed = {(one.contract_id, one.deviation_id): one for one in rows(Deviations(opened).find, DeviationQuery(limit=2))}
    asked_for = set()
    for name in TEMPLATED:
        entries = opened.store.stream_entries(f"contract-{name}")
        contract = domain.contract.replay(entries)
        steps, first = slowly(entries)
        for deviation_id, held in contract.deviations.items():
            asked_for.add((name, deviation_id))
            row, took = listed[name, deviation_id], steps[deviation_id]
            assert (row.deviation_status, row.clause_id, row.why, row.opinion) == (held.status, held.clause_id, held.why, held.opinion)
            assert (row.was, row.asked) == (first[held.clause_id], held.becomes)
            assert (row.requested_by, row.requested_at, row.requested_version) == took[DeviationStatus.REQUESTED]
            decided = took.get(DeviationStatus.REJECTED) or took.get(DeviationStatus.APPROVED)
            assert (row.decided_by, row.decided_at, row.decided_version) == (decided or (None,) * 3)
            assert (row.applied_by, row.applied_at, row.applied_version) == (took.get(DeviationStatus.APPLIED) or (None,) * 3)
    assert set(listed) == asked_for
    assert listed["amended", "v1"].applied_version == listed["amended", "v2"].applied_version
    assert listed["amended", "v3"].deviation_status is DeviationStatus.REJECTED


def test_uses_and_deviations_are_found_by_what_is_asked(opened: Opened) -> None:
    begun: tuple[TemplateCommand, ...] = (DRAFT, PublishTemplate(edition=1), REVISE)
    for n, command in enumerate(begun):
        order(opened, n, command)
    tell(opened, **TEMPLATED)

    def uses(**which: object) -> set[str]:
        query = TemplateUseQuery(published=Editions(opened.ledger).all_published(), **which)  # type: ignore[arg-type]
        assert TemplateUses(opened).count(query) == len(TemplateUses(opened).find(query).rows)
        return {one.contract_id for one in TemplateUses(opened).find(query).rows}

    def deviations(**which: object) -> set[tuple[str, str]]:
        return {(one.contract_id, one.deviation_id) for one in Deviations(opened).find(DeviationQuery(**which)).rows}  # type: ignore[arg-type]

    assert uses(deviates=True) == {"worded", "withdrawn", "amended"}
    assert uses(outdated=False) == uses(edition=1) == {"amended"}
    assert uses(outdated=True) == uses(edition=2) == set(TEMPLATED) - {"amended"}
    order(opened, 3, PublishTemplate(edition=2))
    assert uses(outdated=True) == {"amended"}
    assert uses(status=(Status.IN_FORCE,)) == {"amended"}
    assert uses(template="sales") == set()
    assert deviations(deviation_status=(DeviationStatus.APPROVED,)) == {("agreed", "v1")}
    assert deviations(person=CAROL) == {("amended", "v1"), ("amended", "v2")}
    assert deviations(clause="1", status=(Status.IN_FORCE,)) == {("amended", "v2")}
    last = max(one.requested_at for one in Deviations(opened).find(DeviationQuery()).rows)
    assert deviations(since=last) | deviations(until=last) == deviations()
    assert deviations(since=last) == {("amended", "v3")}
    order(opened, 4, RetireTemplate(why="法律已修改"))
    editions = Editions(opened.ledger)
    assert (editions.published("purchase"), editions["purchase"].retired, editions.published("x")) == (2, True, None)


def order(opened: Opened, n: int, command: TemplateCommand) -> None:
    """Commands a template."""
    opened.ledger.handle(TEMPLATE, "purchase", command, Envelope(Asker(BOB, "k", "api"), f"template-{n}"))


def test_a_row_of_them_that_somebody_changed_is_found(opened: Opened) -> None:
    tell(opened, worded=deviated)
    assert check_view(opened, GOVERNANCE).matches
    for forgery in ("UPDATE {views}.template_uses SET deviating = 0", "UPDATE {views}.deviations SET decided_by = 'mallory'"):
        tamper(opened, forgery)
        assert not check_view(opened, GOVERNANCE).matches, forgery
        rebuild(opened, GOVERNANCE)
