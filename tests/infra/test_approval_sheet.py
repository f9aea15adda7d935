"""The approval sheet says what was decided, by whom and for whom, in both languages, and the same entries give the same bytes."""

from __future__ import annotations

import pytest

from domain.contract.approval import ApprovalCompleted, ApprovalWithdrawn, SentBack, StepApproved, StepDelegated
from domain.contract.drafting import ValueChanged
from domain.contract.rounds import rounds, up_to
from domain.contract.route import DelegationRef
from domain.contract.vocabulary import TextFormat, TextLanguage
from infra.rendering import Rendering, render_approval
from tests.domain.policies import FINANCE, SUBMITTED, person, routed
from tests.facts import cny
from tests.infra.test_rendering import text_of
from tests.spec import BOB, CAROL, DAVE, Given, History, recorded, told

LEFT = told(StepDelegated(step=1, seat=person(BOB), to=DAVE, why="出差"), by=BOB)
BACK = told(SentBack(step=1, opinion="请补充报价单", seat=person(CAROL)), by=CAROL)
AGREED = (
    told(StepApproved(step=1, seat=person(BOB), opinion="同意 | *ok*", on_behalf_of=BOB), by=DAVE)
    + told(StepApproved(step=1, seat=person(CAROL), opinion="同意"), by=CAROL)
    + told(StepApproved(step=2, seat=FINANCE), ApprovalCompleted(), by="erin")
)
TWICE = routed + BACK + told(SUBMITTED) + LEFT + AGREED


def sheet(history: History, form: TextFormat, language: TextLanguage, number: int | None = None) -> Rendering:
    entries = recorded(history)
    found = up_to(rounds(entries), number)
    return render_approval(Given(entries[: found[-1].version]).contract, found, form, language)


@pytest.mark.parametrize("language", TextLanguage)
@pytest.mark.parametrize("form", TextFormat)
def test_each_format_tells_of_every_decision(form: TextFormat, language: TextLanguage) -> None:
    read = text_of(sheet(TWICE, form, language).content, form)
    for words in (
        "采-2026-001",
        "华东办公设备有限公司",
        "CNY83,420.00",
        "人民币捌万叁仟肆佰贰拾元整",
        "请补充报价单",
        "large",
        "erin",
        "出差",
    ):
        assert words in read, words
    assert ("daveonbehalfofbob" in read.replace("(", "")) == (language is TextLanguage.ENGLISH)
    assert ("dave（代bob）" in read) == (language is TextLanguage.CHINESE)


@pytest.mark.parametrize("form", TextFormat)
def test_the_same_entries_give_the_same_bytes_and_a_further_decision_others(form: TextFormat) -> None:
    first, again = (sheet(TWICE, form, TextLanguage.CHINESE) for _ in range(2))
    assert first == again
    assert sheet(TWICE, form, TextLanguage.CHINESE, 1).sha256 != first.sha256


def test_a_round_shows_the_contract_as_it_was_submitted_then() -> None:
    history = routed + BACK + told(ValueChanged(value=cny("91000.00")), SUBMITTED)
    old, new = (sheet(history, TextFormat.MD, TextLanguage.ENGLISH, n).content.decode() for n in (1, 2))
    assert "CNY 83,420.00" in old
    assert "| In figures | CNY 91,000.00 |" in new
    assert "Earlier rounds" not in old
    assert "Earlier rounds" in new


def test_a_decision_under_a_standing_delegation_names_it() -> None:
    under = DelegationRef(delegation_id="d-7", version=1)
    history = routed + told(StepApproved(step=1, seat=person(BOB), on_behalf_of=BOB, delegation=under), by=DAVE)
    chinese, english = (sheet(history, TextFormat.MD, language).content.decode() for language in TextLanguage)
    assert "dave（代bob，委托编号d-7）" in chinese
    assert "dave (on behalf of bob, by delegation d-7)" in english


def test_what_is_not_decided_yet_is_left_to_be_filled_in() -> None:
    waiting = sheet(routed + LEFT, TextFormat.MD, TextLanguage.CHINESE).content.decode()
    # Bob and Carol, then finance or Alice; four cells each.
    assert waiting.count("\\_" * 10) == 4 * 4
    assert "财务（角色）" in waiting
    over = sheet(routed + told(ApprovalWithdrawn(why="附件有误")), TextFormat.MD, TextLanguage.CHINESE).content.decode()
    assert "\\_" * 10 not in over
    assert "| 撤回理由 | 附件有误 |" in over
