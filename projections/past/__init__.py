"""The past of views: every row as it stood at any moment, as the ledger knew it at any other."""

from __future__ import annotations

from projections.past.asked import Moments, TableAsOf
from projections.past.shape import PastShape, RowName, Rows, Texts
from projections.past.writing import Past

__all__ = ["Moments", "Past", "PastShape", "RowName", "Rows", "TableAsOf", "Texts"]
