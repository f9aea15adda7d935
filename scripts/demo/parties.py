"""The companies on the other side: what was checked of them, whom somebody flagged, and an account that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from domain.party import ChangeBankAccount, FlagParty, UnflagParty, VerifyParty
from domain.party.state import FlagSeverity, PartyCheck, PartyFlag
from scripts.demo.telling import CHEN, DAVID, LI, PARTIES, ZHAO, Step, Story, at, counterparty, registered

# Nobody contracts with it: a flag that blocks would stop whatever is told of it afterwards.
JIANFENG: Final = counterparty("jianfeng", "尖峰商贸有限公司", "supplier")


def account(day: str, by: str, bank: str, number: str, holder: str) -> Step:
    """Somebody recorded an account."""
    command = ChangeBankAccount(bank=bank, account_number=number, holder=holder, valid_from=date.fromisoformat(day))
    return Step(at(day), by, command)


def checked(day: str, by: str, checks: Sequence[PartyCheck], evidence: str, *, until: str | None = None, number: str | None = None) -> Step:
    """Somebody compared a party with a source outside."""
    last = None if until is None else date.fromisoformat(until)
    return Step(at(day, 6), by, VerifyParty(checks=tuple(checks), evidence=evidence, valid_until=last, account_number=number))


REGISTRATION: Final = (PartyCheck.REGISTRATION,)
MORE: Final[Mapping[str, Sequence[Step]]] = {
    "demo-huadong": [checked("2025-01-08", LI, (*REGISTRATION, PartyCheck.CREDIT), "国家企业信用信息公示系统查询截图 2025-01-08")],
    "demo-nordwind": [
        checked(
            "2025-01-09", DAVID, (*REGISTRATION, PartyCheck.SANCTIONS), "Handelsregister Hamburg; EU sanctions list", until="2026-12-31"
        )
    ],
    # The first account was verified; the changed one still waits for somebody else than who recorded it.
    "demo-xinghe": [
        checked("2025-01-08", LI, REGISTRATION, "国家企业信用信息公示系统查询截图 2025-01-08", until="2027-01-07"),
        account("2025-01-10", ZHAO, "中国工商银行上海徐汇支行", "1001 0000 DEMO 0004", "星河办公设备有限公司"),
        checked("2025-01-13", CHEN, (PartyCheck.BANK_ACCOUNT,), "电话回访,开户许可证复印件", number="1001 0000 DEMO 0004"),
        account("2026-11-16", ZHAO, "招商银行上海徐家汇支行", "1219 0000 DEMO 0014", "星河办公设备有限公司"),
    ],
    "demo-pacific": [
        Step(
            at("2026-10-12"),
            CHEN,
            FlagParty(flag=PartyFlag.OVERDUE, why="Two deliveries late by more than 30 days.", severity=FlagSeverity.WARNS),
        )
    ],
    "demo-qihang": [
        Step(
            at("2026-09-01"),
            LI,
            FlagParty(flag=PartyFlag.DISPUTED, why="返利结算有争议", severity=FlagSeverity.WARNS),
        ),
        Step(at("2026-10-15"), LI, UnflagParty(flag=PartyFlag.DISPUTED, why="双方已对账一致,争议解决")),
    ],
    "demo-jianfeng": [
        Step(
            at("2026-11-10"),
            LI,
            FlagParty(
                flag=PartyFlag.DISHONEST_DEBTOR, why="中国执行信息公开网列为失信被执行人,2026-11-09 查询", severity=FlagSeverity.BLOCKS
            ),
        )
    ],
}


def stories() -> tuple[Story, ...]:
    """All parties, each with what became known of it."""
    newest = registered(JIANFENG, ("CN-USCC", "91310000DEMO0011"), "CN", "上海市静安区演示路11号", "2026-11-09")
    return tuple(Story(one.identity, [*one.steps, *MORE.get(one.identity, ())]) for one in (*PARTIES, newest))
