"""Governance 治理: what waits for whose decision, which contracts end or renew when, and who had two hands in one of them."""

from __future__ import annotations

from projections.governance.inbox import AwaitedDecision, Inbox, InboxQuery
from projections.governance.renewals import RenewalLine, RenewalQuery, Renewals
from projections.governance.segregation import ConflictLine, ConflictQuery, Conflicts
from projections.governance.table import GOVERNANCE

__all__ = [
    "GOVERNANCE",
    "AwaitedDecision",
    "ConflictLine",
    "ConflictQuery",
    "Conflicts",
    "Inbox",
    "InboxQuery",
    "RenewalLine",
    "RenewalQuery",
    "Renewals",
]
