"""What is owed as a view: what contracts come to part by part, whatever happened, and how old it is on a day."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract.drafting import ContractDrafted
from domain.contract.payment import PaymentRecorded, PaymentScheduled
from domain.contract.settlement import RetentionHeld, RetentionReleased
from domain.contract.vocabulary import Counterparty, Direction, Instalment, Retention
from domain.facts import Entry
from domain.money import Money
from domain.party import EraseParty, RegisterParty
from infra.ledger import PARTY
from infra.opening import Opened
from projections import several
from projections.check import ColumnDifference, check_view
from projections.fulfilment import FULFILMENT, AgeingQuery, ReceivableQuery, Receivables
from projections.fulfilment.ageing import AgeingBy, AgeingLine, ageing
from projections.fulfilment.receivables import ClaimFilter, Standing
from projections.log import Log
from projections.paging import BadQuery
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.facts import DRAFTED, cny, half_paid, in_force, retained
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import content, new_ledger, tamper
from tests.projections.test_erasure import NAME, give, side
from tests.spec import History, recorded, told

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
DAY = date(2026, 6, 30)


def contract(number: str, *, name: str = "华东", department: str | None = "行政部", **changes: object) -> ContractDrafted:
    """A contract of the tests."""
    other = Counterparty(counterparty_id="c1", name=name, role="supplier")
    return replace(DRAFTED, number=number, counterparties=(other,), department=department, **changes)  # type: ignore[arg-type]


def owing(drafted: ContractDrafted, *instalments: tuple[int, date | None], paid: int = 0) -> History:
    """A contract in force with instalments that come to the amounts, and a payment towards the first."""
    assert drafted.value is not None
    currency = drafted.value.currency
    agreed = [Instalment(instalment_id=f"i{n}", amount=Money(minor, currency), due=due) for n, (minor, due) in enumerate(instalments, 1)]
    value = Money(sum(i.amount.minor for i in agreed), currency)
    history = told(replace(drafted, value=value), *(PaymentScheduled(instalment=one) for one in agreed)) + in_force[8:]
    return history + (told(PaymentRecorded(payment_id="p1", amount=Money(paid, currency), instalment_id="i1")) if paid else ())


def tell(opened: Opened, **histories: History) -> None:
    """Contracts by their ids."""
    for name, history in histories.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    catch_up(opened, FULFILMENT)


def lines(opened: Opened, query: AgeingQuery) -> dict[tuple[str | None, str, str], AgeingLine]:
    return {(one.shown(query.by), one.direction.value, one.currency): one for one in ageing(opened, query).rows}


SALE = Direction.RECEIVABLE


def test_ageing_worked_by_hand(opened: Opened) -> None:
    tell(
        opened,
        # Due 30 days ago, 31 days ago, today, and not yet.
        a=owing(contract("A"), (10_000, date(2026, 5, 31)), (20_000, date(2026, 5, 30)), (5_000, DAY), (700, None)),
        b=owing(contract("B", department=None), (40_000, date(2026, 1, 1)), paid=15_000),
        c=owing(contract("C", name="Nordwind", value=Money(1, "EUR"), direction=SALE), (9_900, date(2025, 12, 31))),
        d=owing(contract("D", name="Nordwind", direction=SALE), (8_800, date(2026, 4, 1))),
    )
    found = lines(opened, AgeingQuery(on=DAY))
    assert set(found) == {("华东", "payable", "CNY"), ("Nordwind", "receivable", "EUR"), ("Nordwind", "receivable", "CNY")}
    here = found["华东", "payable", "CNY"]
    assert (here.contracts, here.open_minor, here.undated_minor, here.not_due_minor, here.overdue_minor) == (2, 60_700, 700, 5_000, 55_000)
    assert here.late_minor == (10_000, 20_000, 0, 25_000, 0)
    assert found["Nordwind", "receivable", "EUR"].late_minor == (0, 0, 0, 0, 9_900)
    assert found["Nordwind", "receivable", "CNY"].late_minor == (0, 0, 8_800, 0, 0)
    departments = lines(opened, AgeingQuery(on=DAY, by=AgeingBy.DEPARTMENT, bounds=(180,)))
    assert departments[None, "payable", "CNY"].late_minor == (25_000, 0)
    assert departments["行政部", "payable", "CNY"].late_minor == (30_000, 0)
    (only,) = ageing(opened, AgeingQuery(on=DAY, by=AgeingBy.CONTRACT, which=ClaimFilter(currency="EUR"))).rows
    assert (only.shown(AgeingBy.CONTRACT), only.contract_id(AgeingBy.CONTRACT)) == ("C", "c")
    with pytest.raises(BadQuery, match="rising"):
        ageing(opened, AgeingQuery(on=DAY, bounds=(60, 30)))


def test_lines_of_an_ageing_come_in_pages_and_add_up_to_what_is_open(opened: Opened) -> None:
    tell(opened, **{f"c{n}": owing(contract(f"N{n}", name=f"Co {n % 5}"), (100 * n + 100, date(2026, 1, 1 + n))) for n in range(9)})
    query = AgeingQuery(on=date(2026, 3, 1), sort="overdue_minor", descending=True, limit=2)
    pages: list[AgeingLine] = []
    while True:
        page = ageing(opened, query)
        pages += page.rows
        if page.next_cursor is None:
            break
        query = replace(query, cursor=page.next_cursor)
    assert [one.overdue_minor for one in pages] == [1_300, 1_100, 900, 700, 500]
    claims = Receivables(opened).find(ReceivableQuery(on=DAY)).rows
    assert sum(one.open_minor for one in claims) == sum(one.open_minor for one in pages) == 4_500
    assert all(one.open_minor == one.undated_minor + one.not_due_minor + sum(one.late_minor) for one in pages)


def test_claims_are_found_by_what_they_are_and_how_they_stand(opened: Opened) -> None:
    tell(opened, paid=half_paid, held=retained, sold=owing(contract("S-1", name="Nordwind", direction=SALE), (500, None)))

    def found(standing: Standing = Standing.OPEN, sort: str = "due", *, on: date = DAY, **which: object) -> list[tuple[str, str]]:
        query = ReceivableQuery(on=on, which=ClaimFilter(**which), standing=standing, sort=sort)  # type: ignore[arg-type]
        view = Receivables(opened)
        rows = view.find(query).rows
        assert view.count(query) == len(rows)
        return [(one.contract_id, one.subject) for one in rows]

    assert found() == [("held", "i2"), ("paid", "i2"), ("held", "r1"), ("held", ""), ("sold", "i1")]
    assert found(Standing.OVERDUE) == [("held", "i2"), ("paid", "i2")]
    assert found(Standing.OVERDUE, on=date(2026, 5, 15)) == []
    assert found(Standing.WAITING) == [("held", ""), ("sold", "i1")]
    assert found(Standing.CLOSED) == [("held", "i1"), ("paid", "i1")]
    assert found(Standing.ALL, direction=SALE) == found(counterparty="nordw") == found(number_prefix="S-") == [("sold", "i1")]
    assert found(due_from=date(2026, 6, 1)) == [("held", "r1")]
    assert found(sort="number", contract_id="paid") == found(due_to=DAY, contract_id="paid") == [("paid", "i2")]
    late = Receivables(opened).find(ReceivableQuery(on=DAY, standing=Standing.OVERDUE)).rows[0]
    assert (late.overdue_since(DAY), late.days_overdue(DAY)) == (date(2026, 5, 16), 46)


def test_what_is_no_longer_a_claim_is_no_longer_in_the_view(opened: Opened) -> None:
    tell(opened, held=retained)
    assert "r1" in {one.subject for one in Receivables(opened).find(ReceivableQuery(on=DAY)).rows}
    (entry,) = recorded(*retained, *told(RetentionReleased(retention_id="r1", amount=cny("4171.00"))))[-1:]
    put(opened, [entry._replace(stream="contract-held")])
    catch_up(opened, FULFILMENT)
    assert "r1" not in {one.subject for one in Receivables(opened).find(ReceivableQuery(on=DAY, standing=Standing.ALL)).rows}
    assert check_view(opened, FULFILMENT).matches


def test_ids_that_look_alike_are_kept_apart(opened: Opened) -> None:
    alike = in_force + told(
        *(RetentionHeld(retention=Retention(retention_id=f"r{sign}", amount=cny("1.00"))) for sign in ("\x00", "\x1e", "\x1f", "\ufffd"))
    )
    tell(opened, odd=alike)
    assert check_view(opened, FULFILMENT).matches
    assert len([one for one in Receivables(opened).find(ReceivableQuery(on=DAY)).rows if one.kind == "retention"]) == 4


@pytest.mark.campaign
@pytest.mark.parametrize("cached", [1, 4_096])
@settings(max_examples=300 if LARGE else 4, deadline=None, suppress_health_check=list(HealthCheck))
@given(told_lives=st.lists(lives(), min_size=1, max_size=3), seed=st.integers(0, 99), size=st.integers(1, 30))
def test_the_view_is_what_the_log_says_whatever_happened(
    postgres: str, cached: int, told_lives: list[list[Entry]], seed: int, size: int
) -> None:
    with pytest.MonkeyPatch.context() as patched, new_ledger(postgres) as it:
        patched.setattr(several, "CACHED_STREAMS", cached)
        put(it, interleaved(told_lives, seed))
        projector = Projector(it, FULFILMENT, Log(it.store, page=size))
        while projector.advance():
            pass
        checked = check_view(it, FULFILMENT)
        assert checked.first is None, checked.first
        followed = content(it, FULFILMENT)
        rebuild(it, FULFILMENT)
        assert content(it, FULFILMENT) == followed


@pytest.mark.parametrize(
    ("forgery", "what", "differs"),
    [
        ("UPDATE {views}.receivables SET open_minor = 1 WHERE subject = 'i1'", "differs", [ColumnDifference("open_minor", 0, 1)]),
        ("UPDATE {views}.receivables SET due = NULL WHERE subject = 'i1'", "differs", None),
        ("DELETE FROM {views}.receivables WHERE subject = 'i1'", "missing", None),
        ("UPDATE {views}.receivables SET row_key = 'x' WHERE subject = 'i1'", "missing", None),
        ("UPDATE {views}.receivables SET contract_id = 'x' WHERE subject = 'i1'", "missing", None),
    ],
)
def test_a_row_that_was_tampered_with_is_found(opened: Opened, forgery: str, what: str, differs: list[ColumnDifference] | None) -> None:
    tell(opened, paid=half_paid)
    # Two claims, a planned delivery, a counterparty, and three obligations.
    assert check_view(opened, FULFILMENT).rows == 7
    tamper(opened, forgery)
    checked = check_view(opened, FULFILMENT)
    (first, *surplus) = sorted(checked.differences, key=lambda d: d.what == "surplus")
    assert (first.what, first.stream) == (what, "contract-paid")
    assert first.row is not None
    assert '"i1"' in first.row
    assert first.version == (len(half_paid) if "open" in forgery or what == "missing" else len(in_force))
    assert differs is None or list(first.columns) == differs
    assert [one.what for one in surplus] == (["surplus"] if "'x'" in forgery else [])


def test_a_counterparty_that_is_erased_is_gone_from_what_it_owes(opened: Opened) -> None:
    give(opened, PARTY, "wang", RegisterParty(name=NAME))
    begun = replace(contract("E-1"), counterparties=(side(NAME, "wang"),))
    put(opened, recorded(owing(begun, (500, DAY))))
    catch_up(opened, FULFILMENT)
    assert NAME.encode() in content(opened, FULFILMENT)
    give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    catch_up(opened, FULFILMENT)
    assert NAME.encode() not in content(opened, FULFILMENT)
    assert check_view(opened, FULFILMENT).matches


def test_a_page_of_what_is_due_next_is_read_from_its_index(opened: Opened) -> None:
    tell(opened, **{f"n{n}": owing(contract(f"N{n}"), (100, date(2026, 1, 1)), (100, None)) for n in range(60)})
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off; SET LOCAL enable_sort TO off")
        for query, index in (
            (ReceivableQuery(on=DAY), "receivables_due_row_key_idx"),
            (ReceivableQuery(on=DAY, sort="number", standing=Standing.ALL), "receivables_number_row_key_idx"),
            (ReceivableQuery(on=DAY, which=ClaimFilter(contract_id="n1")), "receivables_contract_id_idx"),
        ):
            where = next(query.order.stretches(query.filters, None))
            order = "" if query.which.contract_id else query.order.sql
            cursor.execute(f"EXPLAIN SELECT 1 FROM {opened.names.views}.receivables {where.sql} {order} LIMIT 5", where.values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert index in plan, plan
