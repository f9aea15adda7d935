"""An import that is killed in the middle, and sent again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from infra.errors import StoreUnavailable
from infra.ledger import CONTRACT, Ledger
from infra.ocds.export import drafted
from infra.ocds.importer import import_paths
from infra.ocds.report import Progress
from infra.opening import Opened, closing_all, connect
from infra.schema import install
from tests.keys import MASTER
from tests.ocds.crashing import NOW
from tests.ocds.making import IMPORTER, import_files, import_json, later, package, release

ROOT = Path(__file__).parents[2]


def told(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Every contract's facts, their moments and commands."""
    identities = [d.stream.removeprefix(CONTRACT.prefix) for d in drafted(ledger.store, ledger.store.head())]
    return {i: [(e.fact, e.effective_at, e.command_id) for e in ledger.history(CONTRACT, i)] for i in identities}


def publications(folder: Path) -> None:
    """Three hundred processes of three releases each."""
    folder.mkdir()
    first = [release(ocid=f"o-{n}") for n in range(300)]
    second = [{**later("2020-06-01T00:00:00Z", "r2", title=f"Title {n}"), "ocid": f"o-{n}"} for n in range(300)]
    third = [{**later("2020-09-01T00:00:00Z", "r3", status="terminated"), "ocid": f"o-{n}"} for n in range(300)]
    for n, releases in enumerate((second, third, first)):
        (folder / f"{n}.json").write_text(json.dumps(package(*releases)))


def clients_of(postgres: str, role: str) -> int:
    with closing(psycopg2.connect(postgres)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'", (role,))
        return int((cursor.fetchone() or (0,))[0])


@pytest.mark.parametrize("share", [0.05, 0.4, 0.8])
def test_an_import_that_was_killed_and_sent_again_ends_as_one_that_was_not(
    share: float, postgres: str, new_ledger: Callable[[], Ledger], tmp_path: Path
) -> None:
    publications(tmp_path / "in")
    whole = new_ledger()
    import_files(Ledger(whole.store, clock=lambda: NOW), tmp_path / "in")
    total = whole.store.head()
    name = f"t{uuid.uuid4().hex[:12]}"
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.ocds.crashing", postgres, name, str(tmp_path / "in")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    with closing_all(connect(postgres, install(postgres, name), as_role=True, master=MASTER, clock=lambda: NOW)) as it:
        deadline = time.monotonic() + 60
        while it.store.head() < share * total and time.monotonic() < deadline and running.poll() is None:
            time.sleep(0.001)
        running.send_signal(signal.SIGKILL)
        assert running.wait(60) == -signal.SIGKILL
        running.stdout.close()
        # The server may be finishing what it was sent before the sender died.
        while clients_of(postgres, it.names.app) > 0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        at_the_crash = it.store.head()
        assert 0 < at_the_crash < total
        again = import_files(it.ledger, tmp_path / "in")
        assert at_the_crash + again.report.total.facts == it.store.head() == total
        assert told(it.ledger) == told(whole)


def test_a_store_that_is_gone_ends_the_import_and_the_next_one_goes_on(opened: Opened, tmp_path: Path) -> None:
    ledger, role = opened.ledger, opened.names.app

    def admin(statement: str) -> None:
        with closing(psycopg2.connect(opened.admin_dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def gone(at: Progress) -> None:
        if at == Progress("contracts", 20, 60):
            admin(f"ALTER ROLE {role} NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'")

    import_json(ledger, tmp_path, *(package(release(ocid=f"o-{n}")) for n in range(60)), dry_run=True)
    with pytest.raises(StoreUnavailable):
        import_paths(ledger, [tmp_path], asker=IMPORTER, on_progress=gone)
    admin(f"ALTER ROLE {role} LOGIN")
    done = import_files(ledger, tmp_path)
    assert done.report.total.contracts_new + done.report.total.contracts_unchanged == 60
    assert done.report.total.contracts_unchanged >= 20
    assert len(told(ledger)) == 60
