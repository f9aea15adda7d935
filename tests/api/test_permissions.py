"""Every cell of role and operation: who may, and who is told 403; without a key everybody is told 401."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from api.app import create_app
from domain.access import Role
from infra.opening import Opened
from tests.api.caller import House

# Written out by hand, so that the table in the code is compared with something other than itself.
ALLOWED: dict[str, str] = {
    "draft_contract": "drafter",
    "draft_from_template": "drafter",
    "change_title": "drafter",
    "change_value": "drafter",
    "change_period": "drafter",
    "change_owner": "drafter",
    "add_counterparty": "drafter",
    "remove_counterparty": "drafter",
    "add_clause": "drafter",
    "reword_clause": "drafter",
    "withdraw_clause": "drafter",
    "request_clause_deviation": "drafter",
    "approve_clause_deviation": "approver",
    "reject_clause_deviation": "approver",
    "add_line_item": "drafter",
    "revise_line_item": "drafter",
    "remove_line_item": "drafter",
    "agree_term": "drafter",
    "change_term": "drafter",
    "withdraw_term": "drafter",
    "attach_document": "drafter approver finance",
    "note": "drafter approver finance",
    "submit_for_approval": "drafter",
    "withdraw_submission": "drafter",
    "approve": "drafter approver finance auditor admin",
    "reject": "drafter approver finance auditor admin",
    "send_back": "drafter approver finance auditor admin",
    "delegate_step": "drafter approver finance auditor admin",
    "request_signature": "drafter approver",
    "fix_text": "drafter approver",
    "sign": "drafter approver",
    "affix_seal": "drafter approver",
    "deposit_original": "drafter approver",
    "propose_amendment": "drafter",
    "approve_amendment": "approver",
    "reject_amendment": "approver",
    "sign_amendment": "drafter approver",
    "take_amendment_into_effect": "drafter approver",
    "schedule_delivery": "drafter",
    "reschedule_delivery": "drafter",
    "record_delivery": "drafter",
    "accept_delivery": "drafter approver",
    "reject_delivery": "drafter approver",
    "request_acceptance": "drafter",
    "raise_defect": "drafter approver",
    "fix_defect": "drafter approver",
    "reach_milestone": "drafter approver",
    "record_service": "drafter",
    "measure_service_level": "drafter approver",
    "record_feedback": "drafter approver finance",
    "schedule_payment": "drafter",
    "reschedule_payment": "drafter",
    "unschedule_payment": "drafter",
    "record_payment": "finance",
    "reverse_payment": "finance",
    "register_invoice": "finance",
    "void_invoice": "finance",
    "allocate_payment": "finance",
    "refund_payment": "finance",
    "hold_retention": "finance",
    "release_retention": "drafter approver",
    "match_reconciliation": "finance",
    "break_reconciliation": "finance",
    "accrue_penalty": "drafter",
    "accrue_interest": "finance",
    "waive_penalty": "approver",
    "waive_interest": "approver",
    "record_obligation_due": "drafter approver",
    "record_obligation_overdue": "drafter approver",
    "declare_breach": "drafter approver",
    "record_breach_remedied": "drafter approver",
    "claim_relief": "drafter",
    "grant_relief": "approver",
    "refuse_relief": "approver",
    "correct_payment": "finance",
    "correct_delivery": "drafter",
    "correct_invoice": "finance",
    "correct_service": "drafter",
    "correct_measurement": "drafter approver",
    "correct_milestone": "drafter approver",
    "strike_out": "approver",
    "suspend_contract": "drafter approver",
    "resume_contract": "drafter approver",
    "give_renewal_notice": "drafter approver",
    "renew_contract": "drafter approver",
    "grant_service_credit": "drafter approver",
    "share_profit": "drafter approver",
    "earn_performance_pay": "drafter approver",
    "adjust_price": "approver",
    "reprice_line_item": "drafter",
    "change_counterparty_role": "drafter",
    "record_quote": "drafter",
    "choose_quote": "drafter",
    "tag": "drafter approver finance",
    "untag": "drafter approver finance",
    "supersede_document": "drafter approver finance",
    "schedule_review": "drafter approver",
    "complete_review": "drafter approver",
    "record_review_due": "drafter approver",
    "serve_notice": "drafter approver",
    "open_dispute": "drafter approver",
    "enter_dispute_step": "drafter approver",
    "resolve_dispute": "drafter approver",
    "complete_contract": "drafter approver",
    "terminate_contract": "drafter approver",
    "expire_contract": "drafter approver",
    "archive_contract": "drafter approver",
    "register_party": "drafter",
    "change_party_details": "drafter",
    "draft_template": "drafter",
    "revise_template": "drafter",
    "publish_template": "approver",
    "retire_template": "approver",
    "restore_template": "approver",
    "grant_delegation": "drafter approver finance auditor admin",
    "revoke_delegation": "drafter approver finance auditor admin",
    "list_delegations": "drafter approver finance auditor admin",
    "get_delegation": "drafter approver finance auditor admin",
    "publish_policy": "admin",
    "retire_policy": "admin",
    "list_contracts": "reader drafter approver finance auditor admin",
    "get_completeness": "reader drafter approver finance auditor admin",
    "get_contract": "reader drafter approver finance auditor admin",
    "render_contract": "reader drafter approver finance auditor admin",
    "list_approvals": "drafter approver finance auditor admin",
    "list_policy_editions": "drafter approver finance auditor admin",
    "get_approval_sheet": "drafter approver finance auditor admin",
    "list_obligations": "reader drafter approver finance auditor admin",
    "quote_contract": "reader drafter approver finance auditor admin",
    "list_receivables": "reader drafter approver finance auditor admin",
    "age_receivables": "reader drafter approver finance auditor admin",
    "export_receivables": "reader drafter approver finance auditor admin",
    "export_ageing": "reader drafter approver finance auditor admin",
    "forecast_cash": "reader drafter approver finance auditor admin",
    "export_forecast": "reader drafter approver finance auditor admin",
    "list_deliveries": "reader drafter approver finance auditor admin",
    "measure_progress": "reader drafter approver finance auditor admin",
    "export_deliveries": "reader drafter approver finance auditor admin",
    "export_progress": "reader drafter approver finance auditor admin",
    "list_exposure": "reader drafter approver finance auditor admin",
    "export_exposure": "reader drafter approver finance auditor admin",
    "list_calendar": "reader drafter approver finance auditor admin",
    "export_calendar": "reader drafter approver finance auditor admin",
    "list_penalties": "reader drafter approver finance auditor admin",
    "sum_penalties": "reader drafter approver finance auditor admin",
    "export_penalties": "reader drafter approver finance auditor admin",
    "export_penalty_sums": "reader drafter approver finance auditor admin",
    "list_figures": "reader drafter approver finance auditor admin",
    "explain_figure": "drafter approver finance auditor admin",
    "read_conformed_copy": "drafter approver finance auditor admin",
    "get_contract_journal": "reader drafter approver finance auditor admin",
    "stream_changes": "reader drafter approver finance auditor admin",
    "diff_view": "drafter approver finance auditor admin",
    "export_view_diff": "drafter approver finance auditor admin",
    "list_awaited_decisions": "drafter approver finance auditor admin",
    "list_renewals": "reader drafter approver finance auditor admin",
    "list_duty_conflicts": "drafter approver finance auditor admin",
    "list_template_uses": "drafter approver finance auditor admin",
    "list_deviations": "drafter approver finance auditor admin",
    "export_awaited_decisions": "drafter approver finance auditor admin",
    "export_renewals": "reader drafter approver finance auditor admin",
    "export_duty_conflicts": "drafter approver finance auditor admin",
    "export_template_uses": "drafter approver finance auditor admin",
    "export_deviations": "drafter approver finance auditor admin",
    "list_changes": "reader drafter approver finance auditor admin",
    "list_timeline": "drafter approver finance auditor admin",
    "list_access_log": "auditor admin",
    "count_contracts": "reader drafter approver finance auditor admin",
    "get_contract_history": "drafter approver finance auditor admin",
    "change_bank_account": "drafter finance",
    "verify_party": "approver finance",
    "flag_party": "approver finance auditor",
    "unflag_party": "approver admin",
    "erase_party": "admin",
    "search_contracts": "reader drafter approver finance auditor admin",
    "list_searches": "reader drafter approver finance auditor admin",
    "save_search": "reader drafter approver finance auditor admin",
    "remove_search": "reader drafter approver finance auditor admin",
    "list_parties": "reader drafter approver finance auditor admin",
    "get_party": "reader drafter approver finance auditor admin",
    "get_party_history": "drafter approver finance auditor admin",
    "define_field": "admin",
    "revise_field": "admin",
    "retire_field": "admin",
    "restore_field": "admin",
    "publish_risk_rules": "admin",
    "retire_risk_rules": "admin",
    "get_risk_rules": "reader drafter approver finance auditor admin",
    "assess_risk": "drafter approver",
    "mitigate_risk": "drafter approver",
    "add_item_from_product": "drafter",
    "get_fields": "reader drafter approver finance auditor admin",
    "set_custom_field": "drafter",
    "clear_custom_field": "drafter",
    "list_product": "drafter finance",
    "describe_product": "drafter finance",
    "price_product": "drafter finance",
    "withdraw_product": "drafter finance",
    "restore_product": "drafter finance",
    "list_products": "reader drafter approver finance auditor admin",
    "get_product": "reader drafter approver finance auditor admin",
    "get_product_history": "drafter approver finance auditor admin",
    "get_policy": "reader drafter approver finance auditor admin",
    "simulate_policy": "admin auditor",
    "simulate_risk_rules": "admin auditor",
    "publish_alert_rules": "admin",
    "retire_alert_rules": "admin",
    "get_alert_rules": "reader drafter approver finance auditor admin",
    "simulate_alert_rules": "admin auditor",
    "list_alerts": "drafter approver finance auditor admin",
    "list_alert_editions": "drafter approver finance auditor admin",
    "get_alert": "drafter approver finance auditor admin",
    "acknowledge_alert": "drafter approver finance auditor admin",
    "escalate_alert": "drafter approver finance auditor admin",
    "snooze_alert": "drafter approver finance auditor admin",
    "resolve_alert": "drafter approver finance auditor admin",
    "redeliver_alert": "admin",
    "list_risk_editions": "drafter approver finance auditor admin",
    "list_templates": "reader drafter approver finance auditor admin",
    "get_template": "reader drafter approver finance auditor admin",
    "get_command": "reader drafter approver finance auditor admin",
    "upload_document": "drafter approver finance",
    "put_document": "drafter approver finance",
    "list_documents": "reader drafter approver finance auditor admin",
    "get_document": "reader drafter approver finance auditor admin",
    "get_import_template": "reader drafter approver finance auditor admin",
    "import_contracts": "drafter",
    "export_contracts": "reader drafter approver finance auditor admin",
    "export_parties": "reader drafter approver finance auditor admin",
    "export_products": "reader drafter approver finance auditor admin",
    "export_contract_history": "drafter approver finance auditor admin",
    "get_contract_document": "reader drafter approver finance auditor admin",
    "issue_key": "admin",
    "list_keys": "admin auditor",
    "revoke_key": "admin",
}
OPEN = {"get_health", "get_ready"}
# Whoever may is answered without end; tests/api/test_event_stream.py asks as each role.
ENDLESS = {"stream_changes"}


def operations(app: FastAPI) -> dict[str, tuple[str, str]]:
    """Method and path of every operation that the application publishes."""
    return {
        operation["operationId"]: (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }


@pytest.fixture(scope="module")
def published(shared_opened: Opened) -> dict[str, tuple[str, str]]:
    return operations(create_app(shared_opened))


def test_every_operation_is_in_the_matrix(published: dict[str, tuple[str, str]]) -> None:
    assert set(published) == set(ALLOWED) | OPEN


@pytest.mark.parametrize("operation", sorted(set(ALLOWED) - ENDLESS))
def test_each_role_may_what_it_may_and_nothing_else(shared: House, published: dict[str, tuple[str, str]], operation: str) -> None:
    method, path = published[operation]
    body: Any = {} if method in {"POST", "PUT"} else None
    path = path.removeprefix("/api/v1")
    assert shared.stranger.send(method, path, body).status == 401
    may = {role.value for role in Role if shared[role.value].send(method, path, body).status != 403}
    assert may == set(ALLOWED[operation].split())


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_the_state_of_the_server_can_be_asked_without_a_key(shared: House, path: str) -> None:
    assert shared.stranger.get(path).status == 200


def test_who_may_not_learns_nothing_about_what_is_there(shared: House) -> None:
    contract = shared["drafter"].draft()
    there, not_there = (shared["reader"].post(f"/contracts/{one}/complete-contract") for one in (contract, "nowhere"))
    assert there.content == not_there.content
    assert there.content["details"] == {"roles": ["reader"], "needed": ["approver", "drafter"]}
