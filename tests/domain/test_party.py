"""A party: registered once, changed as a whole; checked, flagged, and paid into an account that somebody else verifies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.moments import HappensInTheFuture
from domain.party import (
    BankAccountChanged,
    ChangeBankAccount,
    ChangePartyDetails,
    EraseParty,
    FlagParty,
    Identifier,
    NoSuchParty,
    Party,
    PartyAlreadyRegistered,
    PartyCommand,
    PartyDetailsChanged,
    PartyErased,
    PartyFlagged,
    PartyNeedsName,
    PartyNeedsText,
    PartyRegistered,
    PartyUnchanged,
    PartyUnflagged,
    PartyVerified,
    PersonalDataErased,
    RegisterParty,
    UnflagParty,
    VerifyParty,
    decide,
    evolve,
)
from domain.party.flags import FlagIsWeakened, FlagNotThere
from domain.party.state import BankAccount, FlagSeverity, PartyCheck, PartyFlag, masked
from domain.party.verification import AccountNotTheOne, NothingVerified, OwnAccountChange, VerifiedForThePast
from domain.personal import ERASED
from domain.refusals import Refusal
from tests.spec import ALICE, BOB, START

CODE = Identifier(scheme="CN-USCC", id="91310000MA1FL00000")
REGISTERED = PartyRegistered(name="华东办公设备有限公司", identifiers=(CODE,), address="上海市张江路 88 号", country="CN")
ACCOUNT = BankAccountChanged(bank="工商银行", account_number="1001 2345 6789", holder=REGISTERED.name, valid_from=date(2026, 2, 1))
OTHER_ACCOUNT = replace(ACCOUNT, account_number="9009 8765 4321")
CHECKED = PartyVerified(checks=(PartyCheck.REGISTRATION,), evidence="公示系统", valid_until=date(2026, 12, 31))
BLOCKED = PartyFlagged(flag=PartyFlag.DISHONEST_DEBTOR, why="Listed.", severity=FlagSeverity.BLOCKS)
MARKED = PartyFlagged(flag=PartyFlag.OVERDUE, why="Pays late.", severity=FlagSeverity.WARNS)
MOVED = PartyDetailsChanged(name="华东办公设备有限公司", identifiers=(CODE,), address="上海市漕溪路 1 号", country="CN")


def after(*facts: Fact) -> Party:
    meta = Meta(actor=ALICE, credential="k", channel="api")
    return evolve(Party(), [Entry(n, "party-1", n, fact, START, START, str(n), meta) for n, fact in enumerate(facts, 1)])


def ask(party: Party, command: PartyCommand, by: str = ALICE, on_behalf_of: str | None = None) -> list[Fact | Dated]:
    return list(decide(party, command, Occasion(actor=by, now=START, effective_at=START, on_behalf_of=on_behalf_of)))


AHEAD = Occasion(actor=ALICE, now=START, effective_at=START + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("party", "command"),
    [
        (Party(), RegisterParty(name="华东办公设备有限公司")),
        (after(REGISTERED), VerifyParty(checks=(), evidence="")),
        (after(REGISTERED), FlagParty(flag=PartyFlag.OVERDUE, why="", severity=FlagSeverity.WARNS)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_nothing_about_a_party_is_dated_ahead_whatever_else_is_wrong(party: Party, command: PartyCommand) -> None:
    with pytest.raises(HappensInTheFuture):
        decide(party, command, AHEAD)


def test_that_a_party_is_there_or_not_is_said_before_that_it_is_dated_ahead() -> None:
    with pytest.raises(PartyAlreadyRegistered):
        decide(after(REGISTERED), RegisterParty(name="Another"), AHEAD)
    with pytest.raises(NoSuchParty):
        decide(Party(), FlagParty(flag=PartyFlag.OVERDUE, why="", severity=FlagSeverity.WARNS), AHEAD)


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
    ("party", "command", "by", "means"),
    [
        (
            after(REGISTERED),
            VerifyParty(checks=CHECKED.checks, evidence=CHECKED.evidence, valid_until=CHECKED.valid_until),
            ALICE,
            CHECKED,
        ),
        (
            after(REGISTERED, ACCOUNT),
            VerifyParty(checks=(PartyCheck.BANK_ACCOUNT,), evidence="call back", account_number=ACCOUNT.account_number),
            BOB,
            PartyVerified(checks=(PartyCheck.BANK_ACCOUNT,), evidence="call back", account_number=ACCOUNT.account_number),
        ),
        (
            after(REGISTERED, ACCOUNT),
            ChangeBankAccount(
                bank=OTHER_ACCOUNT.bank,
                account_number=OTHER_ACCOUNT.account_number,
                holder=OTHER_ACCOUNT.holder,
                valid_from=OTHER_ACCOUNT.valid_from,
            ),
            ALICE,
            OTHER_ACCOUNT,
        ),
        (after(REGISTERED), FlagParty(flag=BLOCKED.flag, why=BLOCKED.why, severity=BLOCKED.severity), ALICE, BLOCKED),
        (
            after(REGISTERED, MARKED),
            FlagParty(flag=MARKED.flag, why=MARKED.why, severity=FlagSeverity.BLOCKS),
            ALICE,
            replace(MARKED, severity=FlagSeverity.BLOCKS),
        ),
        (after(REGISTERED, BLOCKED), UnflagParty(flag=BLOCKED.flag, why="Paid."), ALICE, PartyUnflagged(flag=BLOCKED.flag, why="Paid.")),
    ],
)
def test_what_is_granted_is_one_fact(party: Party, command: PartyCommand, by: str, means: Fact) -> None:
    assert ask(party, command, by) == [means]


def test_a_flag_stands_until_it_is_lifted_and_only_one_that_blocks_stops_contracts() -> None:
    assert (after(REGISTERED).flagged, after(REGISTERED).blocked_by) == (False, ())
    assert (after(REGISTERED, MARKED).flagged, after(REGISTERED, MARKED).blocked_by) == (True, ())
    assert after(REGISTERED, MARKED, BLOCKED).blocked_by == (PartyFlag.DISHONEST_DEBTOR,)
    assert after(REGISTERED, BLOCKED).flags[BLOCKED.flag].flagged_by == ALICE
    assert not after(REGISTERED, BLOCKED, PartyUnflagged(flag=BLOCKED.flag, why="Paid.")).flagged


def test_a_verification_counts_up_to_its_last_day_and_only_for_what_was_checked() -> None:
    party = after(REGISTERED, CHECKED)
    assert party.is_verified(PartyCheck.REGISTRATION, date(2026, 12, 31))
    assert not party.is_verified(PartyCheck.REGISTRATION, date(2027, 1, 1))
    assert not party.is_verified(PartyCheck.SANCTIONS, date(2026, 12, 31))
    assert after(REGISTERED, replace(CHECKED, valid_until=None)).is_verified(PartyCheck.REGISTRATION, date(2099, 1, 1))


def test_what_was_verified_of_another_name_or_account_does_not_count_any_more() -> None:
    of_account = PartyVerified(checks=(PartyCheck.BANK_ACCOUNT,), evidence="call back", account_number=ACCOUNT.account_number)
    verified = (REGISTERED, ACCOUNT, CHECKED, of_account)
    assert set(after(*verified).verifications) == {PartyCheck.REGISTRATION, PartyCheck.BANK_ACCOUNT}
    assert set(after(*verified, MOVED).verifications) == {PartyCheck.REGISTRATION, PartyCheck.BANK_ACCOUNT}
    assert set(after(*verified, PartyDetailsChanged(name="新名")).verifications) == {PartyCheck.BANK_ACCOUNT}
    assert set(after(*verified, OTHER_ACCOUNT).verifications) == {PartyCheck.REGISTRATION}


def test_earlier_accounts_stay_on_record() -> None:
    party = after(REGISTERED, ACCOUNT, OTHER_ACCOUNT)
    first, second = (
        BankAccount(
            bank=a.bank, account_number=a.account_number, holder=a.holder, valid_from=a.valid_from, changed_by=ALICE, changed_at=START
        )
        for a in (ACCOUNT, OTHER_ACCOUNT)
    )
    assert (party.bank_account, party.former_accounts) == (second, (first,))


@pytest.mark.parametrize(
    ("number", "shown"), [("1001 2345 6789", "…6789"), ("123456789", "…6789"), ("12345678", "…"), ("1", "…"), ("", "…")]
)
def test_of_a_masked_number_less_is_shown_than_hidden(number: str, shown: str) -> None:
    assert masked(number) == shown


LATE = date(2026, 1, 4)
NOTHING = VerifyParty(checks=(), evidence=" ", valid_until=LATE, account_number="1")
BLANK = replace(NOTHING, checks=(PartyCheck.BANK_ACCOUNT,))
PAST = replace(BLANK, evidence="x")
WRONG = replace(PAST, valid_until=None)
OWN = replace(WRONG, account_number=ACCOUNT.account_number)


@pytest.mark.parametrize(
    ("party", "command", "refusal", "details"),
    [
        # Each row has every fault that the rows below it have, as far as one command can, so that the first rule is seen to come first.
        (Party(), NOTHING, NoSuchParty, {}),
        (after(REGISTERED, ACCOUNT), NOTHING, NothingVerified, {}),
        (after(REGISTERED, ACCOUNT), replace(BLANK, checks=BLANK.checks * 2), NothingVerified, {}),
        (after(REGISTERED, ACCOUNT), BLANK, PartyNeedsText, {"field": "evidence"}),
        (after(REGISTERED, ACCOUNT), PAST, VerifiedForThePast, {"verified_on": "2026-01-05", "valid_until": "2026-01-04"}),
        (after(REGISTERED, ACCOUNT), WRONG, AccountNotTheOne, {"given": "1"}),
        (after(REGISTERED, ACCOUNT), replace(WRONG, account_number=None), AccountNotTheOne, {"given": "-"}),
        (after(REGISTERED, ACCOUNT), replace(OWN, checks=(PartyCheck.CREDIT,)), AccountNotTheOne, {"given": ACCOUNT.account_number}),
        (after(REGISTERED, ACCOUNT, OTHER_ACCOUNT), OWN, AccountNotTheOne, {"given": ACCOUNT.account_number}),
        (after(REGISTERED), replace(WRONG, account_number=None), AccountNotTheOne, {"given": "-"}),
        (after(REGISTERED, ACCOUNT), OWN, OwnAccountChange, {"actor": ALICE}),
        (Party(), FlagParty(flag=BLOCKED.flag, why=" ", severity=FlagSeverity.WARNS), NoSuchParty, {}),
        (
            after(REGISTERED, BLOCKED),
            FlagParty(flag=BLOCKED.flag, why=" ", severity=FlagSeverity.WARNS),
            PartyNeedsText,
            {"field": "reason"},
        ),
        (after(REGISTERED, BLOCKED), FlagParty(flag=BLOCKED.flag, why=BLOCKED.why, severity=BLOCKED.severity), PartyUnchanged, {}),
        (
            after(REGISTERED, BLOCKED),
            FlagParty(flag=BLOCKED.flag, why="x", severity=FlagSeverity.WARNS),
            FlagIsWeakened,
            {"flag": "dishonest_debtor"},
        ),
        (Party(), UnflagParty(flag=BLOCKED.flag, why=" "), NoSuchParty, {}),
        (after(REGISTERED, MARKED), UnflagParty(flag=BLOCKED.flag, why=" "), FlagNotThere, {"flag": "dishonest_debtor"}),
        (after(REGISTERED, BLOCKED), UnflagParty(flag=BLOCKED.flag, why=" "), PartyNeedsText, {"field": "reason"}),
        (Party(), ChangeBankAccount(bank=" ", account_number=" ", holder=" ", valid_from=LATE), NoSuchParty, {}),
        *(
            (
                after(REGISTERED),
                ChangeBankAccount(bank=given[0], account_number=given[1], holder=" ", valid_from=LATE),
                PartyNeedsText,
                {"field": field},
            )
            for given, field in (
                ((" ", " "), "bank"),
                (("x", " "), "account number"),
                (("x", "1"), "account holder"),
            )
        ),
        (
            after(REGISTERED, ACCOUNT),
            ChangeBankAccount(
                bank=ACCOUNT.bank, account_number=ACCOUNT.account_number, holder=ACCOUNT.holder, valid_from=ACCOUNT.valid_from
            ),
            PartyUnchanged,
            {},
        ),
    ],
)
def test_the_first_rule_about_checks_flags_and_accounts_that_says_no_is_named(
    party: Party, command: PartyCommand, refusal: type[Refusal], details: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        ask(party, command)
    assert (type(refused.value), refused.value.details) == (refusal, details)


ERASE = EraseParty(ground="PIPL 47", request="DSR-1")
ERASED_FACT = PersonalDataErased(ground="PIPL 47", request="DSR-1")


def test_an_erasure_says_on_what_ground_and_leaves_what_is_not_about_the_person() -> None:
    assert ask(after(REGISTERED, ACCOUNT), ERASE) == [ERASED_FACT]
    party = after(REGISTERED, CHECKED, ACCOUNT, OTHER_ACCOUNT, BLOCKED, ERASED_FACT)
    assert (party.name, party.identifiers, party.address, party.verifications) == (ERASED, (), None, {})
    assert (party.bank_account, party.former_accounts, party.country, party.erased_at) == (None, (), "CN", START)
    assert party.blocked_by == (PartyFlag.DISHONEST_DEBTOR,)
    assert party.flags[PartyFlag.DISHONEST_DEBTOR].why == ERASED
    assert Party().erased_at is None


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("command", [ERASE, FlagParty(flag=BLOCKED.flag, why=" ", severity=FlagSeverity.WARNS), replace(ERASE, ground=" ")])
def test_of_an_erased_party_nothing_more_is_recorded_whatever_else_is_wrong(command: PartyCommand, ahead: bool) -> None:  # noqa: FBT001
    with pytest.raises(PartyErased):
        decide(after(REGISTERED, ERASED_FACT), command, AHEAD if ahead else replace(AHEAD, effective_at=START))


def test_an_erased_party_is_not_registered_again_under_its_id() -> None:
    with pytest.raises(PartyAlreadyRegistered):
        ask(after(REGISTERED, ERASED_FACT), RegisterParty(name="x"))


@pytest.mark.parametrize(
    ("party", "command", "refusal", "details"),
    [
        (Party(), replace(ERASE, ground=" "), NoSuchParty, {}),
        (after(REGISTERED), replace(ERASE, ground=" ", request=" "), PartyNeedsText, {"field": "ground"}),
        (after(REGISTERED), replace(ERASE, request=" "), PartyNeedsText, {"field": "request"}),
    ],
)
def test_an_erasure_that_says_nothing_is_refused(
    party: Party, command: PartyCommand, refusal: type[Refusal], details: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        ask(party, command)
    assert refused.value.details == details


def test_nobody_verifies_the_account_that_they_recorded_for_somebody_else_either() -> None:
    with pytest.raises(OwnAccountChange):
        ask(after(REGISTERED, ACCOUNT), OWN, BOB, on_behalf_of=ALICE)


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
