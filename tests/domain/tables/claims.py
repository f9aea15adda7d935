"""Why serving notices, and opening, pursuing and resolving disputes, is refused."""

from __future__ import annotations

from datetime import date
from typing import Final

from domain.contract.agreement import TermAgreed
from domain.contract.disputes import (
    AlreadyEntered,
    DebtorNotNamed,
    DisputeOpened,
    DisputeOver,
    DisputeStepEntered,
    EnterDisputeStep,
    ForumNotAgreed,
    OpenDispute,
    ResolveDispute,
    StepNeverEntered,
)
from domain.contract.notices import NoticeToOneself, ReceiptNotKnown, ReceivedBeforeSent, ServeNotice
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    ElementExists,
    NeedsText,
    UnknownElement,
)
from domain.contract.vocabulary import Resolution
from domain.moments import HappensInTheFuture
from domain.terms.calendar import CalendarNotKnown
from domain.terms.dispute import DisputePath, NoRoute, Route, Step, StepKind, StepOutOfTurn, StepTooEarly
from domain.terms.notice import Channel, ChannelNotAgreed, ChannelRule, NoticeRules
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import AGREED_AT_LAST, AT_MEDIATION, CURE, QUARREL, cny, disputed, in_force, mediating
from tests.spec import History, told

BY_MAIL: Final = NoticeRules(channels=(ChannelRule(channel=Channel.MAIL, days=3),))
ROUTE: Final = (
    Step(kind=StepKind.NEGOTIATION, days=30),
    Step(kind=StepKind.ARBITRATION, forum="上海国际经济贸易仲裁委员会"),
)
PATH: Final = DisputePath(routes=(Route(steps=ROUTE, breaches=("late_delivery",)),), law="中华人民共和国法律")
SERVE = ServeNotice(
    notice_id="n1",
    by="us",
    to="c1",
    channel=Channel.COURIER,
    about="请于三十日内改正 / Cure within 30 days",
    received_on=date(2026, 1, 5),
    note="回执存档 / Receipt on file",
)
RESOLVE = ResolveDispute(dispute_id="q1", how=Resolution.MEDIATED, outcome="各让一步 / Each gave way", amount=cny("20000.00"), owed_by="us")
NO_CALENDAR = Fault(refusal=CalendarNotKnown, change={"calendar": "CN"}, details={"code": "CN", "always": ""})
UNKNOWN = Fault(refusal=UnknownElement, change={"dispute_id": "q9"}, details={"element": "dispute", "element_id": "q9"})
OVER_ALREADY = Fault(refusal=DisputeOver, also=told(AGREED_AT_LAST), details={"dispute_id": "q1"})
ARBITRATED = told(DisputeStepEntered(dispute_id="q1", step=StepKind.ARBITRATION, entered_on=date(2026, 1, 5), calendar="7×24", forum="x"))

ROUTED = DisputeOpened(dispute_id="q2", about="late_delivery", by="us", opened_on=date(2025, 11, 1), route=ROUTE, law=PATH.law)


def negotiated(on: date) -> History:
    """Talks began."""
    return told(DisputeStepEntered(dispute_id="q2", step=StepKind.NEGOTIATION, entered_on=on, calendar="7×24"))


