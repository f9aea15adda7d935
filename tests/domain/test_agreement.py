"""Terms that act in the life of a contract: since when each applies, under which version, and what keeps them in step with the value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.contract.agreement import AgreeTerm, TermAgreed, TermContradicts
from domain.contract.amendment import AmendmentTookEffect, ProposeAmendment, SignAmendment
from domain.contract.approval import SubmitForApproval
from domain.contract.drafting import ChangeValue, DraftContract
from domain.contract.operations import AnyOperation, PutTerm, RemoveTerm
from domain.contract.operations import ChangeValue as SetValue
from domain.contract.rules import ElementExists, UnknownElement
from domain.contract.state import AgreedTerm
from domain.contract.vocabulary import Kind, SigningMethod, StatedTerm
from domain.facts import Dated
from domain.terms.exact import Ratio
from domain.terms.rules import ShareOutOfRange
from domain.terms.schedule import On, Part, PaymentSchedule, ScheduleMissesValue, Trigger
from tests.domain.tables.agreement import INSURANCE, THIRTY_SEVENTY, fixed
from tests.domain.tables.drafting import DRAFT
from tests.facts import DRAFTED, LATE_DELIVERY, LATE_PAYMENT, amendment_approved, cny, in_force, with_terms
from tests.spec import CAROL, START, STEP, When, given, told

STATED = (StatedTerm(term_id="t1", term=LATE_DELIVERY), StatedTerm(term_id="t2", term=LATE_PAYMENT))
MILDER = replace(LATE_DELIVERY, rate=Ratio.of("0.03%"))
# Without instalments: what falls due when is for the term to say.
AGREED = told(DRAFTED) + in_force[8:] + told(TermAgreed(term_id="t1", term=LATE_DELIVERY), TermAgreed(term_id="t4", term=THIRTY_SEVENTY))


def proposed(*operations: AnyOperation) -> When:
    """An amendment of a contract in force that has damages and a payment schedule of 30 % and the rest."""
    return given(AGREED).when(ProposeAmendment(amendment_id="a1", operations=operations, why="重新商定 / Agreed anew"))


def test_a_draft_may_bring_its_terms_along() -> None:
    done = given().when(replace(DRAFT, terms=STATED))
    assert [d.fact for d in done.decided][-2:] == [TermAgreed(term_id=s.term_id, term=s.term) for s in STATED]
    first = len(done.decided) - 1
    assert done.contract.terms == {
        "t1": AgreedTerm(term_id="t1", term=LATE_DELIVERY, version=first, since=START),
        "t2": AgreedTerm(term_id="t2", term=LATE_PAYMENT, version=first + 1, since=START),
    }


def test_terms_that_a_draft_brings_along_are_held_to_the_same_rules() -> None:
    def drafting(*terms: StatedTerm) -> When:
        return given().when(replace(DRAFT, terms=terms))

    drafting(STATED[0], STATED[0]).then_refused(ElementExists, element="term", element_id="t1")
    drafting(StatedTerm(term_id="t1", term=replace(LATE_DELIVERY, rate=Ratio.of("0%")))).then_refused(ShareOutOfRange)
    drafting(STATED[0], StatedTerm(term_id="t2", term=MILDER)).then_refused(TermContradicts, other="t1", term_id="t2")
    drafting(StatedTerm(term_id="t1", term=fixed(cny("1.00")))).then_refused(ScheduleMissesValue)


def test_terms_about_different_things_stand_side_by_side() -> None:
    two = with_terms + told(TermAgreed(term_id="t3", term=INSURANCE))
    given(two).when(AgreeTerm(term_id="t4", term=replace(INSURANCE, kind="货运险 / Cargo"))).granted()


def test_a_schedule_may_wait_for_the_value_but_is_not_submitted_without_fitting_it() -> None:
    bare = DraftContract(
        number="1", title="x", kind=Kind.OTHER, direction=DRAFTED.direction, our_entity="我方", counterparties=DRAFTED.counterparties
    )
    draft = given().when(bare).and_when(AgreeTerm(term_id="t1", term=fixed(cny("100.00")))).granted()
    draft.and_when(ChangeValue(value=cny("100.00"))).and_when(SubmitForApproval()).granted()
    draft.and_when(ChangeValue(value=cny("99.00"))).and_when(SubmitForApproval()).then_refused(ScheduleMissesValue)


def test_an_amendment_puts_a_term_as_of_the_day_from_which_it_takes_effect() -> None:
    operations = (PutTerm(term_id="t1", term=MILDER),)
    took_effect = AmendmentTookEffect(amendment_id="a9", operations=operations)
    later = START + timedelta(days=30)
    contract = given(AGREED + told(Dated(took_effect, later))).contract
    assert contract.terms["t1"] == AgreedTerm(term_id="t1", term=MILDER, version=len(AGREED) + 1, since=later)
    assert contract.terms["t4"].since == START + (len(AGREED) - 1) * STEP
    removed = given(AGREED + told(AmendmentTookEffect(amendment_id="a9", operations=(RemoveTerm(term_id="t1"),)))).contract
    assert set(removed.terms) == {"t4"}


def test_an_amendment_is_refused_a_term_that_is_senseless_or_not_there_or_a_second_answer() -> None:
    proposed(PutTerm(term_id="t1", term=replace(MILDER, rate=Ratio.of("200%")))).then_refused(ShareOutOfRange)
    proposed(RemoveTerm(term_id="t9")).then_refused(UnknownElement, element="term", element_id="t9")
    proposed(PutTerm(term_id="t9", term=MILDER)).then_refused(TermContradicts, other="t1", term_id="t9")
    proposed(RemoveTerm(term_id="t1"), PutTerm(term_id="t9", term=MILDER)).granted()


def test_an_amended_value_has_to_fit_the_schedule_and_the_other_way_round() -> None:
    amount = Part(instalment_id="i1", trigger=Trigger(on=On.SIGNING), amount=cny("83420.00"))
    whole = PaymentSchedule(parts=(amount,))
    proposed(PutTerm(term_id="t4", term=whole)).granted()
    proposed(PutTerm(term_id="t4", term=fixed(cny("83419.99")))).then_refused(ScheduleMissesValue)
    without_instalments = told(DRAFTED) + in_force[8:] + told(TermAgreed(term_id="t4", term=whole))
    raised = ProposeAmendment(amendment_id="a1", operations=(SetValue(value=cny("90000.00")),), why="涨价 / Dearer")
    given(without_instalments).when(raised).then_refused(ScheduleMissesValue)


def test_what_no_longer_fits_when_the_last_side_signs_does_not_take_effect() -> None:
    overtaken = amendment_approved + told(TermAgreed(term_id="t4", term=fixed(cny("83420.00"))))
    half = given(overtaken).when(SignAmendment(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
    last = SignAmendment(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC)
    half.granted().and_when(last, by=CAROL).then_refused(ScheduleMissesValue)
