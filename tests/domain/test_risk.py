"""Risk: published rules say what makes a contract risky, an assessment says which held, and what is done takes points away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.contract import replay
from domain.contract.assessed import ReviewMonths, RiskFactor, RiskLevel, RiskLevels
from domain.contract.drafting import PeriodChanged
from domain.contract.history import as_of
from domain.contract.review import NoReviewDay, ReviewScheduled, ScheduleReview
from domain.contract.risk import AssessRisk, MitigateRisk, NoRiskRules, NoSuchRisk, RiskAssessed, RiskMitigated
from domain.contract.route import PartySeen
from domain.contract.vocabulary import Kind, Period
from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.party import Party
from domain.refusals import Refusal
from domain.risk import (
    PublishRiskRules,
    RetireRiskRules,
    RiskRules,
    RiskRulesCommand,
    RiskRulesNotInUse,
    RiskRulesPublished,
    RiskRulesRetired,
    RiskRulesUnchanged,
    decide,
    fold,
)
from domain.risk.rules import MAX_RULES, RiskNeedsText, RiskRule, RiskRulesNotSound
from tests.domain.archive import MARKED, WITH_LISTED
from tests.domain.risky import FACTORS, LARGE, LEVELS, LONE, RISKY, SOLD, Risky, assessed
from tests.domain.tables.particulars import ASKED, FOUND
from tests.domain.tables.risk import ASSESSED, MITIGATED
from tests.facts import PUBLISHED, cny, deviation_rejected, deviation_requested, drafted, from_template, in_force, with_terms
from tests.spec import ALICE, START, History, given, recorded, told

SOUND = PublishRiskRules(title="2026", currency="CNY", levels=LEVELS, rules=(LARGE, LONE, SOLD))
FIRST = RiskRulesPublished(edition=1, title="2026", currency="CNY", levels=LEVELS, rules=(LARGE, LONE, SOLD))
OVER = RiskRulesRetired(edition=1, why="x")
ASSESS = AssessRisk(assessment_id="a1")
FAR = datetime(2026, 8, 28, tzinfo=UTC)
WITH_MARKED = told(replace(WITH_LISTED, counterparty=replace(WITH_LISTED.counterparty, party_id="marked")))


def after(*facts: Fact) -> RiskRules:
    book = RiskRules()
    for n, one in enumerate(facts, 1):
        fold(book, Entry(n, "risk-contracts", n, one, START, START, str(n), Meta(actor=ALICE, credential="k", channel="api")))
    return book


def ask(book: RiskRules, command: RiskRulesCommand) -> list[object]:
    return list(decide(book, command, Occasion(actor=ALICE, now=START, effective_at=START)))


@pytest.mark.parametrize(
    ("book", "command", "means"),
    [
        (after(), SOUND, FIRST),
        (after(FIRST), replace(SOUND, rules=(LARGE,)), replace(FIRST, edition=2, rules=(LARGE,))),
        (after(FIRST), RetireRiskRules(why="x"), OVER),
        (after(FIRST, OVER), SOUND, replace(FIRST, edition=2)),
    ],
)
def test_what_is_granted_is_one_fact(book: RiskRules, command: RiskRulesCommand, means: Fact) -> None:
    assert ask(book, command) == [means]


def unsound(**rule: object) -> PublishRiskRules:
    """Rules of which one is changed."""
    return replace(SOUND, rules=(LONE, replace(LARGE, **rule)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("book", "command", "refusal"),
    [
        (after(), RetireRiskRules(why=" "), RiskRulesNotInUse),
        (after(FIRST, OVER), RetireRiskRules(why="x"), RiskRulesNotInUse),
        (after(FIRST), RetireRiskRules(why=" "), RiskNeedsText),
        (after(FIRST), SOUND, RiskRulesUnchanged),
        (after(), replace(SOUND, title=" ", currency="XXY"), RiskNeedsText),
        (after(), replace(SOUND, currency="XXY"), RiskRulesNotSound),
        (after(), replace(SOUND, levels=RiskLevels(medium=0, high=1)), RiskRulesNotSound),
        (after(), replace(SOUND, levels=RiskLevels(medium=5, high=5)), RiskRulesNotSound),
        (after(), replace(SOUND, rules=()), RiskRulesNotSound),
        (after(), replace(SOUND, review_after=ReviewMonths(low=6, medium=12, high=3)), RiskRulesNotSound),
        (after(), replace(SOUND, review_after=ReviewMonths(low=12, medium=12, high=0)), RiskRulesNotSound),
        (after(), replace(SOUND, review_after=ReviewMonths(low=121, medium=12, high=1)), RiskRulesNotSound),
        (after(), replace(SOUND, rules=tuple(replace(LONE, rule_id=str(n)) for n in range(MAX_RULES + 1))), RiskRulesNotSound),
        (after(), replace(SOUND, rules=(LARGE, replace(LONE, rule_id="large"))), RiskRulesNotSound),
        (after(), unsound(rule_id=" "), RiskNeedsText),
        (after(), unsound(title="\u3000"), RiskNeedsText),
        (after(), unsound(points=0), RiskRulesNotSound),
        (after(), unsound(points=1_001), RiskRulesNotSound),
        (after(), unsound(value_at_least=None), RiskRulesNotSound),
        (after(), unsound(value_at_least=cny("0.00")), RiskRulesNotSound),
        (after(), unsound(value_at_least=PUBLISHED.value), RiskRulesNotSound),
        (after(), unsound(lacks_term="liability"), RiskRulesNotSound),
        (after(), unsound(longer_than_days=0), RiskRulesNotSound),
    ],
)
def test_the_first_rule_that_says_no_is_named(book: RiskRules, command: RiskRulesCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        ask(book, command)
    assert type(refused.value) is refusal


def when(rule: RiskRule, *past: History, **parties: Party) -> bool:
    """Whether a rule holds for a contract with such a history."""
    done = given(*past).when(ASSESS, around=Risky(rule, parties=parties)).granted()
    (said,) = (d.fact for d in done.decided)
    assert isinstance(said, RiskAssessed)
    return bool(said.factors)


def rule(**asks: object) -> RiskRule:
    """A rule that asks for this alone."""
    return RiskRule(rule_id="r", title="r", points=1, **asks)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asks", "past", "holds"),
    [
        ({"kinds": (Kind.SALES, Kind.SUPPLIER)}, drafted, True),
        ({"kinds": (Kind.SALES,)}, drafted, False),
        ({"value_at_least": cny("83420.00")}, drafted, True),
        ({"value_at_least": cny("83420.01")}, drafted, False),
        ({"value_at_least": cny("0.01")}, told(replace(PUBLISHED, value=None)), False),
        ({"deviates": True}, deviation_requested, True),
        ({"deviates": True}, deviation_rejected, False),
        ({"without_template": True}, drafted, True),
        ({"without_template": True}, from_template, False),
        ({"lacks_term": "late_delivery_damages"}, drafted, True),
        ({"lacks_term": "late_delivery_damages"}, with_terms, False),
        ({"longer_than_days": 350}, drafted, True),
        ({"longer_than_days": 351}, drafted, False),
        ({"longer_than_days": 36_500}, drafted + told(PeriodChanged(period=Period(start=date(2026, 1, 1)))), True),
        ({"counterparty_flagged": True}, drafted, False),
        ({"kinds": (Kind.SALES,), "without_template": True}, drafted, False),
    ],
)
def test_a_rule_holds_where_all_that_it_asks_for_is_so(asks: dict[str, Any], past: History, *, holds: bool) -> None:
    assert when(rule(**asks), past) is holds


def test_a_flagged_party_is_seen_and_pinned() -> None:
    assert when(rule(counterparty_flagged=True), drafted, WITH_MARKED, marked=MARKED)
    assert not when(rule(counterparty_flagged=True), drafted, WITH_MARKED, marked=replace(MARKED, flags={}))
    pinned = replace(assessed("83420.00", FACTORS[0]), parties=(PartySeen(party_id="marked", version=5, flagged=True),))
    given(drafted, WITH_MARKED).when(ASSESS, around=Risky(LARGE, parties={"marked": MARKED})).then(pinned)


def test_an_assessment_says_which_rules_held_and_what_they_come_to() -> None:
    assert (ASSESSED.points, ASSESSED.level) == (65, RiskLevel.HIGH)
    assert given(drafted).when(ASSESS, around=RISKY).then(ASSESSED).contract.risk is not None
    given(drafted).when(ASSESS, around=Risky(SOLD)).then(assessed(None))


def test_another_currency_is_converted_at_a_rate_that_is_kept() -> None:
    expected = replace(assessed("97500.00", *FACTORS), rate=Decimal("0.39"))
    given(told(PUBLISHED)).when(replace(ASSESS, rate=Decimal("0.39")), around=RISKY).then(expected)
    # No rule asks for the value: nothing is converted, and no rate is needed.
    given(told(PUBLISHED)).when(ASSESS, around=Risky(LONE)).then(assessed(None, FACTORS[1]))


def test_what_is_done_takes_the_points_of_its_factor_away_and_an_assessment_after_it_begins_anew() -> None:
    done = given(drafted, told(ASSESSED)).when(MitigateRisk(rule_id="large", how="保函 / Bond")).then(MITIGATED)
    risk = done.contract.risk
    assert risk is not None
    assert (risk.points, risk.level, [(m.rule_id, m.how, m.by) for m in risk.mitigations]) == (
        25,
        RiskLevel.LOW,
        [("large", "保函 / Bond", ALICE)],
    )
    again = (
        given(drafted, told(ASSESSED, MITIGATED))
        .when(AssessRisk(assessment_id="a2"), around=RISKY)
        .then(replace(ASSESSED, assessment_id="a2"))
        .contract
    )
    assert again.risk is not None
    assert (again.risk.points, again.risk.mitigations, list(again.assessments)) == (65, (), ["a1", "a2"])


def test_nothing_is_assessed_without_rules_nor_mitigated_without_an_assessment() -> None:
    given(drafted).when(ASSESS).then_refused(NoRiskRules)
    given(drafted).when(ASSESS, around=Risky(LARGE, in_use=False)).then_refused(NoRiskRules)
    given(drafted).when(MitigateRisk(rule_id="large", how=" ")).then_refused(NoSuchRisk, rule_id="large")


@drawn(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.data())
def test_what_is_left_is_the_sum_of_what_nothing_was_done_about(points: list[int], data: st.DataObject) -> None:
    rules = [RiskRule(rule_id=str(n), title="r", points=p, without_template=True) for n, p in enumerate(points)]
    history = drafted + told(assessed(None, *(RiskFactor(rule_id=r.rule_id, title="r", points=r.points) for r in rules)))
    left = dict(enumerate(points))
    for n in data.draw(st.lists(st.sampled_from(sorted(left)), unique=True)):
        done = given(history).when(MitigateRisk(rule_id=str(n), how="x")).granted()
        del left[n]
        (said,) = (d.fact for d in done.decided)
        assert isinstance(said, RiskMitigated)
        assert (said.points, said.level) == (sum(left.values()), LEVELS.of(sum(left.values())))
        history += told(said)


MONTHS = ReviewMonths(low=24, medium=12, high=6)
REVIEW = ScheduleReview(review_id="r2", about="年审 / Yearly", reviewer="bob")


@pytest.mark.parametrize(
    ("past", "day", "level"),
    [
        (drafted + told(ASSESSED), date(2026, 7, 5), RiskLevel.HIGH),
        (drafted + told(ASSESSED, MITIGATED), date(2028, 1, 5), RiskLevel.LOW),
        (in_force + told(Dated(replace(ASSESSED, points=30, level=RiskLevel.MEDIUM), FAR)), date(2027, 1, 5), RiskLevel.MEDIUM),
        (in_force + told(ASSESSED, ASKED, Dated(FOUND, FAR)), date(2027, 2, 28), RiskLevel.HIGH),
    ],
    ids=["from now", "mitigated", "from coming into force", "from the last review"],
)
def test_a_review_without_a_day_comes_so_many_months_after_the_last_one_by_the_level_of_risk(
    past: History, day: date, level: RiskLevel
) -> None:
    due = ReviewScheduled(review_id="r2", about=REVIEW.about, due=day, reviewer="bob", rules_edition=3, level=level)
    given(past).when(REVIEW, around=Risky(LARGE, review_after=MONTHS)).then(due)


def test_without_months_or_an_assessment_no_day_follows() -> None:
    given(drafted, told(ASSESSED)).when(REVIEW, around=RISKY).then_refused(NoReviewDay)
    given(drafted).when(REVIEW, around=Risky(LARGE, review_after=MONTHS)).then_refused(NoReviewDay)


def test_as_of_a_moment_only_what_was_done_by_then_takes_points_away() -> None:
    june, may = START + timedelta(days=60), START + timedelta(days=30)
    second = RiskMitigated(assessment_id="a1", rule_id="lone", how="范本 / Template", points=0, level=RiskLevel.LOW)
    entries = recorded(drafted, ASSESSED, Dated(MITIGATED, june), Dated(second, may))
    then = replay(as_of(entries, valid_at=may)).risk
    assert then is not None
    assert (then.points, then.level, [m.rule_id for m in then.mitigations]) == (40, RiskLevel.MEDIUM, ["lone"])
    now = replay(entries).risk
    assert now is not None
    assert (now.points, now.level) == (0, RiskLevel.LOW)
