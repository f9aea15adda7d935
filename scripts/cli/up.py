"""`tally up`: the ledger, its views and the HTTP interface, until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import os
import shlex
import shutil
import socket
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from infra.opening import Opened
from infra.settings import Settings
from scripts.cli import demo_key, projecting
from scripts.cli.moments import brief
from scripts.cli.running import only_one
from scripts.cli.session import the_ledger
from scripts.cli.streaming import NO_BROKER, Stream, chosen, published, require_partitions
from scripts.cli.terminal import Stopped, out, progress, say

FIRST_PORT: Final = 8080
_PORTS: Final = 100


class Served(NamedTuple):
    """What is served, and how it can be reached."""

    url: str
    settings: Settings
    key: str | None = None
    kafka: str = NO_BROKER


class Processes(NamedTuple):
    """How many answer, this one among them; how many keep the views, None for this one; and how many share the alert rules."""

    workers: int
    views: int | None
    watchers: int


def up(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Write a portfolio to look at, and issue a key to it.")] = False,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="The port; the first free one from 8080 on by default.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=4, help="Processes that answer requests.")] = 1,
    views: projecting.WhereViews = projecting.HERE,
    kafka: Annotated[str | None, typer.Option(metavar="BROKERS|embedded|none", help="Where the ledger is published to.")] = None,
    watchers: Annotated[int, typer.Option(min=1, max=16, help="Processes that share the alert rules, by Kafka's partitions.")] = 1,
) -> None:
    """Start the ledger: its database, its views and the HTTP interface.

    Everything lives under TALLY_HOME; nothing else is needed. Stop it with
    Ctrl-C, or by SIGTERM: requests under way are answered, and the embedded
    database is stopped unless another process uses it.

    With --kafka, or TALLY_KAFKA_BOOTSTRAP, the relay runs, too. `embedded` is
    a broker that is started here, keeps all in memory and is filled from the
    ledger at each start; --demo uses it if it is installed.

    Examples:
      tally up --demo
      tally up --kafka kafka-1:9092,kafka-2:9092
      tally up --port 9000
      tally up --workers 2 --views 2
      TALLY_HOME=~/another tally up
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings.from_environment()
    try:
        with ExitStack() as held:
            stream = chosen(kafka, demo=demo)
            require_partitions(stream, watchers)
            processes = Processes(workers, projecting.processes(views), watchers)
            _serve(held, settings, demo=demo, host=host, port=port, processes=processes, stream=stream)
    except KeyboardInterrupt:
        pass
    except SystemExit as ended:
        # SIGTERM is how a service is stopped: nothing went wrong.
        if ended.code is None or isinstance(ended.code, str) or ended.code < 128:  # noqa: PLR2004 - where signals begin
            raise
    say("Stopped.")


def _serve(held: ExitStack, settings: Settings, *, demo: bool, host: str, port: int | None, processes: Processes, stream: Stream) -> None:
    from api import serve
    from scripts.cli.supervision import consumers_kept_running, embedded_kept_running, more_workers

    since = f"{brief(datetime.now(UTC))} UTC"
    turn = held.enter_context(only_one(settings, since))
    listening = held.enter_context(closing(_listen(host, port)))
    it = held.enter_context(the_ledger())
    held.enter_context(embedded_kept_running(settings))
    key = _demonstrate(it, settings) if demo else None
    projectors = held.enter_context(projecting.kept(it, processes.views))
    server = serve.server(it, projectors)
    held.enter_context(more_workers(processes.workers - 1, listening))
    held.enter_context(consumers_kept_running(watching=processes.watchers == 1))
    held.enter_context(published(stream, processes.watchers))
    url = address(host, listening)
    turn.say(url, since, stream.brokers if stream.program else "")
    _greet(it, Served(url, settings, key, stream.said), exposed=not is_loopback(host))
    server.run(sockets=[listening])


def _listen(host: str, port: int | None) -> socket.socket:
    """The socket, so that an address that is taken is known before anything else is started."""
    import errno

    from api import serve

    if port is not None:
        return _listen_at(host, port)
    for candidate in range(FIRST_PORT, FIRST_PORT + _PORTS):
        try:
            return serve.listen(host, candidate)
        except serve.AddressTaken as error:
            if getattr(error.__cause__, "errno", None) != errno.EADDRINUSE:
                raise Stopped(str(error)) from error
    raise Stopped(f"The ports {FIRST_PORT} to {FIRST_PORT + _PORTS - 1} are all taken; choose one with --port.")


def _listen_at(host: str, port: int) -> socket.socket:
    from api import serve

    try:
        return serve.listen(host, port)
    except serve.AddressTaken as error:
        raise Stopped(str(error)) from error


def address(host: str, listening: socket.socket) -> str:
    """The URL to reach the server by, from this machine where it listens everywhere."""
    port = listening.getsockname()[1]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read here, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _demonstrate(it: Opened, settings: Settings) -> str:
    from scripts import demo

    with progress("Writing the demonstration portfolio") as bar:
        written = demo.write(it.ledger, on_progress=bar.at)
    if written.facts:
        out().print(f"The demonstration portfolio: {written.contracts} contracts, {written.facts} facts.", soft_wrap=True)
    return demo_key.ensure(it, settings)


def _greet(it: Opened, served: Served, *, exposed: bool) -> None:
    console = out()

    def line(text: str) -> None:
        console.print(text, soft_wrap=True)

    place = served.settings.home if served.settings.database_url is None else "the database of TALLY_DATABASE_URL"
    line(f"Tallystick {version('tallystick')} serves {place}, ledger {it.names.ledger!r}.")
    line(f"  URL  {served.url}/api/v1   (described at {served.url}/api/v1/openapi.json)")
    if exposed:
        line("  Others can reach this address, and nothing on the way is encrypted: put a proxy with TLS in front of it.")
    if served.key is not None:
        line(f"  Key  {served.key}   (all roles; kept in {demo_key.file(served.settings)}, for you alone)")
    line(f"  Kafka  {served.kafka}")
    line("Three things to try:" if served.key else "What to do first:")
    for command in suggestions(served):
        line(f"  {command}")
    line("Stop with Ctrl-C.")
    sys.stdout.flush()


def suggestions(served: Served) -> tuple[str, ...]:
    """Commands as they can be pasted into another terminal."""
    tally = _how_to_call()
    if served.key is None:
        return (f"{tally} key issue YOUR.NAME --role drafter --role reader", f"{tally} import ocds PATH", f"{tally} doctor")
    return (
        f"curl -s -H 'Authorization: Bearer {served.key}' '{served.url}/api/v1/contracts?status=in_force'",
        f"{tally} show XS-2025-004 --valid-at 2025-09-30",
        f"{tally} history CG-2025-002",
    )


def _how_to_call() -> str:
    """The command line as it can be typed here: by its name if that is found, else by its path, with what it needs to know."""
    program = Path(sys.argv[0]).resolve()
    known = shutil.which("tally")
    if known is not None and Path(known).resolve() == program:
        call = "tally"
    else:
        below = program.is_relative_to(Path.cwd())
        call = shlex.quote(str(program.relative_to(Path.cwd()) if below else program))
    needed = [f"{name}={shlex.quote(os.environ[name])}" for name in ("TALLY_HOME", "TALLY_LEDGER") if os.environ.get(name)]
    return " ".join([*needed, call])
