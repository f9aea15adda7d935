"""Whatever people send in whatever order, every answer over HTTP is true of the ledger, and the views follow."""

from __future__ import annotations

import os
import uuid
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from api.acting import Row
from api.commands import COMMANDS
from domain.contract import replay
from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.render import contract_json, to_json
from tests.api.caller import Answer, House
from tests.api.conftest import shared, shared_opened
from tests.domain.commanding import commands

__all__ = ["shared", "shared_opened"]

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
SIZE = settings(
    max_examples=500 if LARGE else 8,
    stateful_step_count=60 if LARGE else 30,
    phases=list(Phase) if LARGE else [Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
FURTHER: dict[type, Row] = {row.command: row for row in COMMANDS if row.kind is CONTRACT and not row.begins}


class Lives(RuleBasedStateMachine):
    """One contract, to which several people send commands; each is sent twice, and now and then with an old version."""

    house: ClassVar[House]
    opened: ClassVar[Opened]
    contract_id = ""
    version = 0

    @initialize(binds=st.booleans())
    def begin(self, *, binds: bool) -> None:
        """A draft, or a contract that binds already."""
        self.contract_id = self.house.in_force(kind="other") if binds else self.house["drafter"].draft(kind="other")
        self.version = len(self.opened.ledger.history(CONTRACT, self.contract_id))

    @rule(data=st.data(), times=st.integers(1, 4))
    def command(self, data: st.DataObject, times: int) -> None:
        """People command things."""
        for _ in range(times):
            contract = self.opened.ledger.load(CONTRACT, self.contract_id)
            drawn = data.draw(commands(contract, self.opened.ledger.clock()).filter(lambda c: type(c) in FURTHER))
            role = data.draw(st.sampled_from(sorted(FURTHER[type(drawn)].roles)))
            self.say(FURTHER[type(drawn)], role, to_json(drawn))

    @rule()
    def act_on_another_version(self) -> None:
        """A writer who saw another version is told the present one, and nothing happens."""
        stale = self.post("drafter", "note", {"text": "too late"}, If_Match=f'"{self.version + 1}"')
        assert stale.status == 412
        assert stale.content["details"]["current"] == self.version

    def post(self, role: str, command: str, body: Any, **headers: str) -> Answer:  # noqa: ANN401 - JSON of any shape
        """Sends a command."""
        return self.house[role].post(f"/contracts/{self.contract_id}/{command}", body, **headers)

    def say(self, row: Row, role: str, body: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Sends a command twice, and looks at what it did."""
        key = uuid.uuid4().hex
        command = row.address.rpartition("/")[2]
        answer = self.post(role, command, body, Idempotency_Key=key)
        again = self.post(role, command, body, Idempotency_Key=key)
        event(f"{command}: {answer.status}")
        entries = self.opened.ledger.history(CONTRACT, self.contract_id)
        if answer.status == 200:
            news = entries[self.version :]
            assert [f"{e.fact.NAME}@{e.fact.SCHEMA}" for e in news] == answer.content["facts"]
            assert {(e.command_id, e.meta.actor) for e in news} == {(key, role)}
            assert answer.content["version"] == len(entries)
            assert answer.headers["ETag"] == f'"{len(entries)}"'
            assert again.content == {**answer.content, "repeated": True}
        else:
            assert answer.status in (409, 422), answer
            assert (again.status, again.content) == (answer.status, answer.content)
            assert len(entries) == self.version
        self.version = len(entries)

    @invariant()
    def the_contract_reads_as_its_history_folds(self) -> None:
        """Over HTTP, now and at its present version."""
        if not self.contract_id:
            return
        folded = replay(self.opened.ledger.history(CONTRACT, self.contract_id))
        wanted = contract_json(self.contract_id, folded)
        assert self.house["reader"].get(f"/contracts/{self.contract_id}").content == wanted
        assert self.house["reader"].get(f"/contracts/{self.contract_id}?version={self.version}").content == wanted

    def teardown(self) -> None:
        """The register says what the contract says."""
        if not self.contract_id:
            return
        folded = replay(self.opened.ledger.history(CONTRACT, self.contract_id))
        page = self.house["reader"].get(f"/contracts?q={folded.number}&min_position={self.opened.store.head()}").content["contracts"]
        (line,) = (one for one in page if one["id"] == self.contract_id)
        assert (line["version"], line["status"], line["paid"]) == (folded.version, folded.status, to_json(folded.paid))
        assert (line["title"], line["value"]) == (folded.title, to_json(folded.value))


@pytest.mark.campaign
@pytest.mark.slow
@pytest.mark.timeout(0 if LARGE else 300)
def test_whatever_is_sent_every_answer_is_true_of_the_ledger(shared: House, shared_opened: Opened) -> None:
    of_this_ledger = type("LivesOfThisLedger", (Lives,), {"house": shared, "opened": shared_opened})
    run_state_machine_as_test(of_this_ledger, settings=SIZE)
