"""Examples of what has parts, for the fields that hold them."""

from __future__ import annotations

MONEY = {"amount": "83420.00", "currency": "CNY"}
PERIOD = {"start": "2026-01-01", "end": "2026-12-31"}
GOODS = "60 desks and 120 chairs, delivered and assembled"
CLAUSE = {"clause_id": "5", "heading": "Payment", "text": "The buyer pays within 30 days after acceptance.", "topic": "payment"}
ITEM = {
    "item_id": "1",
    "description": "Desk, 160 cm",
    "quantity": "60",
    "unit": "piece",
    "unit_price": "820.00",
    "tax_percent": "13",
}
INSTALMENT = {"instalment_id": "1", "amount": MONEY, "due": "2026-06-30", "description": "On acceptance"}
DELIVERY = {"delivery_id": "1", "description": GOODS, "due": "2026-05-31", "item_id": None, "quantity": "60"}
INVOICE = {
    "invoice_id": "v1",
    "number": "24312000000012345678",
    "amount": MONEY,
    "issued_on": "2026-05-20",
    "kind": "vat_special",
    "tax": {"amount": "9596.99", "currency": "CNY"},
}
SHARE = {"amount": MONEY, "instalment_id": "1", "invoice_id": "v1"}
RETENTION = {
    "retention_id": "r1",
    "amount": {"amount": "4171.00", "currency": "CNY"},
    "until": "2027-05-31",
    "description": "For the warranty",
}
SERVICE = {"service_id": "s1", "description": "Support on site", "period": PERIOD, "quantity": "3.5", "unit": "day"}
MEASUREMENT = {"measurement_id": "m1", "metric": "availability", "period": PERIOD, "measured": "99.95", "unit": "%"}
FEEDBACK = {"feedback_id": "k1", "score": 5, "text": "Quick to answer", "given_by": "Administration"}
COUNTERPARTY = {"counterparty_id": "c1", "name": "华东办公设备有限公司", "role": "supplier", "party_id": None}
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TEMPLATE_CLAUSE = {
    "clause_id": "5",
    "heading": "付款",
    "text": "{{buyer}}于验收后 30 日内付款。",
    "binding": "locked",
}
PLACEHOLDER = {"name": "buyer", "takes": "text", "presence": "required", "description": "The buyer's full name."}
EDITION = {"number": 1, "name": "采购合同范本", "kind": "supplier", "clauses": [TEMPLATE_CLAUSE], "placeholders": [PLACEHOLDER]}
DOCUMENT = {
    "document_id": "d1",
    "title": "Signed original",
    "kind": "contract",
    "media_type": "application/pdf",
    "url": None,
    "sha256": SHA256,
}

APPROVER = {"kind": "principal", "name": "zhang.min"}
STEP = {"title": "部门审批 / Department", "approvers": [APPROVER], "quorum": "all"}
ROUTE = {
    "route_id": "large-purchases",
    "steps": [STEP],
    "kinds": ["supplier"],
    "directions": ["payable"],
    "departments": [],
    "at_least": {"amount": "100000.00", "currency": "CNY"},
    "below": None,
    "otherwise": False,
    "may_repeat": False,
}
EVERYTHING_ELSE = {"route_id": "everything-else", "steps": [STEP], "otherwise": True}
