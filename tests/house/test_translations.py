"""Everything that a person may read has a Chinese wording, and no wording loses or invents a placeholder."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum, StrEnum
from string import Formatter
from typing import TypeVar, get_args, get_type_hints

import pytest

import domain
from api.problems import DEFECT, TABLE
from domain.alert.vocabulary import AlertKind
from domain.contract.amendment import AmendmentNotAt
from domain.contract.completeness import ContractIncomplete
from domain.contract.operations import Operation
from domain.contract.rules import ElementExists, WrongStage
from domain.contract.state import Contract
from domain.facts import FACTS
from domain.money import Money
from domain.refusals import Refusal
from domain.terms.exact import Ratio
from domain.terms.rules import Term
from infra import alert_text
from infra.rendering.wording import Heading
from infra.translations import ENGLISH, catalogue, label, sentence, spoken, translate
from tests.domain.test_precedence import TABLES
from tests.facts import HISTORIES
from tests.spec import given

ZH = "zh-CN"
CHINESE = re.compile("[\u4e00-\u9fff]")
T = TypeVar("T")

for module in pkgutil.walk_packages(domain.__path__, "domain."):
    importlib.import_module(module.name)


def below(base: type[T]) -> Iterator[type[T]]:
    for cls in base.__subclasses__():
        yield cls
        yield from below(cls)


def context_of(kind: type[Enum]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def named_in(cls: type) -> Iterator[str]:
    """The names of a term's fields, and of those of its parts; what sort of term it is has a label of its own."""
    hints = get_type_hints(cls)
    for field in fields(cls):
        yield from () if field.name == "term" else (field.name,)
        kinds = [hints[field.name], *(part for hint in get_args(hints[field.name]) for part in (hint, *get_args(hint)))]
        for part in kinds:
            if isinstance(part, type) and is_dataclass(part) and part not in (Money, Ratio):
                yield from named_in(part)


REFUSALS: list[type[Refusal]] = sorted({r for r in below(Refusal) if r.__module__.startswith("domain.")}, key=lambda r: r.__name__)
CHOICES = {(context_of(kind), str(choice.value)) for kind in below(StrEnum) if kind.__module__.startswith("domain.") for choice in kind}
SENTENCES = {Refusal.template} | {r.template for r in REFUSALS} | {row.title for row in (*TABLE.values(), DEFECT)}
NAMES = (
    {("fact", name) for name in FACTS}
    | CHOICES
    | {(alert_text.CONTEXT, text) for text in alert_text.SENTENCES.values()}
    | {("operation", op) for op in Operation.KINDS}
    | {("term", name) for name in Term.KINDS}
    | {("term_field", name) for cls in Term.KINDS.values() for name in named_in(cls)}
    | {("field", f.name) for f in fields(Contract)}
    | {("field", "paid"), ("field", "balance")}
    | {("heading", heading.value) for heading in Heading}
    | {("amendment_status", a.status) for h in HISTORIES.values() for a in given(h).contract.amendments.values()}
)
# Where a detail of a refusal is a word of the program's, it is labelled too.
WORDS = {"element", "field", "judged", "missing", "total"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", sorted(NAMES), ids="/".join)
def test_every_name_has_a_chinese_label(name: tuple[str, str]) -> None:
    assert name in catalogue(ZH), "add it to infra/locale/zh_CN/LC_MESSAGES/tallystick.po"


@pytest.mark.parametrize("text", sorted(SENTENCES))
def test_every_refusal_and_problem_has_a_chinese_sentence_with_the_same_placeholders(text: str) -> None:
    assert (None, text) in catalogue(ZH), "add it to infra/locale/zh_CN/LC_MESSAGES/tallystick.po"
    translated = translate(text, ZH)
    assert placeholders(translated) == placeholders(text)
    assert CHINESE.search(translated) or text.isupper()


def test_a_placeholder_reaches_into_nothing() -> None:
    for (_, text), translated in catalogue(ZH).items():
        for name in placeholders(text) | placeholders(translated):
            assert name.isidentifier(), text


def test_the_catalogue_says_nothing_about_what_is_gone() -> None:
    known = NAMES | {(None, text) for text in SENTENCES}
    own = {"word", "channel"}
    left_over = {key for key in catalogue(ZH) if key not in known and key[0] not in own}
    assert left_over == set()


def test_every_refusal_of_a_contract_is_said_in_chinese_down_to_its_words() -> None:
    for table in TABLES:
        for fault in table.faults:
            refusal = table.decide(fault).refusal
            assert refusal is not None
            said = sentence(refusal, ZH)
            assert said != str(refusal)
            for name in WORDS & set(refusal.details):
                for word in str(refusal.details[name]).split(", "):
                    assert ("word", word) in catalogue(ZH), word
                    assert catalogue(ZH)["word", word] in said


def test_states_inside_a_sentence_are_said_in_chinese() -> None:
    wrong = WrongStage(status="draft", allowed="in_force or completed or terminated")
    assert sentence(wrong, ZH) == "合同处于草稿状态；只有在履行中、已完结或已终止时才能进行此操作。"
    not_at = AmendmentNotAt(amendment_id="a1", status="approved", allowed="proposed or approved")
    assert sentence(not_at, ZH) == "变更“a1”的状态为待签署；只有在待审批或待签署时才能进行此操作。"
    assert sentence(ContractIncomplete(missing="counterparty, value"), ZH) == "草稿不完整，缺少：相对方、金额。"


def test_what_people_wrote_is_never_translated_nor_read_as_a_placeholder() -> None:
    assert sentence(ElementExists(element="payment", element_id="{value} or payment"), ZH) == "合同中已有收付款“{value} or payment”。"


def test_in_english_everything_reads_as_the_code_says_it() -> None:
    assert sentence(WrongStage(status="draft", allowed="approved"), ENGLISH) == str(WrongStage(status="draft", allowed="approved"))
    assert label("fact", "contract.amendment_took_effect", ENGLISH) == "Amendment took effect"
    assert translate("Not signed in", ENGLISH) == "Not signed in"


def test_what_the_catalogue_lacks_stays_readable() -> None:
    assert label("fact", "contract.dreamt_of", ZH) == "Dreamt of"
    assert translate("No such sentence.", ZH) == "No such sentence."


def test_labels_are_those_of_the_trade() -> None:
    assert label("fact", "contract.drafted", ZH) == "合同起草"
    assert label("fact", "contract.fact_corrected", ZH) == "更正"
    assert label("status", "in_force", ZH) == "履行中"
    assert label("direction", "receivable", ZH) == "收款"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh-CN", ZH), ("zh", ZH), ("ZH_hans_cn", ZH), (" zh-TW ", ZH), ("en-GB", ENGLISH), ("de", ENGLISH), ("", ENGLISH), (None, ENGLISH)],
)
def test_whoever_asks_for_chinese_is_answered_in_chinese_and_others_in_english(tag: str | None, language: str) -> None:
    assert spoken(tag) == language


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_of_alert_has_a_sentence_whose_figures_are_kept_in_chinese(kind: AlertKind) -> None:
    text = alert_text.SENTENCES[kind]
    assert placeholders(catalogue(ZH)[alert_text.CONTEXT, text]) == placeholders(text)
