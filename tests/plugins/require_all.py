"""Turns a skipped test into a failed run that names it, loaded with `-p tests.plugins.require_all`."""

from __future__ import annotations

import pytest

_SKIPPED = pytest.StashKey[dict[str, str]]()


class _Ledger:
    """Collects what was skipped, while collecting modules as well as while running tests."""

    def __init__(self, skipped: dict[str, str]) -> None:
        self._skipped = skipped

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._skipped[report.nodeid] = _reason(report.longrepr)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # An expected failure is reported as skipped too, but it has been run.
        if report.skipped and not hasattr(report, "wasxfail"):
            self._skipped[report.nodeid] = _reason(report.longrepr)


def _reason(longrepr: object) -> str:
    match longrepr:
        case (_, _, str(reason)):
            return reason.removeprefix("Skipped: ")
        case _:
            return str(longrepr)


def pytest_configure(config: pytest.Config) -> None:
    skipped: dict[str, str] = {}
    config.stash[_SKIPPED] = skipped
    config.pluginmanager.register(_Ledger(skipped), "require-all-ledger")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[_SKIPPED] and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = config.stash[_SKIPPED]
    if skipped:
        terminalreporter.section("skipped although all tests are required", red=True, bold=True)
        for nodeid, reason in sorted(skipped.items()):
            terminalreporter.line(f"{nodeid}: {reason}")
