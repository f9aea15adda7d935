"""Confidentiality 保密: how long it binds after the contract has ended."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.facts import value
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import add_months
from domain.terms.rules import Term

MAX_MONTHS = 1200


@value
class ConfidentialityDuty(Term):
    """Binds so many months after the end, or until a day; with neither, without limit. `covers` says what is confidential."""

    covers: tuple[str, ...]
    months_after_end: int | None = None
    until: date | None = None
    term: Literal["confidentiality"] = "confidentiality"


@value
class ConfidentialityStanding:
    """`binds_until` is its last day; None is without limit, or not known before the contract has ended."""

    binding: bool
    binds_until: date | None
    formula: str


class TwoEnds(Refusal):
    """A duty ends once."""

    template = "The duty of confidentiality ends {months} months after the contract and on {until}; say one of them."


def check(term: ConfidentialityDuty) -> None:
    """Refuses duties that cover nothing or end twice."""
    if not term.covers:
        raise rules.NothingListed(element="confidential matter")
    for matter in term.covers:
        rules.require_text("confidential matter", matter)
    if term.months_after_end is not None:
        rules.require_count("number of months after the end", term.months_after_end, 0, MAX_MONTHS)
        if term.until is not None:
            raise TwoEnds(months=term.months_after_end, until=term.until)


def standing(term: ConfidentialityDuty, *, as_of: date, ended_on: date | None) -> ConfidentialityStanding:
    """Whether it binds as of a day, and until when. It binds as long as the contract lasts, and on its last day still."""
    if term.until is not None:
        until: date | None = term.until if ended_on is None else max(term.until, ended_on)
        how = f"until {until}"
    elif term.months_after_end is None:
        until, how = None, "without limit"
    elif ended_on is None:
        until, how = None, f"until {term.months_after_end} months after the end of the contract, which has not ended"
    else:
        until = add_months(ended_on, term.months_after_end)
        how = f"until {ended_on} + {term.months_after_end} months = {until}"
    running = ended_on is None or as_of <= ended_on
    binding = running or until is None or as_of <= until
    return ConfidentialityStanding(
        binding=binding, binds_until=until, formula=f"binds {how}; as of {as_of} it {'binds' if binding else 'no longer binds'}"
    )
