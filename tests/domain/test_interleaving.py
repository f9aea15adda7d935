"""Amendments that touch different things come to the same contract, in whatever order their steps arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from domain.contract import ContractCommand, operations
from domain.contract.amendment import ApproveAmendment, ProposeAmendment, SignAmendment, TakeAmendmentIntoEffect
from domain.contract.operations import AnyOperation
from domain.contract.state import Contract, Made
from domain.contract.vocabulary import Clause, Instalment, LineItem, Period, PlannedDelivery, SigningMethod
from tests.facts import FIRST_HALF, LATE_DELIVERY, SECOND_HALF, SHIPMENT, cny, in_force
from tests.spec import ALICE, BOB, CAROL, START, Given, given

LATER = START + timedelta(days=90)
# Each group stands for itself: value and instalments go together, everything else is one operation.
GROUPS: tuple[tuple[AnyOperation, ...], ...] = (
    (operations.ChangeTitle(title="补充协议 / Supplement"),),
    (operations.ChangePeriod(period=Period(start=date(2026, 1, 15), end=date(2027, 6, 30))),),
    (
        operations.ChangeValue(value=cny("90000.00")),
        operations.PutInstalment(instalment=replace(FIRST_HALF, amount=cny("45000.00"))),
        operations.PutInstalment(instalment=replace(SECOND_HALF, amount=cny("40000.00"))),
        operations.PutInstalment(instalment=Instalment(instalment_id="i3", amount=cny("5000.00"))),
    ),
    (operations.PutItem(item=LineItem(item_id="1", description="x", quantity=Decimal(25), unit_price=Decimal("3500.00"))),),
    (operations.RemoveItem(item_id="2"),),
    (operations.PutItem(item=LineItem(item_id="3", description="显示器 / Screens", quantity=Decimal(5))),),
    (operations.PutDelivery(delivery=replace(SHIPMENT, due=date(2026, 4, 30))),),
    (operations.PutDelivery(delivery=PlannedDelivery(delivery_id="d2", description="第二批 / Second")),),
    (operations.PutClause(clause=Clause(clause_id="7", heading="违约责任", text="每日万分之三。")),),
    (operations.RemoveClause(clause_id="1"),),
    (operations.PutTerm(term_id="t1", term=LATE_DELIVERY),),
)


def content(contract: Contract) -> dict[str, object]:
    """What the contract says, and not how it came to say so."""
    said = ("title", "value", "period", "items", "instalments", "planned_deliveries", "clauses")
    assert set(said) <= {f.name for f in fields(Contract)}
    return {name: getattr(contract, name) for name in said} | {"terms": {i: held.term for i, held in contract.terms.items()}}


def steps(amendment_id: str, changes: Sequence[AnyOperation], *, waits: bool) -> list[tuple[str, ContractCommand]]:
    """From the proposal to the effect, at once or on a later day."""
    last = SignAmendment(
        amendment_id=amendment_id,
        party="c1",
        signatory="Wang Wei",
        method=SigningMethod.ELECTRONIC,
        effective_from=LATER if waits else None,
    )
    return [
        (ALICE, ProposeAmendment(amendment_id=amendment_id, operations=tuple(changes), why="x")),
        (BOB, ApproveAmendment(amendment_id=amendment_id)),
        (CAROL, SignAmendment(amendment_id=amendment_id, party="us", signatory="陈晨", method=SigningMethod.WET_INK)),
        (CAROL, last),
        *([(ALICE, TakeAmendmentIntoEffect(amendment_id=amendment_id))] if waits else []),
    ]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[AnyOperation], list[tuple[str, ContractCommand]]]:
    """The changes of two amendments, and their steps in some order that keeps the order within each."""
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=2, max_size=6, unique=True))
    cut = draw(st.integers(1, len(groups) - 1))
    parts = [[o for group in part for o in group] for part in (groups[:cut], groups[cut:])]
    left = [steps(f"a{n}", part, waits=draw(st.booleans())) for n, part in enumerate(parts)]
    merged: list[tuple[str, ContractCommand]] = []
    while any(left):
        merged.append(draw(st.sampled_from([waiting for waiting in left if waiting])).pop(0))
    return [*parts[0], *parts[1]], merged


@drawn(arrivals())
@settings(max_examples=150, deadline=None)
def test_two_amendments_come_to_what_their_operations_say_in_whatever_order_their_steps_arrive(
    arrival: tuple[list[AnyOperation], list[tuple[str, ContractCommand]]],
) -> None:
    changes, merged = arrival
    expected = given(in_force).contract.copy()
    for operation in changes:
        operations.apply(operation, expected, Made(1, START))
    story = given(in_force)
    for by, command in merged:
        # Who signs last after that day, because the other amendment waited for it too, lets it take effect at once.
        if isinstance(command, TakeAmendmentIntoEffect) and story.contract.amendments[command.amendment_id].status == "in_effect":
            continue
        due = max(story.now, LATER) if isinstance(command, TakeAmendmentIntoEffect) else story.now
        story = Given(story.when(command, by=by, at=due).granted().entries)
    assert content(story.contract) == content(expected)
    assert {a.status for a in story.contract.amendments.values()} == {"in_effect"}
