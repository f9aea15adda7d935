"""What texts are found by, and how a question is read: Chinese, English, both at once, and whatever else people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.paging import BadQuery
from projections.search.passages import Passage
from projections.search.question import MAX_LENGTH, question
from projections.search.snippets import LENGTH, snippets
from projections.search.tokens import LONGEST, MAX_BYTES, MAX_PLACE, MAX_PLACES, spanned, tokens, vector

# Of every script that is cut its own way, with what tends to go wrong: widths, accents, marks, ligatures, planes.
SCRIPTS = st.text(st.sampled_from("设备采购合同が゙ｶﾞ한각A１aé\u0301ßİﬁ㎡①𠮷𠀀々-_ 。，\n\t\x00'\\:&|!*"), max_size=40)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("合同", ["合同", "同"]),
        ("设备采购", ["设备", "备采", "采购", "购"]),
        ("设备，采购", ["设备", "备", "采购", "购"]),
        ("华为Mate60手机", ["华为", "为", "mate", "60", "手机", "机"]),
        ("采-2026-001", ["采", "2026", "001"]),
        ("ＡＢＣ１２３", ["abc", "123"]),
        ("Müller & Söhne ÉCOLE", ["muller", "sohne", "ecole"]),
        ("e\u0301cole Straße", ["ecole", "strasse"]),
        ("電腦與电脑", ["電腦", "腦與", "與电", "电脑", "脑"]),
        ("𠮷野家", ["𠮷野", "野家", "家"]),
        ("ｶﾞｽ ガス", ["ガス", "ス", "ガス", "ス"]),
        ("한국어", ["한국", "국어", "어"]),
        ("snake_case", ["snake", "case"]),
        ("x" * 500, ["x" * LONGEST]),
        ("——！？ ·", []),
        ("", []),
    ],
)
def test_a_text_is_found_by_its_pairs_and_words(text: str, found: list[str]) -> None:
    assert tokens(text) == found
    assert [token.text for token in spanned(text)] == found


def test_each_token_knows_where_it_was_found() -> None:
    text = "签ｶﾞｽ，\ufb01x"
    assert [text[token.start : token.end] for token in spanned(text)] == ["签ｶﾞ", "ｶﾞｽ", "ｽ", "\ufb01x"]


@given(SCRIPTS)
def test_the_places_of_tokens_follow_each_other_in_the_text(text: str) -> None:
    found = spanned(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert [token.start for token in found] == sorted(token.start for token in found)
    assert [token.text for token in found] == tokens(text)


@pytest.mark.parametrize(
    ("q", "strict"),
    [
        ("合同", "('合同')"),
        ("采", "('采':*)"),
        ("设备采购", "('设备' <1> '备采' <1> '采购')"),
        ("2026-001", "('2026' <1> '001':*)"),
        ("office equip", "('office') & ('equip':*)"),
        ("华为Mate60手机", "('华为' <2> 'mate' <1> '60' <1> '手机')"),
        ('"office equip"', "('office' <1> 'equip')"),
        ("“办公 设备” －椅子", "('办公' <2> '设备') & !('椅子')"),
        ('laptops -"office chair"', "('laptops') & !('office' <1> 'chair')"),
        ("合同 合同 - 。", "('合同')"),
        ("a'b\\c:*&!|", "('a' <1> 'b' <1> 'c')"),
    ],
)
def test_a_question_is_cut_as_texts_are(q: str, strict: str) -> None:
    assert question(q).strict == strict


@pytest.mark.parametrize("q", ["", "  ", "。！", "-椅子", '""', "字" * (MAX_LENGTH + 1), "字" * 10_000, "a\x00", "a\ud800"])
def test_a_question_without_a_word_or_of_endless_length_is_refused(q: str) -> None:
    with pytest.raises(BadQuery):
        question(q)


def test_a_vector_is_written_as_postgresql_writes_it_and_no_phrase_reaches_from_one_text_into_the_next() -> None:
    made = vector([("A", "采购 a"), ("D", "采购")])
    assert made.text == "'a':3A '购':2A,6 '采购':1A,5"
    assert not made.overflows


def test_places_that_cannot_be_kept_are_said_to_be_missing() -> None:
    often = vector([("C", "x " * (MAX_PLACES + 1))])
    assert (often.overflows, often.text.count(",")) == (True, MAX_PLACES - 1)
    late = vector([("C", "，".join(chr(0x4E00 + n) for n in range(MAX_PLACE + 1)))])
    assert late.overflows
    assert late.text.endswith(f"'{chr(0x4E00 + MAX_PLACE)}'")
    words = vector([("C", " ".join(f"{chr(97 + n % 26) * 60}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(17_000)))])
    assert (words.overflows, ":" in words.text) == (True, False)
    assert len(words.text) < MAX_BYTES + 3 * 17_000


def test_snippets_say_where_the_words_stand_and_mark_them() -> None:
    passages = [
        Passage("title", "", "办公设备采购合同"),
        Passage("counterparty", "c1", "华东办公设备有限公司"),
        Passage("clause", "4", "付款\n" + "买" * 300 + "办公设备验收之后付款，逾期采购无效。"),
        Passage("note", "7", "与采购无关"),
        Passage("note", "9", "設備"),
    ]
    first, second, third = snippets(passages, question("办公设备 采购"))
    assert [(one.where, one.key) for one in (first, second, third)] == [("title", ""), ("clause", "4"), ("counterparty", "c1")]
    assert [first.text[mark.start : mark.end] for mark in first.marks] == ["办公设备", "采购"]
    assert [third.text[mark.start : mark.end] for mark in third.marks] == ["办公设备"]
    assert (passages[2].text[second.offset :][: len(second.text)], len(second.text)) == (second.text, LENGTH)
    assert [second.text[mark.start : mark.end] for mark in second.marks] == ["办公设备", "采购"]
    (single,) = snippets(passages[:1], question("公"))
    assert [single.text[mark.start : mark.end] for mark in single.marks] == ["公"]
    assert snippets(passages, question("不在")) == ()


def test_where_a_phrase_is_not_found_its_parts_are_shown() -> None:
    (shown,) = snippets([Passage("title", "", "采购设备")], question("设备采购"))
    assert [shown.text[mark.start : mark.end] for mark in shown.marks] == ["采购", "设备"]
