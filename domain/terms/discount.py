"""Volume discount: the more is bought, the less each piece or each yuan costs."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.terms import rules
from domain.terms.exact import Ratio, amount_text, minor_units, plain, rounded
from domain.terms.rules import Term


class Measure(StrEnum):
    """What the tiers count: pieces (or another unit), or turnover in main units of the currency."""

    QUANTITY = "quantity"
    TURNOVER = "turnover"


class Mode(StrEnum):
    """Whether a tier's discount is for what lies in it, or for the whole purchase once it is reached."""

    SLAB = "slab"
    WHOLE = "whole"


@value
class Tier:
    """Reached with exactly this much."""

    at_least: Decimal
    discount: Ratio


@value
class VolumeDiscount(Term):
    """Tiers rise in volume and in discount; below the first there is none."""

    measure: Measure
    mode: Mode
    tiers: tuple[Tier, ...]
    term: Literal["volume_discount"] = "volume_discount"


@value
class Discount:
    """What is taken off, and what is left."""

    amount: Money
    gross: Money
    net: Money
    formula: str


def check(term: VolumeDiscount) -> None:
    """Refuses tiers out of order, and volumes and discounts that make no sense."""
    if not term.tiers:
        raise rules.NothingListed(element="tier")
    for tier in term.tiers:
        rules.require_figure("volume of a tier", tier.at_least, least=Decimal(0))
        rules.require_share("discount", tier.discount)
    rules.require_rising("volume of the tiers", (Fraction(tier.at_least) for tier in term.tiers))
    rules.require_rising("discount of the tiers", (tier.discount.exact for tier in term.tiers))


def discount(term: VolumeDiscount, *, quantity: Decimal, unit_price: Decimal, currency: str) -> Discount:
    """The discount on a quantity at a price in main units; gross and discount are each rounded half to even once.

    Refusals: FigureOutOfRange, AmountOutOfRange.
    """
    pieces = rules.require_figure("quantity", quantity, least=Decimal(0))
    price = rules.require_figure("unit price", unit_price, least=Decimal(0))
    volume, worth = (pieces, price) if term.measure is Measure.QUANTITY else (pieces * price, Fraction(1))
    gross = rounded(minor_units(pieces * price, currency), currency)
    parts = _slabs(term, volume) if term.mode is Mode.SLAB else _whole(term, volume)
    exact = sum((minor_units(part * worth * share.exact, currency) for part, share in parts), Fraction(0))
    amount = rounded(exact, currency)
    each = f" × {unit_price}" if term.measure is Measure.QUANTITY else ""
    terms = " + ".join(f"{plain(part)}{each} × {share}" for part, share in parts) or "below the first tier"
    return Discount(
        amount=amount,
        gross=gross,
        net=gross - amount,
        formula=f"gross {quantity} × {unit_price} = {gross}; discount {terms} = {amount_text(exact, currency)}; net {gross - amount}",
    )


def _whole(term: VolumeDiscount, volume: Fraction) -> list[tuple[Fraction, Ratio]]:
    reached = [tier for tier in term.tiers if volume >= Fraction(tier.at_least)]
    return [(volume, reached[-1].discount)] if reached else []


def _slabs(term: VolumeDiscount, volume: Fraction) -> list[tuple[Fraction, Ratio]]:
    tops = [*(Fraction(tier.at_least) for tier in term.tiers[1:]), None]
    slabs = []
    for tier, top in zip(term.tiers, tops, strict=True):
        inside = (volume if top is None else min(volume, top)) - Fraction(tier.at_least)
        if inside > 0:
            slabs.append((inside, tier.discount))
    return slabs
