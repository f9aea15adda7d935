"""Any fact can be folded without those that it follows: at an earlier moment than theirs, they had not happened yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.contract import evolve
from domain.facts import Entry, Meta
from infra import codec
from tests.facts import DRAFTED
from tests.spec import ALICE, START, given

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("contract.*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_fact_is_folded_without_those_before_it(path: Path) -> None:
    happened = codec.decode(path.stem, path.read_text("utf-8"))
    contract = given(DRAFTED).contract
    meta = Meta(actor=ALICE, credential="k", channel="api")
    folded = evolve(contract, [Entry(2, "contract-1", 2, happened, START, START, "2", meta)])
    assert folded.version == 2
