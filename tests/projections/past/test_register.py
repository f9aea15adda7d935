"""The register as of a moment: what it shows, in which pages, by which index; and what of its past is noticed or forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from domain.contract.correction import FactCorrected, Restated
from domain.contract.drafting import TitleChanged
from domain.contract.payment import PaymentRecorded
from domain.contract.vocabulary import Status
from infra.opening import Opened
from projections.check import check
from projections.paging import BadQuery
from projections.past import TableAsOf
from projections.past.shape import BUCKETS
from projections.register import REGISTER, Register, RegisterQuery, past
from projections.register.columns import TYPES
from projections.register.folding import SILENT, fold
from projections.register.line import Line
from projections.runner import catch_up
from tests.facts import DRAFTED, HISTORIES, PAYMENT_VERSION, cny, half_paid
from tests.infra.entries import ask
from tests.projections.histories import put
from tests.projections.ledgers import tamper
from tests.spec import START, History, Told, recorded, told

EARLY, LATE = START + timedelta(days=1), START + timedelta(days=20)
WAS = PaymentRecorded(payment_id="p1", amount=cny("41710.00"))
BECOMES = PaymentRecorded(payment_id="p1", amount=cny("41000.00"))
CORRECTED = FactCorrected(corrects=PAYMENT_VERSION, was=Restated(WAS), becomes=Restated(BECOMES), why="typed wrong")


def kept(opened: Opened, history: History) -> Register:
    """The register of one contract, each of its entries taken in by itself."""
    for entry in recorded(history):
        put(opened, [entry])
        catch_up(opened, REGISTER)
    return Register(opened)


def recorded_at(opened: Opened, version: int) -> datetime:
    """When the ledger learnt of an entry."""
    return opened.store.read_stream("contract-1", after=version - 1, limit=1)[0].recorded_at


def paid(register: Register, valid_at: datetime | None, known_at: datetime | None) -> list[int]:
    return [row.paid_minor for row in register.find(RegisterQuery(valid_at=valid_at, known_at=known_at)).rows]


def test_a_correction_counts_from_when_it_was_known_for_the_time_of_what_it_corrects(opened: Opened) -> None:
    register = kept(opened, half_paid + told(CORRECTED))
    when_paid = recorded(half_paid)[PAYMENT_VERSION - 1].effective_at
    before, after = recorded_at(opened, len(half_paid)), recorded_at(opened, len(half_paid) + 1)
    instant = timedelta(microseconds=1)
    assert paid(register, None, before) == paid(register, when_paid, after - instant) == [4_171_000]
    assert paid(register, None, after) == paid(register, when_paid, after) == paid(register, when_paid, None) == [4_100_000]
    assert paid(register, when_paid - instant, None) == [0]
    assert paid(register, START - instant, None) == paid(register, None, recorded_at(opened, 1) - instant) == []


def test_what_is_dated_back_counts_from_its_day_on_until_something_recorded_earlier_has_the_last_word(opened: Opened) -> None:
    history = told(
        Told(DRAFTED, effective_at=START),
        Told(TitleChanged(title="late"), effective_at=LATE),
        Told(TitleChanged(title="early"), effective_at=EARLY),
    )
    register = kept(opened, history)

    def titles(valid_at: datetime, known_at: datetime | None = None) -> list[str]:
        return [row.title for row in register.find(RegisterQuery(valid_at=valid_at, known_at=known_at)).rows]

    instant = timedelta(microseconds=1)
    known_late = recorded_at(opened, 2)
    assert titles(EARLY - instant) == titles(EARLY, known_late) == titles(LATE - instant, known_late) == [DRAFTED.title]
    assert titles(EARLY) == titles(LATE - instant) == ["early"]
    assert titles(LATE, known_late) == ["late"]
    # What was recorded last has the last word, whenever it happened.
    assert titles(LATE) == ["early"]


def test_pages_as_of_a_moment_show_each_contract_once_and_their_cursors_belong_to_that_moment(opened: Opened) -> None:
    for name, history in HISTORIES.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    catch_up(opened, REGISTER)
    query = RegisterQuery(limit=4, sort="value_minor", descending=True, valid_at=LATE)
    found, cursor = list[str](), None
    register = Register(opened)
    while True:
        listed = register.find(RegisterQuery(limit=4, sort="value_minor", descending=True, valid_at=LATE, cursor=cursor))
        found += [row.contract_id for row in listed.rows]
        if listed.next_cursor is None:
            break
        cursor = listed.next_cursor
    assert len(found) == len(set(found)) == register.count(query)
    for other in (RegisterQuery(sort="value_minor", descending=True, cursor=cursor), RegisterQuery(valid_at=EARLY, cursor=cursor)):
        with pytest.raises(BadQuery, match="the cursor is of a list sorted by"):
            register.find(other)


@pytest.mark.parametrize("few", [1, 3, 500])
def test_pages_of_a_status_as_of_a_moment_have_its_contracts_in_order_however_many_they_are(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("projections.past.asked.FEW", few)
    monkeypatch.setattr("projections.register.queries.FEW", few)
    for name, history in HISTORIES.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    catch_up(opened, REGISTER)
    register, shown = Register(opened), set[Status]()
    everything = register.find(RegisterQuery(limit=1_000, sort="number", valid_at=LATE)).rows
    for statuses in ((Status.DRAFT,), (Status.IN_FORCE,), (Status.IN_FORCE, Status.DRAFT), (Status.TERMINATED,), (Status.SUSPENDED,)):
        found, cursor = list[str](), None
        while True:
            page = register.find(RegisterQuery(limit=2, sort="number", status=statuses, valid_at=LATE, cursor=cursor))
            found += [row.contract_id for row in page.rows]
            if (cursor := page.next_cursor) is None:
                break
        assert found == [row.contract_id for row in everything if row.status in statuses], statuses
        shown |= {row.status for row in everything if row.status in statuses}
    assert len(shown) > 1


def test_words_are_not_searched_for_in_the_past(opened: Opened) -> None:
    with pytest.raises(BadQuery, match="as they are now"):
        Register(opened).find(RegisterQuery(search="采购", known_at=LATE))


@pytest.mark.parametrize("sort", ["number", "status", "value_minor", "period_end", "drafted_at"])
@pytest.mark.parametrize("moments", [{"valid_at": LATE}, {"known_at": LATE}, {"valid_at": LATE, "known_at": LATE}])
@pytest.mark.parametrize("descending", [False, True])
def test_a_page_as_of_a_moment_is_read_from_an_index_that_passes_over_other_times(
    opened: Opened,
    sort: str,
    moments: dict[str, datetime],
    descending: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    catch_up(opened, REGISTER)
    query = RegisterQuery(sort=sort, descending=descending, **moments)  # type: ignore[arg-type]
    where = next(query.order.stretches(query.filters, None))
    with opened.views.use() as connection, connection.cursor() as cursor:
        stood = TableAsOf(f"{opened.names.views}.register_past", "contract_id", past.SORTED, query.moments).looked_up(cursor)
        page, values = stood.page("number", where, query.order, 50)
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {page}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    used = [
        bucket for bucket in BUCKETS if f"Index Only Scan using register_past_{bucket}_{sort}_contract_id" in plan.replace(" Backward", "")
    ]
    assert used == ["known_bucket" if "known_at" in moments else "valid_bucket"], plan
    assert "Merge Append" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "Filter" not in plan, plan


def test_a_row_of_the_past_that_somebody_changed_is_found(opened: Opened) -> None:
    kept(opened, half_paid + told(CORRECTED))
    assert check(opened, (REGISTER,))[0].matches
    for forgery in (
        "UPDATE {views}.register_past SET paid_minor = 7 WHERE known_to < 'infinity' AND paid_minor > 0",
        "DELETE FROM {views}.register_past WHERE status = 'draft'",
        "UPDATE {views}.register_past SET valid_to = valid_to + interval '1 day' WHERE valid_to < 'infinity'",
        "UPDATE {views}.register_past SET version = version + 1",
    ):
        catch_up(opened, REGISTER)
        tamper(opened, forgery)
        (checked,) = check(opened, (REGISTER,))
        assert checked.first is not None, forgery
        assert checked.first.at.known_at is not None
        tamper(
            opened,
            "DELETE FROM {views}.bookmarks; DROP TABLE {views}.register, {views}.register_past",
        )


def test_entries_that_change_nothing_shown_leave_no_row(opened: Opened, postgres: str) -> None:
    kept(opened, half_paid)
    kept_now = ask(postgres, f"SELECT DISTINCT valid_from FROM {opened.names.views}.register_past WHERE known_to = 'infinity'")
    assert len(kept_now) == len({e.effective_at for e in recorded(half_paid) if past.tells(e)}) < len(half_paid)


def test_facts_that_are_called_silent_change_no_line() -> None:
    told_of: set[type] = set()
    for history in HISTORIES.values():
        line = Line("1")
        for entry in recorded(history):
            before = [getattr(line, name) for name in past.KEPT]
            fold(line, entry)
            if type(entry.fact) in SILENT:
                told_of.add(type(entry.fact))
                assert [getattr(line, name) for name in past.KEPT] == before, entry.fact
    assert len(told_of) > 20
    assert set(past.KEPT) < set(TYPES)


def test_moments_are_asked_for_in_any_zone() -> None:
    query = RegisterQuery(valid_at=datetime(2026, 3, 31, 18, tzinfo=timezone(timedelta(hours=8))))
    assert query.order.label == "+number@2026-03-31T10:00:00+00:00/"
