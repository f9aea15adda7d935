"""Licence scope 许可范围: who may use what, where, for what and until when."""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.facts import value
from domain.terms import rules
from domain.terms.rules import Term


@value
class LicenceScope(Term):
    """Nothing named is no limit: no territories is worldwide, no purposes is any, no number of users is any, no end is for ever."""

    subject: str
    start: date
    end: date | None = None
    users: int | None = None
    territories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    exclusive: bool = False
    term: Literal["licence_scope"] = "licence_scope"


@value
class Use:
    """How it is used, as measured on a day."""

    on: date
    users: int
    territory: str
    purpose: str


@value
class LicenceFinding:
    """Whether the use is within the licence, and what goes beyond it."""

    within: bool
    exceeded: tuple[str, ...]
    users_beyond: int
    formula: str


def check(term: LicenceScope) -> None:
    """Refuses licences of nothing, for nobody, or that end before they start."""
    rules.require_text("subject of the licence", term.subject)
    if term.users is not None:
        rules.require_count("number of users", term.users, 1, 10**9)
    if term.end is not None:
        rules.require_order("licence", term.start, term.end)
    rules.require_unique("territory", term.territories)
    rules.require_unique("purpose", term.purposes)


def judge(term: LicenceScope, use: Use) -> LicenceFinding:
    """What of a use goes beyond the licence; first and last day are within."""
    rules.require_count("number of users", use.users, 0, 10**12)
    exceeded = []
    if use.on < term.start:
        exceeded.append(f"it starts on {term.start}")
    if term.end is not None and use.on > term.end:
        exceeded.append(f"it ended on {term.end}")
    beyond = 0 if term.users is None else max(use.users - term.users, 0)
    if beyond:
        exceeded.append(f"{use.users} users − {term.users} licensed = {beyond} too many")
    if term.territories and use.territory not in term.territories:
        exceeded.append(f"{use.territory} is not among {', '.join(term.territories)}")
    if term.purposes and use.purpose not in term.purposes:
        exceeded.append(f"{use.purpose} is not among {', '.join(term.purposes)}")
    return LicenceFinding(
        within=not exceeded,
        exceeded=tuple(exceeded),
        users_beyond=beyond,
        formula=f"{term.subject} on {use.on}: {'; '.join(exceeded) or 'within the licence'}",
    )
