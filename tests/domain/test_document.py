"""A document's bytes are recorded once, by their hash."""

from __future__ import annotations

import pytest

from domain.document import DocumentAlreadyStored, DocumentStored, StoredDocument, StoreDocument, decide, fold
from domain.facts import Entry, Meta, Occasion
from tests.domain.archive import SEEN
from tests.spec import ALICE, START

COMMAND = StoreDocument(sha256=SEEN.sha256, size=SEEN.size, media_type=SEEN.media_type)
FACT = DocumentStored(sha256=SEEN.sha256, size=SEEN.size, media_type=SEEN.media_type)
NOW = Occasion(actor=ALICE, now=START, effective_at=START)


def test_bytes_that_are_new_are_recorded_with_what_they_are() -> None:
    assert decide(StoredDocument(), COMMAND, NOW) == [FACT]
    document = StoredDocument()
    fold(document, Entry(1, "document-x", 1, FACT, START, START, "c", Meta(actor=ALICE, credential="k", channel="api")))
    assert (document, document.exists) == (SEEN, True)


def test_the_same_bytes_are_recorded_once() -> None:
    with pytest.raises(DocumentAlreadyStored) as refused:
        decide(SEEN, COMMAND, NOW)
    assert refused.value.details == {"sha256": SEEN.sha256}


def test_folding_a_copy_leaves_the_state_alone() -> None:
    blank = StoredDocument()
    fold(blank.copy(), Entry(1, "document-x", 1, FACT, START, START, "c", Meta(actor=ALICE, credential="k", channel="api")))
    assert not blank.exists
