"""Contracts written out: the files open again and say what the contract says, and the same state gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader

from domain.contract.amendment import AmendmentTookEffect
from domain.contract.content import ClauseAdded, LineItemAdded
from domain.contract.drafting import ContractDrafted
from domain.contract.operations import PutTerm
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import Clause, Direction, Kind, TextFormat, TextLanguage
from infra import codec, media_types
from infra.rendering import MEDIA_TYPES, render
from infra.rendering.agreed import rows_of
from infra.rendering.markdown import escaped
from infra.rendering.pdf import marked_up
from infra.rendering.wording import Heading, said
from tests.facts import DRAFTED, HISTORIES, LAPTOPS
from tests.spec import START, given, told

CHINESE = re.compile("[\u4e00-\u9fff]")
IN_FORCE = given(HISTORIES["in_force"]).contract
# What XML cannot hold, what no typeface of the PDF has, and what would act as markup.
HARD = "<b>&amp;</para> [x](y) `z` | \x00\x07\ufffe 😀 한 ñ \u2028 end"


def text_of(content: bytes, form: TextFormat) -> str:
    """The words of a file, without white space, which each format sets in its own way."""
    if form is TextFormat.MD:
        read = content.decode()
    elif form is TextFormat.PDF:
        read = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    else:
        read = "".join(t.text or "" for t in docx.Document(io.BytesIO(content)).element.iter(qn("w:t")))
    return "".join(read.split())


@pytest.mark.parametrize("language", TextLanguage)
@pytest.mark.parametrize("form", TextFormat)
def test_each_format_says_what_the_contract_says(form: TextFormat, language: TextLanguage) -> None:
    read = text_of(render(IN_FORCE, form, language).content, form)
    for words in (
        "办公设备采购合同/Purchaseofofficeequipment",
        "采-2026-001",
        "塔利科技（上海）有限公司",
        "华东办公设备有限公司",
        "CNY83,420.00",
        "人民币捌万叁仟肆佰贰拾元整",
        "逾期交付的，每日按未交付部分价款的万分之五支付违约金。",
        "人体工学椅",
        "CNY13,420.00",
        "CNY41,710.00",
        "Firstshipment",
        "陈晨",
    ):
        assert words in read, words
    assert "".join(said(Heading.SCHEDULE, language).split()) in read


def test_days_and_headings_are_in_the_language_asked_for() -> None:
    chinese, english = (render(IN_FORCE, TextFormat.MD, language).content.decode() for language in TextLanguage)
    assert "| 合同期限 | 2026年1月15日 至 2026年12月31日 |" in chinese
    assert "| Period | 2026-01-15 to 2026-12-31 |" in english
    assert "| 付款方 | 塔利科技（上海）有限公司 |" in chinese
    assert "Parties" not in chinese


def test_who_is_paid_is_named_as_receiving() -> None:
    sold = given(told(replace(DRAFTED, direction=Direction.RECEIVABLE))).contract
    assert "| Receiving party | 塔利科技（上海）有限公司 |" in render(sold, TextFormat.MD, TextLanguage.ENGLISH).content.decode()


@pytest.mark.parametrize("form", TextFormat)
def test_the_same_state_gives_the_same_bytes_and_another_state_others(form: TextFormat) -> None:
    first, again = (render(given(HISTORIES["in_force"]).contract, form, TextLanguage.CHINESE) for _ in range(2))
    assert first.content == again.content
    assert first.sha256 == again.sha256
    assert render(given(HISTORIES["amended"]).contract, form, TextLanguage.CHINESE).sha256 != first.sha256
    assert render(IN_FORCE, form, TextLanguage.ENGLISH).sha256 != first.sha256


def test_a_word_document_has_one_date_and_is_not_compressed() -> None:
    with zipfile.ZipFile(io.BytesIO(render(IN_FORCE, TextFormat.DOCX, TextLanguage.CHINESE).content)) as package:
        entries = package.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert "word/stylesWithEffects.xml" not in {entry.filename for entry in entries}


@pytest.mark.parametrize("form", TextFormat)
def test_the_bytes_are_of_the_type_that_they_are_called(form: TextFormat) -> None:
    content = io.BytesIO(render(IN_FORCE, form, TextLanguage.CHINESE).content)
    assert MEDIA_TYPES[form] in media_types.possible(content)
    assert media_types.suffix_of(MEDIA_TYPES[form]) == f".{form.value}"


def test_the_renderer_names_its_release_and_library() -> None:
    renderer = render(IN_FORCE, TextFormat.PDF, TextLanguage.CHINESE).renderer
    assert [part.split("/")[0] for part in renderer.split()] == ["tallystick", "reportlab"]


@pytest.mark.parametrize("form", TextFormat)
def test_whatever_people_wrote_is_shown_and_nothing_of_it_acts(form: TextFormat) -> None:
    clause = Clause(clause_id="<1>", heading=HARD, text=f"{HARD}\n# {HARD}")
    written = given(told(replace(DRAFTED, title=HARD), ClauseAdded(clause=clause))).contract
    read = text_of(render(written, form, TextLanguage.CHINESE).content, form)
    if form is TextFormat.MD:
        read = read.replace("\\", "")
    assert "<b>&amp;</para>[x](y)`z`|" in read
    assert "[U+1F600]" in read if form is TextFormat.PDF else "😀" in read
    assert "\x00" not in read
    assert read.count("end") >= 4


@pytest.mark.parametrize("form", TextFormat)
def test_texts_as_long_as_the_ledger_takes_are_written_whole(form: TextFormat) -> None:
    long = "很长的说明" * 4_000
    item = replace(LAPTOPS, description=long, quantity=Decimal(10**17), unit_price=Decimal(10**17))
    clause = Clause(clause_id="1", heading="长" * 3_000, text=long)
    written = given(told(replace(DRAFTED, number="N" * 500), ClauseAdded(clause=clause), LineItemAdded(item=item))).contract
    read = text_of(render(written, form, TextLanguage.CHINESE).content, form)
    # Each page of a PDF repeats its foot between two lines.
    assert read.count("很长的说明") > 7_500
    assert "[1]" in read.replace("\\", "")


def test_what_adds_up_to_more_than_the_ledger_keeps_has_no_total() -> None:
    item = replace(LAPTOPS, quantity=Decimal(10**17), unit_price=Decimal(10**17))
    written = render(given(told(DRAFTED, LineItemAdded(item=item))).contract, TextFormat.MD, TextLanguage.ENGLISH).content.decode()
    assert "100,000,000,000,000,000" in written
    assert "Total before tax" not in written


@pytest.mark.parametrize("form", TextFormat)
@pytest.mark.parametrize("history", sorted(HISTORIES))
def test_every_history_can_be_written_out(form: TextFormat, history: str) -> None:
    contract = given(HISTORIES[history]).contract
    assert "".join(contract.number.split()) in text_of(render(contract, form, TextLanguage.ENGLISH).content, form)


@pytest.mark.parametrize("form", TextFormat)
def test_a_contract_that_says_next_to_nothing_is_written_too(form: TextFormat) -> None:
    bare = ContractDrafted(number="N", title="T", kind=Kind.OTHER, direction=Direction.PAYABLE, our_entity="")
    assert render(given(told(bare)).contract, form, TextLanguage.CHINESE).content
    assert render(Contract(version=1), form, TextLanguage.CHINESE).content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("12. no list", "12\\. no list"),
        ("671.00", "671.00"),
        ("a|b *c* <d>", "a\\|b \\*c\\* \\<d\\>"),
        ("    no code", "no code"),
        ("=== no heading", "\\=== no heading"),
    ],
)
def test_markup_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_each_letter_is_set_in_a_typeface_that_has_it() -> None:
    assert marked_up("采a“ñ<") == '采<font name="Times-Roman">a</font>“<font name="Times-Roman">ñ&lt;</font>'
    assert marked_up("𠮷") == "[U+20BB7]"


def every_term() -> list[PutTerm]:
    """One of each type, with something in every field."""
    stored = (Path(__file__).parent.parent / "golden" / "contract.amendment_took_effect@3.json").read_text(encoding="utf-8")
    took_effect = codec.decode("contract.amendment_took_effect@3", stored)
    assert isinstance(took_effect, AmendmentTookEffect)
    return [one for one in took_effect.operations if isinstance(one, PutTerm)]


def test_a_term_is_written_out_field_by_field_in_both_languages() -> None:
    contract = given(HISTORIES["with_terms"]).contract
    chinese = text_of(render(contract, TextFormat.MD, TextLanguage.CHINESE).content, TextFormat.MD)
    for words in ("约定的履约条款", "t1逾期交付违约金", "|费率|0.05%|", "|上限|5%|", "|可解除的逾期天数|30|", "|计算基数|逾期部分|"):
        assert words in chinese
    english = text_of(render(contract, TextFormat.MD, TextLanguage.ENGLISH).content, TextFormat.MD)
    for words in ("Agreedterms", "t1Latedeliverydamages", "|Rate|0.05%|", "|Daysinaperiod|1|", "|Gracedays|5|"):
        assert words in english


@pytest.mark.parametrize("operation", every_term(), ids=lambda one: type(one.term).__name__)
def test_every_field_of_every_sort_of_term_has_a_row_without_a_word_of_the_program_s_in_chinese(operation: PutTerm) -> None:
    held = {f.name: getattr(operation.term, f.name) for f in fields(operation.term) if f.name != "term"}  # type: ignore[arg-type]
    rows = list(rows_of(operation.term, TextLanguage.CHINESE))
    assert len(rows) == sum(value not in (None, (), "") for value in held.values())
    for name, value in rows:
        assert CHINESE.search(name)
        # What is left in small Latin letters on both sides of an underscore would be a name of the program's.
        assert not re.search(r"[a-z]+_[a-z]+", value)


@pytest.mark.parametrize("language", TextLanguage)
@pytest.mark.parametrize("form", [TextFormat.DOCX, TextFormat.MD])
def test_a_file_says_every_row_of_every_term(form: TextFormat, language: TextLanguage) -> None:
    terms = {str(n): AgreedTerm(term_id=str(n), term=one.term, version=1, since=START) for n, one in enumerate(every_term())}
    contract = Contract(version=1, number="1", title="x", terms=terms)
    read = text_of(render(contract, form, language).content, form).replace("\\", "")
    for agreed in terms.values():
        for row in rows_of(agreed.term, language):
            assert all("".join(part.split()) in read for part in row)


def test_terms_are_in_the_pdf_too() -> None:
    read = text_of(render(given(HISTORIES["with_terms"]).contract, TextFormat.PDF, TextLanguage.CHINESE).content, TextFormat.PDF)
    assert "逾期交付违约金" in read
    assert "可解除的逾期天数" in read
