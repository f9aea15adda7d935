"""Whatever happens to invoices and payments, their sums hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract.state import Contract
from domain.contract.vocabulary import Share
from tests.domain.commanding import amending, correcting, performing, settling
from tests.facts import allocated, half_paid, retained, serving, shipped
from tests.spec import ALICE, BOB, Given, recorded


def require_sums(contract: Contract) -> None:
    """Every sum that no fact excused stays within its bound."""
    value = contract.value
    assert value is not None
    assert contract.paid is not None
    assert contract.retained is not None
    shares: list[Share] = []
    for payment in contract.payments.values():
        assert payment.standing.minor >= 0
        assert payment.standing.minor == (
            0 if payment.reversed else payment.amount.minor - (0 if payment.refunded is None else payment.refunded.minor)
        )
        assert sum(s.amount.minor for s in payment.allocation) in (0, payment.standing.minor)
        shares += payment.allocation
    for instalment in contract.instalments.values():
        assert sum(s.amount.minor for s in shares if s.instalment_id == instalment.instalment_id) <= instalment.amount.minor
    for held in contract.invoices.values():
        towards = sum(s.amount.minor for s in shares if s.invoice_id == held.invoice.invoice_id)
        assert towards <= (held.invoice.amount.minor if held.voided_because is None else 0)
    assert len({h.invoice.number for h in contract.invoices.values()}) == len(contract.invoices)
    assert all(r.amount.minor >= 0 for r in contract.retentions.values())
    if not contract.accepts_overpayment:
        assert contract.paid.minor + contract.retained.minor <= value.minor
    for planned in contract.planned_deliveries.values():
        came = [d for d in contract.deliveries.values() if d.planned_id == planned.delivery_id and d.accepted is not False]
        if planned.quantity is not None and planned.delivery_id not in contract.accepts_excess_of:
            assert sum(d.quantity for d in came if d.quantity is not None) <= planned.quantity
    assert sum(i.amount.minor for i in contract.instalments.values()) in (0, value.minor)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_granted_allocations_refunds_retentions_and_schedules_add_up(data: st.DataObject) -> None:
    story = Given(recorded(data.draw(st.sampled_from([half_paid, allocated, retained, shipped, serving]))))
    for _ in range(14):
        contract = story.contract
        # One group is made for each step: making all of them takes longer than deciding.
        group = data.draw(st.sampled_from(["settling", "settling", "performing", "correcting", "amending"]))
        match group:
            case "settling":
                chosen = settling(contract)
            case "performing":
                chosen = performing(contract)
            case "correcting":
                chosen = correcting(contract, story.now)
            case _:
                chosen = amending(contract, story.now)
        command = data.draw(data.draw(st.sampled_from(chosen)))
        story = Given(story.when(command, by=data.draw(st.sampled_from([ALICE, BOB])), at=story.now + timedelta(minutes=1)).entries)
        require_sums(story.contract)


def test_the_sums_would_notice_an_instalment_that_is_missing() -> None:
    contract = Given(recorded(half_paid)).contract
    contract.instalments.pop("i1")
    with pytest.raises(AssertionError):
        require_sums(contract)
