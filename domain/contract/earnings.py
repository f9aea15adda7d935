"""Earnings: what a period's profit gives the partner, and what a measured key figure adds to a fee or takes off."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import credit, rules
from domain.contract.claims import EarnedPay, SharedPeriod
from domain.contract.credit import FeeNotKnown, Figure, TermChangedSince
from domain.contract.drafting import require_period
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import Measurement, Period
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money, MoneyError
from domain.refusals import Refusal
from domain.terms import discount, performance, profit_share
from domain.terms.discount import Discount, VolumeDiscount
from domain.terms.performance import Pay, PerformancePay
from domain.terms.profit_share import ProfitShare


@fact("contract.profit_shared")
class ProfitShared(Fact):
    """The partner's share of a period's profit; `change` is what this adds to what was shared of it before, or takes from it.

    `loss_before` was set against the profit, and `loss_carried` will be set against the next period's.
    """

    period: Period
    profit: Money
    loss_before: Money
    loss_carried: Money
    total: Money
    change: Money
    formula: str
    term_id: str
    term_version: int
    note: str | None = None


@fact("contract.performance_pay_earned")
class PerformancePayEarned(Fact):
    """What a measured key figure adds to the fee, or below zero takes off; `change` is what this adds to what was earned by it before."""

    figure: Figure
    fee: Money
    total: Money
    change: Money
    formula: str
    term_id: str
    term_version: int
    rests_on_corrections: tuple[int, ...] = ()
    note: str | None = None


EarningFact: TypeAlias = ProfitShared | PerformancePayEarned


@value
class ShareProfit(Command):
    """Share a period's profit, which is below zero for a loss; once more for the last period, it shares the difference."""

    period: Period
    profit: Money
    note: str | None = None


@value
class EarnPerformancePay(Command):
    """Reckon the bonus or malus of a measured key figure; once more after a correction, it reckons the difference.

    Without a fee it is the value spread evenly over the months of the contract's period, for the months that were measured.
    """

    measurement_id: str
    fee: Money | None = None
    note: str | None = None


EarningCommand: TypeAlias = ShareProfit | EarnPerformancePay


class ProfitNotShared(Refusal):
    """Profit is shared under a term that says how."""

    template = "The contract has no term on sharing profit."


class ProfitPeriodNotOver(Refusal):
    """What a period came to is known once it is over."""

    template = "A period with a first and a last day is needed that is over; {start} to {end} is not."


class SharedThrough(Refusal):
    """Profit is shared period by period; only the last one can be shared anew, as later ones rest on it."""

    template = "Profit was shared through {through}: a period begins after that, or is that last one."


class NoPayForMetric(Refusal):
    """A figure is paid for under a term about it."""

    template = "The contract has no term that pays for the metric {metric!r} in {unit!r}."


class PayOnAnotherFee(Refusal):
    """A figure has one fee, whatever is reckoned by it."""

    template = "The measurement {measurement_id!r} was reckoned on a fee of {reckoned_on}, not of {fee}."


def key(term_id: str, measurement_id: str) -> str:
    """How a figure's pay under a term is named within a contract."""
    return f"{term_id} {measurement_id}"


def last_shared(contract: Contract) -> SharedPeriod | None:
    """The last period of which profit was shared."""
    return next(reversed(contract.profit_shares.values()), None)


def share(contract: Contract, command: ShareProfit, occasion: Occasion) -> list[Fact]:
    """Refusals after WrongStage: ProfitNotShared, ProfitPeriodNotOver, PeriodEndsBeforeItStarts, TermChangedSince, CurrencyDiffers.

    Then SharedThrough, NothingChanges, the term's, SumTooLarge.
    """
    agreed = next((held for held in contract.terms.values() if isinstance(held.term, ProfitShare)), None)
    if agreed is None or not isinstance(agreed.term, ProfitShare):
        raise ProfitNotShared
    start, end = command.period.start, command.period.end
    if start is None or end is None or end >= occasion.effective_at.date():
        raise ProfitPeriodNotOver(start=start, end=end)
    require_period(command.period)
    if not credit.applies(contract, agreed, end):
        raise TermChangedSince(term_id=agreed.term_id, since=agreed.since.date(), last_day=end)
    currency = command.profit.currency
    if contract.currency not in (None, currency):
        raise rules.CurrencyDiffers(expected=contract.currency, given=currency)
    last = last_shared(contract)
    again = last is not None and last.period == command.period
    if last is not None and last.period.end is not None and not again and start <= last.period.end:
        raise SharedThrough(through=last.period.end)
    rules.require_change(last.profit if last is not None and again else None, command.profit)
    before = Money.zero(currency) if last is None else last.loss_before if again else last.loss_carried
    try:
        found = profit_share.share(agreed.term, profit=command.profit, loss_before=before)
        change = found.amount if last is None or not again else found.amount - last.total
    except MoneyError:
        raise rules.SumTooLarge(total="profits") from None
    return [
        ProfitShared(
            period=command.period,
            profit=command.profit,
            loss_before=before,
            loss_carried=found.loss_carried,
            total=found.amount,
            change=change,
            formula=found.formula,
            term_id=agreed.term_id,
            term_version=agreed.version,
            note=command.note,
        )
    ]


def paying(contract: Contract, measurement: Measurement) -> tuple[AgreedTerm, PerformancePay]:
    """The term that pays for a figure. Refuses with NoPayForMetric."""
    for held in contract.terms.values():
        if not isinstance(held.term, PerformancePay) or held.term.unit.strip() not in ("", (measurement.unit or "").strip()):
            continue
        if held.term.metric.strip() == measurement.metric.strip():
            return held, held.term
    raise NoPayForMetric(metric=measurement.metric, unit=measurement.unit or "")


