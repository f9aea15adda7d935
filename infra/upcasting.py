"""How facts stored under an earlier schema version are read today. What is stored never changes; what it means is said here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final


def direction_from_kind(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.drafted@1` did not say whether money comes in: it did for sales, and for nothing else."""
    return {**data, "direction": "receivable" if data["kind"] == "sales" else "payable"}


def delivery_by_its_own_id(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.delivery_recorded@1` belonged to the planned delivery of the same id, if any."""
    return {**data, "towards": None}


def payment_without_account(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.payment_recorded@1` said neither who saw to the payment nor which account of ours it touched."""
    return {**data, "handled_by": None, "account": None}


def amendment_without_evidence(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.amendment_proposed@2` said neither what the amendment brings about nor what shows it."""
    return {**data, "impact": None, "evidence": []}


def termination_without_exit(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.terminated@1` said nothing of what leaving costs."""
    return {**data, "exit_fee": None, "exit_obligations": []}


def nobody_deviated(data: dict[str, Any]) -> dict[str, Any]:
    """The first facts about clauses knew no topics, and no deviations from locked clauses."""
    return {**data, "deviation_id": None}


def alert_without_rows(data: dict[str, Any]) -> dict[str, Any]:
    """`alert.raised@1` knew nothing of what was taken away."""
    return {**data, "figures": {**data["figures"], "rows": None}}


def rules_of_contracts_alone(data: dict[str, Any]) -> dict[str, Any]:
    """The rules of `alerting.rules_published@1` did not look at the ledger's door."""
    return {**data, "rules": [{**rule, "rows": None, "hours": None, "zone": None} for rule in data["rules"]]}


def template_without_terms(data: dict[str, Any]) -> dict[str, Any]:
    """The first templates had no terms, and their clauses no topics."""
    return {**data, "terms": []}


def amended_without_deviation(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.amendment_took_effect@2` knew no deviations from locked clauses."""
    return {**data, "deviations": []}


def termination_without_term(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.terminated@2` named no term that its ground and fee rest on."""
    return {**data, "term_id": None, "term_version": None, "fee_reason": None}


def review_day_stated(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.review_scheduled@1` had its day from whoever asked for the review."""
    return {**data, "rules_edition": None, "level": None}


def correction_as_it_was(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.fact_corrected@1` restates facts at their first schemas, which their own names in it tell."""
    return data


def more_to_choose_from(data: dict[str, Any]) -> dict[str, Any]:
    """The fields stayed; one of them can hold more kinds of things since, such as operations on terms that act."""
    return data


def one_step_by_anybody(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.submitted_for_approval@1` knew no policy: one step, open to anybody who had no hand in the draft."""
    step = {"title": "审批 / Approval", "approvers": [], "quorum": "any"}
    route = {"route_id": "one_step", "steps": [step], "may_repeat": False}
    return {**data, "route": route, "policy": None, "amount": None, "rate": None}


def decided_for_oneself(data: dict[str, Any]) -> dict[str, Any]:
    """The first decisions on steps knew no named approvers: whoever decided did so for themselves."""
    return {**data, "seat": None, "on_behalf_of": None}


def decided_without_delegation(data: dict[str, Any]) -> dict[str, Any]:
    """The second decisions on steps knew no delegations that were granted ahead."""
    return {**data, "delegation": None}


def submitted_with_parties_unseen(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.submitted_for_approval@2` did not look at the parties on the other side."""
    return {**data, "parties": []}


def routes_for_all_marks(data: dict[str, Any]) -> dict[str, Any]:
    """The routes of `policy.approval_published@1` asked neither for deviations nor for flags."""
    return {**data, "routes": [{**route, "deviates": None, "counterparty_flagged": None} for route in data["routes"]]}


def signed_with_parties_unseen(data: dict[str, Any]) -> dict[str, Any]:
    """`contract.signed@1` did not say what the ledger knew of registered counterparties."""
    return {**data, "parties": []}


def signed_by_nobody_registered(data: dict[str, Any]) -> dict[str, Any]:
    """Signatures, requests for them and seals did not name the registered party that a side is."""
    return {**data, "party_id": None}


# From (name, schema version) to the next version.
UPCASTS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    ("contract.drafted", 1): direction_from_kind,
    ("contract.delivery_recorded", 1): delivery_by_its_own_id,
    ("contract.fact_corrected", 1): correction_as_it_was,
    ("contract.payment_recorded", 1): payment_without_account,
    ("contract.amendment_proposed", 1): more_to_choose_from,
    ("contract.amendment_proposed", 2): amendment_without_evidence,
    ("contract.amendment_proposed", 3): more_to_choose_from,
    ("contract.amendment_took_effect", 1): more_to_choose_from,
    ("template.drafted", 1): template_without_terms,
    ("template.revised", 1): template_without_terms,
    ("contract.amendment_took_effect", 2): amended_without_deviation,
    ("contract.clause_added", 1): nobody_deviated,
    ("contract.clause_reworded", 1): nobody_deviated,
    ("contract.clause_withdrawn", 1): nobody_deviated,
    ("contract.review_scheduled", 1): review_day_stated,
    ("contract.submitted_for_approval", 1): one_step_by_anybody,
    ("contract.submitted_for_approval", 2): submitted_with_parties_unseen,
    ("policy.approval_published", 1): routes_for_all_marks,
    ("alert.raised", 1): alert_without_rows,
    ("alerting.rules_published", 1): rules_of_contracts_alone,
    ("contract.signed", 1): signed_with_parties_unseen,
    ("contract.signed", 2): signed_by_nobody_registered,
    ("contract.signature_requested", 1): signed_by_nobody_registered,
    ("contract.seal_affixed", 1): signed_by_nobody_registered,
    ("contract.amendment_signed", 1): signed_by_nobody_registered,
    ("contract.step_approved", 1): decided_for_oneself,
    ("contract.step_rejected", 1): decided_for_oneself,
    ("contract.sent_back", 1): decided_for_oneself,
    ("contract.step_approved", 2): decided_without_delegation,
    ("contract.step_rejected", 2): decided_without_delegation,
    ("contract.sent_back", 2): decided_without_delegation,
    ("contract.terminated", 1): termination_without_exit,
    ("contract.terminated", 2): termination_without_term,
}
