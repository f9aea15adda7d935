"""Pages of the register: in every order and by its filters in the database, and over HTTP beside an endpoint that does nothing."""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import orjson
import uvicorn
from fastapi import FastAPI, Response

from api.keys import issue
from api.serve import listen, server
from domain.access import Role
from domain.contract.vocabulary import Direction, Status
from infra.ledger import Asker
from infra.opening import Opened, opened
from infra.settings import Settings
from projections.register import REGISTER, Register, RegisterQuery
from projections.register.queries import SORTS
from projections.runner import Projectors, catch_up
from projections.search import SEARCH
from scripts.bench import lives
from scripts.bench.measure import Options, Report, Sample, Step, drive, options, percentiles_ms, rates, say, take_turns
from scripts.bench.served import START_WITHIN_S

CLIENTS: Final = 8
# While one writes: how many notes a second, each of which moves the ledger and all of its views.
NOTES_PER_S: Final = 20
P99_IN_DATABASE_MS: Final = 50.0
P99_OVER_HTTP_MS: Final = 100.0
QUERIES: Final = {
    **{f"by {sort}": RegisterQuery(sort=sort) for sort in SORTS},
    **{f"by {sort}, last first": RegisterQuery(sort=sort, descending=True) for sort in SORTS},
    "in force": RegisterQuery(status=(Status.IN_FORCE,)),
    "of an owner": RegisterQuery(owner="wang.min"),
    "of nobody": RegisterQuery(owner="nobody"),
    "of a department, by value": RegisterQuery(department="行政部 / Administration", sort="value_minor", descending=True),
    "payable, by end": RegisterQuery(direction=Direction.PAYABLE, sort="period_end"),
    "of some value": RegisterQuery(min_value_minor=8_342_050, max_value_minor=8_342_060, currency="CNY"),
    "with a tag": RegisterQuery(tag="none has it"),
    "with a number's beginning": RegisterQuery(number_prefix="采-2026-00001"),
    "with a part of a name": RegisterQuery(counterparty="办公设备"),
    "with a part of no name": RegisterQuery(counterparty="没有"),
    "with words that all hold": RegisterQuery(search="违约金"),
    "with words that none holds": RegisterQuery(search="没有此词"),
}
# What a client may ask for, over and over.
PATHS: Final = (
    "/api/v1/contracts?limit=20",
    "/api/v1/contracts?limit=20&sort=value&order=desc",
    "/api/v1/contracts?limit=20&status=in_force",
    "/api/v1/contracts?limit=20&owner=wang.min&sort=period_end",
)


def timed(register: Register, query: RegisterQuery, times: int) -> list[float]:
    """How long a page took, each time, in seconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        register.find(query)
        took.append(time.perf_counter() - began)
    return took


def in_database(it: Opened, report: Report, rounds: int) -> None:
    """Every question by turns. The driver and what makes rows of the answer are in it."""
    register = Register(it)
    took: dict[str, list[float]] = {what: [] for what in QUERIES}
    for _ in range(rounds):
        for what, query in QUERIES.items():
            took[what] += timed(register, query, 4)
    for what, times in took.items():
        median, slowest = percentiles_ms(list(times))
        report.figure(f"in the database: {what}", p50_ms=median, p99_ms=slowest)
    _, slowest = percentiles_ms([t for times in took.values() for t in times])
    report.ratio("in the database: 99 % of all questions, ms", [slowest], [1.0], at_most=P99_IN_DATABASE_MS)


def serve(home: str, told: Connection) -> None:
    """The ledger's server and one that answers with the same bytes, each in a process of its own while it is asked."""
    with opened(Settings(home=Path(home), database_url=None, ledger="ledger")) as it, Projectors(it) as projectors:
        key = issue(it, "bench", [Role.AUDITOR, Role.DRAFTER], Asker("bench", "bench", "cli"))
        # What the others have to catch up with is no part of what is measured.
        head = it.store.head()
        if not all(projectors.wait_for(view, head, START_WITHIN_S / 2) for view in projectors.health()):
            message = "the views did not catch up"
            raise SystemExit(message)
        listening = listen(port=0)
        told.send((listening.getsockname()[1], key))
        server(it, projectors).run(sockets=[listening])


