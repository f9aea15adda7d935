"""The headings and labels of a contract that is written out; their Chinese is in the catalogue."""

from __future__ import annotations

from enum import StrEnum

from infra.translations import catalogue


class Heading(StrEnum):
    """In English as it stands here."""

    NUMBER = "Contract number"
    VERSION = "Version"
    STATUS = "Status"
    KIND = "Kind of contract"
    PERIOD = "Period"
    PARTIES = "Parties"
    PAYER = "Paying party"
    PAYEE = "Receiving party"
    VALUE = "Contract value"
    FIGURES = "In figures"
    CAPITALS = "In Chinese capital numerals"
    CLAUSES = "Clauses"
    ITEMS = "Goods and services"
    NO = "No."
    DESCRIPTION = "Description"
    QUANTITY = "Quantity"
    UNIT = "Unit"
    UNIT_PRICE = "Unit price"
    TAX_PERCENT = "Tax (%)"
    LINE_TOTAL = "Amount before tax"
    TOTAL = "Total before tax"
    SCHEDULE = "Payment schedule"
    AMOUNT = "Amount"
    DUE = "Due"
    SUM = "Total"
    DELIVERIES = "Delivery plan"
    ITEM = "Item"
    TERMS = "Agreed terms"
    SIGNATURES = "Signatures"
    SIGNATORY = "Signatory"
    SEAL = "Seal"
    DAY = "Date"
    APPROVAL_SHEET = "Contract approval sheet"
    TITLE = "Title"
    DEPARTMENT = "Department"
    OWNER = "Owner"
    SUBMITTED_BY = "Submitted by"
    SUBMITTED_AT = "Submitted at"
    NOTE = "Note"
    ROUTE = "Approval route"
    POLICY_EDITION = "Edition of the approval policy"
    NO_POLICY = "No policy was published"
    JUDGED = "Amount judged"
    RATE = "Exchange rate"
    OUTCOME = "Outcome"
    ENDED_AT = "Ended at"
    REASON = "Reason"
    DECISIONS = "Decisions"
    STEP = "Step"
    APPROVER = "Approver"
    ANY_APPROVER = "Any approver"
    DECIDED_BY = "Decided by"
    DECISION = "Decision"
    OPINION = "Opinion"
    TIME = "Time"
    EARLIER_ROUNDS = "Earlier rounds"


def said(heading: Heading, language: str) -> str:
    """A heading in a language."""
    return catalogue(language).get(("heading", heading.value), heading.value)
