"""The view that is searched: it holds the words as they are now, finds them by its index, and follows from the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

import domain.contract
from domain.contract import operations
from domain.contract.amendment import AmendmentProposed, AmendmentTookEffect
from domain.contract.catalogued import ItemTookProduct
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn, LineItemAdded, LineItemRevised
from domain.contract.drafting import CounterpartyAdded, CounterpartyRemoved, Noted, TitleChanged
from domain.contract.particulars import Tagged, Untagged
from domain.contract.state import Contract
from domain.contract.vocabulary import Clause, Counterparty, ItemProduct, LineItem
from domain.facts import Entry, Fact
from infra.opening import Opened
from projections.check import check_view
from projections.log import Log
from projections.paging import BadQuery, rows
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.register import REGISTER, Register, RegisterQuery
from projections.register import queries as register_queries
from projections.runner import catch_up
from projections.search import SEARCH, Search, SearchQuery, queries
from projections.search.passages import SearchLine, fold, passages_of
from projections.search.question import by_index, question
from projections.search.table import SearchTold
from projections.view import ViewMissing
from tests.facts import DRAFTED, HISTORIES, PAYMENT_VERSION, corrected
from tests.projections.histories import histories, put
from tests.projections.ledgers import caught_up, content, new_ledger, tamper
from tests.spec import recorded, told

PAY_LATE = Clause(clause_id="4", heading="付款", text="买方应在验收后三十日内付款。Late payment bears interest.")
PAY_SOON = Clause(clause_id="4", heading="付款", text="买方预付全款。")
HUAWEI = Counterparty(counterparty_id="c9", name="华为Mate60手机经销商", role="supplier")
DESK = LineItem(item_id="i1", description="升降桌 / Standing desk")
TOOK = ItemProduct(product_id="p", version=1, code="D-1", price_list="standard", priced_on=date(2026, 1, 1))


def contract(number: str, title: str, *facts: Fact) -> tuple[Fact, ...]:
    """A contract of that number and title, and what happened to it."""
    return (replace(DRAFTED, number=number, title=title), *facts)


STORIES: dict[str, tuple[Fact, ...]] = {
    "a": contract("采-2026-001", "办公设备采购合同", ClauseAdded(clause=PAY_LATE), LineItemAdded(item=DESK), Tagged(tag="框架")),
    "b": contract("采-2026-002", "采购设备与耗材", ClauseAdded(clause=PAY_LATE), ClauseReworded(clause=PAY_SOON), Noted(text="升降桌另议")),
    "c": contract("S-17", "École: ＦＲＥＮＣＨ lessons", CounterpartyAdded(counterparty=HUAWEI), Noted(text="電腦教室𠮷")),
    "d": contract(
        "S-18", "保洁服务", ClauseAdded(clause=PAY_LATE), ClauseWithdrawn(clause_id="4"), Tagged(tag="急"), Untagged(tag="急")
    ),
}  # fmt: skip


def told_of(opened: Opened, stories: dict[str, tuple[Fact, ...]]) -> None:
    """Contracts with these facts."""
    for contract_id, facts in stories.items():
        put(opened, [e._replace(stream=f"contract-{contract_id}") for e in recorded(told(*facts))])


@pytest.fixture(scope="module")
def told_once(postgres: str) -> Iterator[Opened]:
    """Four contracts that nobody changes."""
    with new_ledger(postgres) as opened:
        told_of(opened, STORIES)
        caught_up(opened)
        yield opened


@pytest.fixture(scope="module")
def search(told_once: Opened) -> Search:
    """Their words."""
    return Search(told_once)


@pytest.fixture(scope="module")
def register(told_once: Opened) -> Register:
    """Their register."""
    return Register(told_once)


def found(search: Search, q: str, **how: Any) -> list[str]:  # noqa: ANN401 - any field
    """The ids that words find, the best first."""
    return [hit.contract_id for hit in search.find(SearchQuery(q=q, **how)).rows]


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        ("设备采购", {"a"}),
        ("采购设备", {"b"}),
        ("设备 采购", {"a", "b"}),
        ("采", {"a", "b"}),
        ("合同", {"a"}),
        ("001", {"a"}),
        ("2026-00", {"a", "b"}),
        ("采-2026-001", {"a"}),
        ("采购 -耗材", {"a"}),
        ('采购 -"采购 设备"', {"a"}),
        ("三十日", {"a"}),
        ("预付", {"b"}),
        ("interest", {"a"}),
        ("inter", {"a"}),
        ('"inter"', set()),
        ("升降桌", {"a", "b"}),
        ("standing desk", {"a"}),
        ('"desk standing"', set()),
        ("框架", {"a"}),
        ("急", set()),
        ("ecole french", {"c"}),
        ("mate60手机", {"c"}),
        ("Mate 60", {"c"}),
        ("華為", set()),
        ("電腦", {"c"}),
        ("电脑", set()),
        ("𠮷", {"c"}),
        ("保洁", {"d"}),
        ("付款", {"a", "b"}),
        ("不存在的", set()),
    ],
)
def test_contracts_are_found_by_the_words_that_they_hold_now(search: Search, q: str, ids: set[str]) -> None:
    assert set(found(search, q)) == ids
    assert search.count(q) == len(ids)


def test_a_word_in_the_title_counts_for_more_than_one_in_a_note(search: Search) -> None:
    first, second = search.find(SearchQuery(q="采购 设备")).rows
    assert {first.contract_id, second.contract_id} == {"a", "b"}
    by_item, by_note = search.find(SearchQuery(q="升降桌")).rows
    assert (by_item.contract_id, by_note.contract_id) == ("a", "b")
    assert [(s.where, s.key) for s in (*by_item.snippets, *by_note.snippets)] == [("item", "i1"), ("note", "4")]
    assert (by_item.number, by_item.title, by_item.value) == ("采-2026-001", "办公设备采购合同", DRAFTED.value)


def test_pages_follow_each_other_and_end_and_equal_ranks_go_by_id(opened: Opened) -> None:
    told_of(opened, {str(n): contract(f"N-{n}", "同一标题") for n in range(7)})
    caught_up(opened)
    search, cursor, pages = Search(opened), None, list[list[str]]()
    while not pages or cursor is not None:
        listed = search.find(SearchQuery(q="同一", limit=3, cursor=cursor))
        pages.append([hit.contract_id for hit in listed.rows])
        cursor = listed.next_cursor
    assert pages == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    for cursor in ("", "x", "WyIrbnVtYmVyIiwiMSIsIjIiXQ", "WyItcmFuayIsIm5hbiIsIjIiXQ"):
        with pytest.raises(BadQuery):
            search.find(SearchQuery(q="同一", cursor=cursor))


def test_of_very_many_contracts_the_heads_say_the_order_on_every_page(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MANY", 4)
    told_of(opened, {str(n): contract(f"N-{n}", "同一标题", Noted(text="保洁")) for n in range(4)})
    told_of(opened, {"00": contract("N-5", "无关", Noted(text="保洁 " * 9)), "6": contract("N-6", "保洁合同")})
    caught_up(opened)
    search = Search(opened)
    first = search.find(SearchQuery(q="保洁", limit=2))
    monkeypatch.setattr(queries, "MANY", 100)
    rest = search.find(SearchQuery(q="保洁", limit=9, cursor=first.next_cursor))
    assert [hit.contract_id for hit in (*first.rows, *rest.rows)] == ["6", "3", "2", "1", "00", "0"]
    assert rest.next_cursor is None
    assert found(search, "保洁")[:3] == ["6", "00", "3"]


def test_of_more_than_that_those_come_first_whose_heads_hold_the_words_and_no_others_are_read(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "VERY_MANY", 4)
    told_of(opened, {str(n): contract(f"N-{n}", "保洁合同" if n % 2 else "无关", Noted(text="保洁")) for n in range(8)})
    caught_up(opened)
    search, cursor, pages = Search(opened), None, list[list[str]]()
    while not pages or cursor is not None:
        listed = search.find(SearchQuery(q="保洁 -框架", limit=3, cursor=cursor))
        pages.append([hit.contract_id for hit in listed.rows])
        cursor = listed.next_cursor
    assert pages == [["7", "5", "3"], ["1", "6", "4"], ["2", "0"]]
    assert search.find(SearchQuery(q="保洁", limit=1)).rows[0].contract_id == "7"


def test_very_many_are_met_in_the_order_of_their_ids_without_sorting_them(opened: Opened) -> None:
    caught_up(opened)
    tamper(
        opened,
        """INSERT INTO {views}.search
           SELECT 'id' || n, '[]', $$'word':1$$, CASE WHEN n % 500 > 0 THEN $$$$::tsvector ELSE $$'word':1$$ END, false, 1, n, now()
           FROM generate_series(1, 5000) n;
           ANALYZE {views}.search""",
    )
    plans = []
    with opened.store.connections.use() as connection, connection.cursor() as cursor, by_index(cursor):
        for in_head, where in question('"word"').by_place("search"):
            if not in_head:
                cursor.execute("SET LOCAL enable_bitmapscan TO off")
            cursor.execute(
                f"EXPLAIN SELECT * FROM {opened.names.views}.search search {where.sql} ORDER BY contract_id DESC LIMIT 21", where.values
            )
            plans.append("\n".join(row[0] for row in cursor))
    assert "search_head_idx" in plans[0]
    assert "Index Scan Backward using search_pkey" in plans[1]
    assert "Sort" not in plans[1]


def test_an_amendment_and_every_other_change_leave_only_the_words_that_stand(opened: Opened) -> None:
    desk = replace(DESK, description="会议桌")
    reworded = (operations.PutClause(clause=PAY_SOON), operations.ChangeTitle(title="家具框架协议"), operations.PutItem(item=desk))
    story = (*STORIES["a"], AmendmentProposed(amendment_id="a1", operations=reworded, why="x"))
    told_of(opened, {"a": story})
    caught_up(opened)
    search = Search(opened)
    assert [found(search, q) for q in ("三十日", "预付", "升降桌", "会议桌", "框架协议")] == [["a"], [], ["a"], [], []]
    rest: tuple[Fact, ...] = (
        AmendmentTookEffect(amendment_id="a1", operations=reworded),
        CounterpartyAdded(counterparty=HUAWEI),
        CounterpartyRemoved(counterparty_id="c9"),
        TitleChanged(title="家具采购"),
        LineItemRevised(item=replace(desk, description="茶几")),
    )
    put(opened, [e._replace(stream="contract-a") for e in recorded(told(*story, *rest))[len(story) :]])
    caught_up(opened)
    gone, there = ("三十日", "升降桌", "会议桌", "框架协议", "经销商"), ("预付", "茶几", "家具采购", "框架")
    assert [found(search, q) for q in gone + there] == [[]] * len(gone) + [["a"]] * len(there)
    assert check_view(opened, SEARCH).first is None


def test_every_history_is_told_as_the_log_tells_it_and_what_changes_no_words_touches_no_row(opened: Opened) -> None:
    for name, history in HISTORIES.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    catch_up(opened, SEARCH)
    checked = check_view(opened, SEARCH)
    assert (checked.first, checked.rows) == (None, len(HISTORIES))
    put(opened, [e._replace(stream="contract-corrected-again") for e in recorded(corrected)])
    live = content(opened, SEARCH)
    catch_up(opened, SEARCH)
    (added,) = set(content(opened, SEARCH).splitlines()) - set(live.splitlines())
    assert int(added.split(b"\t")[5]) < PAYMENT_VERSION


@settings(max_examples=60, deadline=None)
@given(histories)
def test_a_line_says_after_each_entry_what_the_contract_folds_into(entries: list[Entry]) -> None:
    line, expected = SearchLine("1"), SearchTold("1")
    for entry in entries:
        fold(line, entry)
        expected.fold(entry)
        row = expected.row()
        assert [list(p) for p in line.passages] == row["passages"]
        assert (line.version, line.position, line.updated_at) == (row["version"], row["position"], row["updated_at"])


def test_rows_written_one_by_one_and_rows_built_anew_are_those_that_the_log_tells(opened: Opened) -> None:
    told_of(opened, STORIES)
    while Projector(opened, SEARCH).position < opened.store.head():
        # A new one each time, which has to read back what the one before wrote.
        Projector(opened, SEARCH, Log(opened.store, page=1)).advance()
    live = content(opened, SEARCH)
    assert check_view(opened, SEARCH).first is None
    rebuild(opened, SEARCH)
    assert content(opened, SEARCH) == live
    tamper(opened, "UPDATE {views}.search SET tokens = tokens || '''x'':1A' WHERE contract_id = 'b'")
    first = check_view(opened, SEARCH).first
    assert first is not None
    assert (first.stream, [column.column for column in first.columns]) == ("contract-b", ["tokens"])
    tamper(opened, "DELETE FROM {views}.search WHERE contract_id = 'd'")
    put(opened, [e._replace(stream="contract-d") for e in recorded(told(*STORIES["d"], TitleChanged(title="x")))[-1:]])
    with pytest.raises(Exception, match="the row of contract d is not there"):
        catch_up(opened, SEARCH)


def test_texts_of_any_length_are_taken_in_and_found(opened: Opened) -> None:
    long = "，".join(f"第{n}条之规定{chr(0x4E00 + n % 20_000)}" for n in range(3_000))
    clause = Clause(clause_id="1", heading="", text=f"{long}，末尾设备采购")
    told_of(opened, {"long": contract("L-1", "长合同", ClauseAdded(clause=clause))})
    caught_up(opened)
    search = Search(opened)
    assert [found(search, q) for q in ("长合同", "末尾设备采购", "采购设备无", "规定")] == [["long"], ["long"], [], ["long"]]
    (shown,) = search.find(SearchQuery(q="设备采购")).rows[0].snippets
    assert [shown.text[mark.start : mark.end] for mark in shown.marks] == ["设备采购"]
    assert check_view(opened, SEARCH).first is None


@pytest.mark.parametrize("q", ["设备采购", "采", "laptop", "采-2026-0017", "框架 -耗材", '"office chair"'])
def test_questions_are_answered_by_the_index(opened: Opened, q: str) -> None:
    caught_up(opened)
    tamper(
        opened,
        """INSERT INTO {views}.search
           SELECT 'id' || n, '[]', to_tsvector('simple', 'row ' || n || ' of a table with several words that make it less small ' || n * 7),
                  '', false, 1, n, now() FROM generate_series(1, 5000) n;
           ANALYZE {views}.search""",
    )
    where = question(q).condition("search")
    with opened.store.connections.use() as connection, connection.cursor() as cursor, by_index(cursor):
        cursor.execute(f"EXPLAIN SELECT * FROM {opened.names.views}.search search {where.sql}", where.values)
        plan = "\n".join(row[0] for row in cursor)
    assert "Bitmap Index Scan on search_tokens_idx" in plan
    assert "Seq Scan" not in plan


def test_before_the_view_was_built_the_answer_says_how_to_build_it(opened: Opened) -> None:
    with pytest.raises(ViewMissing, match="tally rebuild search"):
        Search(opened).find(SearchQuery(q="合同"))


def test_the_words_of_one_contract_are_told_anew_from_its_folded_state() -> None:
    contract, line = Contract(), SearchLine("1")
    for entry in recorded(told(*STORIES["c"], ItemTookProduct(item=DESK, product=TOOK), Tagged(tag="急"))):
        domain.contract.fold(contract, entry)
        fold(line, entry)
    before = line.passages
    line.retell(passages_of(contract))
    assert (line.passages, [p.where for p in before]) == (before, ["number", "title", *["counterparty"] * 2, "item", "tag", "note"])


def test_words_are_a_filter_of_the_register_beside_its_others(search: Search, register: Register) -> None:
    def numbers(**wanted: Any) -> list[str]:  # noqa: ANN401 - any field
        query = RegisterQuery(**wanted)
        listed = [row.number for row in register.find(query).rows]
        assert register.count(query) == len(listed)
        return listed

    assert numbers(search="付款") == ["采-2026-001", "采-2026-002"]
    assert numbers(search="付款", tag="框架") == numbers(search="付款 -预付") == ["采-2026-001"]
    assert numbers(search="设备采购", number_prefix="采", sort="title", descending=True) == ["采-2026-001"]
    assert numbers(search="付款", tag="急") == numbers(search="采购", tag="急") == []
    assert [hit.number for hit in search.find(SearchQuery(q="保洁")).rows] == numbers(search="保洁")
    for nothing in ("", "。"):
        with pytest.raises(BadQuery):
            register.find(RegisterQuery(search=nothing))


def test_words_that_very_many_contracts_hold_filter_the_register_just_the_same(
    search: Search, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries_asked = [RegisterQuery(search=q, sort="value_minor", limit=1) for q in ("付款", "付款 -预付", "设备采购", "采购")]
    few = [[row.contract_id for row in rows(register.find, query)] for query in queries_asked]
    monkeypatch.setattr(register_queries, "VERY_MANY", 0)
    assert [[row.contract_id for row in rows(register.find, query)] for query in queries_asked] == few
    assert {hit.contract_id for hit in search.find(SearchQuery(q="付款")).rows} == set(few[0])


def test_a_register_whose_words_were_never_told_says_how_to_tell_them(opened: Opened) -> None:
    catch_up(opened, REGISTER)
    with pytest.raises(ViewMissing, match="tally rebuild --all"):
        Register(opened).find(RegisterQuery(search="合同"))
