"""Decisions that wait, ends and renewals, duties in one hand: what the domain lets people do, and what the entries say."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import domain.contract
from domain.access import IssueKey, Role
from domain.contract.agreement import TermAgreed
from domain.contract.amendment import ApproveAmendment
from domain.contract.approval import Approve, StepApproved, StepDelegated, SubmittedForApproval
from domain.contract.continuation import standing
from domain.contract.correction import FactCorrected
from domain.contract.deviation import ApproveClauseDeviation
from domain.contract.payment import PaymentRecorded
from domain.contract.quoting import the_term
from domain.contract.route import ChosenRoute, PolicyEdition
from domain.contract.segregation import Separation
from domain.contract.vocabulary import Kind, Status
from domain.delegation import GrantDelegation, Scope
from domain.facts import Entry, Occasion
from domain.refusals import Refusal
from domain.terms.renewal import Outlook, Renewal
from infra.ledger import ACCESS, DELEGATION, Around, Asker, Envelope
from infra.opening import Opened
from projections.check import check_view
from projections.governance import GOVERNANCE, ConflictQuery, Conflicts, Inbox, InboxQuery, RenewalQuery, Renewals
from projections.governance.inbox import AwaitedDecision, Decider, Reach, decider
from projections.log import Log
from projections.paging import BadQuery, rows
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.domain.policies import HEADS, MONEY, person
from tests.facts import HISTORIES, amendment_proposed, cny, deviation_requested, drafted, half_paid, renewed, submitted
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import content, new_ledger, tamper
from tests.projections.test_erasure import give
from tests.spec import ALICE, BOB, CAROL, DAVE, History, recorded, told

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
PEOPLE = (ALICE, BOB, CAROL, DAVE)


def tell(opened: Opened, **histories: History) -> None:
    """Contracts by their ids."""
    for name, history in histories.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    catch_up(opened, GOVERNANCE)


def on_route(*then: StepApproved | StepDelegated, by: str = BOB, **about: object) -> History:
    """A contract on a route of two steps, and what was decided on it."""
    route = ChosenRoute(route_id="large", steps=(HEADS, MONEY))
    edition = PolicyEdition(policy_id="approval", edition=2)
    handed_in = SubmittedForApproval(route=route, policy=edition, amount=cny("83420.00"), **about)  # type: ignore[arg-type]
    return drafted + told(handed_in) + told(*then, by=by)


AGREED = StepApproved(step=1, seat=person(BOB))
BOTH = on_route(AGREED) + told(StepApproved(step=1, seat=person(CAROL)), by=CAROL)


def keyed(opened: Opened, **roles: Role) -> None:
    """A key for each of some people."""
    for name, role in roles.items():
        give(opened, ACCESS, "", IssueKey(key_id=name, principal=name, roles=(role,), secret_sha256="0" * 64))


def found(opened: Opened, who: Decider | None) -> list[AwaitedDecision]:
    """What waits for somebody, page by page."""
    return list(rows(Inbox(opened).find, InboxQuery(decider=who, limit=2)))


def test_a_step_waits_for_each_of_its_seats_since_it_was_reached_and_says_what_it_is_about(opened: Opened) -> None:
    tell(opened, a=on_route(AGREED), b=BOTH, c=submitted)
    waiting = {(one.contract_id, one.seat_name): one for one in found(opened, None)}
    assert set(waiting) == {("a", CAROL), ("b", "finance"), ("b", ALICE), ("c", "approver")}
    first, second = waiting["a", CAROL], waiting["b", "finance"]
    times = [e.effective_at for e in recorded(BOTH)]
    assert (first.since, second.since) == (times[-3], times[-1])
    assert (second.step, second.steps, second.step_title, second.route_id, second.policy_id, second.policy_edition) == (
        *(2, 2, MONEY.title, "large", "approval", 2),
    )
    assert (second.amount, second.number, second.submitted_by) == (cny("83420.00"), "采-2026-001", ALICE)
    assert (waiting["c", "approver"].amount, waiting["c", "approver"].policy_id) == (cny("83420.00"), None)


def may(opened: Opened, entries: list[Entry], command: domain.contract.ContractCommand, who: str, roles: frozenset[str]) -> bool:
    """Whether the domain lets somebody decide."""
    now = opened.ledger.clock()
    # Nobody comes in without any role.
    them = roles or frozenset({Role.READER})
    occasion = Occasion(actor=who, now=now, effective_at=now, around=Around(opened.ledger), roles=them)
    try:
        domain.contract.decide(domain.contract.replay(entries), command, occasion)
    except Refusal:
        return False
    return True


def test_what_waits_for_somebody_is_what_the_domain_lets_them_decide(opened: Opened) -> None:
    left = StepDelegated(step=1, seat=person(CAROL), to=DAVE, why="出差")
    keyed(opened, alice=Role.DRAFTER, bob=Role.APPROVER, carol=Role.FINANCE, dave=Role.READER)
    until = datetime(2027, 1, 1, tzinfo=UTC)
    scopes = {
        "kinds": Scope(kinds=(Kind.SUPPLIER,)),
        "sales": Scope(kinds=(Kind.SALES,)),
        "roles": Scope(roles=(Role.FINANCE,)),
        "step": Scope(steps=(HEADS.title,)),
        "low": Scope(at_most=cny("100.00")),
        "high": Scope(at_most=cny("90000.00"), departments=("行政部 / Administration",)),
    }
    for name, scope in scopes.items():
        opened.ledger.handle(
            DELEGATION, name, GrantDelegation(to=DAVE, ends_at=until, why="x", scope=scope), Envelope(Asker(CAROL, "k", "api"), name)
        )
    tell(
        opened,
        route=on_route(AGREED),
        both=BOTH,
        left=on_route(left, by=CAROL),
        plain=submitted,
        change=amendment_proposed,
        words=deviation_requested,
        done=half_paid,
    )
    for who in PEOPLE:
        them = decider(opened, who, opened.ledger.clock())
        mine = found(opened, them)
        everything = found(opened, None)
        assert [one for one in everything if one.ways(them)] == mine
        for contract_id in ("route", "both", "left", "plain", "change", "words", "done"):
            entries = opened.store.stream_entries(f"contract-{contract_id}")
            ways = {way for one in mine if one.contract_id == contract_id for way in one.ways(them)}
            if contract_id in ("change", "words"):
                # Which role decides on these is for the interface to say.
                command = ApproveAmendment(amendment_id="a1") if contract_id == "change" else ApproveClauseDeviation(deviation_id="v1")
                allowed = Role.APPROVER in them.roles and may(opened, entries, command, who, them.roles)
                assert bool(ways) == allowed, (who, contract_id)
                continue
            direct = {way.delegation_id for way in ways if way.reach is not Reach.DELEGATION}
            assert bool(direct) == may(opened, entries, Approve(), who, them.roles), (who, contract_id)
            for name in scopes:
                lent = may(opened, entries, Approve(delegation_id=name), who, them.roles)
                assert (name in {way.delegation_id for way in ways}) == lent, (who, contract_id, name)


def test_renewals_say_what_the_term_says_on_any_day(opened: Opened) -> None:
    histories = {
        name: history for name, history in HISTORIES.items() if name in {"half_paid", "noticed", "renewed", "suspended", "expired"}
    }
    term = Renewal(automatic=False, notice_days=30, length_months=12, times=2)
    tell(opened, **histories, **{f"{name}_agreed": agreed(history, term) for name, history in histories.items()})
    listed = {one.contract_id: one for one in rows(Renewals(opened).find, RenewalQuery())}
    for name in (*histories, *(f"{name}_agreed" for name in histories)):
        contract = domain.contract.replay(opened.store.stream_entries(f"contract-{name}"))
        assert (name in listed) == (contract.status in (Status.IN_FORCE, Status.SUSPENDED) and contract.last_day is not None)
        if name not in listed:
            continue
        row = listed[name]
        assert (row.expires, row.used) == (contract.last_day, len(contract.earlier_periods))
        if not name.endswith("_agreed"):
            assert (row.outlook(date(2026, 6, 1)), row.notice_closes) == (Outlook.ENDS, None)
            continue
        _, held = the_term(contract, Renewal)
        for on in (row.expires + timedelta(days=n) for n in (-200, -31, -30, -29, 0, 5)):
            said = standing(contract, held, row.expires, on)
            assert (row.standing(on), row.notice_closes) == (said, said.notice_deadline)
            assert row.notice_days_left(on) == said.days_left


def agreed(history: History, term: Renewal) -> History:
    """The same with a renewal term from the start."""
    return (*history[:1], *told(TermAgreed(term_id="renewal", term=term)), *history[1:])


def test_renewals_are_found_by_their_days(opened: Opened) -> None:
    term = Renewal(automatic=True, notice_days=30, length_months=12)
    tell(opened, plain=half_paid, later=renewed, agreed=agreed(half_paid, term))
    (first, _, last) = (one.expires for one in rows(Renewals(opened).find, RenewalQuery()))

    def ids(**which: object) -> list[str]:
        return [one.contract_id for one in Renewals(opened).find(RenewalQuery(**which)).rows]  # type: ignore[arg-type]

    assert sorted(ids(expires_to=first)) == ["agreed", "plain"]
    assert ids(expires_from=last) == ["later"]
    assert ids(with_term=True) == ids(notice_to=first) == ids(notice_from=first - timedelta(days=30)) == ["agreed"]
    assert ids(notice_from=first - timedelta(days=29)) == []
    assert ids(sort="notice_closes", descending=True)[0] == "agreed"


SLOW = {
    Separation.DRAFT_AND_APPROVAL: ({"contract.drafted", "contract.submitted_for_approval"}, {"contract.step_approved"}, None),
    Separation.DRAFT_AND_PAYMENT: ({"contract.drafted", "contract.submitted_for_approval"}, {"contract.payment_recorded"}, None),
    Separation.APPROVAL_AND_PAYMENT: ({"contract.step_approved", "contract.amendment_approved"}, {"contract.payment_recorded"}, None),
    Separation.AMENDMENT: ({"contract.amendment_proposed"}, {"contract.amendment_approved"}, "amendment_id"),
    Separation.DEVIATION: ({"contract.clause_deviation_requested"}, {"contract.clause_deviation_approved"}, "deviation_id"),
    Separation.DELIVERY: ({"contract.delivery_recorded"}, {"contract.delivery_accepted"}, "delivery_id"),
    Separation.ACCEPTANCE_AND_PAYMENT: ({"contract.delivery_accepted"}, {"contract.payment_recorded"}, None),
    Separation.INVOICE_AND_PAYMENT: ({"contract.invoice_registered"}, {"contract.payment_recorded"}, None),
    Separation.PAYMENT_AND_RECONCILIATION: ({"contract.payment_recorded"}, {"contract.reconciliation_matched"}, "payment_id"),
    Separation.PENALTY: ({"contract.penalty_accrued"}, {"contract.penalty_waived"}, "delivery_id"),
    Separation.INTEREST: ({"contract.interest_accrued"}, {"contract.interest_waived"}, "instalment_id"),
}


def slowly(entries: Iterable[Entry]) -> dict[tuple[str, str], list[int]]:
    """Versions by separation and person, entry against entry."""
    history = list(entries)
    if getattr(history[0].fact, "source", None) is not None:
        return {}
    gone = {e.fact.corrects for e in history if isinstance(e.fact, FactCorrected) and e.fact.becomes is None}
    found: dict[tuple[str, str], set[int]] = {}
    for (separation, (ones, others, alike)), one, other in product(SLOW.items(), history, history):
        if one.fact.NAME not in ones or other.fact.NAME not in others or {one.version, other.version} & gone:
            continue
        if alike is None or getattr(one.fact, alike) == getattr(other.fact, alike):
            for who in people(one) & people(other):
                found.setdefault((separation.value, who), set()).update((one.version, other.version))
    return {key: sorted(versions) for key, versions in found.items()}


def people(entry: Entry) -> set[str]:
    return {who for who in (entry.meta.actor, entry.meta.on_behalf_of, getattr(entry.fact, "on_behalf_of", None)) if who is not None}


def test_duties_in_one_hand_are_told_with_every_entry_that_proves_them(opened: Opened) -> None:
    paid_by_bob = half_paid[:-1] + told(PaymentRecorded(payment_id="p1", amount=cny("41710.00")), by=BOB)
    tell(opened, bob=paid_by_bob, **{name: history for n, (name, history) in enumerate(HISTORIES.items()) if n % 9 == 0})
    listed = list(rows(Conflicts(opened).find, ConflictQuery(limit=3)))
    told_of = {(one.contract_id, one.separation.value, one.person): [act["version"] for act in one.acts] for one in listed}
    expected = {
        (name, *key): versions
        for name in {e.stream.removeprefix("contract-") for e in opened.store.whole_log()}
        for key, versions in slowly(opened.store.stream_entries(f"contract-{name}")).items()
    }
    assert told_of == expected
    assert ("bob", "approval_and_payment", BOB) in told_of
    assert [one.last_position for one in listed] == sorted((one.last_position for one in listed), reverse=True)
    (mine,) = Conflicts(opened).find(ConflictQuery(person=BOB, separation=(Separation.APPROVAL_AND_PAYMENT,))).rows
    assert (mine.number, [act["duty"] for act in mine.acts]) == ("采-2026-001", ["approved", "paid"])
    assert Conflicts(opened).find(ConflictQuery(person=BOB, until=mine.last_at)).rows == ()


@pytest.mark.parametrize("sort", ["luck", "title"])
def test_what_cannot_be_sorted_by_is_refused(opened: Opened, sort: str) -> None:
    for query in (InboxQuery(sort=sort), RenewalQuery(sort=sort), ConflictQuery(sort=sort)):
        with pytest.raises(BadQuery, match="cannot be sorted by"):
            _ = query.order


def test_a_row_that_somebody_changed_is_found(opened: Opened) -> None:
    paid_by_bob = half_paid[:-1] + told(PaymentRecorded(payment_id="p1", amount=cny("41710.00")), by=BOB)
    tell(opened, a=on_route(AGREED), b=paid_by_bob)
    assert check_view(opened, GOVERNANCE).matches
    for forgery in (
        "UPDATE {views}.decisions SET seat_name = 'mallory'",
        "UPDATE {views}.renewals SET expires = expires + 1",
        "DELETE FROM {views}.conflicts",
    ):
        tamper(opened, forgery)
        assert not check_view(opened, GOVERNANCE).matches, forgery
        rebuild(opened, GOVERNANCE)


@pytest.mark.campaign
@settings(
    max_examples=100 if LARGE else 3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(stories=st.lists(lives(), min_size=1, max_size=3), seed=st.integers(0, 99), page=st.integers(1, 40))
def test_whatever_happened_the_view_is_what_a_rebuild_makes_of_it(postgres: str, stories: list[list[Entry]], seed: int, page: int) -> None:
    with new_ledger(postgres) as opened:
        put(opened, interleaved(stories, seed))
        projector = Projector(opened, GOVERNANCE, Log(opened.store, page=page))
        while projector.position < opened.store.head():
            projector.advance()
        assert check_view(opened, GOVERNANCE).matches
        live = content(opened, GOVERNANCE)
        rebuild(opened, GOVERNANCE)
        assert content(opened, GOVERNANCE) == live
        conflicts = {(c.contract_id, c.separation.value, c.person) for c in rows(Conflicts(opened).find, ConflictQuery())}
        assert conflicts == {(str(n), *key) for n in range(len(stories)) for key in slowly(opened.store.stream_entries(f"contract-{n}"))}
