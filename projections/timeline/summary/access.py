"""Keys and visits, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.access import AccessFact, KeyIssued, KeyRevoked
from domain.access.visits import AccessDenied, CommandRefused, ListExported, SensitiveRead, SignedIn, SignInRefused
from projections.timeline.summary.phrases import because, short


def of_access(happened: AccessFact) -> str:
    """The keys of the ledger, and what was done and tried with them."""
    match happened:
        case KeyIssued(key_id=key_id, principal=principal, roles=roles):
            return f"Key {short(key_id)} issued to {short(principal)} as {', '.join(roles)}"
        case KeyRevoked(key_id=key_id, why=why):
            return f"Key {short(key_id)} revoked{because(why)}"
        case SignedIn(key_id=key_id):
            return f"Key {short(key_id)} used"
        case SignInRefused(key_id=key_id):
            return "Unknown key refused" if key_id is None else f"Key {short(key_id)} refused"
        case AccessDenied(operation=operation, subject=subject):
            return f"Not allowed: {operation} of {short(subject)}"
        case SensitiveRead(operation=operation, subject=subject):
            return f"Read: {operation} of {short(subject)}"
        case ListExported(subject=subject, format=form, rows=rows):
            return f"{rows:,} rows of {short(subject)} taken away as {form}"
        case CommandRefused(stream=stream, command=command, refusal=refusal):
            return f"{command} refused on {short(stream)}: {refusal}"
        case unreachable:
            assert_never(unreachable)
