"""The embedded PostgreSQL of a home, shared by every process that uses it.

Each user process holds a shared lock on `<home>/postgres.users`; whoever lets go of it last stops the server. The kernel
drops the locks of a killed process, so that no crash leaves the count of users wrong. Starting and stopping happen under an
exclusive lock on `<home>/postgres.lock`. A last user that is killed leaves the server running for the next one to adopt.
"""

import atexit
import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from infra.embedded_account import EmbeddedPostgresError
from infra.embedded_cluster import Cluster, ServerStatus

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "ServerStatus", "postmaster_pid", "running", "status"]

_TURN_S = 180.0

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Use:
    """One cluster in use by this process: its lock, and how many acquisitions stand on it."""

    cluster: Cluster
    lock: int
    acquisitions: int = 0


class _Process:
    """What this process uses, and the lock files it has open."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Use nothing yet."""
        self.turn = threading.RLock()
        self.uses: dict[Path, _Use] = {}
        self.open_locks: set[int] = set()

    def forget(self) -> None:
        """In a forked child: drop the parent's uses without ending them.

        Closing is enough and unlocking would be wrong, since parent and child share the lock.
        """
        for lock in self.open_locks:
            with suppress(OSError):
                os.close(lock)
        self.begin()


_process = _Process()
os.register_at_fork(after_in_child=_process.forget)


class EmbeddedPostgres:
    """One acquisition of a home's server; the server runs at least until it is released."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        """Hold what `acquire` has acquired; call that instead."""
        self._cluster = cluster
        self._url = url
        self._owner_pid = os.getpid()
        self._released = False

    @classmethod
    def acquire(cls, home: Path) -> Self:
        """Use the server of `home`, making and starting it if need be.

        A process may acquire a home several times, from any thread. What it has not released when it exits is released then.
        Raises EmbeddedPostgresError when the server cannot be made, or does not accept connections within 60 seconds.
        """
        cluster = Cluster.of(home)
        _make_home(cluster.home)
        with _process.turn, _alone(cluster):
            use = _process.uses.get(cluster.home)
            if use is None:
                use = _Use(cluster, _open_lock(cluster.home / "postgres.users"))
                fcntl.flock(use.lock, fcntl.LOCK_SH)
            try:
                url = cluster.ensure_running()
            except BaseException:
                if not use.acquisitions:
                    _close_lock(use.lock)
                raise
            use.acquisitions += 1
            _process.uses[cluster.home] = use
        return cls(cluster, url)

    @property
    def url(self) -> str:
        """A libpq URL for the bootstrap superuser, over a socket that only the server's user and root can reach."""
        return self._url

    def ensure_running(self) -> str:
        """Start the server again if it has crashed; return its URL.

        Raises EmbeddedPostgresError when this acquisition has ended or belongs to another process, or the server does not
        accept connections within 60 seconds.
        """
        with _process.turn:
            if self._ended():
                message = "This use of the embedded PostgreSQL has ended, or belongs to a parent process. Acquire it anew."
                raise EmbeddedPostgresError(message)
            with _alone(self._cluster):
                self._url = self._cluster.ensure_running()
        return self._url

    def release(self) -> None:
        """Stop using the server, and stop the server itself if nobody else uses it. A second call does nothing.

        Raises EmbeddedPostgresError when the server does not stop within 60 seconds.
        """
        with _process.turn:
            if self._ended():
                return
            self._released = True
            use = _process.uses[self._cluster.home]
            use.acquisitions -= 1
            if not use.acquisitions:
                _end(use)

    def _ended(self) -> bool:
        return self._released or self._owner_pid != os.getpid() or self._cluster.home not in _process.uses


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Use the server of `home` for the length of a with block; the value is a libpq URL for its superuser.

    Raises EmbeddedPostgresError as EmbeddedPostgres.acquire does.
    """
    acquired = EmbeddedPostgres.acquire(home)
    try:
        yield acquired.url
    finally:
        acquired.release()


def status(home: Path) -> ServerStatus:
    """Describe the server of `home` without starting it; the directory need not exist.

    Raises EmbeddedPostgresError when PostgreSQL's programs are not installed.
    """
    return Cluster.of(home).status()


def postmaster_pid(home: Path) -> int | None:
    """Return the process id of the postmaster that serves `home`, or None when none runs."""
    return Cluster.of(home).postmaster_pid()


def _end(use: _Use) -> None:
    """Give up this process's lock, and stop the server when no other process holds one."""
    del _process.uses[use.cluster.home]
    if not use.cluster.home.exists():
        # A server whose data directory is gone stops by itself within a minute.
        _close_lock(use.lock)
        return
    try:
        with _alone(use.cluster):
            try:
                fcntl.flock(use.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            use.cluster.stop()
    finally:
        _close_lock(use.lock)


@atexit.register
def _end_all() -> None:
    with _process.turn:
        for use in list(_process.uses.values()):
            try:
                _end(use)
            except (EmbeddedPostgresError, OSError) as error:
                _logger.warning("The embedded PostgreSQL in %s may be left running: %s", use.cluster.directory, error)


@contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """Wait for the exclusive right to start and stop the server."""
    lock = _open_lock(cluster.home / "postgres.lock")
    deadline = time.monotonic() + _TURN_S
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    message = (
                        f"Another process has been starting or stopping the embedded PostgreSQL in {cluster.directory} for "
                        f"{_TURN_S:.0f} seconds. Look for a suspended tally process, end it and try again."
                    )
                    raise EmbeddedPostgresError(message) from None
                time.sleep(0.02)
        yield
    finally:
        _close_lock(lock)


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{home} cannot be made: {error.strerror}. Set TALLY_HOME to a directory that this user can write to."
        raise EmbeddedPostgresError(message) from error


def _open_lock(path: Path) -> int:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        message = f"{path} cannot be opened: {error.strerror}. Set TALLY_HOME to a directory that this user can write to."
        raise EmbeddedPostgresError(message) from error
    if os.geteuid() == 0 and os.fstat(lock).st_nlink == 1:
        # The home's owner must still be able to lock after root has run a command in it.
        os.fchown(lock, path.parent.stat().st_uid, -1)
    _process.open_locks.add(lock)
    return lock


def _close_lock(lock: int) -> None:
    # Unlocked by name: a child forked without Python's hooks may hold a copy, and closing ours would not end the lock then.
    fcntl.flock(lock, fcntl.LOCK_UN)
    _process.open_locks.discard(lock)
    os.close(lock)
