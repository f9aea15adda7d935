"""Brokers and clients on machines of their own, whose links can be cut: network namespaces around a switch.

What is sent over a link that is down vanishes without a word: nobody is refused, no connection breaks. As a program, relays that lose
patience sooner than those of `tests.kafka.relaying`: `python -m tests.kafka.namespace DSN LEDGER BROKERS PARTITIONS`.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from infra.kafka import brokers, session
from tests.kafka.broker import Broker, Node
from tests.kafka.relaying import main, publish

TOOLS = {"ip": "iproute2", "nsenter": "util-linux", "setpriv": "util-linux", "unshare": "util-linux"}
PORT, SECURE, MUTUAL, CONTROLLER = 9092, 9093, 9094, 9095


def missing() -> str | None:
    """What is not there for namespaces, or who may not make them; None where all is well."""
    lacking = {package for tool, package in TOOLS.items() if shutil.which(tool) is None}
    if lacking:
        return f"there are no network namespaces without {' and '.join(sorted(lacking))}"
    trial = "ip link add name switch type bridge && ip link add name port type veth peer name far && ip link set dev port master switch"
    tried = subprocess.run(["unshare", "--net", "sh", "-c", trial], capture_output=True, text=True, check=False)
    if tried.returncode:
        return (
            f"network namespaces with a bridge cannot be made here, which takes root (CAP_SYS_ADMIN, CAP_NET_ADMIN): {tried.stderr.strip()}"
        )
    return None


class Machine:
    """A network namespace, which has no name: it is gone with the processes in it, and the first of them ends with this one."""

    def __init__(self) -> None:
        """Without any link but the one to itself."""
        waiting = ["unshare", "--net", "sh", "-c", "ip link set dev lo up && echo && exec cat"]
        self._first = subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._first.stdout is not None
        assert self._first.stdout.readline() == b"\n"

    @property
    def process(self) -> int:
        """The id of a process in it."""
        return self._first.pid

    @property
    def inside(self) -> tuple[str, ...]:
        """What runs a command in it, for no longer than this process lives."""
        return ("nsenter", f"--net=/proc/{self.process}/ns/net", "setpriv", "--pdeathsig", "KILL")

    def ip(self, *commands: str) -> None:
        """Commands of `ip`, in it."""
        network((*self.inside, "ip"), commands)

    def end(self) -> None:
        """Lets go of it."""
        self._first.kill()
        self._first.communicate()


def network(ip: Sequence[str], commands: Sequence[str]) -> str:
    """What `ip` answers to commands."""
    ran = subprocess.run([*ip, "-batch", "-"], input="\n".join(commands), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


class Switch:
    """Joins machines, and this process, in a network that nobody else is in."""

    def __init__(self, machine: Machine) -> None:
        """In a machine of its own, which takes all links with it when it goes."""
        self._machine = machine
        taken = network(["ip"], ["address show"])
        # From the addresses that are set aside for trying out networks (RFC 2544), and none that is in use here.
        free = [one for one in (f"198.{18 + n // 256}.{n % 256}" for n in range(512)) if f" {one}." not in taken]
        self._net = random.SystemRandom().choice(free)
        self._near = f"tally{machine.process}"
        machine.ip("link add name switch type bridge", "link set dev switch up")
        network(
            ["ip"],
            [
                f"link add name {self._near} type veth peer name near netns {machine.process}",
                f"address add {self._net}.1/24 dev {self._near}",
                f"link set dev {self._near} up",
            ],
        )
        machine.ip("link set dev near master switch", "link set dev near up")

    def join(self, machine: Machine, number: int) -> str:
        """Links a machine; answers its address."""
        port, address = f"port{number}", f"{self._net}.{10 + number}"
        self._machine.ip(
            f"link add name {port} type veth peer name far netns {machine.process}",
            f"link set dev {port} master switch",
            f"link set dev {port} up",
        )
        machine.ip(f"address add {address}/24 dev far", "link set dev far up")
        return address

    @contextmanager
    def cut(self, number: int) -> Iterator[None]:
        """Takes the link of a machine down for the length of a `with`."""
        self._machine.ip(f"link set dev port{number} down")
        try:
            yield
        finally:
            self._machine.ip(f"link set dev port{number} up")

    def end(self) -> None:
        """Takes all links away."""
        network(["ip"], [f"link delete dev {self._near}"])


class Apart(NamedTuple):
    """Three brokers, and the clients beside them, as far as they are not in this process."""

    switch: Switch
    brokers: list[Broker]
    clients: Machine

    @property
    def bootstrap(self) -> tuple[str, ...]:
        """Where all brokers are."""
        return tuple(broker.bootstrap for broker in self.brokers)

    @contextmanager
    def without_broker(self, number: int) -> Iterator[None]:
        """Nobody reaches one of them, and it reaches nobody, for the length of a `with`."""
        with self.switch.cut(number):
            yield

    @contextmanager
    def without_clients(self) -> Iterator[None]:
        """The clients reach no broker for the length of a `with`."""
        with self.switch.cut(len(self.brokers)):
            yield


@contextmanager
def apart() -> Iterator[Apart]:
    """Three brokers that keep each record three times, each on a machine of its own, and one for clients; all gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tally-kafka-"))
    with ExitStack() as held:
        held.callback(shutil.rmtree, folder, ignore_errors=True)

        def machine() -> Machine:
            it = Machine()
            held.callback(it.end)
            return it

        switch = Switch(machine())
        held.callback(switch.end)
        machines = [machine() for _ in range(4)]
        hosts = [switch.join(one, number) for number, one in enumerate(machines)]
        voters = {number: f"{host}:{CONTROLLER}" for number, host in enumerate(hosts[:3], 1)}
        found: list[Broker] = []
        for (number, host), one in zip(enumerate(hosts[:3], 1), machines, strict=False):
            (folder / str(number)).mkdir()
            node = Node(PORT, SECURE, MUTUAL, CONTROLLER, PORT, number, voters, host)
            found.append(Broker(folder / str(number), node, one.inside, found[0] if found else None))
            held.callback(found[-1].stop, signal.SIGKILL)
        for broker in found:
            broker.begin()
        for broker in found:
            broker.wait()
        yield Apart(switch, found, machines[-1])


def impatient(dsn: str, name: str, bootstrap: str, partitions: str) -> None:
    """A relay like any other that waits for a quarter of the time for everything."""
    brokers.ANSWER_MS //= 4  # type: ignore[misc]
    brokers.DELIVERY_MS //= 4  # type: ignore[misc]
    brokers.TRANSACTION_MS //= 4  # type: ignore[misc]
    session.FLUSH_S /= 4  # type: ignore[misc]
    session.COMMIT_S /= 4  # type: ignore[misc]
    publish(dsn, name, bootstrap, partitions)


if __name__ == "__main__":
    main(sys.argv[1:], impatient)
