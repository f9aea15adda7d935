"""Contracts in bulk over HTTP: taken line by line, once, and given back with what is wrong."""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from api import imports
from api.bulk import columns, reading, returning, sending
from infra.errors import StoreUnavailable
from infra.ledger import Ledger
from infra.spreadsheet import CSV_TYPE, XLSX_TYPE
from tests.api.caller import Answer, House

HEADS = ["合同编号", "title", "kind", "direction", "our_entity", "amount", "currency"]


def as_csv(*rows: list[str]) -> bytes:
    """A CSV file with some columns of the first sheet."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADS, *rows])
    return out.getvalue().encode("utf-8-sig")


def rented(number: str, title: str = "租赁", amount: str = "10.00") -> list[str]:
    """A row."""
    return [number, title, "other", "payable", "us", amount, "CNY"]


def sent(house: House, body: bytes, query: str = "", kind: str = CSV_TYPE) -> Answer:
    """The answer to an import by the drafter."""
    return house["drafter"].send("POST", f"/imports/contracts{query}", body, Content_Type=kind)


def lines(answer: Answer) -> list[dict[str, Any]]:
    """The lines of an answer."""
    assert answer.status == 200, answer.content
    return [json.loads(one) for one in answer.content.splitlines()]


def test_the_workbook_is_downloaded_filled_in_and_taken(shared: House) -> None:
    got = shared["reader"].get("/imports/template")
    assert got.headers["Content-Type"] == XLSX_TYPE
    book = load_workbook(io.BytesIO(got.content))
    book[columns.CONTRACTS.title].append(rented("W-1"))
    book[columns.CLAUSES.title].append(["W-1", "quality", "质量", "全新。"])
    book[columns.CLAUSES.title].append(["nowhere", "quality", "质量", "全新。"])
    filled = io.BytesIO()
    book.save(filled)
    taken, stray, end = lines(sent(shared, filled.getvalue(), kind=XLSX_TYPE))
    assert (taken["number"], taken["became"], taken["flaws"]) == ("W-1", "new", [])
    assert stray["number"] is None
    assert stray["flaws"] == [{"sheet": "clauses", "row": 4, "column": None, "reason": "No row of contracts has the number nowhere."}]
    assert (end["complete"], end["new"], end["wrong"]) == (True, 1, 1)
    contract = shared["reader"].get(f"/contracts/{taken['id']}").content
    assert (contract["title"], list(contract["clauses"])) == ("租赁", ["quality"])
    history = shared["auditor"].get(f"/contracts/{taken['id']}/history").content["entries"]
    assert [(entry["actor"], entry["channel"]) for entry in history] == [("drafter", "import")] * 2


def test_the_same_file_again_records_nothing_and_a_dry_run_records_nothing(shared: House) -> None:
    body = as_csv(rented("A-1"), rented("A-2"))
    *_, dry = lines(sent(shared, body, "?dry_run=true"))
    assert (dry["dry_run"], dry["new"]) == (True, 2)
    assert [one["became"] for one in lines(sent(shared, body))[:-1]] == ["new", "new"]
    again = lines(sent(shared, as_csv(rented("A-1"), rented("A-2", "另一份"))))
    assert [one.get("became") for one in again] == ["unchanged", "changed", None]
    assert again[-1]["changed"] == 1


def test_a_number_that_was_drafted_otherwise_is_told_with_the_contract_that_has_it(shared: House) -> None:
    there = shared["drafter"].draft(number="N-1")
    position = shared["drafter"].get(f"/contracts/{there}").headers["Ledger-Position"]
    assert len(shared["drafter"].get(f"/contracts?number=N-1&min_position={position}").content["contracts"]) == 1
    one, _ = lines(sent(shared, as_csv(rented("N-1"))))
    assert one["became"] == "refused"
    assert there in one["flaws"][0]["reason"]


def test_the_file_comes_back_with_its_errors(shared: House) -> None:
    answer = sent(shared, as_csv(rented("F-1"), rented("F-2", amount="zwölf")), "?answer=file")
    assert (answer.status, answer.headers["Content-Type"]) == (200, CSV_TYPE)
    heads, right, wrong = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heads[-1] == returning.HEAD
    assert (right[-1], wrong[-1][:30]) == ("", "合同金额 amount: 'zwölf' is no pla"[:30])


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"no workbook", XLSX_TYPE, "This is no Excel workbook"),
        (b"PK\x03\x04" + bytes(40), XLSX_TYPE, "This is no Excel workbook"),
        (b"a,b\n1,2\n", CSV_TYPE, "The sheet contracts lacks the columns"),
        (b"\xff\xfe\x00", CSV_TYPE, "This is no CSV file in UTF-8"),
        (b"", CSV_TYPE, "The sheet contracts lacks the columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_422(shared: House, body: bytes, kind: str, says: str) -> None:
    answer = sent(shared, body, kind=kind)
    assert (answer.status, answer.name) == (422, "Malformed")
    assert answer.errors["body"].startswith(says)


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 100_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", bytes(1_000_000))
    assert "more than 100,000 are not taken" in sent(shared, packed.getvalue(), kind=XLSX_TYPE).errors["body"]


def test_other_media_types_and_too_large_files_are_refused(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(shared, b"{}", kind="application/json").status == 415
    monkeypatch.setattr(imports, "MAX_FILE", 100)
    assert sent(shared, as_csv(rented("L-1"), rented("L-2"), rented("L-3"))).name == "BodyTooLarge"


def test_more_imports_than_there_is_room_for_are_503_and_let_their_places_go(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    room = threading.BoundedSemaphore(1)
    monkeypatch.setattr(imports, "importing", room)
    with room:
        assert sent(shared, as_csv(rented("R-1"))).name == "Overloaded"
    for _ in range(3):
        assert sent(shared, b"a,b", kind=CSV_TYPE).status == 422
        assert sent(shared, as_csv(rented("R-1"))).status == 200


def test_an_import_whose_ledger_goes_away_says_so_and_goes_on_when_it_is_sent_again(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 1)
    handle, calls = Ledger.handle, []

    def failing(self: Ledger, *args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            message = "gone"
            raise StoreUnavailable(message)
        return handle(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "handle", failing)
    body = as_csv(rented("G-1"), rented("G-2"))
    first, end = lines(sent(shared, body))
    assert (first["became"], end["complete"], end["problem"]["name"]) == ("new", False, "StoreUnavailable")
    assert [one.get("became") for one in lines(sent(shared, body))] == ["unchanged", "new", None]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_the_register_and_histories_leave_as_files(shared: House, form: str, tmp_path: Path) -> None:
    number = f"E-{form}"
    contract = shared["drafter"].draft(number=number, title="=1+1")
    position = shared["drafter"].get(f"/contracts/{contract}").headers["Ledger-Position"]
    answer = shared["reader"].get(f"/exports/contracts?format={form}&number={number}&min_position={position}")
    rows = read_back(answer.content, form, tmp_path)
    assert len(rows) == 2
    told = dict(zip(rows[0], rows[1], strict=True))
    assert (told["number"], told["title"], told["id"]) == (number, "=1+1" if form == "parquet" else "'=1+1", contract)
    assert float(told["value"]) == 83420
    assert f".{form}" in answer.headers["Content-Disposition"]
    history = read_back(shared["auditor"].get(f"/exports/contracts/{contract}/history?format={form}").content, form, tmp_path)
    assert {row[history[0].index("fact")] for row in history[1:]} >= {"contract.drafted"}
    assert shared["reader"].get(f"/exports/contracts/{contract}/history").status == 403
    assert shared["reader"].get("/exports/contracts?colour=red").status == 422
    assert shared["reader"].get("/exports/contracts?min_value=1").errors == {"query.min_value": "An amount needs its `currency`."}


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_parties_and_products_leave_as_files(shared: House, form: str, tmp_path: Path) -> None:
    drafter, name = shared["drafter"], f"导出 {form}"
    party = drafter.post("/parties", {"name": name, "country": "CN"}).content
    product = drafter.post("/products", {"code": f"X-{form}", "name": name}).content
    fresh = f"format={form}&min_position={product['position']}"
    heads, row = read_back(shared["reader"].get(f"/exports/parties?name={name}&{fresh}").content, form, tmp_path)
    told = dict(zip(heads, row, strict=True))
    assert (told["name"], told["verified"], told["id"]) == (name, "no", party["id"])
    heads, row = read_back(shared["reader"].get(f"/exports/products?q=X-{form}&{fresh}").content, form, tmp_path)
    told = dict(zip(heads, row, strict=True))
    assert (told["code"], told["name"], told["id"]) == (f"X-{form}", name, product["id"])
    heads, *none = read_back(shared["reader"].get(f"/exports/products?q=nothing-{form}&{fresh}").content, form, tmp_path)
    assert none == []
    assert shared["reader"].get("/exports/parties?colour=red").status == 422


def test_a_server_without_what_writes_parquet_says_so(shared: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    errors = shared["reader"].get("/exports/contracts?format=parquet").errors
    assert errors == {"query.format": "This server was installed without what writes Parquet."}


def read_back(content: bytes, form: str, folder: Path) -> list[list[Any]]:
    """The rows of a file."""
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    if form == "parquet":
        table = parquet.read_table(io.BytesIO(content))
        return [table.column_names, *([row[name] for name in table.column_names] for row in table.to_pylist())]
    path = folder / "back.xlsx"
    path.write_bytes(content)
    return [list(row) for row in load_workbook(path).worksheets[0].iter_rows(values_only=True)]
