"""Renewals 续约: when a contract in force ends, what follows, and until when somebody can say otherwise."""

from __future__ import annotations

from datetime import date

from domain.contract import continuation
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import value
from domain.terms import renewal
from domain.terms.calendar import BeyondCalendar, shift
from domain.terms.renewal import Renewal, RenewalStanding


@value
class Expiry:
    """The end of the present period, and the renewal term where there is one.

    Notice counts from `notice_opens` (None: from the beginning on) up to and with `notice_closes`. `used` renewals are behind, `left`
    None is without limit. `reckoned`, `first_end`, `renewed` and `noticed_on` are what the term is asked with.
    """

    expires: date
    starts: date | None
    used: int
    left: int | None = None
    term_id: str | None = None
    term: Renewal | None = None
    reckoned: Renewal | None = None
    first_end: date | None = None
    renewed: int = 0
    noticed_on: date | None = None
    notice_opens: date | None = None
    notice_closes: date | None = None


def expiry(contract: Contract) -> Expiry | None:
    """What is to be watched; None where the contract is not in force or has no last day."""
    expires, used = contract.last_day, len(contract.earlier_periods)
    if contract.status not in (Status.IN_FORCE, Status.SUSPENDED) or expires is None:
        return None
    agreed = continuation.agreed_renewal(contract)
    plain = Expiry(expires=expires, starts=contract.period.start, used=used)
    if agreed is None:
        return plain
    held, term = agreed
    try:
        asked = continuation.reckoned(contract, term, expires)
        closes: date | None = shift(expires, -term.notice_days)
    except BeyondCalendar:
        # A notice that no calendar has a day for has no window either.
        return plain
    return Expiry(
        expires=expires,
        starts=contract.period.start,
        used=used,
        left=None if term.times is None else max(term.times - used, 0),
        term_id=held.term_id,
        term=term,
        reckoned=asked.term,
        first_end=asked.first_end,
        renewed=asked.renewed,
        noticed_on=asked.notice_on,
        notice_opens=contract.period.start,
        notice_closes=closes,
    )


def standing_on(held: Expiry, on: date) -> RenewalStanding | None:
    """What follows the present period as of a day; None without a renewal term, or where no calendar has the next period."""
    if held.reckoned is None or held.first_end is None:
        return None
    try:
        return renewal.standing(held.reckoned, first_end=held.first_end, renewed=held.renewed, as_of=on, notice_on=held.noticed_on)
    except BeyondCalendar:
        return None
