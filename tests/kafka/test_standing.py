"""When a relay may believe the brokers, and when somebody has to look."""

from __future__ import annotations

import pytest

from infra.kafka.standing import Bookmark, Found, RelayStopped, require_partitions, require_same_ledger, require_whole

HELD = Bookmark(41, "command-41", {"t.contracts": "id-1"})


def test_a_bookmark_comes_back_as_it_was_published() -> None:
    assert Bookmark.decode(HELD.encode()) == HELD


@pytest.mark.parametrize("value", [b"", b"41", b"{}", b'{"position":1,"command_id":null,"topics":[]}'])
def test_a_foreign_position_record_is_not_believed(value: bytes) -> None:
    with pytest.raises(RelayStopped, match="position record"):
        Bookmark.decode(value)


@pytest.mark.parametrize(
    ("bookmark", "found"),
    [
        (None, {}),
        (None, {"t.contracts": Found("id-1", 6)}),
        (HELD, {"t.contracts": Found("id-1", 6, is_empty=False)}),
        (HELD, {"t.contracts": Found("id-1", 6), "t.parties": Found("id-2", 6)}),
    ],
)
def test_a_relay_goes_on_where_the_brokers_hold_what_it_published(bookmark: Bookmark | None, found: dict[str, Found]) -> None:
    require_whole(bookmark, found)


@pytest.mark.parametrize(
    ("bookmark", "found", "said"),
    [
        (None, {"t.contracts": Found("id-1", 6, is_empty=False)}, "no position"),
        (HELD, {}, "deleted"),
        (HELD, {"t.contracts": Found("id-2", 6)}, "deleted"),
    ],
)
def test_a_relay_does_not_go_on_where_entries_would_be_missing_or_doubled(
    bookmark: Bookmark | None, found: dict[str, Found], said: str
) -> None:
    with pytest.raises(RelayStopped, match=said):
        require_whole(bookmark, found)


def test_the_number_of_partitions_never_changes() -> None:
    require_partitions({"t.contracts": Found("id-1", 6)}, 6)
    with pytest.raises(RelayStopped, match="TALLY_KAFKA_PARTITIONS=12"):
        require_partitions({"t.contracts": Found("id-1", 12)}, 6)


def test_another_ledgers_entries_are_not_gone_on_with() -> None:
    require_same_ledger(HELD, "command-41")
    require_same_ledger(Bookmark(0, None, {}), None)
    with pytest.raises(RelayStopped, match="has another one there"):
        require_same_ledger(HELD, "another")
    with pytest.raises(RelayStopped, match="has no such entry"):
        require_same_ledger(HELD, None)
