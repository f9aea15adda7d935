"""Whatever stands in a file, the importer does not crash, tells where, and importing it again appends nothing."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.ledger import Ledger
from infra.ocds.importer import import_paths
from infra.ocds.report import Row
from tests.ocds.making import CONTRACT_1, IMPORTER, OCID, RELEASE_1, package

ODD_TEXTS = (
    "",
    " ",
    "0",
    "EUR",
    "eur",
    "2020-01-01",
    "2020-05-05T00:00:00Z",
    "0001-01-01",
    "9999-12-31T23:59:59-23:59",
    "1e400",
    "NaN",
    "-5",
    "met",
    "active",
    "a\x00b",
    "\ud800",
    "Ã©",
    "?",
    "C-1",
    OCID,
)
TEXT = st.text(max_size=8) | st.sampled_from(ODD_TEXTS)
NUMBER = st.integers() | st.floats() | st.sampled_from([0, -1, 2**63, 10**30, 1e308, 0.1, 5e-324])
SCALAR = st.none() | st.booleans() | NUMBER | TEXT
FIELDS = sorted(
    {*RELEASE_1, *CONTRACT_1}
    | set(
        "amount currency transactions milestones implementation value unit name id amendment amendments rationale releases records "
        "compiledRelease versionedRelease ocid publisher packageInfo publishedDate suppliers identifier scheme legalName address roles "
        "startDate endDate dueDate dateMet status payer payee taxRate percentage classification description title title_en url "
        "tender".split()
    )
)
ANYTHING = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=6),
    max_leaves=25,
)


@st.composite
def nearly(draw: st.DrawFn, of: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Something like it: here and there a part is something else, is missing, or comes twice."""
    match draw(st.integers(0, 30)):
        case 0:
            return draw(ANYTHING)
        case 1:
            return draw(SCALAR)
        case _:
            pass
    if isinstance(of, dict):
        kept = [key for key in of if draw(st.integers(0, 15)) > 0]
        return {key: draw(nearly(of[key])) for key in kept}
    if isinstance(of, list):
        parts: list[Any] = [draw(nearly(part)) for part in of if draw(st.integers(0, 15)) > 0]
        once_more: bool = draw(st.booleans())
        return [*parts, draw(nearly(of[0]))] if of and once_more else parts
    return of


PACKAGE = package(RELEASE_1, {**RELEASE_1, "id": "r2", "date": "2020-06-01", "contracts": [{**CONTRACT_1, "title": "Other"}]})
LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
CALM = settings(
    max_examples=2_000 if LARGE else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def survives(ledger: Ledger, file: Path, text: str | bytes) -> None:
    """Imports twice and looks at what was told."""
    # Each example has a process and parties of its own, so that one that fails fails alone.
    own = text if isinstance(text, bytes) else text.replace(OCID, f"{OCID}-{uuid.uuid4()}").replace("GB-", f"{uuid.uuid4()}-").encode()
    file.write_bytes(own)
    rows: list[Row] = []
    import_paths(ledger, [file], asker=IMPORTER, on_row=rows.append, threads=2)
    assert [row for row in rows if row.code == "unforeseen"] == []
    for row in rows:
        row.line().encode()
        assert row.reason.endswith((".", ")"))
        assert row.file == file.name
    head = ledger.store.head()
    import_paths(ledger, [file], asker=IMPORTER, threads=2)
    assert ledger.store.head() == head


@CALM
@given(document=ANYTHING)
def test_any_json_at_all_is_survived(document: object, ledger: Ledger, tmp_path: Path) -> None:
    survives(ledger, tmp_path / "a.json", json.dumps(document))


@CALM
@given(document=nearly(PACKAGE))
def test_what_is_nearly_ocds_is_survived(document: object, ledger: Ledger, tmp_path: Path) -> None:
    survives(ledger, tmp_path / "a.json", json.dumps(document))


@CALM
@given(contract=nearly(CONTRACT_1))
def test_a_contract_that_is_nearly_one_is_survived(contract: object, ledger: Ledger, tmp_path: Path) -> None:
    survives(ledger, tmp_path / "a.json", json.dumps(package({**RELEASE_1, "contracts": [contract]})))


VERSIONS = [
    RELEASE_1,
    {**RELEASE_1, "id": "r2", "date": "2020-06-01", "contracts": [{**CONTRACT_1, "title": "Other"}]},
    {**RELEASE_1, "id": "r3", "date": "2020-09-01", "contracts": [{**CONTRACT_1, "status": "terminated"}]},
]


@CALM
@given(versions=st.lists(st.sampled_from(VERSIONS).flatmap(nearly), min_size=1, max_size=4), again=st.permutations(range(4)))
def test_what_was_imported_is_imported_whatever_came_after_it(
    versions: list[Any], again: list[int], ledger: Ledger, tmp_path: Path
) -> None:
    own = uuid.uuid4()
    paths = [tmp_path / f"{n}.json" for n in range(len(versions))]
    for path, version in zip(paths, versions, strict=True):
        path.write_text(json.dumps(package(version)).replace(OCID, f"{OCID}-{own}").replace("GB-", f"{own}-"))
        import_paths(ledger, [path], asker=IMPORTER, threads=2)
    head = ledger.store.head()
    for n in again:
        import_paths(ledger, paths[n : n + 1], asker=IMPORTER, threads=2)
    assert ledger.store.head() == head
    # Read together, a release may find in another who its supplier is.
    import_paths(ledger, paths, asker=IMPORTER, threads=2)
    head = ledger.store.head()
    import_paths(ledger, paths, asker=IMPORTER, threads=2)
    assert ledger.store.head() == head


@CALM
@given(content=st.binary(max_size=200), name=st.sampled_from(["a.json", "a.jsonl", "a.json.gz", "a.zip"]))
@pytest.mark.parametrize("start", [b"", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b'{"ocid":', b"\xff\xfe"])
def test_any_bytes_at_all_are_survived(start: bytes, content: bytes, name: str, ledger: Ledger, tmp_path: Path) -> None:
    survives(ledger, tmp_path / name, start + content)
