"""Another way to ask how a contract stood, slow and plain: put right what was corrected, leave out what had not happened, fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from domain.contract import fold
from domain.contract.correction import FactCorrected
from domain.contract.state import Contract
from domain.facts import Entry

# How the ledger arrived at a state, rather than the state itself: the oracle never sees a correction.
PROVENANCE = {"version", "rests_on_corrections"}


def stood(entries: Sequence[Entry], valid_at: datetime, known_at: datetime) -> Contract:
    """The contract as it stood at one time, as known at another."""
    told: dict[int, Entry] = {}
    for entry in entries:
        if entry.recorded_at > known_at:
            continue
        if not isinstance(entry.fact, FactCorrected):
            told[entry.version] = entry
        elif entry.fact.becomes is None:
            del told[entry.fact.corrects]
        else:
            was = told[entry.fact.corrects]
            told[entry.fact.corrects] = was._replace(fact=entry.fact.becomes.fact, effective_at=entry.fact.effective_at or was.effective_at)
    happened = [entry for entry in told.values() if entry.effective_at <= valid_at]
    contract = Contract()
    if happened and happened[0].version == 1:
        for entry in happened:
            fold(contract, entry)
    return contract


def said(contract: Contract) -> dict[str, object]:
    """What a state says, without how the ledger arrived at it."""
    return {f.name: getattr(contract, f.name) for f in fields(Contract) if f.name not in PROVENANCE}
