"""Pricing: a price that follows published indices, as often, with the notice and within the bounds that were agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from domain.contract import agreement, days, operations, rules, settlement
from domain.contract.amendment import OPEN, TouchedByOpenAmendment
from domain.contract.claims import PriceChange
from domain.contract.operations import VALUE
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import Instalment, LineItem, Status
from domain.facts import Command, Fact, Occasion, fact, value
from domain.money import Money, MoneyError
from domain.refusals import Refusal
from domain.terms import price
from domain.terms.calendar import local_day
from domain.terms.exact import minor_units
from domain.terms.price import AdjustedPrice, PriceAdjustment


@value
class IndexLevel:
    """What an index stood at when the price was adjusted."""

    index: str
    level: Decimal


@fact("contract.price_adjusted")
class PriceAdjusted(Fact):
    """From here on an item's unit price, or without an item the whole value or part of it, is another one, by the cited term.

    `value` is the contract's after it, where that changed; `instalments` are those that changed with it. What `before` and
    `value_before` say stood until then.
    """

    adjustment_id: str
    before: Money
    after: Money
    announced_on: date
    effective_from: date
    levels: tuple[IndexLevel, ...]
    factor: str
    bounded: bool
    formula: str
    term_id: str
    term_version: int
    item_id: str | None = None
    value_before: Money | None = None
    value: Money | None = None
    instalments: tuple[Instalment, ...] = ()
    note: str | None = None


PricingFact: TypeAlias = PriceAdjusted


@value
class AdjustPrice(Command):
    """Adjust an item's unit price, or the value, to the levels of the agreed indices; it applies from when this takes place.

    A `price` that is given has to be the one that the term gives. Without an item the value is adjusted, or the part of it that is
    `affected`. With an item, `value` is what the contract is worth afterwards, where that changes. `instalments` state anew those
    that change, so that the schedule still sums to the value.
    """

    adjustment_id: str
    levels: tuple[IndexLevel, ...]
    announced_on: date
    item_id: str | None = None
    price: Money | None = None
    affected: Money | None = None
    value: Money | None = None
    instalments: tuple[Instalment, ...] = ()
    zone: str = days.UTC
    note: str | None = None


PricingCommand: TypeAlias = AdjustPrice


class PricesAreFixed(Refusal):
    """A price is adjusted under a term that says how; otherwise the contract is amended."""

    template = "The contract has no term on price adjustment: prices change only by amendment."


class NoPriceToAdjust(Refusal):
    """Only a price that is stated can be adjusted."""

    template = "There is no price to adjust: no {field} is stated."


class PriceTooFine(Refusal):
    """Adjusted prices are whole amounts of the currency, and so are those that they follow."""

    template = "The unit price {unit_price} has more digits after the point than amounts in {currency}; it is changed by amendment."


class AdjustItems(Refusal):
    """Where items have unit prices, these are adjusted, and the value with them."""

    template = "The items {items} have unit prices: adjust these one by one."


class AffectedExceedsValue(Refusal):
    """Part of the value is not more than all of it."""

    template = "The affected {affected} exceed the value of {value}."


class ValueMovesOtherwise(Refusal):
    """An item's new price moves the value in its own direction, and by no more than the whole quantity costs more or less with tax."""

    template = "With its new price the item {item_id!r} moves the value by at most {most}, not by {given}."


class ValueFollows(Refusal):
    """Without an item, the value follows from the formula."""

    template = "The value follows from the formula; it is stated only where an item's price is adjusted."


def agreed_adjustment(contract: Contract) -> tuple[AgreedTerm, PriceAdjustment]:
    """The term on price adjustment, of which there is never a second. Refuses with PricesAreFixed."""
    for held in contract.terms.values():
        if isinstance(held.term, PriceAdjustment):
            return held, held.term
    raise PricesAreFixed


def price_of(contract: Contract, item: LineItem) -> Money:
    """An item's unit price as an amount. Refusals: NoPriceToAdjust, PriceTooFine."""
    if item.unit_price is None or item.unit_price <= 0:
        raise NoPriceToAdjust(field="unit price")
    if contract.currency is None:
        raise NoPriceToAdjust(field=VALUE)
    exact = minor_units(Fraction(item.unit_price), contract.currency)
    if exact.denominator != 1:
        raise PriceTooFine(unit_price=item.unit_price, currency=contract.currency)
    return Money(exact.numerator, contract.currency)


def part_of_value(contract: Contract, affected: Money | None) -> Money:
    """What is adjusted where no item is named. Refusals: AdjustItems, NoPriceToAdjust, those of the amount, AffectedExceedsValue."""
    priced = [item.item_id for item in contract.items.values() if item.unit_price is not None]
    if priced:
        raise AdjustItems(items=", ".join(priced))
    if contract.value is None:
        raise NoPriceToAdjust(field=VALUE)
    if affected is None:
        return contract.value
    rules.require_amount(contract, affected)
    if affected > contract.value:
        raise AffectedExceedsValue(affected=affected, value=contract.value)
    return affected


def require_untouched(contract: Contract, command: AdjustPrice) -> None:
    """Refuses with TouchedByOpenAmendment what an open amendment would set to something else."""
    touched = {(VALUE, ""), ("item", command.item_id or ""), *(("instalment", i.instalment_id) for i in command.instalments)}
    for amendment in contract.amendments.values():
        if amendment.status in OPEN:
            for element, element_id in map(operations.subject, amendment.operations):
                if (element, element_id) in touched:
                    raise TouchedByOpenAmendment(other=amendment.amendment_id, element=element, element_id=element_id)


