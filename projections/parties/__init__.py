"""The parties 合同主体: one row for each, with what was checked of it and the flags it is under."""

from __future__ import annotations

from projections.parties.queries import ListedParty, Parties, PartyQuery
from projections.parties.table import PARTIES

__all__ = ["PARTIES", "ListedParty", "Parties", "PartyQuery"]
