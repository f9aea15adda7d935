"""The application: routes, the answers to refusals, the limits, and the description of it all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter, FastAPI

from api import (
    administration,
    alert_rules,
    alerts,
    changes,
    commands,
    completeness,
    conditional,
    conformed,
    contracts,
    delegations,
    deliveries,
    departures,
    documents,
    event_stream,
    explanations,
    exports,
    exposures,
    fields,
    forecasts,
    fulfilment_exports,
    gate,
    governance,
    governance_exports,
    imports,
    obligations,
    openapi,
    parties,
    penalties,
    policies,
    problems,
    products,
    quotes,
    receivables,
    register,
    renderings,
    risk_rules,
    search,
    searches,
    service,
    statistics,
    templates,
    timelines,
    view_differences,
)
from api.door import Door
from api.following import Following
from api.kept import Kept
from api.keys import Keys
from api.sparse import Lines
from infra.opening import Opened
from projections.runner import Projectors

PREFIX: Final = "/api/v1"
# Looked through one after the other; the many commands come after them.
_ROUTES: Final = (
    service.routes,
    register.routes,
    search.routes,
    searches.routes,
    statistics.routes,
    receivables.routes,
    forecasts.routes,
    governance.routes,
    departures.routes,
    deliveries.routes,
    exposures.routes,
    penalties.routes,
    obligations.routes,
    explanations.routes,
    conformed.routes,
    contracts.routes,
    changes.routes,
    timelines.routes,
    view_differences.routes,
    event_stream.routes,
    quotes.routes,
    renderings.routes,
    documents.routes,
    imports.routes,
    exports.routes,
    fulfilment_exports.routes,
    governance_exports.routes,
    parties.routes,
    products.routes,
    fields.routes,
    risk_rules.routes,
    alert_rules.routes,
    alerts.routes,
    templates.routes,
    completeness.routes,
    policies.routes,
    delegations.routes,
    administration.routes,
)


@cache
def _together() -> APIRouter:
    """All routes: they know no ledger, and reading their signatures takes longer than everything else at the start."""
    router = APIRouter(prefix=PREFIX, redirect_slashes=False)
    for routes in (*_ROUTES, commands.routes()):
        router.include_router(routes)
    return router


@cache
def _sparse_lines() -> Mapping[str, Lines]:
    return openapi.sparse_lines(route for router in _ROUTES for route in router.routes)


@asynccontextmanager
async def _bounded_threads(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = gate.THREADS
    yield
    app.state.kept.close()


def create_app(opened: Opened, projectors: Projectors | None = None, *, max_inside: int = gate.MAX_INSIDE) -> FastAPI:
    """The HTTP API over an open ledger. Whoever opened the ledger and the projectors closes them.

    Without `projectors`, views are read as far as other processes have brought them. Beyond `max_inside` requests at once,
    more are refused with 503.
    """
    app = FastAPI(
        title="Tallystick",
        version=version("tallystick"),
        summary="An event-sourced contract ledger.",
        description=openapi.INTRODUCTION,
        openapi_url=f"{PREFIX}/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=_bounded_threads,
        redirect_slashes=False,
    )
    door = Door(opened, projectors, Keys(opened.ledger), Following(opened))
    app.state.door = door
    app.router.routes.extend(_together().routes)
    app.state.sparse = _sparse_lines()
    problems.install(app)
    app.state.kept = Kept(door)
    app.add_middleware(conditional.Conditional, kept=app.state.kept)
    app.add_middleware(gate.Gate, max_inside=max_inside, always=f"{PREFIX}/health")

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = openapi.describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
    return app
