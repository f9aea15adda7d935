"""Many at once for one command id, one version, one bookmark: one wins, and the others are told the truth."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from domain.contract.drafting import Note
from infra.append import Appended, Stamp
from infra.errors import AlreadyTracked, CommandIdReused, LedgerError, StaleVersion
from infra.ledger import CONTRACT, Asker, Envelope, Ledger, Outcome
from infra.opening import Opened
from infra.store import Store
from tests.infra.entries import entries, entry, stamp, together, whole
from tests.infra.test_ledger import ALICE, DRAFT

THREADS = 16


def stores(opened: Opened) -> list[Store]:
    """Two, each with an appender of its own, as two processes have."""
    return [opened.store, Store(opened.store.connections, opened.names.ledger)]


def at_once(work: Callable[[int], Appended | Outcome]) -> list[Appended | Outcome | LedgerError]:
    """What each of the threads that start together is answered."""
    answers: list[Appended | Outcome | LedgerError] = []
    start = threading.Barrier(THREADS)

    def run(n: int) -> None:
        start.wait()
        try:
            answers.append(work(n))
        except LedgerError as error:
            answers.append(error)

    assert together(*(lambda n=n: run(n) for n in range(THREADS))) == []
    return answers


def test_one_command_sent_by_all_at_once_is_stored_once_and_answered_alike(opened: Opened) -> None:
    both = stores(opened)
    for round_number in range(20):
        one = Stamp(f"c{round_number}", *stamp()[1:])
        news = entries(f"s{round_number}", 0, 3)
        answers = at_once(lambda n, one=one, news=news: both[n % 2].append(one, news))  # type: ignore[misc]
        assert {(a.first_position, a.size, a.recorded_at) for a in answers if isinstance(a, Appended)} == {
            (3 * round_number + 1, 3, whole(opened.store)[-1].recorded_at)
        }
        assert Counter(a.repeated for a in answers if isinstance(a, Appended)) == {False: 1, True: THREADS - 1}


def test_one_command_id_for_as_many_commands_goes_to_one_of_them(opened: Opened) -> None:
    both = stores(opened)
    answers = at_once(lambda n: both[n % 2].append(stamp("one id", content=str(n)), [entry(f"s{n}")]))
    assert Counter(type(a) for a in answers) == {Appended: 1, CommandIdReused: THREADS - 1}
    assert len(whole(opened.store)) == 1


def test_one_version_goes_to_one_writer_and_the_others_learn_the_current_one(opened: Opened) -> None:
    both = stores(opened)
    for version in range(1, 21):
        answers = at_once(lambda n, version=version: both[n % 2].append(stamp(), [entry("hot", version)]))  # type: ignore[misc]
        assert Counter(type(a) for a in answers) == {Appended: 1, StaleVersion: THREADS - 1}
        assert {(a.stream, a.expected, a.current) for a in answers if isinstance(a, StaleVersion)} == {("hot", version - 1, version)}
    assert len(whole(opened.store)) == 20


def test_one_bookmark_moves_once_with_the_entries_of_the_one_that_moved_it(opened: Opened) -> None:
    both = stores(opened)
    for position in range(1, 21):
        answers = at_once(lambda n, p=position: both[n % 2].append(stamp(track=("follower", p)), [entry(f"s{p}-{n}")]))  # type: ignore[misc]
        assert Counter(type(a) for a in answers) == {Appended: 1, AlreadyTracked: THREADS - 1}
        assert opened.store.tracked("follower") == position
    assert len(whole(opened.store)) == 20


def test_a_tracked_command_that_is_refused_leaves_its_bookmark_where_it_was(opened: Opened) -> None:
    opened.store.append(stamp("taken", track=("follower", 1)), [entry("s")])
    with pytest.raises(StaleVersion):
        opened.store.append(stamp(track=("follower", 2)), [entry("s")])
    with pytest.raises(CommandIdReused):
        opened.store.append(stamp("taken", content="other", track=("follower", 2)), [entry("t")])
    assert opened.store.append(stamp("taken", track=("follower", 2)), [entry("s")]).repeated
    assert opened.store.tracked("follower") == 1


def test_a_bookmark_only_moves_forward(opened: Opened) -> None:
    opened.store.append(stamp(track=("follower", 10)), [])
    for position in (10, 9, 0):
        with pytest.raises(AlreadyTracked, match="'follower' is at 10 already"):
            opened.store.append(stamp(track=("follower", position)), [entry("s")])
    assert opened.store.head() == 0


def ledgers(opened: Opened) -> list[Ledger]:
    """Two, each with a memory of its own."""
    return [Ledger(store, clock=opened.ledger.clock) for store in stores(opened)]


def test_a_command_of_the_domain_sent_by_all_at_once_is_decided_once(opened: Opened) -> None:
    both = ledgers(opened)
    for n in range(5):
        envelope = Envelope(ALICE, f"draft-{n}")
        answers = at_once(lambda t, n=n, envelope=envelope: both[t % 2].handle(CONTRACT, str(n), DRAFT, envelope))  # type: ignore[misc]
        assert {a._replace(repeated=True) for a in answers if isinstance(a, Outcome)} == {
            Outcome(f"contract-{n}", 1, n + 1, whole(opened.store)[-1].recorded_at, ("contract.drafted@2",), repeated=True)
        }
    assert len(whole(opened.store)) == 5


def test_writers_who_did_not_say_what_they_read_all_get_their_turn(opened: Opened) -> None:
    both = ledgers(opened)
    both[0].handle(CONTRACT, "x", DRAFT, Envelope(ALICE, "draft"))
    answers = at_once(
        lambda n: both[n % 2].handle(CONTRACT, "x", Note(text=f"note {n}"), Envelope(Asker(f"u{n}", "key", "api"), f"note-{n}"))
    )
    outcomes = [a for a in answers if isinstance(a, Outcome)]
    # Deciding again has an end; whoever reaches it is told so, and has stored nothing.
    assert all(isinstance(a, Outcome | StaleVersion) for a in answers)
    assert sorted(o.version for o in outcomes) == list(range(2, len(outcomes) + 2))
    assert len(whole(opened.store)) == 1 + len(outcomes)
    assert both[0].load(CONTRACT, "x") == both[1].load(CONTRACT, "x")
