"""What moved in the statistics of contracts: groups that come, go and come to something else, by whatever contracts have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.contract.drafting import CounterpartyAdded, ValueChanged
from domain.contract.particulars import Tagged, Untagged
from domain.contract.vocabulary import Counterparty
from infra.opening import Opened
from projections.differences import Differences
from projections.moved import DifferenceQuery, MovedHow, MovedIn, between
from projections.moving import PastView
from projections.paging import BadQuery
from projections.past import Moments
from projections.register import REGISTER
from projections.register.statistics import GroupedBy
from projections.runner import catch_up
from tests.facts import cny
from tests.projections.histories import put
from tests.projections.past.test_moved_sums import SETTLED as PAYMENT
from tests.projections.past.test_moved_sums import learn, moved, told_moves
from tests.projections.test_fulfilment import DAY, contract, owing
from tests.spec import START, Told, recorded, told

JANUARY, FEBRUARY = datetime(2026, 1, 31, 23, 30, tzinfo=UTC), datetime(2026, 2, 1, 0, 30, tzinfo=UTC)
FRAME = owing(contract("A"), (1_000, None)) + told(Tagged(tag="frame"), Tagged(tag="urgent"))
DRAFT = told(replace(contract("B"), value=None))
SECOND = Counterparty(counterparty_id="c2", name="Nordwind", role="supplier")
PAID = ("to", "contract-frame", "contract.payment_recorded")
UNTAGGED = ("to", "contract-frame", "contract.untagged")
VALUED = ("to", "contract-draft", "contract.value_changed")
NAMED = ("to", "contract-draft", "contract.counterparty_added")
WENT = {"direction": ("payable", None), "contracts": (1, None), "without_value": (1, None)}
CAME = {
    "direction": (None, "payable"),
    "currency": (None, "CNY"),
    "contracts": (None, 1),
    "without_value": (None, 0),
    "value": (None, "5.00"),
    "paid": (None, "0.00"),
}
MORE_PAID = {"paid": ("0.00", "4.00")}


@pytest.fixture
def learnt(opened: Opened) -> datetime:
    """A contract with two tags that is paid and loses one of them, and a draft that gets a value and another party; the moment before."""
    for name, history in (("frame", FRAME), ("draft", DRAFT)):
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    before = [e.recorded_at for e in opened.store.whole_log()][-1]
    learn(opened, "frame", FRAME, Told(replace(PAYMENT, amount=cny("4.00"))), Told(Untagged(tag="urgent")))
    learn(opened, "draft", DRAFT, Told(ValueChanged(value=cny("5.00"))), Told(CounterpartyAdded(counterparty=SECOND)))
    catch_up(opened, REGISTER)
    return before


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        # The other tag and the other party move nothing of the status.
        (
            GroupedBy.STATUS,
            {
                "draft payable": ({"key": ("draft", None), **WENT}, [VALUED]),
                "draft payable CNY": ({"key": (None, "draft"), **CAME}, [VALUED]),
                "in_force payable CNY": (MORE_PAID, [PAID]),
            },
        ),
        # What has no tag is a line that is called by nothing.
        (
            GroupedBy.TAG,
            {
                "payable": (WENT, [VALUED]),
                "payable CNY": (CAME, [VALUED]),
                "frame payable CNY": (MORE_PAID, [PAID]),
                "urgent payable CNY": (
                    {
                        "key": ("urgent", None),
                        "direction": ("payable", None),
                        "currency": ("CNY", None),
                        "contracts": (1, None),
                        "without_value": (0, None),
                        "value": ("10.00", None),
                        "paid": ("0.00", None),
                    },
                    [PAID, UNTAGGED],
                ),
            },
        ),
        # The draft stands under both of its parties.
        (
            GroupedBy.COUNTERPARTY,
            {
                "华东 payable": ({"key": ("华东", None), **WENT}, [VALUED]),
                "华东 payable CNY": (
                    {"contracts": (1, 2), "value": ("10.00", "15.00"), "paid": ("0.00", "4.00")},
                    [PAID, VALUED],
                ),
                "Nordwind payable CNY": ({"key": (None, "Nordwind"), **CAME}, [NAMED]),
            },
        ),
        (
            GroupedBy.IN_FORCE,
            {
                "payable": (WENT, [VALUED]),
                "payable CNY": (CAME, [VALUED]),
                "2026-01 payable CNY": (MORE_PAID, [PAID]),
            },
        ),
    ],
)
def test_what_was_learnt_since_moves_the_groups_that_it_concerns(
    opened: Opened, learnt: datetime, by: GroupedBy, expected: dict[str, object]
) -> None:
    found = moved(opened, PastView.STATISTICS, DAY, between(MovedIn.KNOWN, learnt, None), by=by)
    assert told_moves(found) == expected
    assert {row.contract_id for row in found.values()} == {None}
    assert {row.name: row.how for row in found.values() if row.how is not MovedHow.CHANGED} == {
        name: MovedHow.DISAPPEARED if changes["direction"] == ("payable", None) else MovedHow.APPEARED
        for name, (changes, _) in told_moves(found).items()
        if "direction" in changes
    }


def test_what_is_paid_counts_where_there_is_a_value(opened: Opened) -> None:
    paid = replace(PAYMENT, amount=cny("3.00"), instalment_id=None)
    # Its currency is that of what is paid.
    put(opened, [e._replace(stream="contract-plain") for e in recorded(told(*DRAFT, paid))])
    before = [e.recorded_at for e in opened.store.whole_log()][-1]
    catch_up(opened, REGISTER)
    (alone,) = moved(opened, PastView.STATISTICS, DAY, (Moments(START - timedelta(days=1)), Moments())).values()
    assert (alone.name, {change.path: change.becomes for change in alone.changes}) == (
        "draft payable CNY",
        {"key": "draft", "direction": "payable", "currency": "CNY", "contracts": 1, "without_value": 1},
    )
    put(opened, [e._replace(stream="contract-valued") for e in recorded(told(*DRAFT, ValueChanged(value=cny("5.00"))))])
    catch_up(opened, REGISTER)
    found = told_moves(moved(opened, PastView.STATISTICS, DAY, between(MovedIn.KNOWN, before, None)))
    assert found == {
        "draft payable CNY": (
            {"contracts": (1, 2), "value": (None, "5.00"), "paid": (None, "0.00")},
            [("to", "contract-valued", "contract.value_changed")],
        )
    }


def test_months_are_those_of_utc(opened: Opened) -> None:
    for name, drafted in (("old", JANUARY), ("new", FEBRUARY)):
        put(opened, [e._replace(stream=f"contract-{name}", effective_at=drafted) for e in recorded(DRAFT)])
    catch_up(opened, REGISTER)
    for since, months in ((JANUARY, {"2026-02 payable"}), (FEBRUARY, set())):
        found = moved(opened, PastView.STATISTICS, DAY, (Moments(since), Moments()), by=GroupedBy.DRAFTED)
        assert {row.name for row in found.values()} == months
    before = (Moments(JANUARY.replace(minute=29)), Moments())
    assert {row.name for row in moved(opened, PastView.STATISTICS, DAY, before, by=GroupedBy.DRAFTED).values()} == {
        "2026-01 payable",
        "2026-02 payable",
    }


def test_a_cursor_belongs_to_what_groups_have_in_common_which_is_the_status_where_nothing_is_said(opened: Opened, learnt: datetime) -> None:
    query = DifferenceQuery(view=PastView.STATISTICS, before=Moments(known_at=learnt), after=Moments(), limit=1)
    page = Differences(opened).find(query)
    assert Differences(opened).count(query) == 3
    following = replace(query, by=GroupedBy.STATUS, cursor=page.next_cursor)
    assert [row.name for row in (*page.rows, *Differences(opened).find(following).rows)] == ["draft payable CNY", "draft payable"]
    with pytest.raises(BadQuery, match="the cursor is of a list"):
        Differences(opened).find(replace(following, by=GroupedBy.TAG))


@pytest.mark.parametrize("view", [PastView.REGISTER, PastView.RECEIVABLES, PastView.EXPOSURE, PastView.PROGRESS])
def test_only_statistics_are_of_groups(opened: Opened, view: PastView) -> None:
    query = DifferenceQuery(view=view, before=Moments(JANUARY), after=Moments(), on=DAY, by=GroupedBy.STATUS)
    for ask in (Differences(opened).find, Differences(opened).count):
        with pytest.raises(BadQuery, match=f"only statistics are of groups with something in common, and not {view}"):
            ask(query)
