"""Registered counterparties are looked up when a contract is handed in and when it is signed, and what was seen is kept."""

from __future__ import annotations

from dataclasses import replace

from domain.contract.approval import SubmitForApproval, SubmittedForApproval
from domain.contract.counterparts import PartyIsFlagged
from domain.contract.drafting import CounterpartyAdded
from domain.contract.route import PartySeen
from domain.contract.signing import Sign, Signed
from domain.contract.vocabulary import Counterparty, SigningMethod
from tests.domain.archive import BLOCKED, MARKED, WITH_LISTED, Registry
from tests.facts import approved, drafted
from tests.spec import given, told

AROUND = Registry(listed=BLOCKED, marked=MARKED)
SIGN = Sign(party="us", signatory="陈晨", method=SigningMethod.WET_INK)
SIGNED = Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK)
SEEN = PartySeen(party_id="marked", version=5, flagged=True)
WITH_MARKED = told(replace(WITH_LISTED, counterparty=replace(WITH_LISTED.counterparty, party_id="marked")))


def test_a_flag_that_only_warns_stops_nothing_and_is_kept_with_the_submission_and_the_signature() -> None:
    given(drafted, WITH_MARKED).when(SubmitForApproval(), around=AROUND).then(SubmittedForApproval(parties=(SEEN,)))
    given(approved, WITH_MARKED).when(SIGN, around=AROUND).then(replace(SIGNED, parties=(SEEN,)))


def test_of_several_counterparties_one_that_is_blocked_stops_the_contract() -> None:
    other = CounterpartyAdded(counterparty=Counterparty(counterparty_id="c2", name="x", role="guarantor", party_id="listed"))
    refused = given(drafted, WITH_MARKED, told(other)).when(SubmitForApproval(), around=AROUND)
    refused.then_refused(PartyIsFlagged, party="失信公司", flags="dishonest_debtor")


def test_a_counterparty_that_is_not_registered_is_looked_up_nowhere() -> None:
    unknown = told(replace(WITH_LISTED, counterparty=replace(WITH_LISTED.counterparty, party_id="nobody")))
    given(drafted, unknown).when(SubmitForApproval(), around=AROUND).then(SubmittedForApproval())
    unnamed = told(replace(WITH_LISTED, counterparty=replace(WITH_LISTED.counterparty, party_id=None)))
    given(drafted, unnamed).when(SubmitForApproval(), around=AROUND).then(SubmittedForApproval())


def test_a_flag_that_comes_between_approval_and_signature_stops_the_signature() -> None:
    given(approved, told(WITH_LISTED)).when(SIGN, around=AROUND).then_refused(PartyIsFlagged)