def fee_of(contract: Contract, agreed: AgreedTerm, measurement: Measurement, stated: Money | None) -> Money:
    """The fee that a figure is paid on. Refusals: PayOnAnotherFee, FeeNotKnown."""
    before = contract.performance_pay.get(key(agreed.term_id, measurement.measurement_id))
    if before is not None:
        if stated is not None and stated != before.fee:
            raise PayOnAnotherFee(measurement_id=measurement.measurement_id, reckoned_on=before.fee, fee=stated)
        return before.fee
    fee = stated or credit.fee_of_period(contract, measurement.period)
    if fee is None:
        raise FeeNotKnown(month=f"{measurement.period.start} / {measurement.period.end}")
    return fee


def pay(term: PerformancePay, measured: Decimal, fee: Money) -> Pay:
    """What a figure adds to a fee or takes off. Refusals: those of the term, SumTooLarge."""
    try:
        return performance.pay(term, measured=measured, fee=fee)
    except MoneyError:
        raise rules.SumTooLarge(total="fees") from None


def earn(contract: Contract, command: EarnPerformancePay) -> list[Fact]:
    """Refusals after WrongStage: UnknownElement, NoPayForMetric, TermChangedSince, those of the fee and of the term, NothingChanges."""
    rules.require_known("measurement", command.measurement_id, contract.measurements)
    version, measurement = next(
        (version, one) for version, one in credit.recorded(contract) if one.measurement_id == command.measurement_id
    )
    agreed, term = paying(contract, measurement)
    last_day = measurement.period.end
    if last_day is not None and not credit.applies(contract, agreed, last_day):
        raise TermChangedSince(term_id=agreed.term_id, since=agreed.since.date(), last_day=last_day)
    if command.fee is not None:
        rules.require_amount(contract, command.fee)
    fee = fee_of(contract, agreed, measurement, command.fee)
    found = pay(term, measurement.measured, fee)
    before = contract.performance_pay.get(key(agreed.term_id, command.measurement_id))
    was = Money.zero(fee.currency) if before is None else before.total
    rules.require_change(was, found.amount)
    return [
        PerformancePayEarned(
            figure=credit.figure(version, measurement),
            fee=fee,
            total=found.amount,
            change=found.amount - was,
            formula=found.formula,
            term_id=agreed.term_id,
            term_version=agreed.version,
            rests_on_corrections=tuple(v for v in (version,) if v in contract.rests_on_corrections),
            note=command.note,
        )
    ]


def pays(contract: Contract) -> Iterator[tuple[AgreedTerm, str, Pay]]:
    """What each measured figure that somebody pays for comes to. Refusals: FeeNotKnown, the term's, SumTooLarge."""
    for _, measurement in credit.recorded(contract):
        try:
            agreed, term = paying(contract, measurement)
        except NoPayForMetric:
            continue
        if measurement.period.end is None or credit.applies(contract, agreed, measurement.period.end):
            yield agreed, measurement.measurement_id, pay(term, measurement.measured, fee_of(contract, agreed, measurement, None))


def discounts(contract: Contract) -> Iterator[tuple[AgreedTerm, str, Discount]]:
    """What came of each item and was not rejected, at the agreed volume discount. Refusals: the term's, SumTooLarge."""
    for agreed in contract.terms.values():
        for item in contract.items.values() if isinstance(agreed.term, VolumeDiscount) else ():
            came = volume(contract, item.item_id)
            if item.unit_price is None or contract.currency is None or came == 0 or not isinstance(agreed.term, VolumeDiscount):
                continue
            try:
                found = discount.discount(agreed.term, quantity=came, unit_price=item.unit_price, currency=contract.currency)
            except MoneyError:
                raise rules.SumTooLarge(total="prices") from None
            yield agreed, item.item_id, found


def volume(contract: Contract, item_id: str) -> Decimal:
    """How much of an item came and was not rejected; a delivery that states no quantity brings what was planned."""
    total = Decimal(0)
    for delivery in contract.deliveries.values():
        plan = contract.planned_deliveries.get(delivery.planned_id)
        if plan is not None and plan.item_id == item_id and delivery.accepted is not False:
            total += delivery.quantity or plan.quantity or 0
    return total


def decide(contract: Contract, command: EarningCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then those of sharing a profit or of a figure's pay."""
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    match command:
        case ShareProfit():
            return share(contract, command, occasion)
        case EarnPerformancePay():
            return earn(contract, command)
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: EarningFact) -> None:
    """Folds a fact of this stage: the last total is the one that stands."""
    match happened:
        case ProfitShared(period=period):
            contract.profit_shares[f"{period.start} / {period.end}"] = SharedPeriod(
                period=period,
                profit=happened.profit,
                loss_before=happened.loss_before,
                loss_carried=happened.loss_carried,
                total=happened.total,
                term_id=happened.term_id,
                term_version=happened.term_version,
                version=entry.version,
            )
        case PerformancePayEarned(figure=figure, term_id=term_id):
            contract.performance_pay[key(term_id, figure.measurement_id)] = EarnedPay(
                term_id=term_id,
                measurement_id=figure.measurement_id,
                fee=happened.fee,
                total=happened.total,
                term_version=happened.term_version,
                version=entry.version,
            )
        case unreachable:
            assert_never(unreachable)
