"""Governance 治理: what waits for whom, what ends or renews when, who had two hands in one contract, and what templates became."""

from __future__ import annotations

from projections.governance.departures import DeviationLine, DeviationQuery, Deviations, TemplateUseLine, TemplateUseQuery, TemplateUses
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
    "DeviationLine",
    "DeviationQuery",
    "Deviations",
    "Inbox",
    "InboxQuery",
    "RenewalLine",
    "RenewalQuery",
    "Renewals",
    "TemplateUseLine",
    "TemplateUseQuery",
    "TemplateUses",
]