TABLES = (
    Table(
        command=SERVE,
        given=in_force,
        faults=(
            LONG_AGO,
            NOT_BINDING,
            Fault(refusal=ElementExists, also=told(CURE), details={"element": "notice", "element_id": "n1"}),
            Fault(refusal=UnknownElement, change={"by": "c9"}, details={"element": "party", "element_id": "c9"}, name="by"),
            Fault(refusal=UnknownElement, change={"to": "c9"}, details={"element": "party", "element_id": "c9"}, name="to"),
            Fault(refusal=NoticeToOneself, change={"by": "us", "to": "us"}, details={"by": "us"}),
            Fault(refusal=NeedsText, change={"about": " "}, details={"field": "subject"}),
            Fault(
                refusal=UnknownElement, change={"document_id": "d9"}, details={"element": "document", "element_id": "d9"}, name="document"
            ),
            NO_CALENDAR,
            Fault(
                refusal=ChannelNotAgreed,
                also=told(TermAgreed(term_id="t5", term=BY_MAIL)),
                change={"received_on": date(2026, 1, 5)},
                details={"channel": "courier", "agreed": "mail"},
            ),
            Fault(refusal=ReceiptNotKnown, change={"received_on": None}, details={}),
            Fault(
                refusal=ReceivedBeforeSent,
                change={"received_on": date(2026, 1, 4)},
                details={"sent_on": date(2026, 1, 5), "received_on": date(2026, 1, 4)},
            ),
            Fault(refusal=HappensInTheFuture, change={"received_on": date(2026, 1, 7)}, details={"effective_at": "2026-01-07"}),
        ),
    ),
    Table(
        command=OpenDispute(dispute_id="q1", about="验收标准 / How it is accepted", by="c1", claim=cny("41710.00")),
        given=in_force,
        faults=(
            NOT_BINDING,
            Fault(refusal=ElementExists, also=told(QUARREL), details={"element": "dispute", "element_id": "q1"}),
            Fault(refusal=NeedsText, change={"about": " "}, details={"field": "subject"}),
            Fault(refusal=UnknownElement, change={"by": "c9"}, details={"element": "party", "element_id": "c9"}),
            Fault(refusal=AmountNotPositive, change={"claim.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"claim.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            NO_CALENDAR,
            Fault(
                refusal=NoRoute,
                also=told(TermAgreed(term_id="t6", term=PATH)),
                details={"breach": "验收标准 / How it is accepted"},
            ),
        ),
    ),
    Table(
        command=EnterDisputeStep(dispute_id="q1", step=StepKind.ARBITRATION, forum="上海国际经济贸易仲裁委员会"),
        given=disputed,
        faults=(
            NOT_BINDING,
            UNKNOWN,
            OVER_ALREADY,
            NO_CALENDAR,
            Fault(refusal=AlreadyEntered, also=ARBITRATED, details={"kind": "arbitration"}),
            Fault(
                refusal=AlreadyEntered,
                also=told(AT_MEDIATION),
                change={"step": StepKind.MEDIATION},
                details={"kind": "mediation"},
                name="step",
            ),
            Fault(refusal=NeedsText, change={"step": StepKind.LITIGATION, "forum": " "}, details={"field": "forum"}),
        ),
        name="freely",
    ),
    Table(
        command=EnterDisputeStep(dispute_id="q2", step=StepKind.NEGOTIATION),
        given=in_force + told(ROUTED),
        faults=(
            NO_CALENDAR,
            Fault(
                refusal=StepOutOfTurn, change={"step": StepKind.ARBITRATION}, details={"following": "negotiation", "given": "arbitration"}
            ),
            Fault(
                refusal=StepTooEarly,
                also=negotiated(date(2026, 1, 5)),
                change={"step": StepKind.ARBITRATION, "forum": "x"},
                details={"given": "arbitration", "from_day": date(2026, 2, 4), "on": date(2026, 1, 6)},
            ),
        ),
        name="on its route",
    ),
    Table(
        command=EnterDisputeStep(dispute_id="q2", step=StepKind.ARBITRATION),
        given=in_force + told(ROUTED) + negotiated(date(2025, 12, 1)),
        faults=(Fault(refusal=ForumNotAgreed, change={"forum": "x"}, details={"agreed": "上海国际经济贸易仲裁委员会", "forum": "x"}),),
        name="before the agreed forum",
    ),
    Table(
        command=RESOLVE,
        given=mediating,
        faults=(
            NOT_BINDING,
            UNKNOWN,
            OVER_ALREADY,
            Fault(refusal=NeedsText, change={"outcome": " "}, details={"field": "outcome"}),
            Fault(refusal=StepNeverEntered, change={"how": Resolution.AWARDED}, details={"kind": "arbitration"}),
            Fault(refusal=AmountNotPositive, change={"amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"amount.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(refusal=DebtorNotNamed, change={"owed_by": None}, details={"amount": cny("20000.00")}),
            Fault(refusal=UnknownElement, change={"owed_by": "c9"}, details={"element": "party", "element_id": "c9"}, name="debtor"),
        ),
    ),
)
