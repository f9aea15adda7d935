"""The OpenAPI document: what the framework knows of parameters, and what we know of bodies, answers and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from api import answers, approval_answers, conformed, explanations, imports, quotes, receivable_answers, sparse
from api.administration import NewKey
from api.alert_rules import AlertRulesAnswer, AlertRulesEditionPage, AlertSimulationPage
from api.alerts import AlertAnswer, AlertPage
from api.commands import COMMANDS
from api.completeness import CompletenessAnswer
from api.delivery_answers import DeliveryPage, DeliveryProgressPage
from api.departure_answers import DeviationPage, TemplateUsePage
from api.describe import ANSWERS, HEADERS, refusal_responses
from api.examples import example_of, with_nulls
from api.exposure_answers import ExposurePage
from api.fields import FieldsAnswer
from api.forecast_answers import ForecastPage
from api.governance_answers import ConflictPage, DecisionPage, RenewalPage
from api.journals import JournalAnswer
from api.obligations import CalendarPage
from api.party_answers import PartyAnswer, PartyPage
from api.penalty_answers import PenaltyPage, PenaltySumPage
from api.product_answers import ProductAnswer, ProductPage
from api.risk_rules import RiskEditionPage, RiskRulesAnswer, RiskSimulationPage
from api.search_answers import SearchPage
from api.searches import SearchesAnswer
from api.shapes import shape_of
from api.timelines import TimelinePage
from api.view_differences import ViewDifferencePage
from domain.contract.state import Contract
from domain.money import CURRENCIES
from domain.searches import SavedSearch
from projections.register.statistics import ContractStatistics

INTRODUCTION: Final = """\
Every change is a command, every command that is accepted becomes immutable facts, and everything that is read is made of those facts.

**Signing in.** `Authorization: Bearer tally_<key id>_<secret>`. The actor on every fact is the key's principal and can not be given.

**Writing.** Every command takes beside its own fields `effective_at`, when it took place in the world, and `reason`. With an
`Idempotency-Key` it is safe to repeat. With `If-Match` it is refused (412) if somebody else wrote after the version that was read.
A command that is answered with 2xx is durable. After a lost answer or 503, `GET /commands/{command_id}` tells what became of it.

**Money** is `{"amount": "83420.00", "currency": "CNY"}`, other decimals are text too, moments carry their offset from UTC, days are
ISO 8601. Unknown fields, JSON numbers for money and moments without an offset are refused, not guessed at.

**Reading.** `GET /contracts/{contract_id}` shows every write at once. `GET /contracts` is a view that follows within moments; with
`min_position` it waits for the write that you saw acknowledged, and answers 503 with Retry-After where that takes too long.

