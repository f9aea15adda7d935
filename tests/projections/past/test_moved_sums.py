"""What moved in sums between two moments is what their lines at both do not share, and the entries are those that moved a line."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import view_differences
from domain.contract.drafting import CounterpartyAdded, TitleChanged
from domain.contract.payment import PaymentRecorded
from domain.contract.vocabulary import Counterparty
from domain.facts import Entry, Fact
from domain.money import Money
from infra.opening import Opened
from projections import summed
from projections.differences import Differences
from projections.fulfilment import FULFILMENT, AgeingQuery
from projections.fulfilment.ageing import AgeingLine, ageing
from projections.fulfilment.deliveries import DeliveryFilter, ProgressLine, ProgressQuery, deliveries_progress
from projections.fulfilment.exposure import ExposureFilter, ExposureLine, ExposureQuery, exposure
from projections.fulfilment.forecast import ForecastLine, ForecastQuery, forecast
from projections.fulfilment.receivables import ClaimFilter
from projections.moved import DifferenceQuery, MovedHow, MovedIn, MovedRow, between
from projections.moving import PastView
from projections.paging import BadQuery, rows
from projections.past import Moments
from projections.register import REGISTER, Register, RegisterQuery
from projections.register.statistics import GroupedBy
from projections.runner import catch_up
from projections.sums import SEEN_FROM_A_DAY, SUMS
from projections.view import ViewMissing
from tests.domain.lives import lives
from tests.facts import cny
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import new_ledger
from tests.projections.past.adding import Key, added_up, counted, key_of, moving
from tests.projections.past.test_histories import LARGE, misdated, put_together
from tests.projections.test_deliveries import came, shipping
from tests.projections.test_exposure import PAST, RUIKANG
from tests.projections.test_fulfilment import DAY, SALE, contract, owing, tell
from tests.spec import START, History, Told, recorded

AnyLine = ExposureLine | ForecastLine | AgeingLine | ProgressLine


def listed(opened: Opened, view: PastView, on: date, at: Moments, by: GroupedBy) -> Mapping[Key, object]:
    """The lines of a sum as its own list tells them; but for what came together, which is of other lines too.

    Those of statistics are added up from the list of contracts.
    """
    if view is PastView.STATISTICS:
        contracts = rows(Register(opened).find, RegisterQuery(valid_at=at.valid_at, known_at=at.known_at))
        return added_up(counted(asdict(row), by) for row in contracts)
    claims, most = ClaimFilter(moments=at), 1_000
    found: Sequence[AnyLine]
    match view:
        case PastView.EXPOSURE:
            found = exposure(opened, ExposureQuery(on=on, which=ExposureFilter(moments=at), limit=most)).rows
        case PastView.FORECAST:
            together = forecast(opened, ForecastQuery(on=on, which=claims, limit=most)).rows
            found = [replace(line, cumulative_minor=0) for line in together]
        case PastView.AGEING:
            found = ageing(opened, AgeingQuery(on=on, which=claims, limit=most)).rows
        case _:
            found = deliveries_progress(opened, ProgressQuery(on=on, which=DeliveryFilter(moments=at), limit=most)).rows
    return {key_of(view, line.group_key): line for line in found}


def moved(
    opened: Opened, view: PastView, on: date, sides: tuple[Moments, Moments], *, by: GroupedBy | None = None, limit: int = 2
) -> dict[Key, MovedRow]:
    """What moved, of all pages."""
    query = DifferenceQuery(view=view, before=sides[0], after=sides[1], on=on, by=by, limit=limit)
    found, cursor = list[MovedRow](), None
    while True:
        page = Differences(opened).find(replace(query, cursor=cursor))
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [row.key for row in found] == sorted({row.key for row in found})
    assert Differences(opened).count(query) == len(found)
    return {key_of(view, row.key): row for row in found}


def agrees(
    opened: Opened, view: PastView, on: date, sides: tuple[Moments, Moments], contracts: Sequence[str], *, by: GroupedBy | None = None
) -> int:
    """Compares what moved with the lists of both moments, and the entries with what each contract adds; answers how many lines moved."""
    was, becomes = (listed(opened, view, on, at, by or GroupedBy.STATUS) for at in sides)
    found = moved(opened, view, on, sides, by=by)
    assert set(found) == {key for key in {**was, **becomes} if was.get(key) != becomes.get(key)}
    movers: dict[Key, set[tuple[str, int]]] = {}
    for contract_id in contracts:
        of_contract = moving(
            view, contract_id, opened.store.stream_entries(f"contract-{contract_id}"), sides, on, by=by or GroupedBy.STATUS
        )
        for line, entries in of_contract.items():
            movers[line] = movers.get(line, set()) | entries
    for key, row in found.items():
        assert row.how is (MovedHow.APPEARED if key not in was else MovedHow.DISAPPEARED if key not in becomes else MovedHow.CHANGED)
        assert row.changes
        named = [(mover.side.value, mover.entry.position) for mover in row.movers]
        assert set(named) == movers.get(key, set())
        assert len(named) == len(set(named))
        assert [position for _, position in named] == sorted(position for _, position in named)
        if by is not None:
            changes = {change.path: (change.was, change.becomes) for change in row.changes}
            then, now = (figures(key, side.get(key)) for side in (was, becomes))
            assert changes == {name: (then[name], now[name]) for name in then if then[name] != now[name]}
    return len(found)


def figures(key: Key, line: object) -> dict[str, object]:
    """A line of statistics as it is told; nothing where there is none."""
    columns = ("key", "direction", "currency", "contracts", "without_value", "value", "paid")
    if not isinstance(line, dict):
        return dict.fromkeys(columns)
    (common, direction, currency), contracts, without_value = key, line["contracts"], line.get("without_value", 0)
    sums = [Money(line.get(name, 0), currency) if currency and contracts > without_value else None for name in ("value", "paid")]
    return dict(zip(columns, (common or None, direction, currency, contracts, without_value, *sums), strict=True))


FEBRUARY, MARCH = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
SOLD = owing(replace(contract("S", direction=SALE), counterparties=(RUIKANG,)), (10_000, PAST), (2_000, None))
BOUGHT = owing(contract("B", name="Nordwind"), (700, PAST), (300, DAY))
SHIPPED = shipping("D", ("d1", PAST, 4), ("d2", None, 2), name="Ruikang")
PAID = PaymentRecorded(payment_id="p1", amount=cny("40.00"), instalment_id="i1")
SETTLED = PaymentRecorded(payment_id="p1", amount=cny("7.00"), instalment_id="i1")


def learn(opened: Opened, name: str, history: History, *more: Told) -> None:
    """What comes to be known of a contract after its history."""
    put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history + more)[len(history) :]])


@pytest.fixture
def learnt(opened: Opened) -> datetime:
    """What a sale, a purchase and a delivery came to, dated back; answers the moment before it was learnt."""
    tell(opened, sold=SOLD, bought=BOUGHT, shipped=SHIPPED)
    before = [e.recorded_at for e in opened.store.whole_log()][-1]
    learn(opened, "sold", SOLD, Told(PAID, effective_at=FEBRUARY), Told(TitleChanged(title="Chairs"), effective_at=FEBRUARY))
    learn(opened, "bought", BOUGHT, Told(SETTLED, effective_at=MARCH))
    learn(opened, "shipped", SHIPPED, Told(came("d1x", 3, "d1"), effective_at=FEBRUARY), Told(came("d2x", 2, "d2"), effective_at=MARCH))
    catch_up(opened, FULFILMENT)
    catch_up(opened, REGISTER)
    return before


def told_moves(found: Mapping[Key, MovedRow]) -> dict[str, tuple[dict[str, tuple[object, object]], list[tuple[str, str, str]]]]:
    """By what lines are called: their columns, and on which side which entry of which contract counts."""
    return {
        row.name: (
            {change.path: (amount(change.was), amount(change.becomes)) for change in row.changes},
            [(mover.side.value, mover.entry.stream, mover.entry.fact.NAME) for mover in row.movers],
        )
        for row in found.values()
    }


def amount(value: object) -> object:
    return value.amount if isinstance(value, Money) else value


PAID_TO = ("to", "contract-sold", "contract.payment_recorded")
PAID_BY = ("to", "contract-bought", "contract.payment_recorded")
CAME = ("to", "contract-shipped", "contract.delivery_recorded")
EXPECTED: dict[PastView, dict[str, tuple[dict[str, tuple[object, object]], list[tuple[str, str, str]]]]] = {
    # The sale's new title moves nothing, and what is committed stays.
    PastView.EXPOSURE: {
        "Nordwind CNY": (
            {"payable": ("10.00", "3.00"), "payable_overdue": ("7.00", "0.00"), "net": ("-10.00", "-3.00")},
            [PAID_BY],
        ),
        "Ruikang CNY": (
            {"receivable": ("120.00", "80.00"), "receivable_overdue": ("100.00", "60.00"), "net": ("120.00", "80.00")},
            [PAID_TO],
        ),
    },
    # What falls due on the day itself and what has no day stay.
    PastView.FORECAST: {
        "overdue CNY": (
            {
                "contracts": (2, 1),
                "claims": (2, 1),
                "inflow": ("100.00", "60.00"),
                "outflow": ("7.00", "0.00"),
                "net": ("93.00", "60.00"),
            },
            [PAID_TO, PAID_BY],
        )
    },
    PastView.AGEING: {
        "Nordwind payable CNY": (
            {"open": ("10.00", "3.00"), "overdue": ("7.00", "0.00"), "late_1_to_30": ("7.00", "0.00")},
            [PAID_BY],
        ),
        "Ruikang receivable CNY": (
            {"open": ("120.00", "80.00"), "overdue": ("100.00", "60.00"), "late_1_to_30": ("100.00", "60.00")},
            [PAID_TO],
        ),
    },
    # 3 of 4 came of the one and all of the other: 87.5 percent, where half was to be there.
    PastView.PROGRESS: {"D": ({"complete": (0, 1), "percent": ("0.00", "87.50"), "ahead": ("-50.00", "37.50")}, [CAME, CAME])},
    PastView.STATISTICS: {
        "in_force payable CNY": ({"paid": ("0.00", "7.00")}, [PAID_BY]),
        "in_force receivable CNY": ({"paid": ("0.00", "40.00")}, [PAID_TO]),
    },
}


@pytest.mark.parametrize("view", SUMS)
def test_what_was_learnt_since_moves_the_lines_that_it_concerns_and_names_its_entries(
    opened: Opened, learnt: datetime, view: PastView
) -> None:
    assert told_moves(moved(opened, view, DAY, between(MovedIn.KNOWN, learnt, None))) == EXPECTED[view]
    # Reports of now and of then, both about all that had happened, say the same.
    assert told_moves(moved(opened, view, DAY, between(MovedIn.BOTH, learnt, None))) == EXPECTED[view]


def test_what_happened_between_two_moments_is_what_is_dated_between_them(opened: Opened, learnt: datetime) -> None:
    early, late = FEBRUARY - timedelta(seconds=1), FEBRUARY
    there = between(MovedIn.VALID, early, late)
    ruikang = {"Ruikang CNY": EXPECTED[PastView.EXPOSURE]["Ruikang CNY"]}
    assert told_moves(moved(opened, PastView.EXPOSURE, DAY, there)) == ruikang
    (aged,) = moved(opened, PastView.AGEING, DAY, there).values()
    assert (aged.name, aged.contract_id) == ("Ruikang receivable CNY", None)
    (expected,) = told_moves(moved(opened, PastView.FORECAST, DAY, there)).values()
    assert expected == ({"inflow": ("100.00", "60.00"), "net": ("93.00", "53.00")}, [PAID_TO])
    (shipped,) = moved(opened, PastView.PROGRESS, DAY, there).values()
    assert (shipped.name, shipped.contract_id) == ("D", "shipped")
    assert [mover.entry.effective_at for mover in shipped.movers] == [FEBRUARY]
    # Looked at backwards, the same entries count on the other side.
    back = moved(opened, PastView.EXPOSURE, DAY, between(MovedIn.VALID, late, early))
    assert [[mover.side.value for mover in row.movers] for row in back.values()] == [["from"]]
    # As it was known then, nothing of this had happened.
    assert not any(moved(opened, view, DAY, between(MovedIn.VALID, early, late, known_at=learnt)) for view in SUMS)


def test_only_entries_move_figures_and_not_the_calendar(opened: Opened, learnt: datetime) -> None:
    since, until = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    assert not any(moved(opened, view, DAY, between(MovedIn.VALID, since, until)) for view in SUMS)
    # Seen from an earlier day nothing of it was overdue.
    found = told_moves(moved(opened, PastView.AGEING, date(2026, 5, 1), between(MovedIn.KNOWN, learnt, None)))
    assert {name: set(columns) for name, (columns, _) in found.items()} == {
        "Nordwind payable CNY": {"open", "not_due"},
        "Ruikang receivable CNY": {"open", "not_due"},
    }


def test_a_line_that_comes_is_moved_by_what_made_the_contract_binding(opened: Opened) -> None:
    tell(opened, bought=BOUGHT)
    (row,) = moved(opened, PastView.EXPOSURE, DAY, (Moments(START - timedelta(days=1)), Moments())).values()
    assert (row.how, row.name) == (MovedHow.APPEARED, "Nordwind CNY")
    assert {change.path for change in row.changes} >= {"name", "currency", "contracts", "committed", "payable"}
    assert [mover.entry.fact.NAME for mover in row.movers] == ["contract.in_force"]


def test_a_name_counts_where_it_comes_to_be_that_of_the_line(opened: Opened) -> None:
    """The line of a party has one of the names that contracts give it, the last by its letters."""

    def named(name: str) -> Counterparty:
        return replace(RUIKANG, counterparty_id="c1", name=name)

    def moves(name: str, paid: str) -> tuple[set[str], list[tuple[str, str]]]:
        """The other contract renames the party, and one of the two is paid."""
        known = [e.recorded_at for e in opened.store.whole_log()][-1]
        payment = replace(SETTLED, payment_id=name, amount=cny("0.10"))
        facts: tuple[tuple[str, Fact], ...] = (("other", CounterpartyAdded(counterparty=named(name))), (paid, payment))
        for contract_id, fact in facts:
            (entry,) = recorded(fact, after=opened.store.stream_entries(f"contract-{contract_id}"))[-1:]
            put(opened, [entry._replace(stream=f"contract-{contract_id}")])
        catch_up(opened, FULFILMENT)
        (row,) = moved(opened, PastView.EXPOSURE, DAY, between(MovedIn.KNOWN, known, None)).values()
        return {change.path for change in row.changes}, [(mover.entry.stream, mover.entry.fact.NAME) for mover in row.movers]

    plain, other = (owing(replace(contract(n), counterparties=(named(n),)), (100, None)) for n in ("Ruikang", "Aikang"))
    tell(opened, plain=plain, other=other)
    renamed, paid = "contract.counterparty_added", "contract.payment_recorded"
    assert moves("Bikang", "plain") == ({"payable", "net"}, [("contract-plain", paid)])
    assert moves("Cikang", "other") == ({"payable", "net"}, [("contract-other", paid)])
    assert moves("Zikang", "plain") == ({"name", "payable", "net"}, [("contract-other", renamed), ("contract-plain", paid)])


def test_a_page_ends_early_where_many_contracts_moved_its_lines_and_the_next_one_goes_on(
    opened: Opened, learnt: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summed, "MAX_CONTRACTS", 1)
    monkeypatch.setattr(summed, "STREAMS_AT_ONCE", 1)
    sides = between(MovedIn.KNOWN, learnt, None)
    query = DifferenceQuery(view=PastView.EXPOSURE, before=sides[0], after=sides[1], on=DAY)
    assert [row.name for row in Differences(opened).find(query).rows] == ["Nordwind CNY"]
    assert told_moves(moved(opened, PastView.EXPOSURE, DAY, sides)) == EXPECTED[PastView.EXPOSURE]


def test_of_very_many_contracts_that_moved_a_line_the_entries_of_some_are_told(
    opened: Opened, learnt: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = between(MovedIn.KNOWN, learnt, None)
    (whole,) = moved(opened, PastView.FORECAST, DAY, sides).values()
    assert ({m.entry.stream for m in whole.movers}, whole.contracts_left_out) == ({"contract-bought", "contract-sold"}, 0)
    monkeypatch.setattr(summed, "MAX_CONTRACTS", 1)
    (cut,) = moved(opened, PastView.FORECAST, DAY, sides).values()
    assert ([m.entry.stream for m in cut.movers], cut.contracts_left_out) == (["contract-bought"], 1)
    assert cut.changes == whole.changes
    assert view_differences.cells(cut)[0][6].endswith("; and those of 1 more contracts")  # type: ignore[union-attr]


def test_a_cursor_belongs_to_its_moments_and_its_day_and_a_sum_has_a_day(opened: Opened, learnt: datetime) -> None:
    query = DifferenceQuery(view=PastView.AGEING, before=Moments(known_at=learnt), after=Moments(), on=DAY, limit=1)
    cursor = Differences(opened).find(query).next_cursor
    for other in (replace(query, on=PAST), replace(query, before=Moments(FEBRUARY)), replace(query, view=PastView.EXPOSURE)):
        with pytest.raises(BadQuery, match="the cursor is of a list"):
            Differences(opened).find(replace(other, cursor=cursor))
    with pytest.raises(BadQuery, match="from a day"):
        Differences(opened).find(replace(query, on=None))


def test_a_view_that_was_never_built_says_so(opened: Opened) -> None:
    for view in SUMS:
        with pytest.raises(ViewMissing, match=SUMS[view].view.name):
            moved(opened, view, DAY, (Moments(START), Moments()))


@pytest.mark.campaign
@settings(
    max_examples=200 if LARGE else 4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(lives(), min_size=1, max_size=3),
    st.integers(0, 2**32),
    st.sampled_from((0.0, 0.1, 0.5)),
    st.dates(date(2026, 1, 1), date(2027, 3, 1)),
)
def test_the_diff_of_sums_is_what_the_lists_of_both_moments_do_not_share_and_names_what_moved_each_line(
    postgres: str, stories: list[list[Entry]], seed: int, share: float, on: date
) -> None:
    with new_ledger(postgres) as opened:
        put_together(opened, list(misdated(interleaved(stories, seed), seed, share)), seed)
        catch_up(opened, FULFILMENT)
        catch_up(opened, REGISTER)
        drawn, log = random.Random(seed), list(opened.store.whole_log())
        valid, known = sorted({e.effective_at for e in log}), sorted({e.recorded_at for e in log})
        contracts = [str(n) for n in range(len(stories))]
        for turn, moved_in in product(range(3), MovedIn):
            points = {MovedIn.VALID: valid, MovedIn.KNOWN: known, MovedIn.BOTH: valid + known}[moved_in]
            since, until = drawn.choice(points), drawn.choice([*points, None])
            also_valid = drawn.choice([None, drawn.choice(valid)]) if moved_in is MovedIn.KNOWN else None
            also_known = drawn.choice([None, drawn.choice(known)]) if moved_in is MovedIn.VALID else None
            sides = between(moved_in, since, until, valid_at=also_valid, known_at=also_known)
            for view in SEEN_FROM_A_DAY:
                agrees(opened, view, on, sides, contracts)
            for by in [*GroupedBy][turn::3]:
                agrees(opened, PastView.STATISTICS, on, sides, contracts, by=by)
