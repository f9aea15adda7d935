"""Whole lives of contracts over HTTP: drafted, approved, signed, amended, delivered, paid and completed, by one client and by eight."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from api.keys import issue
from api.serve import listen, server
from domain.access import Role
from infra.ledger import Asker
from infra.opening import opened
from infra.settings import Settings
from projections.runner import Projectors
from scripts.bench.measure import Options, Report, Sample, Step, drive, options, rates, take_turns

PARTS = 5
CLAUSES = 12
FACTS = 60
START_WITHIN_S = 120
ENOUGH = {1: 3.0, 8: 8.0}


class Call(NamedTuple):
    """One request of a life: who sends it, to which command ("" drafts), with what."""

    who: Role
    command: str
    body: Mapping[str, object]


def money(amount: int) -> dict[str, str]:
    """An amount in yuan."""
    return {"amount": f"{amount}.00", "currency": "CNY"}


def drafted() -> Call:
    """A draft with a text, items, and both schedules."""
    body: dict[str, object] = {
        "number": uuid.uuid4().hex[:12],
        "title": "办公设备采购合同 / Office equipment",
        "kind": "other",
        "direction": "payable",
        "our_entity": "塔利科技",
        "counterparties": [{"counterparty_id": "c1", "name": "华东办公", "role": "supplier"}],
        "value": money(1_000 * PARTS),
        "clauses": [{"clause_id": f"{n}", "heading": "验收 / Acceptance", "text": "到货后十日内验收。" * 12} for n in range(CLAUSES)],
        "items": [
            {"item_id": f"{n}", "description": "办公桌 / Desk", "quantity": "10", "unit": "张", "unit_price": "100"} for n in range(PARTS)
        ],
        "instalments": [{"instalment_id": f"i{n}", "amount": money(1_000), "due": "2027-06-30", "description": ""} for n in range(PARTS)],
        "deliveries": [{"delivery_id": f"d{n}", "description": "办公桌 / Desks", "due": "2027-05-31"} for n in range(PARTS)],
    }
    return Call(Role.DRAFTER, "", body)


def life() -> Iterator[Call]:
    """The requests of one whole life, in their order."""
    yield drafted()
    yield Call(Role.DRAFTER, "submit-for-approval", {"note": "请审批 / Please approve"})
    yield Call(Role.APPROVER, "approve", {"opinion": "同意 / Agreed"})
    for party in ("us", "c1"):
        yield Call(Role.DRAFTER, "sign", {"party": party, "signatory": "王芳", "method": "wet_ink"})
    operations = [{"op": "change_title", "title": "办公设备采购合同（修订）"}]
    yield Call(Role.DRAFTER, "propose-amendment", {"amendment_id": "a1", "operations": operations, "why": "名称有误 / Wrong name"})
    yield Call(Role.APPROVER, "approve-amendment", {"amendment_id": "a1", "opinion": "同意"})
    for party in ("us", "c1"):
        yield Call(Role.DRAFTER, "sign-amendment", {"amendment_id": "a1", "party": party, "signatory": "王芳", "method": "wet_ink"})
    for n in range(PARTS):
        yield Call(Role.DRAFTER, "note", {"text": f"第 {n} 批已发货 / Batch {n} is on its way"})
        yield Call(Role.DRAFTER, "record-delivery", {"delivery_id": f"d{n}", "description": "到货 / Came"})
        yield Call(Role.APPROVER, "accept-delivery", {"delivery_id": f"d{n}", "note": "合格 / Sound"})
        payment = {"payment_id": f"p{n}", "amount": money(1_000), "method": "bank_transfer", "instalment_id": f"i{n}"}
        yield Call(Role.FINANCE, "record-payment", payment)
    yield Call(Role.DRAFTER, "complete-contract", {"note": "履行完毕 / Done"})


def serve(home: str, told: Connection) -> None:
    """A ledger with its views and its server, in a process of its own; says where, and ends when it is told to."""
    with opened(Settings(home=Path(home), database_url=None, ledger="ledger")) as it, Projectors(it) as projectors:
        keys = {role.value: issue(it, role.value, [role], Asker("bench", "bench", "cli")) for role in Role}
        listening = listen(port=0)
        told.send((listening.getsockname()[1], keys))
        server(it, projectors).run(sockets=[listening])


@contextmanager
def served() -> Iterator[tuple[int, Mapping[str, str]]]:
    """The port of a server, and a key for each role."""
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe()
    with tempfile.TemporaryDirectory(prefix="tally-bench-", ignore_cleanup_errors=True) as home:
        process = start.Process(target=serve, args=(home, there))
        process.start()
        try:
            if not here.poll(START_WITHIN_S):
                message = "the server did not start"
                raise SystemExit(message)
            yield here.recv()
        finally:
            process.terminate()
            process.join()


def turn(port: int, keys: Mapping[str, str], clients: int, seconds: float) -> Sample:
    """So many clients lead lives for so long, each over a connection of its own."""
    with ExitStack() as held:
        return drive(clients, seconds, living(port, keys, held))


def living(port: int, keys: Mapping[str, str], held: ExitStack) -> Callable[[int], Step]:
    """Steps that lead one life each, over a connection that is closed with the stack."""

    def step_of(_: int) -> Step:
        connection = held.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)))

        def step() -> int:
            where, facts = "", 0
            for call in life():
                answer = send(connection, f"/api/v1/contracts{where}" + (f"/{call.command}" if call.command else ""), keys[call.who], call)
                where = f"/{answer['id']}"
                facts += len(answer["facts"])
            if facts < FACTS:
                message = f"a life of {facts} facts is too short to be measured"
                raise Refused(message)
            return 1

        return step

    return step_of


class Refused(Exception):
    """The server answered otherwise than a whole life goes."""


def send(connection: http.client.HTTPConnection, path: str, key: str, call: Call) -> dict[str, list[str]]:
    """Sends one request; its answer. Raises Refused."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
    connection.request("POST", path, json.dumps(call.body).encode(), headers)
    response = connection.getresponse()
    body = response.read()
    if response.status not in (200, 201):
        raise Refused(f"{path}: {response.status} {body[:500].decode(errors='replace')}")
    answer: dict[str, list[str]] = json.loads(body)
    return answer


def measure(wanted: Options) -> Report:
    """One client, then eight."""
    report = Report("served", wanted)
    calls = sum(1 for _ in life())
    with served() as (port, keys):
        for clients, enough in ENOUGH.items():
            what = f"lives of {FACTS} facts and more in {calls} requests, {clients} client{'s' * (clients > 1)}"
            samples = take_turns(what, {"ours": partial(turn, port, keys, clients)}, wanted)
            report.add(what, samples)
            report.ratio(f"{what}: a second", rates(samples["ours"]), [1.0] * wanted.rounds, at_least=enough)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Whole lives of contracts over HTTP.", seconds=4.0)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