def serve_nothing(bodies: dict[str, bytes], told: Connection) -> None:
    """An endpoint of the same framework that has its answer ready."""
    app = FastAPI()

    @app.get("/{path:path}")
    def answer(path: str) -> Response:  # noqa: ARG001 - any
        return Response(next(endless), media_type="application/json")

    endless = cycle(bodies.values())
    listening = listen(port=0)
    told.send((listening.getsockname()[1], ""))
    config = uvicorn.Config(app, http="httptools", ws="none", log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def running(target: Callable[..., None], given: object) -> Iterator[tuple[int, str]]:
    """The port and the key of a server in a process of its own."""
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe()
    process = start.Process(target=target, args=(given, there))
    process.start()
    try:
        if not here.poll(START_WITHIN_S):
            message = "the server did not start"
            raise SystemExit(message)
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def get(connection: http.client.HTTPConnection, path: str, key: str) -> bytes:
    """The body of an answer. Raises SystemExit for any but 200."""
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:  # noqa: PLR2004 - that of HTTP
        message = f"{path}: {response.status} {body[:300].decode(errors='replace')}"
        raise SystemExit(message)
    return body


def same_pages(number: int) -> Iterator[str]:
    """What one of the clients asks for, over and over, as dashboards do."""
    return cycle((*PATHS[number % len(PATHS) :], *PATHS[: number % len(PATHS)]))


def other_pages(number: int) -> Iterator[str]:
    """The same, but nothing a second time."""
    # A bound that leaves nothing out, and is another each time.
    start = 10**12 + time.time_ns() // 1_000 % 10**13
    return (f"{path}&currency=CNY&max_value={start + n}" for n, path in enumerate(same_pages(number)))


def reading(port: int, key: str, pages: Callable[[int], Iterator[str]] = same_pages) -> Callable[[float], Sample]:
    """Eight clients that ask for pages, each over a connection of its own."""

    def turn(seconds: float) -> Sample:
        with ExitStack() as held:

            def step_of(number: int) -> Step:
                connection = held.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)))
                paths = pages(number)
                return lambda: min(1, len(get(connection, next(paths), key)))

            return drive(CLIENTS, seconds, step_of)

    return turn


def while_one_writes(port: int, key: str) -> Callable[[float], Sample]:
    """The same pages over and over, beside somebody who takes notes."""
    turn = reading(port, key)

    def writing(stop: threading.Event) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            contract = orjson.loads(get(connection, PATHS[0], key))["contracts"][0]["id"]
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            while not stop.wait(1 / NOTES_PER_S):
                connection.request("POST", f"/api/v1/contracts/{contract}/note", body='{"text": "x"}', headers=headers)
                with closing(connection.getresponse()) as response:
                    response.read()
                    if response.status != 200:  # noqa: PLR2004 - that of HTTP
                        message = f"a note was answered with {response.status}"
                        raise SystemExit(message)

    def beside(seconds: float) -> Sample:
        stop = threading.Event()
        writer = threading.Thread(target=writing, args=(stop,))
        writer.start()
        try:
            return turn(seconds)
        finally:
            stop.set()
            writer.join()

    return beside


def over_http(home: str, report: Report, wanted: Options) -> None:
    """Turn by turn with the endpoint that does nothing."""
    with running(serve, home) as (port, key):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            bodies = {path: get(connection, path, key) for path in PATHS}
        with running(serve_nothing, bodies) as (idle, _):
            contestants = {
                "same pages": reading(port, key),
                "same pages while one writes": while_one_writes(port, key),
                "each page once": reading(port, key, other_pages),
                "nothing": reading(idle, ""),
            }
            samples = take_turns("HTTP", contestants, wanted)
    report.add("HTTP, 8 clients", samples)
    report.figure("HTTP: bytes of a page", mean=sum(map(len, bodies.values())) / len(bodies))
    nothing = rates(samples.pop("nothing"))
    for pages, taken in samples.items():
        # Only of what was asked before can the answer be at hand, as it is at the endpoint that does nothing.
        least = 0.5 if pages == "same pages" else None
        report.ratio(f"HTTP: {pages} / an empty endpoint with the same bytes", rates(taken), nothing, at_least=least)
        slowest = [s.p99_ms for s in taken]
        report.ratio(f"HTTP: 99 % of {pages}, ms", slowest, [1.0] * len(slowest), at_most=P99_OVER_HTTP_MS)


def measure(wanted: Options) -> Report:
    """One ledger for all of it."""
    report = Report("lists", wanted)
    contracts = wanted.rest.contracts or (200 if wanted.quick else 5_000)
    with tempfile.TemporaryDirectory(prefix="tally-bench-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), database_url=None, ledger="ledger")
        with opened(settings) as it:
            say(f"writing {contracts * lives.LENGTH:,} entries")
            lives.fill(it.store, contracts)
            for view in (REGISTER, SEARCH):
                catch_up(it, view)
            with it.views.use() as connection, connection.cursor() as cursor:
                for table in (*REGISTER.placed(it).values(), *SEARCH.placed(it).values()):
                    cursor.execute(f"VACUUM ANALYZE {table}")
            in_database(it, report, wanted.rounds)
        over_http(home, report, wanted)
    return report


def more(parser: argparse.ArgumentParser) -> None:
    """Options of this program."""
    parser.add_argument("--contracts", type=int, default=None, help="how many contracts, each of 20 entries")


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Pages of the register, in the database and over HTTP.", seconds=3.0, more=more)).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
