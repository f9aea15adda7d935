"""What holds for all contracts is not dated ahead, since it acts from the moment at which it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from domain import alert, alerting, delegation, fields, policy, risk, template
from domain.facts import Command, Occasion
from domain.moments import HappensInTheFuture
from tests.spec import ALICE, START

AHEAD = Occasion(actor=ALICE, now=START, effective_at=START + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("decide", "blank", "command"),
    [
        (policy.decide, policy.Policy, policy.RetirePolicy(why=" ")),
        (template.decide, template.Template, template.RetireTemplate(why=" ")),
        (fields.decide, fields.FieldBook, fields.RetireField(key=" ", why=" ")),
        (risk.decide, risk.RiskRules, risk.RetireRiskRules(why=" ")),
        (alerting.decide, alerting.AlertRules, alerting.RetireAlertRules(why=" ")),
        (alert.decide, alert.Alert, alert.ResolveAlert(how=" ")),
        (delegation.decide, delegation.Delegation, delegation.RevokeDelegation(why=" ")),
    ],
    ids=["policy", "template", "fields", "risk", "alerting", "alert", "delegation"],
)
def test_nothing_that_holds_for_the_house_is_dated_ahead_whatever_else_is_wrong(
    decide: Callable[..., object], blank: Callable[[], Any], command: Command
) -> None:
    with pytest.raises(HappensInTheFuture):
        decide(blank(), command, AHEAD)
