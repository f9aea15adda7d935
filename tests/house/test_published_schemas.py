"""What topics hold is described, and what was described once is not changed so that a reader breaks."""

from __future__ import annotations

import subprocess
import sys

from domain.facts import FACTS
from scripts import topics


def test_what_is_committed_is_what_the_code_says_and_breaks_nobody() -> None:
    held = topics.committed()
    assert topics.broken(held, {**held, **topics.texts()}) == [], "what is published needs a new version: raise the fact's SCHEMA"
    assert topics.outdated() == [], "run `python -m scripts.schemas`"


def test_every_file_is_of_something_that_is_published() -> None:
    for name in topics.committed():
        kind, _, version = name.removesuffix(".json").partition("@")
        newest = FACTS[kind].SCHEMA if kind in FACTS else 1
        assert 1 <= int(version) <= newest
        assert (kind in FACTS and topics.is_published(FACTS[kind])) or kind in ("contract.state", "party.state")


def test_the_check_against_a_revision_is_the_one_that_runs_in_ci() -> None:
    typed = [sys.executable, "-m", "scripts.topics", "--against", "HEAD"]
    ran = subprocess.run(typed, cwd=topics.ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr
