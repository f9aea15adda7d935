"""Requests made up from the published description: no server error, and nothing answered that the description does not say."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.keys import issue
from domain.access import Role
from infra.opening import Opened
from projections.runner import Projectors
from tests.api.caller import House
from tests.api.conftest import ROOT
from tests.api.running import serving
from tests.api.test_document import DOCUMENT

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
CASES = 2_000 if LARGE else 12

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    ignored_auth,
    unsupported_method,
]

REFUSED = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422]
described = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=schemathesis.Config.from_dict(
        {
            # Examples are tried one by one elsewhere; here each would be looked for whenever tests are collected.
            "phases": {"coverage": {"enabled": LARGE}, "examples": {"enabled": LARGE}},
            "generation": {"no-shrink": True},
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
        }
    ),
).exclude(operation_id="stream_changes")


class Target:
    """A server, a key that may do everything, and contracts in several stages."""

    def __init__(self, base: str, key: str, contracts: list[str], party: str, client: httpx.Client) -> None:
        self.base = base
        self.client = client
        self.key = key
        self.contracts = contracts
        self.party = party

    def aim(self, case: Case[Any]) -> None:
        """Three times of four at something that is there; otherwise at whatever was made up, and always at a path that was made wrong."""
        lot = zlib.crc32(repr((case.body, case.query)).encode("utf-8", "surrogatepass"))
        path = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
        if case.path_parameters and lot % 4 and (path is None or path.mode is GenerationMode.POSITIVE):
            for name, there in (("contract_id", self.contracts[lot % len(self.contracts)]), ("party_id", self.party)):
                if name in case.path_parameters:
                    case.path_parameters[name] = there
        declared = {parameter.name for parameter in case.operation.query}
        # An empty list is not sent at all, and what was to be wrong would be right.
        asked = case.meta.components.get(ParameterLocation.QUERY) if case.meta else None
        if asked is not None and asked.mode is GenerationMode.NEGATIVE:
            assume(not any(name in declared and value in ([], {}) for name, value in case.query.items()))
        for name, value in case.query.items():
            if name not in declared and isinstance(value, list):
                case.query[name] = "x"


@pytest.fixture(scope="module")
def target(shared: House, shared_opened: Opened) -> Iterator[Target]:
    contracts = [shared["drafter"].draft(), shared["drafter"].draft(), shared.in_force(), shared.in_force()]
    shared["drafter"].post(f"/contracts/{contracts[1]}/submit-for-approval")
    pay = {"payment_id": "p1", "amount": {"amount": "5.00", "currency": "CNY"}}
    assert shared["finance"].post(f"/contracts/{contracts[3]}/record-payment", pay).status == 200
    party = shared["drafter"].post("/parties", {"name": "华东办公"}).content["id"]
    key = issue(shared_opened, "fuzzer", list(Role), ROOT)
    with Projectors(shared_opened) as projectors, serving(shared_opened, projectors) as port, httpx.Client() as client:
        yield Target(f"http://127.0.0.1:{port}", key, contracts, party, client)


@pytest.mark.campaign
@pytest.mark.timeout(0 if LARGE else 300)
@described.parametrize()
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(target: Target, case: Case[Any]) -> None:
    target.aim(case)
    case.call_and_validate(base_url=target.base, headers={"Authorization": f"Bearer {target.key}"}, checks=CHECKS)
    assert target.client.get(f"{target.base}/api/v1/health").status_code == 200
