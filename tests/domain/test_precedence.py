"""When several rules would refuse a command, the first one in the documented order does."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import pytest

from domain.contract import ContractCommand
from domain.contract.drafting import DraftContract
from domain.contract.publication import RecordPublication
from domain.contract.rules import NoSuchContract
from domain.contract.templated import DraftFromTemplate
from domain.refusals import Refusal
from tests.domain.precedence import FUTURE, Fault, Table
from tests.domain.tables import (
    acceptance,
    accrual,
    agreement,
    amendment,
    approval,
    breach,
    catalogued,
    claims,
    closing,
    continuation,
    correction,
    credit,
    custom,
    delivery,
    deviation,
    drafting,
    earnings,
    invoicing,
    particulars,
    payment,
    pricing,
    relief,
    risk,
    services,
    settlement,
    signing,
    templated,
)
from tests.spec import START, STEP, given

TABLES: tuple[Table, ...] = (
    *drafting.TABLES,
    *templated.TABLES,
    *particulars.TABLES,
    *deviation.TABLES,
    *agreement.TABLES,
    *approval.TABLES,
    *signing.TABLES,
    *amendment.TABLES,
    *delivery.TABLES,
    *acceptance.TABLES,
    *services.TABLES,
    *credit.TABLES,
    *claims.TABLES,
    *earnings.TABLES,
    *pricing.TABLES,
    *custom.TABLES,
    *catalogued.TABLES,
    *risk.TABLES,
    *accrual.TABLES,
    *relief.TABLES,
    *breach.TABLES,
    *payment.TABLES,
    *invoicing.TABLES,
    *settlement.TABLES,
    *continuation.TABLES,
    *closing.TABLES,
    *correction.TABLES,
)


def alone() -> Iterator[tuple[Table, Fault]]:
    for table in TABLES:
        for fault in (FUTURE, *table.faults):
            yield table, fault


def together() -> Iterator[tuple[Table, Fault, Fault]]:
    for table in TABLES:
        for first, second in table.pairs():
            yield table, first, second


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_sound_command_is_granted_and_says_something(table: Table) -> None:
    done = table.decide()
    assert done.refusal is None
    assert done.decided


@pytest.mark.parametrize(("table", "fault"), tuple(alone()), ids=str)
def test_each_fault_alone_is_refused_by_its_own_rule(table: Table, fault: Fault) -> None:
    table.decide(fault).then_refused(fault.refusal, **(fault.details or {}))


@pytest.mark.parametrize(("table", "first", "second"), tuple(together()), ids=str)
def test_of_two_faults_the_one_whose_rule_comes_first_is_named(table: Table, first: Fault, second: Fault) -> None:
    table.decide(first, second).then_refused(first.refusal)


@pytest.mark.parametrize("table", [t for t in TABLES if not isinstance(t.command, DraftContract | DraftFromTemplate)], ids=str)
def test_where_nothing_was_drafted_there_is_no_such_contract_whatever_else_is_wrong(table: Table) -> None:
    given().when(table.command, by=table.by, effective_at=START + STEP).then_refused(NoSuchContract)


def test_every_command_has_a_table() -> None:
    assert {type(t.command) for t in TABLES} | {RecordPublication} == set(typing.get_args(ContractCommand))


def refusals(base: type[Refusal]) -> Iterator[type[Refusal]]:
    for cls in base.__subclasses__():
        yield cls
        yield from refusals(cls)


def test_every_refusal_of_a_contract_is_in_a_table() -> None:
    in_tables = {f.refusal for t in TABLES for f in (FUTURE, *t.faults)} | {NoSuchContract}
    of_contracts = {r for r in refusals(Refusal) if r.__module__.startswith("domain.contract")}
    # Quotes are refused in test_quoting: no command asks for one.
    of_contracts -= {r for r in of_contracts if r.__module__ == "domain.contract.quoting"}
    # Nor does one ask for a round of approval: test_rounds.
    of_contracts -= {r for r in of_contracts if r.__module__ == "domain.contract.rounds"}
    # Nor for an explanation: tests/api and tests/domain ask for figures that there are not.
    of_contracts -= {r for r in of_contracts if r.__module__ == "domain.contract.explain"}
    # A release that says nothing new is told in test_publication, an assessment without rules in test_risk.
    assert {r.__name__ for r in of_contracts - in_tables} == {"NothingNew", "NoRiskRules"}
