"""Alert rules: what each kind finds in which history, on which day, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.access.visits import ListExported, SignedIn, VisitFact
from domain.alert import AlertRaised
from domain.alert.vocabulary import AlertFigures, AlertKind, identity
from domain.alerting import (
    CONTRACTS,
    AlertRules,
    AlertRulesCommand,
    AlertRulesNotInUse,
    AlertRulesPublished,
    AlertRulesRetired,
    AlertRulesUnchanged,
    PublishAlertRules,
    RetireAlertRules,
    decide,
    editions,
    fold,
)
from domain.alerting.found import Dealing
from domain.alerting.on_day import ON_DAY
from domain.alerting.on_entry import ON_ENTRY
from domain.alerting.on_visit import ON_VISIT
from domain.alerting.rules import BOUNDS, MAX_RULES, OF_VISITS, AlertRule, AlertRulesNeedText, AlertRulesNotSound
from domain.alerting.watch import Watch
from domain.contract import replay
from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.approval import StepApproved, SubmittedForApproval
from domain.contract.continuation import RenewalNoticeGiven
from domain.contract.operations import ChangeValue, PutInstalment
from domain.contract.payment import PaymentRecorded
from domain.contract.review import ReviewCompleted, ReviewScheduled
from domain.contract.route import DelegationRef
from domain.contract.signing import SignatureRequested
from domain.contract.vocabulary import Direction, Kind, ReviewOutcome
from domain.delegation import Delegation
from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.party import Party
from domain.party.account import BankAccountChanged
from domain.party.flags import PartyFlagged
from domain.party.state import BankAccount, FlagSeverity, PartyFlag
from domain.refusals import Refusal
from domain.terms.calendar import CalendarNotKnown
from domain.terms.renewal import Renewal
from tests import facts
from tests.domain.watching import Around, book, in_entries, in_these, on, rule
from tests.facts import cny
from tests.spec import ALICE, BOB, CAROL, START, STEP, History, recorded, told

K = AlertKind
DAY = timedelta(days=1)
SALE = replace(facts.DRAFTED, direction=Direction.RECEIVABLE)
PART = PaymentRecorded(payment_id="p9", amount=cny("41000.00"), instalment_id="i1")
sold = (facts.in_force[0]._replace(fact=SALE), *facts.in_force[1:])
paid_twice = facts.half_paid + told(replace(facts.FIRST_PAYMENT, payment_id="p8"), by=CAROL)
raised_value = facts.in_force + told(AmendmentTookEffect(amendment_id="a1", operations=(ChangeValue(value=cny("100000.00")),)))
moved = facts.in_force + told(
    AmendmentTookEffect(amendment_id="a1", operations=(PutInstalment(instalment=replace(facts.SECOND_HALF, due=date(2026, 9, 1))),))
)
approved_alone = facts.submitted + told(StepApproved(step=1, opinion="x"), by=ALICE)
dated_back = facts.in_force + told(Dated(facts.FIRST_PAYMENT, START - 40 * DAY))
renewable = facts.in_force + told(TermAgreed(term_id="t9", term=Renewal(automatic=True, notice_days=30, length_months=12)))
to_review = facts.in_force + told(ReviewScheduled(review_id="w1", about="x", due=date(2026, 6, 1), reviewer=BOB))
reviewed = to_review + told(ReviewCompleted(review_id="w1", findings="x", outcome=ReviewOutcome.SOUND))


@pytest.mark.parametrize(
    ("wanted", "finds", "leaves"),
    [
        (rule(K.PAYMENT_SHORT), sold + told(PART), facts.in_force + told(PART)),
        (rule(K.PAYMENT_SHORT, percent=1), sold + told(PART), sold + told(replace(PART, amount=cny("41700.00")))),
        (rule(K.PAYMENT_BEFORE_TRIGGER), facts.prepaid, facts.half_paid),
        (rule(K.PAYMENT_DUPLICATE, days=30), paid_twice, facts.fully_paid),
        (rule(K.PAYMENT_DUPLICATE, days=30), paid_twice, facts.reversed_payment + told(replace(facts.FIRST_PAYMENT, payment_id="p8"))),
        (rule(K.PAYMENT_DUPLICATE, days=30, amount=cny("41710.00")), paid_twice, facts.half_paid),
        (rule(K.PAYMENT_ABOVE_VALUE), facts.overpaid, facts.fully_paid),
        (rule(K.DELIVERY_REJECTED), facts.delivery_rejected, facts.delivered),
        (rule(K.TERM_CHANGED), moved, raised_value),
        (rule(K.TERM_CHANGED, amount=cny("83420.00")), moved, facts.in_force),
        (rule(K.VALUE_RAISED, percent=19), raised_value, moved),
        (rule(K.SELF_APPROVED), approved_alone, facts.approved),
        (rule(K.BACKDATED, days=30), dated_back, facts.half_paid),
        (rule(K.RECONCILIATION_BROKEN), facts.reconciliation_broken, facts.reconciled),
        (rule(K.BREACH_DECLARED), facts.breach_declared, facts.obligation_overdue),
        (rule(K.DISPUTE_OPENED), facts.disputed, facts.in_force),
    ],
    ids=lambda one: one.rule_id if isinstance(one, AlertRule) else "",
)
def test_a_rule_finds_what_it_watches_for_in_the_entry_that_shows_it(wanted: AlertRule, finds: History, leaves: History) -> None:
    (found,) = in_entries(finds, wanted)
    assert (found.kind, found.rule.edition, found.cause.about) == (wanted.kind, 3, "1")
    assert found.cause.entry is not None
    assert found.cause.day is None
    assert in_entries(leaves, wanted) == []
    assert in_entries(finds, replace(wanted, kinds=(Kind.PARTNER,))) == []


@pytest.mark.parametrize(
    ("wanted", "bound"),
    [
        (rule(K.PAYMENT_ABOVE_VALUE, amount=cny("1000000.00")), facts.overpaid),
        (rule(K.VALUE_RAISED, percent=20), raised_value),
        (rule(K.BACKDATED, days=40), dated_back),
        (rule(K.TERM_CHANGED, amount=cny("83420.01")), moved),
        (rule(K.PAYMENT_DUPLICATE, days=30, amount=cny("41710.01")), paid_twice),
        (rule(K.DISPUTE_OPENED, amount=cny("83420.01")), facts.disputed),
        (rule(K.SELF_APPROVED, amount=cny("83420.01")), approved_alone),
    ],
    ids=lambda one: one.rule_id if isinstance(one, AlertRule) else "",
)
def test_what_is_within_a_rule_s_bounds_is_left_alone(wanted: AlertRule, bound: History) -> None:
    assert in_entries(bound, wanted) == []


@pytest.mark.parametrize(
    ("wanted", "history", "first", "last"),
    [
        (rule(K.PAYMENT_DUE, days=7), facts.in_force, date(2026, 2, 8), date(2026, 2, 15)),
        (rule(K.PAYMENT_OVERDUE, days=3), facts.in_force, date(2026, 2, 18), date(2026, 5, 17)),
        (rule(K.DELIVERY_DUE, days=2), facts.in_force, facts.SHIPMENT.due and facts.SHIPMENT.due - 2 * DAY, facts.SHIPMENT.due),
        (rule(K.DELIVERY_LATE, days=1), facts.in_force, facts.SHIPMENT.due and facts.SHIPMENT.due + DAY, date(2030, 1, 1)),
        (rule(K.ACCEPTANCE_CLOSING, days=3), facts.acceptance_requested, date(2026, 4, 7), date(2026, 4, 10)),
        (rule(K.RETENTION_DUE, days=30), facts.retained, date(2026, 12, 16), date(2027, 1, 15)),
        (rule(K.APPROVAL_STUCK, days=5), facts.submitted, START.date() + 5 * DAY, date(2030, 1, 1)),
        (rule(K.ORIGINAL_MISSING, days=14), facts.in_force, START.date() + 14 * DAY, date(2030, 1, 1)),
        (rule(K.REVIEW_OVERDUE, days=1), to_review, date(2026, 6, 2), date(2030, 1, 1)),
    ],
    ids=lambda one: one.rule_id if isinstance(one, AlertRule) else "",
)
def test_a_rule_finds_what_it_watches_for_from_one_day_on_and_for_as_long_as_it_lasts(
    wanted: AlertRule, history: History, first: date, last: date
) -> None:
    found = [on(day, history, wanted) for day in (first - DAY, first, last)]
    assert [len(alerts) for alerts in found] == [0, 1, 1]
    # Whichever day it is found on, it is the same alert.
    assert len({identity(one.rule, one.cause) for alerts in found for one in alerts}) == 1
    if last.year < 2030:
        assert len(on(last + DAY, history, wanted)) != 1
    assert on(first, history, replace(wanted, kinds=(Kind.PARTNER,))) == []


def test_nothing_is_late_that_was_done() -> None:
    far = date(2030, 1, 1)
    assert on(far, facts.fully_paid, rule(K.PAYMENT_OVERDUE, days=1)) == []
    assert on(far, facts.delivered, rule(K.DELIVERY_LATE, days=1)) == []
    assert on(far, facts.deposited, rule(K.ORIGINAL_MISSING, days=1)) == []
    assert on(far, facts.approved, rule(K.APPROVAL_STUCK, days=1)) == []
    assert on(far, reviewed, rule(K.REVIEW_OVERDUE, days=1)) == []
    assert on(far, facts.mended, rule(K.DEFECT_OVERDUE, days=1)) == []


def test_a_signature_is_late_and_a_defect_overdue_after_their_days() -> None:
    request = next(t.fact for t in facts.signature_requested if isinstance(t.fact, SignatureRequested))
    assert request.due is not None
    assert len(on(request.due + DAY, facts.signature_requested, rule(K.SIGNATURE_LATE, days=1))) == 1
    assert on(request.due, facts.signature_requested, rule(K.SIGNATURE_LATE, days=1)) == []
    assert len(on(date(2030, 1, 1), facts.defective, rule(K.DEFECT_OVERDUE, days=1))) == 1


def test_a_period_that_ends_and_a_notice_that_is_still_possible_are_found_before_their_days() -> None:
    end = replay(recorded(renewable)).last_day
    assert end is not None
    expiring, notice = rule(K.CONTRACT_EXPIRING, days=10), rule(K.RENEWAL_NOTICE, days=10)
    assert [len(on(day, renewable, expiring)) for day in (end - 11 * DAY, end - 10 * DAY, end, end + DAY)] == [0, 1, 1, 0]
    deadline = end - 30 * DAY
    assert [len(on(day, renewable, notice)) for day in (deadline - 11 * DAY, deadline - 10 * DAY, deadline, deadline + DAY)] == [0, 1, 1, 0]
    said = renewable + told(RenewalNoticeGiven(party="us", renews=False))
    assert on(deadline, said, notice) == []


def account(number: str, changed_at: datetime) -> BankAccount:
    return BankAccount(bank="工行", account_number=number, holder="x", valid_from=date(2026, 1, 1), changed_by=BOB, changed_at=changed_at)


def test_an_account_that_was_changed_shortly_before_a_payment_is_found_and_the_first_one_is_not() -> None:
    wanted = rule(K.ACCOUNT_CHANGED, days=5)
    paid_at = recorded(facts.half_paid)[-1].effective_at
    first, second = account("1", paid_at - 2 * DAY), account("2", paid_at - DAY)
    changed = Party(version=3, bank_account=second, former_accounts=(first,))
    (found,) = in_entries(facts.half_paid, wanted, around=Around({(Party, "huadong"): changed}))
    assert (found.figures.who, found.figures.what, found.figures.day) == (BOB, "huadong", second.changed_at.date())
    for party in (
        Party(version=2, bank_account=first),
        Party(version=3, bank_account=account("2", paid_at - 6 * DAY), former_accounts=(first,)),
        Party(version=3, bank_account=account("2", paid_at + STEP), former_accounts=(first,)),
    ):
        assert in_entries(facts.half_paid, wanted, around=Around({(Party, "huadong"): party})) == []


def test_an_approval_at_a_moment_at_which_the_delegation_did_not_count_is_found() -> None:
    agreed = StepApproved(step=1, delegation=DelegationRef(delegation_id="d", version=1))
    moment = recorded(facts.submitted)[-1].recorded_at + STEP
    for begins, ends, alerts in ((-1, 1, 0), (0, 1, 0), (-2, 0, 1), (1, 2, 1)):
        held = Delegation(version=1, delegator=BOB, to=CAROL, begins_at=moment + begins * STEP, ends_at=moment + ends * STEP)
        around = Around({(Delegation, "d"): held})
        assert len(in_entries(facts.submitted + told(agreed, by=CAROL), rule(K.DELEGATION_EXPIRED), around=around)) == alerts


def test_contracts_that_together_reach_a_threshold_below_which_each_stays_are_found() -> None:
    wanted = rule(K.CONTRACTS_SPLIT, days=30, amount=cny("150000.00"))
    other = replay(recorded(facts.submitted))
    other.number = "CG-2026-099"
    around = Around(dealings=(Dealing("2", other), Dealing("1", other)))
    (found,) = in_entries(facts.submitted, wanted, around=around)
    assert found.figures == AlertFigures(amount=cny("166840.00"), limit=cny("150000.00"), what="CG-2026-099", days=30)
    for amount in ("166840.01", "83420.00"):
        assert in_entries(facts.submitted, replace(wanted, amount=cny(amount)), around=around) == []
    later = [
        e._replace(effective_at=e.effective_at + 31 * DAY) if isinstance(e.fact, SubmittedForApproval) else e
        for e in recorded(facts.submitted)
    ]
    assert in_these(later, wanted, around=around) == []


def party_entry(happened: Fact) -> Entry:
    return Entry(90, "party-huadong", 4, happened, START, START, "c", Meta(actor=BOB, credential="k", channel="api"))


def test_a_party_that_is_flagged_or_changed_after_signing_is_found_for_each_contract_with_it() -> None:
    signed, draft = replay(recorded(facts.in_force)), replay(recorded(facts.drafted))
    around = Around(dealings=(Dealing("1", signed), Dealing("2", signed), Dealing("3", draft)))
    watch = Watch(book(rule(K.PARTY_FLAGGED), rule(K.PARTY_CHANGED)))
    flagged = party_entry(PartyFlagged(flag=PartyFlag.SANCTIONED, why="x", severity=FlagSeverity.BLOCKS))
    changed = party_entry(BankAccountChanged(bank="x", account_number="1", holder="x", valid_from=date(2026, 1, 1)))
    found = [*watch.on_party(flagged, "huadong", around), *watch.on_party(changed, "huadong", around)]
    assert [(a.kind, a.cause.about, a.cause.subject, a.figures.what) for a in found] == [
        (kind, about, "huadong", what)
        for kind, what in ((K.PARTY_FLAGGED, "sanctioned"), (K.PARTY_CHANGED, "bank_account"))
        for about in ("1", "2")
    ]
    assert list(watch.on_party(flagged, "elsewhere", around)) == []
    assert (watch.looks_at_party(flagged.fact), watch.looks_at(flagged.fact)) == (True, False)


def visits(*done: tuple[datetime, VisitFact]) -> list[Entry]:
    """What was done with one key on one day."""
    meta = Meta(actor=BOB, credential="k1", channel="api")
    return [Entry(70 + n, "visits-2026-03-02-k1", n, fact, at, at, str(n), meta) for n, (at, fact) in enumerate(done, 1)]


def at_the_door(found: list[Entry], wanted: AlertRule) -> list[AlertRaised]:
    """What a rule raises while these are recorded."""
    watch = Watch(book(wanted))
    return [alert for n, one in enumerate(found) for alert in watch.on_visit(one, lambda n=n: found[:n], Around())]  # type: ignore[misc]


def taken(rows: int) -> ListExported:
    return ListExported(operation="list_contracts", subject="register", format="csv", filters=(), rows=rows)


def test_lists_of_together_many_rows_on_one_day_are_found_once_in_the_file_that_makes_it_so_many() -> None:
    noted: tuple[VisitFact, ...] = (taken(400), SignedIn(key_id="k1"), taken(599), taken(1), taken(9))
    done = visits(*((START + n * STEP, fact) for n, fact in enumerate(noted)))
    (found,) = at_the_door(done, rule(K.BULK_EXPORT, rows=1_000, tell=(CAROL,)))
    assert (found.cause.entry, found.cause.about, found.cause.subject, found.tell) == (74, done[0].stream, "k1", (CAROL,))
    assert found.figures == AlertFigures(who=BOB, what="register", rows=1_000)
    assert at_the_door(done, rule(K.BULK_EXPORT, rows=1_010)) == []
    assert len(at_the_door(done, rule(K.BULK_EXPORT, rows=1))) == 1


def test_whoever_comes_when_nobody_is_expected_is_found_once_a_night() -> None:
    came = SignedIn(key_id="k1")
    times = ("2026-03-01T21:59Z", "2026-03-01T22:00Z", "2026-03-02T06:59Z", "2026-03-02T07:00Z")
    done = visits(*((datetime.fromisoformat(at), came) for at in times), (datetime(2026, 3, 2, 23, tzinfo=UTC), taken(1)))
    found = at_the_door(done, rule(K.ODD_HOURS, hours="22:00-07:00"))
    assert [(a.cause.day, a.figures.day, a.figures.what) for a in found] == [
        (date(2026, 3, 1), date(2026, 3, 1), "22:00"),
        (date(2026, 3, 1), date(2026, 3, 2), "06:59"),
        (date(2026, 3, 2), date(2026, 3, 2), "23:00"),
    ]
    assert len({identity(a.rule, a.cause) for a in found}) == 2
    assert [a.figures.what for a in at_the_door(done, rule(K.ODD_HOURS, hours="07:00-08:00"))] == ["07:00"]


def test_whoever_owns_the_contract_and_whom_the_rule_names_are_told_and_others_later() -> None:
    wanted = rule(K.DELIVERY_REJECTED, tell=(BOB, ALICE), escalate_after_hours=48, escalate_to=(CAROL,))
    owner = replay(recorded(facts.delivery_rejected)).owner
    (found,) = in_entries(facts.delivery_rejected, wanted)
    assert found.tell == tuple(dict.fromkeys((*([owner] if owner else []), BOB, ALICE)))
    assert found.escalate_at == recorded(facts.delivery_rejected)[-1].recorded_at + 2 * DAY
    assert found.escalate_to == (CAROL,)


def test_every_kind_of_rule_is_watched_for_somewhere() -> None:
    of_parties = {K.PARTY_CHANGED, K.PARTY_FLAGGED}
    assert set(ON_ENTRY) | set(ON_DAY) | set(ON_VISIT) | of_parties == set(K) == set(BOUNDS)
    assert not set(ON_ENTRY) & set(ON_DAY)
    assert set(ON_VISIT) == OF_VISITS


def test_rules_that_are_not_in_use_find_nothing() -> None:
    unused = book(rule(K.DELIVERY_REJECTED), rule(K.PAYMENT_DUE, days=9))
    unused.in_use = False
    watch = Watch(unused)
    assert (watch.farthest, watch.looks_at(facts.FIRST_PAYMENT)) == (-1, False)
    assert Watch(book(rule(K.PAYMENT_DUE, days=9), rule(K.REVIEW_OVERDUE, days=2))).farthest == 9


NOW = Occasion(actor=ALICE, now=START, effective_at=START)
LATE = rule(K.PAYMENT_OVERDUE, days=3)
SOUND = PublishAlertRules(title="2026", currency="CNY", rules=(LATE, rule(K.DELIVERY_REJECTED)))


def published(*happened: Fact) -> AlertRules:
    state = AlertRules()
    for n, one in enumerate(happened, 1):
        fold(state, Entry(n, f"alerting-{CONTRACTS}", n, one, START, START, str(n), Meta(actor=ALICE, credential="k", channel="api")))
    return state


AT_NIGHT = rule(K.ODD_HOURS, hours="22:00-07:00")
FIRST = AlertRulesPublished(edition=1, title="2026", currency="CNY", rules=SOUND.rules)


def test_editions_are_counted_and_a_rule_that_stays_as_it_is_stays_the_same_rule() -> None:
    assert decide(AlertRules(), SOUND, NOW) == [FIRST]
    longer = replace(SOUND, rules=(LATE, rule(K.DELIVERY_REJECTED, tell=(BOB,)), rule(K.TERM_CHANGED)))
    (second,) = decide(published(FIRST), longer, NOW)
    assert isinstance(second, AlertRulesPublished)
    state = published(FIRST, second)
    assert [state.ref(one).edition for one in state.rules] == [1, 2, 2]
    assert [r.edition for r in map(published(FIRST, second, replace(FIRST, edition=3)).ref, SOUND.rules)] == [1, 3]
    # Amounts in another currency are other amounts.
    assert published(FIRST, replace(FIRST, edition=2, currency="EUR")).since == {r.rule_id: 2 for r in SOUND.rules}
    retired = published(FIRST, AlertRulesRetired(edition=1, why="x"))
    assert (retired.watching, published(FIRST).watching) == ((), SOUND.rules)
    assert decide(retired, SOUND, NOW) == [replace(FIRST, edition=2)]
    assert retired.copy() == retired
    assert AlertRules().exists is False


@pytest.mark.parametrize(
    ("past", "command", "refusal"),
    [
        ((), RetireAlertRules(why="x"), AlertRulesNotInUse),
        ((FIRST,), RetireAlertRules(why=" "), AlertRulesNeedText),
        ((FIRST,), SOUND, AlertRulesUnchanged),
        ((), replace(SOUND, title=""), AlertRulesNeedText),
        ((), replace(SOUND, currency="XXQ"), AlertRulesNotSound),
        ((), replace(SOUND, rules=()), AlertRulesNotSound),
        ((), replace(SOUND, rules=(LATE, LATE)), AlertRulesNotSound),
        ((), replace(SOUND, rules=tuple(replace(LATE, rule_id=str(n)) for n in range(MAX_RULES + 1))), AlertRulesNotSound),
        *(
            ((), replace(SOUND, rules=(replace(LATE, **change),)), refusal)
            for change, refusal in (
                ({"rule_id": " "}, AlertRulesNeedText),
                ({"title": ""}, AlertRulesNeedText),
                ({"tell": ("",)}, AlertRulesNeedText),
                ({"days": None}, AlertRulesNotSound),
                ({"days": 0}, AlertRulesNotSound),
                ({"days": 3_651}, AlertRulesNotSound),
                ({"percent": 5}, AlertRulesNotSound),
                ({"amount": cny("0.00")}, AlertRulesNotSound),
                ({"tell": (BOB,) * 51}, AlertRulesNotSound),
                ({"escalate_to": (BOB,)}, AlertRulesNotSound),
                ({"escalate_after_hours": 4}, AlertRulesNotSound),
                ({"rows": 5}, AlertRulesNotSound),
                ({"hours": "22:00-07:00"}, AlertRulesNotSound),
                ({"kind": K.BULK_EXPORT, "days": None, "rows": 0}, AlertRulesNotSound),
                ({"escalate_after_hours": 0, "escalate_to": (BOB,)}, AlertRulesNotSound),
            )
        ),
        *(
            ((), replace(SOUND, rules=(replace(AT_NIGHT, **change),)), refusal)
            for change, refusal in (
                ({"hours": None}, AlertRulesNotSound),
                ({"hours": "22-07"}, AlertRulesNotSound),
                ({"hours": "22:00-22:00"}, AlertRulesNotSound),
                ({"kinds": (Kind.SALES,)}, AlertRulesNotSound),
                ({"zone": "Moon/Base"}, CalendarNotKnown),
            )
        ),
    ],
)
def test_rules_that_cannot_be_watched_by_are_refused(past: tuple[Fact, ...], command: AlertRulesCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(published(*past), command, NOW)


def test_every_edition_is_listed_with_who_published_it() -> None:
    said = (FIRST, replace(FIRST, edition=2, title="x"), AlertRulesRetired(edition=2, why="x"))
    meta = Meta(actor=ALICE, credential="k", channel="api")
    entries = [Entry(n, "alerting-contracts", n, one, START, START, str(n), meta) for n, one in enumerate(said, 1)]
    assert [(e.edition, e.version, e.in_use, e.published_by) for e in editions(entries)] == [(1, 1, False, ALICE), (2, 2, False, ALICE)]
    assert [e.in_use for e in editions(entries[:2])] == [False, True]
    assert editions(entries)[0].published_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
