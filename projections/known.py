"""Every view there is."""

from __future__ import annotations

from typing import Final

from projections.alerts import ALERTS
from projections.dues import DUES
from projections.fulfilment.table import FULFILMENT
from projections.governance.table import GOVERNANCE
from projections.parties import PARTIES
from projections.products import PRODUCTS
from projections.register import REGISTER
from projections.search import SEARCH
from projections.timeline import TIMELINE
from projections.view import UnknownView, View

ALL_VIEWS: Final[tuple[View, ...]] = (REGISTER, SEARCH, PARTIES, PRODUCTS, TIMELINE, FULFILMENT, GOVERNANCE, DUES, ALERTS)


def view_named(name: str) -> View:
    """A view by its name. Raises UnknownView, naming those that there are."""
    for view in ALL_VIEWS:
        if view.name == name:
            return view
    message = f"there is no view {name!r}; there are {', '.join(v.name for v in ALL_VIEWS)}"
    raise UnknownView(message)
