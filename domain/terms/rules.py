"""What all terms share: their base, and the rules that several of them check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final

from domain.money import Money
from domain.refusals import Refusal
from domain.terms.exact import Ratio, limited

MAX_DAYS: Final = 36_500
MAX_DIGITS_BEFORE: Final = 15
MAX_DIGITS_AFTER: Final = 12


class Term:
    """Something agreed that computes. `term` is its stored name, by which it is told apart from the others."""

    __slots__ = ()
    KINDS: ClassVar[dict[str, type[Term]]] = {}


def sort_of(term: type[Term]) -> str:
    """The stored name of a sort of term."""
    return next(name for name, known in Term.KINDS.items() if known is term)


class TermNeedsText(Refusal):
    """Names, grounds and criteria in a term are not blank."""

    template = "The {field} of the term may not be blank."


class CountOutOfRange(Refusal):
    """Numbers of days, months and times stay where calendars can follow."""

    template = "The {field} must be between {least} and {most}; {given} is not."


class ShareOutOfRange(Refusal):
    """Rates and shares stay within what makes sense for them."""

    template = "The {field} must be {allowed}; {given} is not."


class FigureOutOfRange(Refusal):
    """Figures of a term are finite decimals of bearable length."""

    template = "The {field} must have at most {before} digits before and {after} after the point; {given} has not."


class AmountOutOfRange(Refusal):
    """Amounts of a term are above zero, or at least not below it."""

    template = "The {field} must be {allowed}; {given} is not."


class CurrenciesDiffer(Refusal):
    """One reckoning is in one currency."""

    template = "The {field} is in {given}; the reckoning is in {expected}."


class PeriodRunsBackwards(Refusal):
    """Periods end on or after the moment at which they start."""

    template = "The {field} ends at {end}, before it starts at {start}."


class IdRepeats(Refusal):
    """Parts of a term are told apart by their ids."""

    template = "The {element} {element_id!r} is in the term more than once."


class NothingListed(Refusal):
    """A term with a list has something in it."""

    template = "The term lists no {element}."


class LadderOutOfOrder(Refusal):
    """Steps of a ladder are listed once each, in order."""

    template = "The {element} must rise from one step to the next; {later} does not follow {earlier}."


def require_text(field: str, text: str) -> None:
    """Refuses with TermNeedsText where nothing but white space was given."""
    if not text.strip():
        raise TermNeedsText(field=field)


def require_count(field: str, given: int, least: int = 0, most: int = MAX_DAYS) -> None:
    """Refuses with CountOutOfRange what lies outside the bounds, which are themselves allowed."""
    if not least <= given <= most:
        raise CountOutOfRange(field=field, least=least, most=most, given=given)


def require_share(field: str, given: Ratio | None, *, zero: bool = False, above_one: bool = False) -> None:
    """Refuses with ShareOutOfRange shares below zero, of zero unless allowed, and above one unless allowed."""
    if given is None:
        return
    if given.exact < 0 or (given.exact == 0 and not zero) or (given.exact > 1 and not above_one):
        lower = "0% or more" if zero else "above 0%"
        raise ShareOutOfRange(field=field, allowed=lower if above_one else f"{lower} and at most 100%", given=given)


def require_figure(field: str, given: Decimal, *, least: Decimal | None = None) -> Fraction:
    """The exact number. Refuses with FigureOutOfRange what is not finite or too long, and what is below `least`."""
    exponent = given.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -MAX_DIGITS_AFTER or given.adjusted() >= MAX_DIGITS_BEFORE:
        raise FigureOutOfRange(field=field, before=MAX_DIGITS_BEFORE, after=MAX_DIGITS_AFTER, given=str(given)[:40])
    if least is not None and given < least:
        raise AmountOutOfRange(field=field, allowed=f"{least} or more", given=given)
    return Fraction(given)


def require_positive(field: str, given: Money | None) -> None:
    """Refuses with AmountOutOfRange amounts of zero and less; none is no amount."""
    if given is not None and given.minor <= 0:
        raise AmountOutOfRange(field=field, allowed="above zero", given=given)


def require_not_negative(field: str, given: Money | None) -> None:
    """Refuses with AmountOutOfRange amounts below zero; none is no amount."""
    if given is not None and given.minor < 0:
        raise AmountOutOfRange(field=field, allowed="zero or more", given=given)


def require_currency(field: str, given: Money | None, expected: str) -> None:
    """Refuses with CurrenciesDiffer an amount in another currency; none is no amount."""
    if given is not None and given.currency != expected:
        raise CurrenciesDiffer(field=field, given=given.currency, expected=expected)


def require_order(field: str, start: date, end: date) -> None:
    """Refuses with PeriodRunsBackwards a period that ends before it starts."""
    if end < start:
        raise PeriodRunsBackwards(field=field, start=start, end=end)


def require_unique(element: str, ids: Iterable[str]) -> None:
    """Refuses with IdRepeats the second of two equal ids, and with TermNeedsText a blank one."""
    seen: set[str] = set()
    for element_id in ids:
        require_text(f"id of the {element}", element_id)
        if element_id in seen:
            raise IdRepeats(element=element, element_id=element_id)
        seen.add(element_id)


def require_rising(element: str, steps: Iterable[Fraction]) -> None:
    """Refuses with LadderOutOfOrder a step that is not above the one before it."""
    before: Fraction | None = None
    for step in steps:
        if before is not None and step <= before:
            raise LadderOutOfOrder(element=element, earlier=before, later=step)
        before = step


def cap_text(reached: Fraction, cap: Fraction | None, currency: str) -> str:
    """How a cap in minor units is named in a formula: nothing where there is none."""
    if cap is None:
        return ""
    return f"; the cap of {limited(cap, cap, currency)} is {'exceeded and applies' if reached > cap else 'not exceeded'}"
