"""Why letting a contract rest, and going on with it, is refused."""

from __future__ import annotations

from domain.contract.closing import ContractTerminated
from domain.contract.continuation import ContractResumed, ContractSuspended, ResumeContract, SuspendContract
from domain.contract.rules import NeedsText, WrongStage
from tests.domain.precedence import Fault, Table
from tests.facts import in_force, suspended
from tests.spec import told

TABLES = (
    Table(
        command=SuspendContract(why="台风停运 / A typhoon closed the port"),
        given=in_force,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractSuspended(why="x")),
                details={"status": "suspended", "allowed": "in_force"},
            ),
            Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}),
        ),
    ),
    Table(
        command=ResumeContract(),
        given=suspended,
        faults=(
            Fault(refusal=WrongStage, also=told(ContractResumed()), details={"status": "in_force", "allowed": "suspended"}),
            Fault(
                refusal=WrongStage,
                also=told(ContractTerminated(ground="x")),
                details={"status": "terminated", "allowed": "suspended"},
                name="terminated",
            ),
        ),
    ),
)
