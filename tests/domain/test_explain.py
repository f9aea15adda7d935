"""Why a figure is what it is: which entries made it so, by how much, always adding up exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn

from domain.contract import replay
from domain.contract.agreement import TermAgreed
from domain.contract.explain import Explanation, NoSuchFigure, explain, listed
from domain.contract.figures import Figure, Unit, figures, reckon
from domain.contract.receivables import claims
from domain.contract.settlement import RetentionReleased
from domain.facts import Entry
from domain.money import Money
from tests.domain.lives import lives
from tests.domain.test_receivables import ACCEPTED, BEGUN, TERM
from tests.facts import (
    HISTORIES,
    PAYMENT_VERSION,
    cny,
    corrected,
    delivered,
    drafted,
    half_paid,
    overpaid,
    penalty_waived,
    refunded,
    retained,
    reversed_payment,
)
from tests.spec import BOB, CAROL, History, recorded, told

DAY = date(2026, 6, 30)


def why(history: History, name: str, of: str | None = None, on: date = DAY) -> Explanation:
    return explain(recorded(history), Figure(name, of), on)


def steps(told_: Explanation) -> list[tuple[str, str]]:
    """Fact and amount of each contribution."""
    return [(one.fact.removeprefix("contract."), str(one.amount)) for one in told_.contributions]


def test_what_was_paid_is_explained_by_payments_and_what_became_of_them() -> None:
    found = why(half_paid, "paid")
    assert (found.unit, [(one.amount, one.currency) for one in found.amounts]) == (Unit.MONEY, [(Decimal("41710.00"), "CNY")])
    (one,) = found.contributions
    entry = recorded(half_paid)[PAYMENT_VERSION - 1]
    assert (one.position, one.version, one.fact, one.actor) == (entry.position, entry.version, "contract.payment_recorded", CAROL)
    assert (one.effective_at, one.recorded_at, one.currency) == (entry.effective_at, entry.recorded_at, "CNY")
    assert steps(why(refunded, "paid")) == [("payment_recorded", "41710.00"), ("payment_refunded", "-710.00")]
    back = why(reversed_payment, "paid")
    assert steps(back) == [("payment_recorded", "41710.00"), ("payment_reversed", "-41710.00")]
    assert back.contributions[1].reason == "退汇 / Returned by the bank"
    assert back.amounts[0].amount == 0


def test_a_correction_is_named_with_the_entry_that_it_corrects() -> None:
    found = why(corrected, "paid")
    (first, second) = found.contributions
    assert (first.corrected_by, second.corrects) == ((second.version,), first.version)
    assert found.corrections == (second.version,)
    assert first.amount is not None
    assert second.amount is not None
    contract = replay(recorded(corrected))
    assert contract.paid is not None
    assert first.amount + second.amount == Decimal(contract.paid.amount)


def test_a_status_is_explained_by_the_entries_that_moved_it() -> None:
    found = why(half_paid, "status")
    assert (found.unit, found.word, found.amounts) == (Unit.WORD, "in_force", ())
    assert [(one.was, one.becomes, one.actor) for one in found.contributions] == [
        (None, "draft", "alice"),
        ("draft", "in_approval", "alice"),
        ("in_approval", "approved", BOB),
        ("approved", "in_force", CAROL),
    ]


def test_a_sum_names_what_it_is_the_sum_of() -> None:
    balance = why(retained, "balance")
    assert [(one.sign, one.figure, one.amounts[0].amount) for one in balance.sum_of] == [
        (1, "value", Decimal("83420.00")),
        (-1, "paid", Decimal("41710.00")),
        (-1, "retained", Decimal("4171.00")),
    ]
    assert steps(balance) == [("drafted", "83420.00"), ("payment_recorded", "-41710.00"), ("retention_held", "-4171.00")]
    whole = why(retained, "open")
    assert [(one.of, one.amounts[0].amount) for one in whole.sum_of] == [
        ("instalment:i2", Decimal("41710.00")),
        ("rest", Decimal("-4171.00")),
        ("retention:r1", Decimal("4171.00")),
    ]


def test_what_an_acceptance_made_due_is_explained_by_it_and_by_the_version_of_the_term() -> None:
    by_term = drafted[:5] + drafted[7:] + told(TermAgreed(term_id="t", term=TERM)) + BEGUN + ACCEPTED
    version = next(e.version for e in recorded(by_term) if isinstance(e.fact, TermAgreed))
    overdue = why(by_term, "overdue", "instalment:i2")
    assert steps(overdue) == [("delivery_accepted", "41710.00")]
    assert [(one.term_id, one.version, one.term) for one in overdue.terms] == [("t", version, "payment_schedule")]
    assert steps(why(by_term, "overdue", "instalment:i2", date(2026, 4, 10))) == []
    due = why(by_term, "due", "instalment:i2")
    assert (due.word, due.contributions[0].becomes) == ("2026-04-10", "2026-04-10")
    assert "due 2026-04-10 = acceptance of the delivery d1 on 2026-04-03 + 5 working days" in due.formula


def test_a_penalty_cites_the_reckoning_and_the_waiver() -> None:
    standing = why(penalty_waived, "standing", "penalty:d1")
    assert steps(standing) == [("penalty_accrued", "700.00"), ("penalty_waived", "-200.00")]
    accrued, waived = standing.contributions
    assert accrued.formula is not None
    assert "0.05% × 70000.00 CNY × 20" in accrued.formula
    assert (accrued.term_id, accrued.term_version, waived.reason) == ("t1", len(drafted) + 2, "首次逾期 / The first time")
    assert [(one.term_id, one.version, one.term) for one in standing.terms] == [("t1", len(drafted) + 2, "late_delivery_damages")]
    assert [(one.sign, one.figure) for one in standing.sum_of] == [(1, "accrued"), (-1, "waived")]
    # As a claim it takes from what is owed.
    assert why(penalty_waived, "open", "penalty:d1").amounts[0].amount == Decimal("-500.00")


def test_a_quantity_has_no_currency() -> None:
    accepted = why(delivered, "accepted", "delivery:d1")
    assert (accepted.unit, steps(accepted)) == (Unit.QUANTITY, [("delivery_accepted", "20")])
    assert [(one.amount, one.currency) for one in accepted.amounts] == [(Decimal(20), None)]


def test_what_is_gone_can_still_be_asked_about_and_what_never_was_cannot() -> None:
    released = retained + told(RetentionReleased(retention_id="r1", amount=cny("4171.00")))
    assert steps(why(released, "open", "retention:r1")) == [("retention_held", "4171.00"), ("retention_released", "-4171.00")]
    for name, of in (("open", "retention:r2"), ("luck", None), ("luck", "instalment:i1"), ("accrued", "instalment:i1"), ("open", "x")):
        with pytest.raises(NoSuchFigure):
            why(released, name, of)


def require_it_adds_up(entries: list[Entry]) -> None:
    """Every figure is what its entries contributed, and what it is the sum of."""
    contract = replay(entries)
    known = list(figures(contract))
    assert [(one.figure, one.of) for one in listed(contract, DAY)] == known
    for figure in known:
        found, stands = explain(entries, figure, DAY), reckon(contract, figure, DAY)
        assert {one.currency or "": one.amount for one in found.amounts} == stands.amounts
        assert found.word == stands.word
        added: dict[str, Decimal] = {}
        for one in found.contributions:
            if one.amount is not None:
                added[one.currency or ""] = added.get(one.currency or "", Decimal(0)) + one.amount
        assert {c: a for c, a in added.items() if a} == {c: a for c, a in stands.amounts.items() if a}, figure
        words = [(one.was, one.becomes) for one in found.contributions if one.amount is None]
        assert all(before[1] == after[0] for before, after in pairwise(words))
        assert not words or words[-1][1] == stands.word
        if found.sum_of:
            summed: dict[str, Decimal] = {}
            for part in found.sum_of:
                for one_sum in part.amounts:
                    key = one_sum.currency or ""
                    summed[key] = summed.get(key, Decimal(0)) + part.sign * one_sum.amount
            assert {c: a for c, a in summed.items() if a} == {c: a for c, a in stands.amounts.items() if a}, figure


@pytest.mark.parametrize("name", HISTORIES)
def test_every_figure_of_a_named_history_adds_up(name: str) -> None:
    require_it_adds_up(recorded(HISTORIES[name]))


@pytest.mark.campaign
@drawn(lives())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_happened_every_figure_adds_up(entries: list[Entry]) -> None:
    require_it_adds_up(entries)


def test_figures_are_those_that_the_contract_says_itself() -> None:
    contract = replay(recorded(overpaid))
    told_ = {(one.figure, one.of): one for one in listed(contract, DAY)}
    for name, amount in (("paid", contract.paid), ("balance", contract.balance), ("value", contract.value)):
        assert isinstance(amount, Money)
        assert [(str(one.amount), one.currency) for one in told_[name, None].amounts] == [(amount.amount, amount.currency)]
    assert told_["open", None].amounts[0].amount == sum(Decimal(one.open).scaleb(-2) for one in claims(contract))
