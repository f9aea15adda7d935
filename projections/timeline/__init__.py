"""The timeline: one row for each entry of every stream, told in a line."""

from __future__ import annotations

from projections.timeline.queries import Happening, Timeline, TimelineQuery
from projections.timeline.table import TIMELINE

__all__ = ["TIMELINE", "Happening", "Timeline", "TimelineQuery"]