def stands_since(contract: Contract, item_id: str | None) -> date | None:
    """Since when the present price has stood: since it was adjusted or agreed anew, otherwise since the contract began."""
    began = contract.period.start or (None if contract.in_force_since is None else contract.in_force_since.date())
    return contract.repriced_on.get(item_id or VALUE, began)


def reckon(contract: Contract, command: AdjustPrice, term: PriceAdjustment, before: Money, on: date) -> AdjustedPrice:
    """What the term gives. Refusals: ElementExists and UnknownElement of an index, the term's, SumTooLarge, NothingChanges."""
    rules.require_distinct("index", (level.index for level in command.levels))
    known = {component.index for component in term.components}
    for level in command.levels:
        rules.require_known("index", level.index, known)
    since = stands_since(contract, command.item_id)
    if since is not None:
        price.require_timely(term, noticed_on=command.announced_on, effective_on=on, last_on=since)
    levels = {level.index: level.level for level in command.levels}
    try:
        found = price.adjust(term, before, levels)
    except MoneyError:
        raise rules.SumTooLarge(total="prices") from None
    if command.price is not None:
        price.require_agreed(term, before=before, after=command.price, indices=levels)
    rules.require_change(before, found.amount)
    return found


def value_after(contract: Contract, command: AdjustPrice, before: Money, after: Money) -> Money | None:
    """What the contract is worth then; None where that does not change. Refusals: ValueFollows, SumTooLarge, those of a stated value."""
    if command.item_id is None:
        if command.value is not None:
            raise ValueFollows
        total = (before if contract.value is None else contract.value).minor - before.minor + after.minor
        rules.require_sum("prices", total)
        return Money(total, before.currency)
    if command.value is None or command.value == contract.value:
        return None
    rules.require_amount(contract, command.value)
    if contract.value is None:
        raise NoPriceToAdjust(field=VALUE)
    item = contract.items[command.item_id]
    if item.quantity is not None:
        most = (after.minor - before.minor) * Fraction(item.quantity) * (1 + Fraction(item.tax_percent or 0) / 100)
        moved = command.value.minor - contract.value.minor
        # A whole unit may be gained by rounding.
        if moved * most < 0 or abs(moved) > abs(most) + 1:
            bound = Money(max(min(round(most), contract.value.minor), -contract.value.minor), before.currency)
            raise ValueMovesOtherwise(item_id=command.item_id, most=bound, given=command.value - contract.value)
    return command.value


def require_outcome(contract: Contract, adjusted: PriceAdjusted) -> None:
    """Refuses what would leave the schedule, the terms and the payments not going together with the value."""
    for instalment in adjusted.instalments:
        rules.require_amount(contract, instalment.amount)
    rules.require_distinct("instalment", (instalment.instalment_id for instalment in adjusted.instalments))
    outcome = contract.copy()
    apply(outcome, adjusted)
    settlement.require_within(outcome, (share for payment in outcome.payments.values() for share in payment.allocation))
    rules.require_schedule(outcome.value, outcome.instalments.values())
    agreement.require_terms(outcome)
    if outcome.value is not None:
        rules.require_covered(outcome, outcome.value)


def decide(contract: Contract, command: PricingCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, ElementExists, PricesAreFixed, UnknownElement, then those of the price, of the term, of the value.

    In the end those of what comes out: instalments that are not amounts, AllocationExceeds, ScheduleDoesNotAddUp, ValueBelowPaid and so on.
    """
    rules.require_stage(contract, Status.IN_FORCE)
    rules.require_new("price adjustment", command.adjustment_id, contract.price_changes)
    held, term = agreed_adjustment(contract)
    if command.item_id is None:
        before = part_of_value(contract, command.affected)
    else:
        rules.require_known("item", command.item_id, contract.items)
        before = price_of(contract, contract.items[command.item_id])
    require_untouched(contract, command)
    on = local_day(days.counted(occasion, days.ROUND_THE_CLOCK, command.zone), occasion.effective_at)
    found = reckon(contract, command, term, before, on)
    becomes = value_after(contract, command, before, found.amount)
    adjusted = PriceAdjusted(
        adjustment_id=command.adjustment_id,
        before=before,
        after=found.amount,
        announced_on=command.announced_on,
        effective_from=on,
        levels=command.levels,
        factor=found.factor,
        bounded=found.bounded,
        formula=found.formula,
        term_id=held.term_id,
        term_version=held.version,
        item_id=command.item_id,
        value_before=contract.value,
        value=becomes,
        instalments=command.instalments,
        note=command.note,
    )
    require_outcome(contract, adjusted)
    return [adjusted]


def apply(contract: Contract, adjusted: PriceAdjusted) -> None:
    """Sets what an adjustment says into a contract's state. An item that is unknown as of the moment asked about stays unknown."""
    item = None if adjusted.item_id is None else contract.items.get(adjusted.item_id)
    if item is not None:
        contract.items[item.item_id] = replace(item, unit_price=Decimal(adjusted.after.amount))
    if adjusted.value is not None:
        contract.value = adjusted.value
    for instalment in adjusted.instalments:
        contract.instalments[instalment.instalment_id] = instalment


def evolve(contract: Contract, happened: PricingFact) -> None:
    """Folds a fact of this stage."""
    apply(contract, happened)
    contract.repriced_on[happened.item_id or VALUE] = happened.effective_from
    contract.price_changes[happened.adjustment_id] = PriceChange(
        adjustment_id=happened.adjustment_id,
        before=happened.before,
        after=happened.after,
        since=happened.effective_from,
        item_id=happened.item_id,
        term_id=happened.term_id,
        term_version=happened.term_version,
    )
