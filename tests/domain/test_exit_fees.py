"""What leaving costs, and the term that says so."""

from __future__ import annotations

from dataclasses import replace

from domain.contract.agreement import TermAgreed
from domain.contract.closing import ContractTerminated, TerminateContract
from tests.domain.tables.closing import FOR_CONVENIENCE
from tests.facts import cny, in_force
from tests.spec import given, told

AGREED = in_force + told(TermAgreed(term_id="exit", term=FOR_CONVENIENCE))
GROUND = "便利 / Convenience"


def test_a_termination_on_an_agreed_ground_names_the_term_and_its_version() -> None:
    version = given(AGREED).contract.terms["exit"].version
    cited = ContractTerminated(ground=GROUND, term_id="exit", term_version=version)
    leave = TerminateContract(ground=GROUND, exit_fee=cny("8342.00"))
    given(AGREED).when(leave).then(replace(cited, exit_fee=cny("8342.00")))
    less = TerminateContract(ground=GROUND, exit_fee=cny("5000.00"), fee_reason="议定 / Agreed")
    given(AGREED).when(less).then(replace(cited, exit_fee=cny("5000.00"), fee_reason="议定 / Agreed"))
    given(AGREED).when(TerminateContract(ground=GROUND)).then(cited)


def test_on_another_ground_no_term_is_named_and_any_fee_may_be_stated() -> None:
    elsewhere = TerminateContract(ground="破产 / Insolvency", exit_fee=cny("1.00"))
    given(AGREED).when(elsewhere).then(ContractTerminated(ground="破产 / Insolvency", exit_fee=cny("1.00")))
