"""Price adjustment 调价: a new price from published indices, how often, with which notice, within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import add_months, shift
from domain.terms.exact import ZERO, Ratio, between, decimals, plain
from domain.terms.rules import Term

MAX_FACTOR_DIGITS = 12
MAX_MONTHS = 1200


@value
class Component:
    """An index with its weight; `base` is its level to which the agreed price belongs."""

    index: str
    weight: Ratio
    base: Decimal


@value
class PriceAdjustment(Term):
    """New price = old price × (fixed + Σ weight × index / base), at most once in `every_months`.

    The factor is rounded half to even to `factor_digits` digits. A change of less than `threshold` leaves the price as it is;
    `max_rise` and `max_fall` bound what one adjustment may do. A single index is one component with a weight of 100%.
    """

    components: tuple[Component, ...]
    fixed: Ratio = ZERO
    factor_digits: int = 6
    threshold: Ratio = ZERO
    max_rise: Ratio | None = None
    max_fall: Ratio | None = None
    notice_days: int = 0
    every_months: int = 12
    term: Literal["price_adjustment"] = "price_adjustment"


@value
class AdjustedPrice:
    """`factor` is the rounded one, before bounds; `amount` is the price after them."""

    before: Money
    amount: Money
    factor: str
    indices: tuple[tuple[str, str], ...]
    bounded: bool
    formula: str


class WeightsNotWhole(Refusal):
    """The fixed part and the weights make up the whole price."""

    template = "The fixed part and the weights sum to {sum}; they must sum to 100%."


class IndexMissing(Refusal):
    """Every index of the formula has a level."""

    template = "The level of the index {index!r} is missing."


class NoticeTooShort(Refusal):
    """An adjustment takes effect only after its notice."""

    template = "Notice on {noticed_on} allows an adjustment from {earliest} on; {effective_on} is too early."


class AdjustedTooSoon(Refusal):
    """Prices are adjusted no more often than agreed."""

    template = "The price of {last_on} stands until {earliest}; {effective_on} is too early."


class PriceNotAsAgreed(Refusal):
    """An adjusted price is the one that the formula gives."""

    template = "The term gives {expected}, not {given}: {formula}."


def check(term: PriceAdjustment) -> None:
    """Refuses formulas whose weights are not whole, and bounds and periods that make no sense."""
    if not term.components:
        raise rules.NothingListed(element="index")
    rules.require_unique("index", (component.index for component in term.components))
    rules.require_share("fixed part", term.fixed, zero=True)
    for component in term.components:
        rules.require_share("weight", component.weight)
        _level(component.index, component.base)
    total = sum((component.weight.exact for component in term.components), term.fixed.exact)
    if total != 1:
        raise WeightsNotWhole(sum=Ratio.exactly(total))
    rules.require_count("number of digits of the factor", term.factor_digits, 0, MAX_FACTOR_DIGITS)
    rules.require_share("threshold", term.threshold, zero=True)
    rules.require_share("greatest rise", term.max_rise, zero=True, above_one=True)
    rules.require_share("greatest fall", term.max_fall, zero=True)
    rules.require_count("number of days of notice", term.notice_days)
    rules.require_count("number of months between adjustments", term.every_months, 1, MAX_MONTHS)


def _level(index: str, level: Decimal) -> Fraction:
    exact = rules.require_figure(f"level of the index {index}", level)
    if exact <= 0:
        raise rules.AmountOutOfRange(field=f"level of the index {index}", allowed="above zero", given=level)
    return exact


def adjust(term: PriceAdjustment, price: Money, indices: Mapping[str, Decimal]) -> AdjustedPrice:
    """The price that these levels give, rounded half to even and within the bounds, which are rounded inwards.

    Refusals: AmountOutOfRange, IndexMissing, FigureOutOfRange.
    """
    rules.require_positive("price", price)
    exact, texts, used = term.fixed.exact, [str(term.fixed)] if term.fixed.exact else [], []
    for component in term.components:
        if component.index not in indices:
            raise IndexMissing(index=component.index)
        level = indices[component.index]
        exact += component.weight.exact * _level(component.index, level) / Fraction(component.base)
        texts.append(f"{component.weight} × {level}/{component.base} ({component.index})")
        used.append((component.index, str(level)))
    factor = Fraction(Decimal(decimals(exact, term.factor_digits)))
    rise, fall = (None if bound is None else bound.exact for bound in (term.max_rise, term.max_fall))
    applied, why = factor, ""
    if factor != 1 and abs(factor - 1) < term.threshold.exact:
        applied, why = Fraction(1), f"; a change of less than {term.threshold} leaves the price as it is"
    elif rise is not None and factor > 1 + rise:
        applied, why = 1 + rise, f"; a rise is at most {term.max_rise}, so {plain(1 + rise)} applies"
    elif fall is not None and factor < 1 - fall:
        applied, why = 1 - fall, f"; a fall is at most {term.max_fall}, so {plain(1 - fall)} applies"
    low, high = (None if bound is None else (1 + sign * bound) * price.minor for sign, bound in ((-1, fall), (1, rise)))
    result = between(low, applied * price.minor, high, price.currency)
    rounding = "" if exact == factor else f" (rounded half to even to {term.factor_digits} digits)"
    return AdjustedPrice(
        before=price,
        amount=result,
        factor=decimals(factor, term.factor_digits),
        indices=tuple(used),
        bounded=applied != factor,
        formula=f"{' + '.join(texts)} = {decimals(factor, term.factor_digits)}{rounding}{why}; {price} × {plain(applied)} = {result}",
    )


def require_timely(term: PriceAdjustment, *, noticed_on: date, effective_on: date, last_on: date) -> None:
    """Refuses with NoticeTooShort and AdjustedTooSoon; `last_on` is since when the present price has stood."""
    earliest = shift(noticed_on, term.notice_days)
    if effective_on < earliest:
        raise NoticeTooShort(noticed_on=noticed_on, earliest=earliest, effective_on=effective_on)
    earliest = add_months(last_on, term.every_months)
    if effective_on < earliest:
        raise AdjustedTooSoon(last_on=last_on, earliest=earliest, effective_on=effective_on)


def require_agreed(term: PriceAdjustment, *, before: Money, after: Money, indices: Mapping[str, Decimal]) -> AdjustedPrice:
    """What the term gives. Refuses with PriceNotAsAgreed a price that is not that."""
    expected = adjust(term, before, indices)
    if expected.amount != after:
        raise PriceNotAsAgreed(expected=expected.amount, given=after, formula=expected.formula)
    return expected
