"""Entitlement 权益: updates, training, free maintenance and support that come with the contract, how much and until when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import add_months
from domain.terms.exact import plain
from domain.terms.rules import Term

MAX_MONTHS = 1200


class Benefit(StrEnum):
    """What one is entitled to."""

    UPDATES = "updates"
    TRAINING = "training"
    MAINTENANCE = "maintenance"
    SUPPORT = "support"


@value
class Entitlement:
    """So much of it (in `unit`), so many months from the start; None is without limit."""

    entitlement_id: str
    benefit: Benefit
    quantity: Decimal | None = None
    unit: str = ""
    months: int | None = None


@value
class Entitlements(Term):
    """What comes with the contract, from acceptance or another agreed start."""

    entitlements: tuple[Entitlement, ...]
    term: Literal["entitlements"] = "entitlements"


@value
class EntitlementStanding:
    """`left` is None without limit. `until` is the last day, None without limit or before the start."""

    entitlement: Entitlement
    until: date | None
    left: str | None
    usable: bool
    formula: str


class UnitMissing(Refusal):
    """A quantity says of what."""

    template = "The entitlement {entitlement_id!r} has a quantity without a unit."


def check(term: Entitlements) -> None:
    """Refuses entitlements to nothing, named twice, or without a unit."""
    if not term.entitlements:
        raise rules.NothingListed(element="entitlement")
    rules.require_unique("entitlement", (one.entitlement_id for one in term.entitlements))
    for one in term.entitlements:
        if one.quantity is not None:
            rules.require_figure("quantity", one.quantity, least=Decimal(0))
            if not one.unit.strip():
                raise UnitMissing(entitlement_id=one.entitlement_id)
        if one.months is not None:
            rules.require_count("number of months", one.months, 1, MAX_MONTHS)


def standing(entitlement: Entitlement, *, as_of: date, started_on: date | None, used: Decimal = Decimal(0)) -> EntitlementStanding:
    """What is left as of a day; `started_on` None has not started. Using more than there is leaves less than nothing, and says so."""
    spent = rules.require_figure("quantity used", used, least=Decimal(0))
    started = started_on is not None and started_on <= as_of
    until = None if started_on is None or entitlement.months is None else add_months(started_on, entitlement.months)
    left = None if entitlement.quantity is None else Fraction(entitlement.quantity) - spent
    usable = started and (until is None or as_of <= until) and (left is None or left > 0)
    unit = entitlement.unit
    amount = "any amount" if left is None else f"{entitlement.quantity} {unit} − {used} {unit} used = {plain(left)} {unit}"
    time = (
        f"not started by {as_of}"
        if not started
        else "without end"
        if until is None
        else f"until {started_on} + {entitlement.months} months = {until}"
    )
    return EntitlementStanding(
        entitlement=entitlement,
        until=until,
        left=None if left is None else plain(left),
        usable=usable,
        formula=f"{entitlement.benefit.value}: {amount}; {time}; {'usable' if usable else 'not usable'} on {as_of}",
    )
