"""A template: drafted, revised edition by edition, published, retired and restored; its text and its placeholders agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.contract.agreement import TermAgreed, TermContradicts
from domain.contract.templated import DraftFromTemplate
from domain.contract.vocabulary import Clause, Kind, StatedTerm, Topic
from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.refusals import Refusal
from domain.template import (
    Binding,
    ClauseGivenTwice,
    DraftTemplate,
    Edition,
    EditionAlreadyPublished,
    EditionNotNewest,
    NoSuchTemplate,
    Placeholder,
    PlaceholderDeclaredTwice,
    PlaceholderMalformed,
    PlaceholderNotDeclared,
    PlaceholderNotUsed,
    PlaceholderType,
    PublishTemplate,
    RestoreTemplate,
    RetireTemplate,
    ReviseTemplate,
    Template,
    TemplateAlreadyDrafted,
    TemplateClause,
    TemplateCommand,
    TemplateDrafted,
    TemplateIsRetired,
    TemplateNeedsClauses,
    TemplateNeedsText,
    TemplateNotRetired,
    TemplatePublished,
    TemplateRestored,
    TemplateRetired,
    TemplateRevised,
    TemplateUnchanged,
    TermGivenTwice,
    decide,
    evolve,
    placeholders_in,
)
from domain.terms.exact import Ratio
from domain.terms.rules import ShareOutOfRange
from tests.domain.archive import Library
from tests.domain.tables.templated import FROM_TEMPLATE
from tests.facts import LATE_DELIVERY, LATE_PAYMENT
from tests.spec import ALICE, START, given

LAW = TemplateClause(clause_id="9", heading="适用法律", text="本合同适用中华人民共和国法律。", binding=Binding.LOCKED)
PAYMENT = TemplateClause(clause_id="5", heading="付款", text="{{buyer}}于{{付款日}}前付清。")
BUYER = Placeholder(name="buyer", description="The buyer's name")
DAY = Placeholder(name="付款日", takes=PlaceholderType.DATE)
DRAFT = DraftTemplate(name="采购合同范本", kind=Kind.SUPPLIER, clauses=(PAYMENT, LAW), placeholders=(BUYER, DAY))
REVISE = ReviseTemplate(name="采购合同范本", kind=Kind.SUPPLIER, clauses=(LAW,))
DRAFTED = TemplateDrafted(name=DRAFT.name, kind=DRAFT.kind, clauses=DRAFT.clauses, placeholders=DRAFT.placeholders)
REVISED = TemplateRevised(edition=2, name=REVISE.name, kind=REVISE.kind, clauses=(LAW,))
FIRST = Edition(number=1, name=DRAFT.name, kind=DRAFT.kind, clauses=DRAFT.clauses, placeholders=DRAFT.placeholders)
SECOND = Edition(number=2, name=REVISE.name, kind=REVISE.kind, clauses=(LAW,))
PUBLISHED = TemplatePublished(edition=1)
RETIRED = TemplateRetired(why="The law changed.")


WITH_TERMS = replace(DRAFT, terms=(StatedTerm(term_id="t1", term=LATE_DELIVERY), StatedTerm(term_id="t2", term=LATE_PAYMENT)))


def after(*facts: Fact) -> Template:
    meta = Meta(actor=ALICE, credential="k", channel="api")
    return evolve(Template(), [Entry(n, "template-1", n, one, START, START, str(n), meta) for n, one in enumerate(facts, 1)])


def ask(template: Template, command: TemplateCommand) -> list[Fact | Dated]:
    return list(decide(template, command, Occasion(actor=ALICE, now=START, effective_at=START)))


@pytest.mark.parametrize(
    ("template", "command", "means"),
    [
        (Template(), DRAFT, DRAFTED),
        (after(DRAFTED), REVISE, REVISED),
        (after(DRAFTED), PublishTemplate(edition=1), PUBLISHED),
        (after(DRAFTED, PUBLISHED, REVISED), PublishTemplate(edition=2), TemplatePublished(edition=2)),
        (after(DRAFTED, PUBLISHED), RetireTemplate(why=RETIRED.why), RETIRED),
        (after(DRAFTED, RETIRED), RestoreTemplate(why="It was changed back."), TemplateRestored(why="It was changed back.")),
    ],
)
def test_what_is_granted_is_one_fact(template: Template, command: TemplateCommand, means: Fact) -> None:
    assert ask(template, command) == [means]


def test_a_revision_is_not_used_before_it_is_published() -> None:
    assert after(DRAFTED) == Template(version=1, newest=FIRST)
    assert after(DRAFTED, PUBLISHED) == Template(version=2, newest=FIRST, published=FIRST)
    assert after(DRAFTED, PUBLISHED, REVISED) == Template(version=3, newest=SECOND, published=FIRST)
    assert after(DRAFTED, PUBLISHED, REVISED, TemplatePublished(edition=2)) == Template(version=4, newest=SECOND, published=SECOND)


def test_a_template_comes_back_as_it_was_published() -> None:
    retired = after(DRAFTED, PUBLISHED, RETIRED)
    assert (retired.exists, retired.retired) == (True, True)
    assert after(DRAFTED, PUBLISHED, RETIRED, TemplateRestored(why="x")) == Template(version=4, newest=FIRST, published=FIRST)


BLANK = TemplateClause(clause_id="1", heading="", text=" ")
MALFORMED = replace(PAYMENT, text="{{9}}{{who}}")
TWICE = (BUYER, BUYER)


@pytest.mark.parametrize(
    ("template", "command", "refusal", "details"),
    [
        # Each row has every fault that the rows below it have, as far as one command can, so that the first rule is seen to come first.
        (after(DRAFTED), replace(DRAFT, name=" ", clauses=()), TemplateAlreadyDrafted, {"name": DRAFT.name}),
        (Template(), replace(REVISE, name=" "), NoSuchTemplate, {}),
        (Template(), RestoreTemplate(why=" "), NoSuchTemplate, {}),
        (after(DRAFTED), RestoreTemplate(why=" "), TemplateNotRetired, {}),
        (after(DRAFTED, RETIRED), RestoreTemplate(why=" "), TemplateNeedsText, {"field": "reason"}),
        (after(DRAFTED, RETIRED), replace(REVISE, name=" "), TemplateIsRetired, {}),
        (after(DRAFTED, RETIRED), PublishTemplate(edition=7), TemplateIsRetired, {}),
        (after(DRAFTED, RETIRED), RetireTemplate(why=" "), TemplateIsRetired, {}),
        (after(DRAFTED), RetireTemplate(why="\u3000"), TemplateNeedsText, {"field": "reason"}),
        (after(DRAFTED, PUBLISHED), PublishTemplate(edition=2), EditionNotNewest, {"newest": 1, "given": 2}),
        (after(DRAFTED, PUBLISHED, REVISED), PublishTemplate(edition=1), EditionNotNewest, {"newest": 2, "given": 1}),
        (after(DRAFTED, PUBLISHED), PublishTemplate(edition=1), EditionAlreadyPublished, {"edition": 1}),
        (Template(), replace(DRAFT, name="\u200b", clauses=()), TemplateNeedsText, {"field": "name"}),
        (Template(), replace(DRAFT, clauses=(), placeholders=TWICE), TemplateNeedsClauses, {}),
        (Template(), replace(DRAFT, clauses=(BLANK, BLANK), placeholders=TWICE), TemplateNeedsText, {"field": "clause"}),
        (Template(), replace(DRAFT, clauses=(MALFORMED, MALFORMED), placeholders=TWICE), ClauseGivenTwice, {"clause_id": "5"}),
        (Template(), replace(DRAFT, clauses=(MALFORMED,), placeholders=TWICE), PlaceholderDeclaredTwice, {"name": "buyer"}),
        (Template(), replace(DRAFT, clauses=(MALFORMED,)), PlaceholderMalformed, {"clause_id": "5"}),
        (
            Template(),
            replace(DRAFT, placeholders=(DAY, Placeholder(name="x"))),
            PlaceholderNotDeclared,
            {"clause_id": "5", "name": "buyer"},
        ),
        (Template(), replace(DRAFT, clauses=(LAW,)), PlaceholderNotUsed, {"name": "buyer"}),
        (after(DRAFTED, REVISED), REVISE, TemplateUnchanged, {}),
        (after(DRAFTED), replace(REVISE, clauses=()), TemplateNeedsClauses, {}),
    ],
)
def test_the_first_rule_that_says_no_is_named(
    template: Template, command: TemplateCommand, refusal: type[Refusal], details: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        ask(template, command)
    assert (type(refused.value), refused.value.details) == (refusal, details)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nothing", []),
        ("{one} } {", []),
        ("{{a}}{{b_2}} and {{甲方}}, again {{a}}", ["a", "b_2", "甲方", "a"]),
        ("{{}}", None),
        ("{{ a }}", None),
        ("{{2a}}", None),
        ("{{_a}}", None),
        ("{{a", None),
        ("a}}", None),
        ("{{a}} }}", None),
        ("{{a{{b}}", None),
        ("{{a\n}}", None),
    ],
)
def test_double_braces_hold_a_name_and_nothing_else(text: str, names: list[str] | None) -> None:
    assert placeholders_in(text) == names


def test_folding_leaves_earlier_states_alone() -> None:
    template = after(DRAFTED)
    evolve(template, [Entry(2, "template-1", 2, PUBLISHED, START, START, "2", Meta(actor=ALICE, credential="k", channel="api"))])
    assert template == after(DRAFTED)


def test_a_template_keeps_its_terms_and_an_edition_with_others_is_another() -> None:
    held = after(*[fact for fact in ask(Template(), WITH_TERMS) if isinstance(fact, Fact)])
    assert held.newest == replace(FIRST, terms=WITH_TERMS.terms)
    same = ReviseTemplate(name=DRAFT.name, kind=DRAFT.kind, clauses=DRAFT.clauses, placeholders=DRAFT.placeholders, terms=WITH_TERMS.terms)
    with pytest.raises(TemplateUnchanged):
        ask(held, same)
    assert ask(held, replace(same, terms=())) == [
        TemplateRevised(edition=2, name=DRAFT.name, kind=DRAFT.kind, clauses=DRAFT.clauses, placeholders=DRAFT.placeholders)
    ]


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ((WITH_TERMS.terms[0], replace(WITH_TERMS.terms[1], term_id="t1")), TermGivenTwice),
        ((StatedTerm(term_id="t1", term=replace(LATE_DELIVERY, rate=Ratio.of("200%"))),), ShareOutOfRange),
        ((WITH_TERMS.terms[0], replace(WITH_TERMS.terms[0], term_id="t9")), TermContradicts),
    ],
    ids=["an id twice", "a senseless term", "two answers to one question"],
)
def test_terms_of_a_template_make_sense_by_themselves_and_together(terms: tuple[StatedTerm, ...], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        ask(Template(), replace(DRAFT, terms=terms))


def drafted_from(edition: Edition, *own: StatedTerm) -> list[TermAgreed]:
    command: DraftFromTemplate = replace(FROM_TEMPLATE, terms=own, fillings=())
    around = Library(purchase=Template(version=2, newest=edition, published=edition))
    return [d.fact for d in given().when(command, around=around).granted().decided if isinstance(d.fact, TermAgreed)]


def test_a_contract_agrees_to_the_template_s_terms_but_where_its_own_take_their_place() -> None:
    edition = replace(SECOND, terms=WITH_TERMS.terms)
    damages, interest = (TermAgreed(term_id=one.term_id, term=one.term) for one in WITH_TERMS.terms)
    assert drafted_from(edition) == [damages, interest]
    milder = replace(LATE_DELIVERY, rate=Ratio.of("0.01%"))
    assert drafted_from(edition, StatedTerm(term_id="t1", term=milder)) == [interest, TermAgreed(term_id="t1", term=milder)]
    assert drafted_from(edition, StatedTerm(term_id="own", term=milder)) == [interest, TermAgreed(term_id="own", term=milder)]


def test_a_contract_s_clause_is_about_what_the_template_says() -> None:
    edition = replace(SECOND, clauses=(replace(LAW, topic=Topic.DISPUTES),))
    around = Library(purchase=Template(version=2, newest=edition, published=edition))
    done = given().when(replace(FROM_TEMPLATE, fillings=()), around=around).granted()
    assert done.contract.clauses["9"] == Clause(clause_id="9", heading=LAW.heading, text=LAW.text, topic=Topic.DISPUTES)
