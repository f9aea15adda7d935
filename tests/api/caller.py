"""Calls the API as somebody, and reads what it answers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.testclient import TestClient

PREFIX = "/api/v1"


class Answer(NamedTuple):
    """Status, headers and content."""

    status: int
    headers: Mapping[str, str]
    content: Any

    @property
    def name(self) -> str:
        """The machine name of a refusal."""
        return str(self.content["name"])

    @property
    def errors(self) -> dict[str, str]:
        """What was malformed, by path."""
        return {one["path"]: one["reason"] for one in self.content["details"]["errors"]}


class Caller:
    """One principal's way in. Paths are without the prefix."""

    def __init__(self, client: TestClient, key: str | None) -> None:
        """`key` is the API key, if any."""
        self.client = client
        self.key = key

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Sends bytes as they are, and anything else as JSON. Underscores in names of headers are dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            named.setdefault("Authorization", f"Bearer {self.key}")
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if content is not None:
            named.setdefault("Content-Type", "application/json")
        response = self.client.request(method, PREFIX + path, content=content, headers=named)
        kind = response.headers.get("content-type", "")
        read: Any = response.json() if kind in ("application/json", "application/problem+json") else response.content
        if response.status_code >= 400:
            assert kind == "application/problem+json", (response.status_code, response.text)
            assert read["status"] == response.status_code
        return Answer(response.status_code, response.headers, read)

    def get(self, path: str, **headers: str) -> Answer:
        """Reads."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        """Commands."""
        return self.send("POST", path, {} if body is None else body, **headers)

    def draft(self, **changes: object) -> str:
        """Drafts a contract and answers its id."""
        answer = self.post("/contracts", {**DRAFT, "number": f"采-{uuid.uuid4().hex[:8]}", **changes})
        assert answer.status == 201, answer.content
        return str(answer.content["id"])


DRAFT: dict[str, object] = {
    "number": "采-2026-001",
    "title": "办公设备采购合同",
    "kind": "other",
    "direction": "payable",
    "our_entity": "塔利科技",
    "counterparties": [{"counterparty_id": "c1", "name": "华东办公", "role": "supplier"}],
    "value": {"amount": "83420.00", "currency": "CNY"},
}


class House:
    """An application over a ledger of its own, with a caller for each role."""

    def __init__(self, client: TestClient, keys: Mapping[str, str]) -> None:
        """`keys` are by principal; each principal of these is named after its role."""
        self.client = client
        self.keys = keys

    def __getitem__(self, principal: str) -> Caller:
        """The caller of a role."""
        return Caller(self.client, self.keys[principal])

    @property
    def stranger(self) -> Caller:
        """Somebody without a key."""
        return Caller(self.client, None)

    def in_force(self, **changes: object) -> str:
        """A contract that was drafted, approved and signed."""
        contract = self["drafter"].draft(**changes)
        steps = [
            self["drafter"].post(f"/contracts/{contract}/submit-for-approval"),
            self["approver"].post(f"/contracts/{contract}/approve", {"opinion": "agreed"}),
            *(
                self["drafter"].post(f"/contracts/{contract}/sign", {"party": party, "signatory": "王芳", "method": "wet_ink"})
                for party in ("us", "c1")
            ),
        ]
        assert [step.status for step in steps] == [200] * 4, steps
        return contract
