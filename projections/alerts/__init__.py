"""The alerts 预警: one row for each, with what it is about and what became of it."""

from __future__ import annotations

from projections.alerts.queries import AlertQuery, Alerts, ListedAlert
from projections.alerts.table import ALERTS

__all__ = ["ALERTS", "AlertQuery", "Alerts", "ListedAlert"]
