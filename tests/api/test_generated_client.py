"""A client that a generator makes from the published description lives a contract's life with a real server."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from api.document import COMMITTED
from infra.parquet import PARQUET_TYPE
from infra.spreadsheet import CSV_TYPE, XLSX_TYPE
from tests.api.caller import DRAFT, House
from tests.api.running import serving

PACKAGE = "tally_client"
# What is binary in our description the generator takes as such only under this one name.
SETTINGS = {"post_hooks": [], "content_type_overrides": dict.fromkeys((XLSX_TYPE, CSV_TYPE, PARQUET_TYPE), "application/octet-stream")}


class GeneratedClient:
    """The generated package, with a way in for one key."""

    def __init__(self, port: int, key: str) -> None:
        """Takes the server's port and an API key."""
        self.models = import_module(f"{PACKAGE}.models")
        self.signed_in = import_module(f"{PACKAGE}.client").AuthenticatedClient(f"http://127.0.0.1:{port}", key, timeout=30)

    def __call__(self, operation: str, *names: str, body: tuple[str, dict[str, Any]] | None = None, **parameters: object) -> Any:  # noqa: ANN401 - types that exist only once the client is made
        """Calls an operation (`contracts.approve`) with the model and the members of its body; answers as the generated code does."""
        if body is not None:
            model, members = body
            parameters["body"] = getattr(self.models, model).from_dict(members)
        return import_module(f"{PACKAGE}.api.{operation}").sync_detailed(*names, client=self.signed_in, **parameters)


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the generator says; its package can be imported meanwhile. Processes that share a run make it once."""
    place = tmp_path_factory.getbasetemp()
    place = place.parent if place.name.startswith("popen-") else place
    said = place / "said"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            said.write_text(generate(place))
    sys.path.insert(0, str(place))
    yield said.read_text()
    sys.path.remove(str(place))


def generate(place: Path) -> str:
    """Makes the package; answers what the generator said."""
    settings = place / "settings.json"
    settings.write_text(json.dumps(SETTINGS))
    into = place / PACKAGE
    generator = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    asked = [*generator, "--path", str(COMMITTED), "--output-path", str(into), "--config", str(settings)]
    said: str = subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout
    return said


@pytest.fixture(scope="module")
def client(generated: str, shared: House) -> Iterator[Callable[[str], GeneratedClient]]:
    """A generated client for any role, of a server over sockets."""
    at = shared.client.app.state.door  # type: ignore[attr-defined]
    with serving(at.opened, at.projectors) as port, ExitStack() as connections:

        def made(role: str) -> GeneratedClient:
            one = GeneratedClient(port, shared.keys[role])
            connections.enter_context(one.signed_in)
            return one

        yield made


def test_the_generator_has_nothing_to_warn_of(generated: str) -> None:
    assert [line for line in generated.splitlines() if line and not line.startswith("Generating ")] == []


def test_it_drafts_approves_and_signs_a_contract_and_reads_what_came_of_it(client: Callable[[str], GeneratedClient]) -> None:
    drafter, approver = client("drafter"), client("approver")
    drafted = drafter("contracts.draft_contract", body=("DraftContract", {**DRAFT, "number": "客-1"})).parsed
    contract = drafted.id

    drafter("contracts.submit_for_approval", contract, body=("SubmitForApproval", {}))
    approver("contracts.approve", contract, body=("Approve", {"opinion": "agreed"}), if_match='"2"')
    signature = {"signatory": "王芳", "method": "wet_ink"}
    drafter("contracts.sign", contract, body=("Sign", {"party": "us", **signature}))
    signed = drafter("contracts.sign", contract, body=("Sign", {"party": "c1", **signature})).parsed

    read = drafter("contracts.get_contract", contract)
    assert read.parsed.status is drafter.models.Status.IN_FORCE
    assert (read.parsed.value.amount, read.parsed.value.currency) == ("83420.00", drafter.models.Currency.CNY)
    assert read.headers["ETag"] == f'"{signed.version}"'
    held = drafter("contracts.get_contract", contract, if_none_match=read.headers["ETag"])
    assert (held.status_code, held.content) == (304, b"")

    history = drafter("contracts.get_contract_history", contract, limit=3).parsed
    assert [entry.fact for entry in history.entries] == [
        "contract.drafted@2",
        "contract.submitted_for_approval@3",
        "contract.step_approved@3",
    ]
    rest = drafter("contracts.get_contract_history", contract, cursor=int(history.next_cursor)).parsed
    assert history.entries[-1].version + len(rest.entries) == signed.version
    assert rest.entries[-1].recorded_at.tzinfo == UTC


def test_it_lists_page_by_page_and_finds_words(client: Callable[[str], GeneratedClient]) -> None:
    reader, drafter = client("reader"), client("drafter")
    words = {"title": "客户端生成验证", "owner": "pages"}
    drafts = [("DraftContract", {**DRAFT, **words, "number": f"页-{number}"}) for number in (1, 2, 3)]
    last = [drafter("contracts.draft_contract", body=draft).parsed for draft in drafts][-1]

    asked = {"owner": "pages", "limit": 2, "sort": reader.models.SortBy.NUMBER, "min_position": last.position}
    first = reader("contracts.list_contracts", **asked)
    second = reader("contracts.list_contracts", **asked, cursor=first.parsed.next_cursor).parsed
    assert int(first.headers["Ledger-Position"]) >= last.position
    assert [line.number for page in (first.parsed, second) for line in page.contracts] == ["页-1", "页-2", "页-3"]
    assert second.next_cursor is None

    sparse = reader("contracts.list_contracts", **asked, fields="number,value").parsed
    assert isinstance(sparse, reader.models.SparseRegisterPage)
    assert [(line.number, line.value.amount, bool(line.title)) for line in sparse.contracts] == [
        *[(number, "83420.00", False) for number in ("页-1", "页-2")]
    ]

    found = reader("contracts.search_contracts", q="生成验证", min_position=last.position).parsed
    assert {one.number for one in found.hits} == {"页-1", "页-2", "页-3"}


def test_a_refusal_is_a_problem_with_its_machine_name(client: Callable[[str], GeneratedClient], shared: House) -> None:
    finance = client("finance")
    contract = shared.in_force(number="客-2")
    payment = {"payment_id": "p1", "amount": {"amount": "99999.00", "currency": "CNY"}}
    refused = finance("contracts.record_payment", contract, body=("RecordPayment", payment))
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert isinstance(refused.parsed, finance.models.Problem)
    assert (refused.parsed.name, refused.parsed.status) == ("PaymentExceedsBalance", 409)
