"""Finding contracts in the register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from domain.contract.closing import ContractTerminated
from domain.contract.custom import CustomFieldSet
from domain.contract.drafting import ContractDrafted, Noted
from domain.contract.particulars import Tagged, Untagged
from domain.contract.signing import ContractInForce
from domain.contract.vocabulary import Confidentiality, Counterparty, Direction, FieldType, Kind, Period, Source, Status
from domain.facts import Fact
from domain.fields import Field, FieldBook, FieldDefinition
from domain.money import Money
from infra.opening import Opened
from projections.paging import MAX_LIMIT, BadQuery
from projections.register import Register, RegisterQuery
from projections.register.fields import FieldWanted, wanted
from projections.register.queries import SORTS
from projections.view import ViewMissing
from tests.projections.histories import put
from tests.projections.ledgers import caught_up, new_ledger
from tests.spec import recorded, told


def contract(number: str, title: str, *, kind: Kind = Kind.SUPPLIER, value: Money | None = None, **other: Any) -> ContractDrafted:  # noqa: ANN401 - any field
    return ContractDrafted(number=number, title=title, kind=kind, direction=Direction.PAYABLE, our_entity="塔利科技", value=value, **other)


HUADONG = Counterparty(counterparty_id="c1", name="华东办公设备有限公司", role="supplier")
MUELLER = Counterparty(counterparty_id="c2", name="Müller & Söhne", role="supplier")
HALF_A_YEAR = Period(start=date(2026, 1, 1), end=date(2026, 6, 30))

STORIES: dict[str, tuple[Fact, ...]] = {
    "7f01": (
        contract(
            "采-2026-001", "办公设备采购合同", value=Money(8_342_000, "CNY"), counterparties=(HUADONG,), owner="alice", department="行政部"
        ),
        ContractInForce(),
        Tagged(tag="框架"),
        Tagged(tag="framework"),
        Tagged(tag="gone"),
        Untagged(tag="gone"),
    ),
    "7f02": (contract("采-2026-002", "100% wool_carpets", value=Money(50_000, "CNY"), counterparties=(HUADONG, MUELLER), owner="bob"),),
    "8a03": (
        contract(
            "S-1", "Cleaning", kind=Kind.SERVICE, value=Money(50_000, "USD"), period=Period(start=date(2026, 1, 1), end=date(2026, 6, 30))
        ),
        Noted(text="n"),
        ContractTerminated(ground="g"),
    ),
    "8a04": (contract("S-10", "cleaning, once more", kind=Kind.SERVICE, counterparties=(MUELLER,)),),
    "S-1": (
        contract(
            "CON-1",
            "Mobiliario",
            value=Money(1, "MXN"),
            confidentiality=Confidentiality.PUBLIC,
            source=Source(publisher="Jalisco", file="f", ocid="ocds-1", release_id="r", contract_id="1"),
        ),
    ),
}


def five_contracts(opened: Opened) -> Register:
    """A register of them."""
    for contract_id, facts in STORIES.items():
        put(opened, [e._replace(stream=f"contract-{contract_id}") for e in recorded(told(*facts))])
    caught_up(opened)
    return Register(opened)


@pytest.fixture(scope="module")
def register(postgres: str) -> Iterator[Register]:
    """One that nobody changes."""
    with new_ledger(postgres) as opened:
        yield five_contracts(opened)


def ids(register: Register, query: RegisterQuery) -> list[str]:
    """What is found on all pages."""
    found: list[str] = []
    while True:
        page = register.find(query)
        found += [c.contract_id for c in page.rows]
        if page.next_cursor is None:
            return found
        assert len(page.rows) == query.limit
        query = RegisterQuery(**{f: getattr(query, f) for f in query.__dataclass_fields__} | {"cursor": page.next_cursor})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RegisterQuery(), {"7f01", "7f02", "8a03", "8a04", "S-1"}),
        (RegisterQuery(status=(Status.IN_FORCE, Status.TERMINATED)), {"7f01", "8a03"}),
        (RegisterQuery(kind=(Kind.SERVICE,)), {"8a03", "8a04"}),
        (RegisterQuery(direction=Direction.RECEIVABLE), set()),
        (RegisterQuery(counterparty="华东"), {"7f01", "7f02"}),
        (RegisterQuery(counterparty="MÜLLER"), {"7f02", "8a04"}),
        (RegisterQuery(number_prefix="采-2026-"), {"7f01", "7f02"}),
        (RegisterQuery(number_prefix="_-"), set()),
        (RegisterQuery(q="CLEANING"), {"8a03", "8a04"}),
        (RegisterQuery(q="0% wool_"), {"7f02"}),
        (RegisterQuery(q="s-1"), {"8a03", "8a04"}),
        (RegisterQuery(q="söhne"), {"7f02", "8a04"}),
        (RegisterQuery(min_value_minor=50_000), {"7f01", "7f02", "8a03"}),
        (RegisterQuery(max_value_minor=50_000), {"7f02", "8a03", "S-1"}),
        (RegisterQuery(min_value_minor=2, max_value_minor=50_000, currency="USD"), {"8a03"}),
        (RegisterQuery(min_value_minor=2**80), set()),
        (RegisterQuery(owner="alice"), {"7f01"}),
        (RegisterQuery(department="行政部"), {"7f01"}),
        (RegisterQuery(tag="ＦＲＡＭＥＷＯＲＫ"), {"7f01"}),
        (RegisterQuery(tag="框架"), {"7f01"}),
        (RegisterQuery(tag="gone"), set()),
        (RegisterQuery(tag="frame"), set()),
        (RegisterQuery(confidentiality=(Confidentiality.PUBLIC,)), {"S-1"}),
        (RegisterQuery(counterparty="华东", owner="bob"), {"7f02"}),
    ],
)
def test_filters_hold_together(register: Register, query: RegisterQuery, expected: set[str]) -> None:
    assert set(ids(register, query)) == expected
    assert register.count(query) == len(expected)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (RegisterQuery(tag="框架"), "register_tags_idx"),
        (RegisterQuery(fields=(FieldWanted("code", FieldType.TEXT, exactly="CC-1"),)), "register_custom_fields_idx"),
    ],
)
def test_tags_and_fields_are_found_by_their_index(opened: Opened, query: RegisterQuery, index: str) -> None:
    five_contracts(opened)
    where = query.filters
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT 1 FROM {opened.names.views}.register {where.sql}", where.values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"Bitmap Index Scan on {index}" in plan, plan


def test_pages_in_every_order_come_from_an_index_but_in_those_that_every_entry_changes(opened: Opened) -> None:
    five_contracts(opened)
    sorted_anew: set[str] = set()
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_incremental_sort = off")
        for query in (RegisterQuery(sort=sort, descending=descending) for sort in SORTS for descending in (False, True)):
            for where in query.order.stretches(query.filters, None):
                cursor.execute(f"EXPLAIN SELECT * FROM {opened.names.views}.register {where.sql} {query.order.sql} LIMIT 50", where.values)
                plan = "\n".join(row[0] for row in cursor.fetchall())
                if "Sort" in plan:
                    sorted_anew.add(query.sort)
    assert sorted_anew == {"version", "position", "updated_at"}


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_show_each_contract_once_in_order_with_those_without_a_value_last(
    register: Register,
    sort: str,
    descending: bool,  # noqa: FBT001 - a parameter of the test
    limit: int,
) -> None:
    found = [register.get(i) for i in ids(register, RegisterQuery(sort=sort, descending=descending, limit=limit))]
    rows = [c for c in found if c is not None]
    assert {c.contract_id for c in rows} == set(STORIES)
    assert len(rows) == len(STORIES)
    stated = [(getattr(c, sort), c.contract_id) for c in rows if getattr(c, sort) is not None]
    assert stated == sorted(stated, reverse=descending)
    assert [getattr(c, sort) for c in rows[len(stated) :]] == [None] * (len(rows) - len(stated))


def test_a_contract_that_comes_in_between_pages_moves_none_of_the_others(opened: Opened) -> None:
    register = five_contracts(opened)
    first = register.find(RegisterQuery(sort="title", limit=2))
    put(opened, [e._replace(stream="contract-new") for e in recorded(told(contract("N", "A title before all others")))])
    caught_up(opened)
    second = register.find(RegisterQuery(sort="title", limit=10, cursor=first.next_cursor))
    assert [c.contract_id for c in (*first.rows, *second.rows)] == [c for c in ids(register, RegisterQuery(sort="title")) if c != "new"]


def cursor_of(register: Register, **query: Any) -> str:  # noqa: ANN401 - any field
    following = register.find(RegisterQuery(limit=1, **query)).next_cursor
    assert following is not None
    return following


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "W10", "bnVsbA", "\x00", "\ud800", "W" * 100_000])
def test_a_cursor_that_no_list_gave_is_refused(register: Register, cursor: str) -> None:
    with pytest.raises(BadQuery, match="not one that a list gave"):
        register.find(RegisterQuery(cursor=cursor))


def test_a_cursor_of_another_order_is_refused(register: Register) -> None:
    for other in (RegisterQuery(sort="title"), RegisterQuery(descending=True)):
        with pytest.raises(BadQuery, match="sorted by"):
            register.find(RegisterQuery(sort=other.sort, descending=other.descending, cursor=cursor_of(register)))


@pytest.mark.parametrize(
    "query",
    [
        RegisterQuery(sort="colour"),
        RegisterQuery(sort="number; DROP TABLE register"),
        RegisterQuery(limit=0),
        RegisterQuery(limit=MAX_LIMIT + 1),
        RegisterQuery(q="\x00"),
        RegisterQuery(owner="\ud800"),
    ],
)
def test_what_cannot_be_answered_is_refused(register: Register, query: RegisterQuery) -> None:
    with pytest.raises(BadQuery):
        register.find(query)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("采-2026-001", ["7f01"]),
        ("7f02", ["7f02"]),
        ("采-2026-", ["7f01", "7f02"]),
        ("7", ["7f01", "7f02"]),
        ("8a03", ["8a03"]),
        ("S-10", ["8a04"]),
        ("S-1", ["S-1", "8a03"]),
        ("CON", ["S-1"]),
        ("", []),
        ("%", []),
        ("nothing", []),
    ],
)
def test_a_reference_is_an_id_or_a_number_or_the_beginning_of_one(register: Register, ref: str, expected: list[str]) -> None:
    assert [c.contract_id for c in register.resolve(ref)] == expected


def test_a_row_says_what_the_contract_says(register: Register) -> None:
    found = register.get("8a03")
    assert found is not None
    assert (found.status, found.kind, found.version, found.value, found.paid) == (
        Status.TERMINATED,
        Kind.SERVICE,
        3,
        Money(50_000, "USD"),
        Money(0, "USD"),
    )
    assert found.period_end == date(2026, 6, 30)
    assert found.ended_at == recorded(told(*STORIES["8a03"]))[2].effective_at
    published = register.get("S-1")
    assert published is not None
    assert (published.publisher, published.ocid, published.in_force_since) == ("Jalisco", "ocds-1", None)
    assert register.get("nobody") is None


def test_a_register_that_was_never_built_says_so(opened: Opened) -> None:
    with pytest.raises(ViewMissing, match="rebuild register"):
        Register(opened).find(RegisterQuery())


FIELDS = FieldBook(
    fields={
        key: Field(definition=FieldDefinition(key=key, label_en=key, label_zh=key, type=kind, choices=choices), edition=1)
        for key, kind, choices in (
            ("code", FieldType.TEXT, ()),
            ("score", FieldType.NUMBER, ()),
            ("day", FieldType.DATE, ()),
            ("bond", FieldType.MONEY, ()),
            ("marks", FieldType.CHOICES, ("a", "b", "c")),
        )
    }
)
HELD = {
    "h1": {"code": "CC-1", "score": "9", "day": "2026-03-31", "bond": "100.00 CNY", "marks": "a; b"},
    "h2": {"code": "CC-10", "score": "10", "day": "2026-04-01", "bond": "99.00 CNY", "marks": "b"},
    "h3": {"score": "-1.5", "bond": "100.00 USD"},
    "h4": {},
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("code=CC-1", {"h1"}),
        ("score=10.0", {"h2"}),
        ("score=9..10", {"h1", "h2"}),
        ("score=..9", {"h1", "h3"}),
        ("score=9.5..", {"h2"}),
        ("day=2026-04-01..", {"h2"}),
        ("day=..2026-03-31", {"h1"}),
        ("bond=100 CNY", {"h1"}),
        ("bond=99.5 CNY..", {"h1"}),
        ("bond=..100 USD", {"h3"}),
        ("marks=b", {"h1", "h2"}),
        ("marks=b;a", {"h1"}),
        ("marks=c", set()),
    ],
)
def test_contracts_are_found_by_the_fields_of_the_house(holding: Register, asked: str, expected: set[str]) -> None:
    assert set(ids(holding, RegisterQuery(fields=(wanted(FIELDS, asked, "="),)))) == expected


@pytest.fixture(scope="module")
def holding(postgres: str) -> Iterator[Register]:
    """A register of contracts that hold something in fields, and of one that does not."""
    with new_ledger(postgres) as opened:
        for contract_id, held in HELD.items():
            facts = [CustomFieldSet(key=key, value=v, type=FIELDS.fields[key].definition.type, edition=1) for key, v in held.items()]
            put(opened, [one._replace(stream=f"contract-{contract_id}") for one in recorded(contract(contract_id, "x"), *facts)])
        caught_up(opened)
        yield Register(opened)


@pytest.mark.parametrize(
    "asked", ["code", "code=", "nothing=1", "score=x", "score=1..x", "score=..", "day=2026-02-30..", "bond=1", "marks=d"]
)
def test_a_question_that_no_field_answers_is_refused(asked: str) -> None:
    with pytest.raises(BadQuery):
        wanted(FIELDS, asked, "=")