**Refusals** are `application/problem+json` (RFC 9457): `name` is for programs and stable, `detail` is for people.
"""

_TAGS: Final = [
    {
        "name": "contracts",
        "description": "The commands of a contract's stages, the register, a contract's state at any moment, and its history.",
    },
    {"name": "money and performance", "description": "What is owed, delivered and accrued under contracts in force or ended."},
    {
        "name": "governance",
        "description": "What waits for whom, what ends or renews when, duties in one hand, templates in use and deviations.",
    },
    {"name": "policies", "description": "Which approvals contracts need, by kind, direction, department and amount."},
    {"name": "delegations", "description": "Who decides in whose place, within which bounds and until when."},
    {"name": "parties", "description": "The parties that contracts are made with."},
    {"name": "fields", "description": "What the house wants to know of its contracts beside what every contract says."},
    {"name": "risk rules", "description": "By which rules the risk of contracts is assessed."},
    {"name": "alert rules", "description": "By which rules contracts are watched."},
    {"name": "alerts", "description": "What the rules found, who was told, and what became of it."},
    {"name": "products", "description": "What is bought and sold again and again, and what it costs from when."},
    {"name": "templates", "description": "What contracts are drafted from, edition by edition."},
    {"name": "documents", "description": "Files that belong to contracts, kept once under their SHA-256."},
    {"name": "imports", "description": "Contracts in bulk, from a workbook or a CSV file."},
    {"name": "searches", "description": "Which contracts somebody looks at again and again."},
    {"name": "changes", "description": "What is recorded, as it is recorded: for programs that follow the ledger."},
    {"name": "timeline", "description": "Who did what across the ledger, and who came, read and was refused."},
    {"name": "keys", "description": "API keys, for administrators."},
    {"name": "service", "description": "The state of the server and of commands."},
]
_JSON: Final = "application/json"
_SUCCESSES: Final = {"200", "201"}
_IF_NONE_MATCH: Final = {
    "name": "if-none-match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "title": "If-None-Match"},
    "description": "An ETag that the caller holds; 304 if it is still right.",
    "example": '"7"',
}
_CURRENCY: Final = {"type": "string", "enum": sorted(CURRENCIES), "description": "A currency by its ISO 4217 code."}
ANSWERED: Final = (
    answers.CommandAnswer,
    answers.StoredCommand,
    PartyAnswer,
    PartyPage,
    ProductAnswer,
    FieldsAnswer,
    RiskRulesAnswer,
    RiskEditionPage,
    RiskSimulationPage,
    AlertRulesAnswer,
    AlertRulesEditionPage,
    AlertSimulationPage,
    AlertAnswer,
    AlertPage,
    ProductPage,
    answers.TemplateAnswer,
    CompletenessAnswer,
    answers.TemplatePage,
    answers.PolicyAnswer,
    approval_answers.PolicyEditionPage,
    approval_answers.ApprovalRounds,
    approval_answers.SimulationPage,
    approval_answers.DelegationAnswer,
    approval_answers.DelegationPage,
    answers.RegisterPage,
    SearchPage,
    SearchesAnswer,
    TimelinePage,
    ContractStatistics,
    answers.HistoryPage,
    answers.ChangePage,
    ViewDifferencePage,
    DecisionPage,
    RenewalPage,
    ConflictPage,
    TemplateUsePage,
    DeviationPage,
    JournalAnswer,
    receivable_answers.ReceivablePage,
    receivable_answers.AgeingPage,
    ForecastPage,
    conformed.ConformedAnswer,
    DeliveryPage,
    DeliveryProgressPage,
    ExposurePage,
    PenaltyPage,
    CalendarPage,
    PenaltySumPage,
    explanations.FiguresAnswer,
    explanations.ExplanationAnswer,
    quotes.QuoteAnswer,
    quotes.ObligationsAnswer,
    answers.DocumentAnswer,
    answers.DocumentPage,
    imports.ImportLine,
    imports.ImportEnd,
    answers.IssuedKey,
    answers.KeyPage,
    answers.Health,
    answers.Readiness,
    answers.Problem,
    Contract,
)
_CLASSES: Final = {answers.name_of(cls): cls for cls in ANSWERED}
# The big lists, of whose lines callers may choose fields.
SPARSE: Final = (
    answers.RegisterPage,
    PartyPage,
    ProductPage,
    receivable_answers.ReceivablePage,
    DeliveryPage,
    PenaltyPage,
    CalendarPage,
    DecisionPage,
    RenewalPage,
    ConflictPage,
    TemplateUsePage,
    DeviationPage,
)


def answered(operation: Mapping[str, Any]) -> type | None:
    """The class of what a described operation answers as JSON with 200; None where it answers none."""
    content = operation.get(ANSWERS, {}).get("200", {}).get("content", {}).get(_JSON)
    return None if content is None else _CLASSES.get(content["schema"]["$ref"].rsplit("/", 1)[1])


def sparse_lines(routes: Iterable[BaseRoute]) -> dict[str, sparse.Lines]:
    """By operation, the lines of the lists of which fields may be chosen."""
    found = ((route.operation_id, answered(route.openapi_extra or {})) for route in routes if isinstance(route, APIRoute))
    return {str(name): sparse.lines_of(page) for name, page in found if page in SPARSE}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of an application."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=_TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    for path in made["paths"].values():
        for method, operation in path.items():
            operation["responses"] = operation.pop(ANSWERS)
            _complete(method, operation)
    shapes = [(shape_of(row.command), "validation") for row in COMMANDS] + [(NewKey, "validation"), (shape_of(SavedSearch), "validation")]
    _, definitions = models_json_schema(shapes, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    parameters = made.get("components", {}).get("schemas", {})
    # The framework's own description of a refusal is not what we answer.
    theirs = {name: schema for name, schema in parameters.items() if name not in {"HTTPValidationError", "ValidationError"}}
    made["components"] = {
        "schemas": dict(sorted({**theirs, **_answered(), **definitions["$defs"]}.items())),
        "responses": refusal_responses(),
        "headers": HEADERS,
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "bearerFormat": "tally_<key id>_<secret>", "description": "An API key."}
        },
    }
    made["security"] = [{"key": []}]
    _name_currencies(made)
    made["components"]["schemas"]["Currency"] = _CURRENCY
    return made


def _answered() -> dict[str, Any]:
    schemas = answers.components(ANSWERED)
    for page in SPARSE:
        schemas |= sparse.variants(page, schemas)
    return schemas


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Says what holds of all operations alike: what `api.conditional` adds to answers, and an example of each."""
    successes = [said for status, said in operation["responses"].items() if status in _SUCCESSES]
    for content in (said["content"][_JSON] for said in successes if _JSON in said.get("content", {})):
        page = _CLASSES[content["schema"]["$ref"].rsplit("/", 1)[1]]
        content["example"] = with_nulls(content["example"], page) if "example" in content else example_of(page)
        if page in SPARSE:
            content["schema"] = {"anyOf": [content["schema"], {"$ref": f"#/components/schemas/{sparse.sparse_name(page)}"}]}
            operation.setdefault("parameters", []).append(sparse.parameter(page))
    answer = successes[0]
    parameters = operation.setdefault("parameters", [])
    headers = answer.setdefault("headers", {})
    if any(parameter["name"] == "min_position" for parameter in parameters):
        headers["Ledger-Behind"] = {"$ref": "#/components/headers/Ledger-Behind"}
    if method == "get" and _JSON in answer.get("content", {}) and "Ledger-Position" in headers and "ETag" not in headers:
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
        operation["responses"]["304"] = {"description": "What the caller holds is still right.", "headers": headers}
        parameters.append(_IF_NONE_MATCH)


def _name_currencies(node: object) -> None:
    """One name for the list of currencies, so that a client made from the document has one type for it and not one for each place."""
    if isinstance(node, dict):
        if node.get("enum") == _CURRENCY["enum"]:
            kept = {key: value for key, value in node.items() if key == "description"}
            node.clear()
            node.update({"$ref": "#/components/schemas/Currency"}, **kept)
        for value in node.values():
            _name_currencies(value)
    elif isinstance(node, list):
        for value in node:
            _name_currencies(value)
