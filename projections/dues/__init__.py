"""The dues 到期: for each contract the day from which the clock has something to record, and the earliest by which something is open."""

from __future__ import annotations

from projections.dues.queries import Dues
from projections.dues.table import DUES

__all__ = ["DUES", "Dues"]
