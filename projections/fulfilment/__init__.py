"""Fulfilment 履约: what is owed, delivered and accrued under each contract in force or ended, part by part."""

from __future__ import annotations

from projections.fulfilment.ageing import AgeingLine, AgeingQuery
from projections.fulfilment.receivables import Receivable, ReceivableQuery, Receivables
from projections.fulfilment.table import FULFILMENT

__all__ = ["FULFILMENT", "AgeingLine", "AgeingQuery", "Receivable", "ReceivableQuery", "Receivables"]
