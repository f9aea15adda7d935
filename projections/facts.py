"""Every fact of every stream, as the views tell them apart."""

from __future__ import annotations

from typing import TypeAlias

from domain.access import AccessFact
from domain.alert import AlertFact
from domain.alerting import AlertRulesFact
from domain.clock import ClockFact
from domain.contract import ContractFact
from domain.delegation import DelegationFact
from domain.document import DocumentFact
from domain.fields import FieldsFact
from domain.party import PartyFact
from domain.policy import PolicyFact
from domain.product import ProductFact
from domain.risk import RiskRulesFact
from domain.searches import SearchesFact
from domain.template import TemplateFact

AnyFact: TypeAlias = (
    ContractFact
    | PartyFact
    | DocumentFact
    | PolicyFact
    | TemplateFact
    | ProductFact
    | FieldsFact
    | RiskRulesFact
    | DelegationFact
    | SearchesFact
    | AlertRulesFact
    | AlertFact
    | ClockFact
    | AccessFact
)
