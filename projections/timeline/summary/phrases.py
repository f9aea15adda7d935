"""Phrases that summaries share."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.contract.signing import ALL_PARTIES
from domain.contract.vocabulary import Instalment, Period, PlannedDelivery
from domain.terms.rules import Term

LONGEST_PART = 80


def short(text: str) -> str:
    """A text on one line, of at most LONGEST_PART characters."""
    if len(text) > LONGEST_PART:
        text = text[:LONGEST_PART].rstrip() + "…"
    return text if text.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in text).split())


def in_words(name: StrEnum) -> str:
    """A name of the program's, in words."""
    return name.value.replace("_", " ")


def because(why: str | None) -> str:
    """A reason, where one was given."""
    return f": {short(why)}" if why else ""


def on(due: date | None) -> str:
    """A day that something is due, where one is set."""
    return "" if due is None else f", due {due.isoformat()}"


def kind_of_term(term: Term) -> str:
    """What sort of term it is, in words."""
    kind = next(name for name, cls in Term.KINDS.items() if isinstance(term, cls))
    return kind.replace("_", " ")


def span(period: Period) -> str:
    """A period, open where it is."""
    return f"{period.start or 'an open start'} to {period.end or 'an open end'}"


def planned_payment(instalment: Instalment) -> str:
    """An instalment, its amount and its day."""
    return f"{short(instalment.instalment_id)} of {instalment.amount}{on(instalment.due)}"


def planned_delivery(delivery: PlannedDelivery) -> str:
    """A planned delivery and its day."""
    return f"{short(delivery.delivery_id)} ({short(delivery.description)}{on(delivery.due)})"


def whom(party: str) -> str:
    """The side that signed."""
    return "all parties" if party == ALL_PARTIES else short(party)
