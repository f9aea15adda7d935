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
    SIGNATURES = "Signatures"
    SIGNATORY = "Signatory"
    SEAL = "Seal"
    DAY = "Date"


def said(heading: Heading, language: str) -> str:
    """A heading in a language."""
    return catalogue(language).get(("heading", heading.value), heading.value)
