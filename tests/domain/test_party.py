"""A party: registered once, changed as a whole."""

from __future__ import annotations

import pytest

from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.party import (
    ChangePartyDetails,
    Identifier,
    NoSuchParty,
    Party,
    PartyAlreadyRegistered,
    PartyCommand,
    PartyDetailsChanged,
    PartyNeedsName,
    PartyRegistered,
    PartyUnchanged,
    RegisterParty,
    decide,
    evolve,
)
from domain.refusals import Refusal
from tests.spec import ALICE, START

CODE = Identifier(scheme="CN-USCC", id="91310000MA1FL00000")
REGISTERED = PartyRegistered(name="华东办公设备有限公司", identifiers=(CODE,), address="上海市张江路 88 号", country="CN")
MOVED = PartyDetailsChanged(name="华东办公设备有限公司", identifiers=(CODE,), address="上海市漕溪路 1 号", country="CN")


def after(*facts: Fact) -> Party:
    meta = Meta(actor=ALICE, credential="k", channel="api")
    return evolve(Party(), [Entry(n, "party-1", n, fact, START, START, str(n), meta) for n, fact in enumerate(facts, 1)])


def ask(party: Party, command: PartyCommand) -> list[Fact | Dated]:
    return list(decide(party, command, Occasion(actor=ALICE, now=START, effective_at=START)))


def test_a_party_is_registered_with_all_that_is_known() -> None:
    command = RegisterParty(name=REGISTERED.name, identifiers=(CODE,), address=REGISTERED.address, country="CN")
    assert ask(Party(), command) == [REGISTERED]
    party = after(REGISTERED)
    assert (party.exists, party.version, party.name, party.identifiers, party.country) == (True, 1, REGISTERED.name, (CODE,), "CN")


def test_details_are_changed_as_a_whole_and_what_is_left_out_is_gone() -> None:
    command = ChangePartyDetails(name=MOVED.name, identifiers=(CODE,), address=MOVED.address, country="CN")
    assert ask(after(REGISTERED), command) == [MOVED]
    assert after(REGISTERED, MOVED).address == MOVED.address
    assert ask(after(REGISTERED), ChangePartyDetails(name="新名")) == [PartyDetailsChanged(name="新名")]
    assert after(REGISTERED, PartyDetailsChanged(name="新名")) == Party(version=2, name="新名", details_since=START)


@pytest.mark.parametrize(
    ("party", "command", "refusal"),
    [
        # Each row has every fault that the rows below it have, so that the first rule is seen to come first.
        (after(REGISTERED), RegisterParty(name=" "), PartyAlreadyRegistered),
        (Party(), ChangePartyDetails(name=""), NoSuchParty),
        (Party(), RegisterParty(name="\u3000"), PartyNeedsName),
        (Party(), RegisterParty(name="\u200b"), PartyNeedsName),
        (after(PartyRegistered(name=" ")), ChangePartyDetails(name=" "), PartyNeedsName),
        (
            after(REGISTERED),
            ChangePartyDetails(name=REGISTERED.name, identifiers=(CODE,), address=REGISTERED.address, country="CN"),
            PartyUnchanged,
        ),
    ],
)
def test_the_first_rule_that_says_no_is_named(party: Party, command: PartyCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        ask(party, command)
    assert type(refused.value) is refusal


def test_folding_leaves_earlier_states_alone() -> None:
    party = after(REGISTERED)
    evolve(party, [Entry(2, "party-1", 2, MOVED, START, START, "2", Meta(actor=ALICE, credential="k", channel="api"))])
    assert party == after(REGISTERED)
