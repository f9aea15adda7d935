"""One `tally up` for each ledger: who serves it now, and where.

The server holds an exclusive lock on a file in the home for as long as it lives; the kernel drops the lock of a killed one. The
file says who holds it. Others look by asking for the lock and giving it back at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from infra.settings import Settings
from scripts.cli.terminal import Stopped

# Those who only look hold the lock for an instant.
_TURN_S = 1.0


class Running(NamedTuple):
    """The process that serves a ledger; `url` is empty while it is starting, `broker` where it has no embedded one."""

    pid: int
    url: str
    since: str
    broker: str = ""


class Turn:
    """The right to serve a ledger, and where to say so."""

    def __init__(self, lock: int) -> None:
        """Takes the locked file."""
        self._lock = lock

    def say(self, url: str, since: str, broker: str = "") -> None:
        """Lets others know where the ledger is served."""
        content = json.dumps({"pid": os.getpid(), "url": url, "since": since, "broker": broker}).encode()
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, content, 0)


def path(settings: Settings, name: str) -> Path:
    """A file in the home that belongs to one ledger: the default one's name is plain."""
    parts = [] if settings.ledger == "ledger" else [settings.ledger]
    if settings.database_url is not None:
        parts.append(hashlib.sha256(settings.database_url.encode()).hexdigest()[:8])
    return settings.home / "-".join([name, *parts])


@contextmanager
def only_one(settings: Settings, since: str) -> Iterator[Turn]:
    """The right to serve the ledger for the length of a `with`; stops with the other's address where somebody serves it already."""
    settings.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    file = path(settings, "up.lock")
    lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.geteuid() == 0:
            # The home's owner must still be able to serve it after root did.
            os.fchown(lock, settings.home.stat().st_uid, -1)
        deadline = time.monotonic() + _TURN_S
        while not _taken(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise Stopped(already(_read(lock), settings))
            time.sleep(0.02)
        turn = Turn(lock)
        turn.say("", since)
        try:
            yield turn
        finally:
            os.ftruncate(lock, 0)
    finally:
        os.close(lock)


def already(other: Running | None, settings: Settings) -> str:
    """What to tell somebody who comes second."""
    if other is None:
        return f"Another `tally up` is serving {settings.home}. Stop it first, or set TALLY_HOME to another directory."
    where = f"at {other.url}" if other.url else "(it is starting)"
    return (
        f"Tallystick already serves {settings.home} {where}: process {other.pid}, since {other.since}. "
        f"Use that one, stop it (Ctrl-C there, or `kill {other.pid}`), or set TALLY_HOME to another directory."
    )


def running(settings: Settings) -> Running | None:
    """Who serves the ledger now, if anybody."""
    try:
        lock = os.open(path(settings, "up.lock"), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return None if _taken(lock, fcntl.LOCK_SH) else _read(lock)
    finally:
        os.close(lock)


def _taken(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(lock: int) -> Running | None:
    try:
        said = json.loads(os.pread(lock, 4_096, 0))
        return Running(int(said["pid"]), str(said["url"]), str(said["since"]), str(said.get("broker", "")))
    except (ValueError, KeyError, TypeError):
        return None
