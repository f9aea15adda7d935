"""Following a contract, or a person, through the timeline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.access import KeyIssued, Role
from domain.party import PartyRegistered
from infra.opening import Opened
from projections.paging import BadQuery
from projections.timeline import Happening, Timeline, TimelineQuery
from projections.timeline.summary import summary
from projections.timeline.summary.phrases import LONGEST_PART, short
from projections.view import ViewMissing
from tests.facts import HISTORIES, corrected, half_paid, published
from tests.projections.histories import put
from tests.projections.ledgers import caught_up, new_ledger
from tests.spec import BOB, recorded, told


@pytest.fixture(scope="module")
def opened(postgres: str) -> Iterator[Opened]:
    """A ledger that nobody changes: two contracts, a party and a key."""
    with new_ledger(postgres) as it:
        fill(it)
        yield it


@pytest.fixture(scope="module")
def timeline(opened: Opened) -> Timeline:
    """Its timeline."""
    return Timeline(opened)


def fill(opened: Opened) -> None:
    put(opened, recorded(corrected))
    put(opened, [e._replace(stream="contract-2") for e in recorded(published)])
    put(opened, [e._replace(stream="party-x") for e in recorded(told(PartyRegistered(name="华东"), by=BOB))])
    issued = KeyIssued(key_id="k", principal="bob", roles=(Role.READER,), secret_sha256="00")
    put(opened, [e._replace(stream="access") for e in recorded(told(issued))])
    caught_up(opened)


def walk(timeline: Timeline, **query: object) -> list[Happening]:
    """What is found on all pages of three."""
    found: list[Happening] = []
    cursor = None
    while True:
        page = timeline.find(TimelineQuery(limit=3, cursor=cursor, **query))  # type: ignore[arg-type]
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_every_entry_of_every_stream_is_told_once_in_order(timeline: Timeline, opened: Opened) -> None:
    assert [h.position for h in walk(timeline)] == list(range(1, opened.store.head() + 1))
    assert [h.position for h in walk(timeline, newest_first=True)] == list(range(opened.store.head(), 0, -1))


def test_a_contract_is_followed_by_its_id(timeline: Timeline) -> None:
    found = walk(timeline, contract_id="1")
    assert [h.version for h in found] == list(range(1, len(corrected) + 1))
    assert {h.contract_id for h in found} == {"1"}
    assert [h.fact for h in found][:2] == ["contract.drafted@2", "contract.clause_added@2"]
    assert [h.stream for h in walk(timeline, subject="party-x")] == ["party-x"]


def test_an_actor_is_followed_across_streams(timeline: Timeline) -> None:
    found = walk(timeline, actor=BOB)
    assert {h.actor for h in found} == {BOB}
    assert {h.stream for h in found} == {"contract-1", "party-x"}
    assert walk(timeline, actor=BOB, contract_id="2") == []


def test_an_entry_carries_its_envelope(timeline: Timeline, opened: Opened) -> None:
    (found,) = walk(timeline, subject="party-x")
    (stored,) = opened.store.read_stream("party-x")
    assert (found.position, found.recorded_at, found.effective_at, found.command_id) == (
        stored.position,
        stored.recorded_at,
        stored.effective_at,
        stored.command_id,
    )
    assert (found.channel, found.reason, found.on_behalf_of, found.contract_id) == ("api", None, None, None)
    assert found.summary == "Party 华东 registered"


def test_a_correction_says_what_it_corrects(timeline: Timeline) -> None:
    *_, last = walk(timeline, contract_id="1")
    assert last.summary == (f"Version {len(half_paid)} corrected: Payment p1 of 41170.00 CNY recorded: 金额录入颠倒 / Digits swapped")


@pytest.mark.parametrize("name", HISTORIES)
def test_every_fact_is_told_in_one_short_line(name: str) -> None:
    for entry in recorded(HISTORIES[name]):
        line = summary(entry.fact)
        assert line.isprintable()
        assert 0 < len(line) < 8 * LONGEST_PART


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("as it is", "as it is"),
        ("two\nlines\x00 and\ta tab", "two lines and a tab"),
        ("长" * 100, "长" * LONGEST_PART + "…"),
    ],
)
def test_texts_are_told_on_one_line_and_not_at_length(text: str, said: str) -> None:
    assert short(text) == said


def test_a_cursor_of_the_other_direction_is_refused(timeline: Timeline) -> None:
    cursor = timeline.find(TimelineQuery(limit=1)).next_cursor
    with pytest.raises(BadQuery):
        timeline.find(TimelineQuery(newest_first=True, cursor=cursor))


def test_a_timeline_that_was_never_built_says_so(postgres: str) -> None:
    with new_ledger(postgres) as empty, pytest.raises(ViewMissing, match="rebuild timeline"):
        Timeline(empty).find(TimelineQuery())
