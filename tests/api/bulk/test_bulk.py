"""A workbook is written, filled in, imported, imported again, and given back with what is wrong beside its rows."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from api.bulk import returning, sending
from api.bulk.cells import BadCell, choice, day, number, text_of
from api.bulk.columns import CLAUSES, CONTRACTS, COUNTERPARTIES, DELIVERIES, EXAMPLE, INSTALMENTS, ITEMS, SHEETS, Column, Takes
from api.bulk.draft import Draft
from api.bulk.pile import Pile
from api.bulk.reading import Flaw, Unreadable
from api.bulk.sending import Became, Sender
from api.bulk.template import write
from infra.ledger import CONTRACT, Asker, Ledger
from infra.render import to_json

ALICE = Asker("alice", "key-a", "import")

ROWS: dict[str, list[list[object]]] = {
    CONTRACTS.title: [
        ["采-1", "办公设备采购合同", "供应商合同", "payable", "塔利科技", "8,342.00", "cny", date(2026, 1, 15), "2026年12月31日", "li.wei"],
        ["2", "Servers", "supplier", "payable", "塔利科技", 1200.5, "CNY"],
    ],
    COUNTERPARTIES.title: [["采-1", "c1", "华东办公", "supplier"], [2, "n", "North", "supplier"]],
    ITEMS.title: [["采-1", 1, "办公桌", 60, "张", 139.03333]],
    INSTALMENTS.title: [["采-1", 1, 4000, date(2026, 3, 1)], ["采-1", 2, "4342.00"]],
    DELIVERIES.title: [["采-1", 1, "办公桌 60 张", datetime(2026, 5, 31, tzinfo=UTC).replace(tzinfo=None), 1, 60]],
    CLAUSES.title: [["采-1", "quality", "质量", "全新。"]],
}


PLAIN: list[object] = ["1", "x", "other", "payable", "us"]


def filled(path: Path, rows: dict[str, list[list[object]]]) -> Path:
    """A workbook with these rows below its examples."""
    write(path)
    book = load_workbook(path)
    for title, lines in rows.items():
        for line in lines:
            book[title].append(line)
    book.save(path)
    return path


def read(path: Path) -> tuple[list[Draft], list[Flaw]]:
    """The contracts of a file, and the flaws of rows that belong to none."""
    with Pile() as pile:
        pile.fill(path)
        drafts = list(pile.drafts())
        assert len(pile) == len(drafts)
        return drafts, list(pile.strays())


def sent(ledger: Ledger, path: Path, *, dry_run: bool = False) -> dict[str, Became]:
    """What becomes of each contract."""
    drafts, strays = read(path)
    assert strays == []
    return {result.number: result.became for result, _ in Sender(ledger, ALICE, dry_run=dry_run).send(drafts)}


def only_flaw(path: Path) -> tuple[str, int, str]:
    """Where the one thing is that is wrong with a file."""
    drafts, strays = read(path)
    flaws = strays + [flaw for draft in drafts for flaw in draft.flaws]
    assert len(flaws) == 1
    flaw = flaws[0]
    return flaw.sheet, flaw.row, flaw.reason


def test_the_empty_workbook_holds_its_example_and_no_contract(tmp_path: Path) -> None:
    path = filled(tmp_path / "empty.xlsx", {})
    assert read(path) == ([], [])
    book = load_workbook(path)
    assert [book[sheet.title]["A2"].value for sheet in SHEETS] == [EXAMPLE] * len(SHEETS)
    assert book[CONTRACTS.title].data_validations.count == 3


def test_rows_become_contracts_with_their_parts(ledger: Ledger, tmp_path: Path) -> None:
    path = filled(tmp_path / "two.xlsx", ROWS)
    results = {r.number: r for r, _ in Sender(ledger, ALICE).send(read(path)[0])}
    assert {number: r.became for number, r in results.items()} == {"采-1": Became.NEW, "2": Became.NEW}
    assert to_json(ledger.load(CONTRACT, results["2"].contract_id).value) == {"amount": "1200.50", "currency": "CNY"}
    contract = ledger.load(CONTRACT, results["采-1"].contract_id)
    assert (contract.kind.value, to_json(contract.value)) == ("supplier", {"amount": "8342.00", "currency": "CNY"})
    assert contract.items["1"].unit_price == Decimal("139.03333")
    assert [to_json(i.amount) for i in contract.instalments.values()] == [
        {"amount": "4000.00", "currency": "CNY"},
        {"amount": "4342.00", "currency": "CNY"},
    ]
    assert (contract.period.start, contract.period.end) == (date(2026, 1, 15), date(2026, 12, 31))
    assert contract.planned_deliveries["1"].due == date(2026, 5, 31)
    assert set(contract.clauses) == {"quality"}


def test_the_same_file_again_records_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = filled(tmp_path / "one.xlsx", {title: rows[:1] for title, rows in ROWS.items() if title != INSTALMENTS.title})
    assert sent(ledger, path) == {"采-1": Became.NEW}
    head = ledger.store.head()
    assert sent(ledger, Path(shutil.copy(path, tmp_path / "renamed.xlsx"))) == {"采-1": Became.UNCHANGED}
    assert ledger.store.head() == head


def test_a_row_that_changed_is_told_and_not_recorded(ledger: Ledger, tmp_path: Path) -> None:
    rows = {title: rows[:1] for title, rows in ROWS.items() if title != INSTALMENTS.title}
    sent(ledger, filled(tmp_path / "one.xlsx", rows))
    head = ledger.store.head()
    changed = {**rows, CONTRACTS.title: [["采-1", "另一名称", *rows[CONTRACTS.title][0][2:]]]}
    assert sent(ledger, filled(tmp_path / "changed.xlsx", changed)) == {"采-1": Became.CHANGED}
    assert ledger.store.head() == head


def test_a_dry_run_decides_and_records_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = filled(tmp_path / "one.xlsx", {title: rows[:1] for title, rows in ROWS.items() if title != INSTALMENTS.title})
    assert sent(ledger, path, dry_run=True) == {"采-1": Became.NEW}
    assert ledger.store.head() == 0


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 2)
    head: list[list[object]] = [[f"N-{n}", *PLAIN[1:]] for n in range(5)]
    drafts = read(filled(tmp_path / "five.xlsx", {CONTRACTS.title: head}))[0]
    begun = Sender(ledger, ALICE).send(drafts)
    assert [next(begun)[0].became for _ in range(2)] == [Became.NEW] * 2
    begun.close()
    assert ledger.store.head() == 2
    again = [result.became for result, _ in Sender(ledger, ALICE).send(drafts)]
    assert again == [Became.UNCHANGED] * 2 + [Became.NEW] * 3


def test_a_number_that_a_contract_drafted_otherwise_has_is_told(ledger: Ledger, tmp_path: Path) -> None:
    drafts = read(filled(tmp_path / "two.xlsx", {CONTRACTS.title: [PLAIN, ["2", *PLAIN[1:]]]}))[0]
    sender = Sender(ledger, ALICE, numbered=lambda numbers: {number: "other" for number in numbers if number == "1"})
    told = [(result.became, [flaw.reason for flaw in flaws]) for result, flaws in sender.send(drafts)]
    assert told == [(Became.REFUSED, ["The number belongs to the contract other, which no import drafted."]), (Became.NEW, [])]
    assert ledger.store.head() == 1


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ({CONTRACTS.title: [["1", "x", "loan", "payable", "us"]]}, ("contracts", 3, "'loan' is none of")),
        ({CONTRACTS.title: [["1", "x", "other", "payable"]]}, ("contracts", 3, "This has to be filled in.")),
        ({CONTRACTS.title: [["1", "x", "other", "payable", "us", "zwölf", "CNY"]]}, ("contracts", 3, "'zwölf' is no plain number")),
        ({CONTRACTS.title: [["1", "x", "other", "payable", "us", None, None, "2026-02-30"]]}, ("contracts", 3, "There is no such day")),
        (
            {CONTRACTS.title: [PLAIN, PLAIN]},
            ("contracts", 4, "The number stands"),
        ),
        ({ITEMS.title: [["9", 1, "x"]]}, ("items", 3, "No row of contracts has the number 9.")),
        ({ITEMS.title: [[None, 1, "x"]]}, ("items", 3, "The row names no contract.")),
    ],
)
def test_what_is_wrong_is_told_with_sheet_and_row(rows: dict[str, list[list[object]]], where: tuple[str, int, str], tmp_path: Path) -> None:
    sheet, row, reason = only_flaw(filled(tmp_path / "wrong.xlsx", rows))
    assert (sheet, row) == where[:2]
    assert reason.startswith(where[2])


def test_what_the_command_refuses_is_told_with_the_row_of_its_part(ledger: Ledger, tmp_path: Path) -> None:
    rows = {**ROWS, ITEMS.title: [["采-1", 1, "办公桌", "60.1234567", "张"]], CONTRACTS.title: ROWS[CONTRACTS.title][:1]}
    rows[COUNTERPARTIES.title] = rows[COUNTERPARTIES.title][:1]
    ((_, flaws),) = Sender(ledger, ALICE).send(read(filled(tmp_path / "digits.xlsx", rows))[0])
    assert [(f.sheet, f.row, f.column) for f in flaws] == [("items", 3, "数量 quantity")]


def test_a_refusal_is_said_with_its_machine_name_and_nothing_is_recorded(ledger: Ledger, tmp_path: Path) -> None:
    rows: dict[str, list[list[object]]] = {CONTRACTS.title: [["1", "x", "other", "payable", "us", "10.00", "CNY"]]}
    rows[INSTALMENTS.title] = [["1", "a", "9.00"]]
    drafts = read(filled(tmp_path / "sum.xlsx", rows))[0]
    ((result, (flaw,)),) = Sender(ledger, ALICE).send(drafts)
    assert result.became is Became.REFUSED
    assert flaw.reason == "The instalments sum to 9.00 CNY, the contract's value is 10.00 CNY. (ScheduleDoesNotAddUp)"
    assert ledger.store.head() == 0


def test_a_file_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.xlsx"
    path.write_bytes(b"no workbook")
    with pytest.raises(Unreadable, match="no Excel workbook"):
        read(path)
    path = filled(tmp_path / "less.xlsx", {})
    book = load_workbook(path)
    book[CONTRACTS.title]["B1"].value = "something else"
    book.save(path)
    with pytest.raises(Unreadable, match="lacks the columns 合同名称 title"):
        read(path)


def test_the_copy_says_beside_each_row_what_is_wrong(ledger: Ledger, tmp_path: Path) -> None:
    path = filled(tmp_path / "wrong.xlsx", {CONTRACTS.title: [["1", "x", "loan", "payable", "us"]], ITEMS.title: [["9", 1, "x"]]})
    drafts, strays = read(path)
    flaws = strays + [flaw for _, found in Sender(ledger, ALICE).send(drafts) for flaw in found]
    book = load_workbook(returning.write(path, flaws))
    for sheet, words in ((CONTRACTS, "'loan' is none of"), (ITEMS, "No row of contracts")):
        page = book[sheet.title]
        last = page.max_column
        assert page.cell(1, last).value == returning.HEAD
        assert words in str(page.cell(3, last).value)
        assert page.cell(2, last).value is None
        assert page.cell(3, 1).fill.fgColor.rgb == "00F8CBAD"


NUMBER = Column("n", "数", Takes.NUMBER)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False))
def test_a_number_typed_into_a_spreadsheet_comes_out_as_it_was_typed(typed: Decimal) -> None:
    # What a spreadsheet keeps of it is a double.
    assert Decimal(number(float(typed))) == typed
    assert Decimal(number(f"{typed:,f}")) == typed


@given(st.dates(date(1900, 1, 1)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]))
def test_a_day_is_read_however_it_is_written(wanted: date, form: str) -> None:
    assert day(wanted.strftime(form).zfill(len(wanted.isoformat()))) == wanted.isoformat()
    assert day(wanted) == wanted.isoformat()


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), "1e5", "1,00", "0x1", date(2026, 1, 1), "--5"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(BadCell):
        text_of(NUMBER, value)


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, 9, tzinfo=UTC), 45000, "tomorrow", timedelta(days=1)])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(BadCell):
        text_of(Column("d", "日", Takes.DAY), value)


def test_every_choice_is_taken_by_its_name_and_its_chinese_label() -> None:
    kind = next(c for c in CONTRACTS.columns if c.field == "kind")
    assert [choice(kind, name.upper()) for name in kind.choices] == list(kind.choices)
    assert choice(kind, "销售合同") == "sales"
