"""What the store keeps of a fact is the text that was encoded, and what cannot be read says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.contract.drafting import Noted
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction
from domain.facts import FACTS, Fact
from infra import codec
from infra.append import NewEntry
from infra.errors import UnknownFact
from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.house.test_stored_facts import of
from tests.infra.entries import NOON, stamp


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(facts=st.lists(st.one_of(*map(of, FACTS.values())), min_size=1, max_size=20))
@example(facts=[Noted(text="\x00 \x1e \u2028 \\u0000 \U0001f4dc 采购合同 \"'\\")])
def test_what_the_store_gives_back_is_the_text_that_was_encoded(opened: Opened, facts: list[Fact]) -> None:
    head = opened.store.head()
    one = stamp()
    news = [NewEntry(one.command_id, n, codec.topic(fact), NOON, codec.encode(fact)) for n, fact in enumerate(facts, 1)]
    opened.store.append(one, news)
    assert [opened.store.opened(row).payload for row in opened.store.read_log(after=head)] == [new.payload for new in news]
    assert [entry.fact for entry in opened.store.whole_log(after=head)] == facts


@pytest.mark.parametrize("text", ["\ud800", "a\udfff"])
def test_text_that_is_not_unicode_has_no_place_in_a_fact(text: str) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        codec.encode(Noted(text=text))


@pytest.mark.parametrize(
    "topic",
    [
        *("contract.unheard_of@1", "contract.noted", "contract.noted@", "contract.noted@0", "contract.noted@2", "contract.noted@-1"),
        *("contract.noted@1@1", "contract.noted@01", "contract.noted@１", "contract.noted@1 ", "contract.noted@1.0", "@1", "", "noted@1"),
        *("contract.drafted@3", "contract.drafted@99999999999999999999"),
    ],
)
def test_a_fact_that_this_program_does_not_know_is_never_taken_for_another(topic: str) -> None:
    with pytest.raises(UnknownFact, match="is not a fact that this version of Tallystick knows"):
        codec.decode(topic, '{"text":"x"}')


def test_a_correction_of_an_unknown_fact_is_unknown_too() -> None:
    payload = '{"corrects":1,"was":{"fact":"contract.unheard_of@1","data":{}},"becomes":null,"why":"x","effective_at":null}'
    with pytest.raises(UnknownFact, match="unheard_of"):
        codec.decode("contract.fact_corrected@1", payload)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("contract.noted@1", ""),
        ("contract.noted@1", "{"),
        ("contract.noted@1", "[]"),
        ("contract.noted@1", "{}"),
        ("contract.noted@1", '{"text":1}'),
        ("contract.noted@1", '{"text":"x"} {}'),
        ("contract.payment_reversed@1", '{"payment_id":"p","amount":{"minor":1.5,"currency":"CNY"},"why":"x"}'),
        ("contract.payment_reversed@1", '{"payment_id":"p","amount":{"minor":1,"currency":"XXX"},"why":"x"}'),
        ("contract.payment_reversed@1", '{"payment_id":"p","amount":{"minor":9007199254740992,"currency":"CNY"},"why":"x"}'),
        ("contract.amendment_took_effect@1", '{"amendment_id":"a","operations":[{"op":"unheard_of"}]}'),
        ("contract.amendment_took_effect@1", '{"amendment_id":"a","operations":[{}]}'),
        ("contract.amendment_took_effect@1", '{"amendment_id":"a","operations":[1]}'),
        ("contract.fact_corrected@1", '{"corrects":1,"was":{},"becomes":null,"why":"x"}'),
        ("contract.drafted@1", "{}"),
        ("contract.drafted@1", "[]"),
        ("contract.drafted@1", "not JSON"),
    ],
)
def test_a_known_fact_that_does_not_decode_says_so(topic: str, payload: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        codec.decode(topic, payload)


OLD = '{"number":"N-1","title":"Office chairs","kind":"sales","our_entity":"Tally Ltd"}'


def test_an_old_draft_in_the_store_is_read_upcast_and_stays_as_it_was(opened: Opened) -> None:
    opened.store.append(stamp(), [NewEntry(CONTRACT.stream("old"), 1, "contract.drafted@1", NOON, OLD)])
    contract = opened.ledger.load(CONTRACT, "old")
    assert isinstance(contract, Contract)
    assert contract.direction is Direction.RECEIVABLE
    (row,) = opened.store.read_log()
    assert (row.fact, row.payload) == ("contract.drafted@1", OLD)


def test_a_value_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no place in a fact"):
        codec.encode_any([object()])


FIRST_USE = """
import random, sys, threading
from pathlib import Path
from infra import codec

sys.setswitchinterval(1e-6)
golden = [(path.stem, path.read_text(encoding="utf-8").removesuffix("\\n")) for path in Path("tests/golden").glob("*.json")]
start = threading.Barrier(16)

def decode():
    mine = random.sample(golden, len(golden))
    start.wait()
    for topic, payload in mine:
        codec.decode(topic, payload)

threads = [threading.Thread(target=decode) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_many_threads_may_be_the_first_to_decode() -> None:
    """A process whose threads met a class for the first time together crashed about every other time."""
    for _ in range(8):
        assert subprocess.run([sys.executable, "-c", FIRST_USE], cwd=Path(__file__).parents[2], check=False).returncode == 0
