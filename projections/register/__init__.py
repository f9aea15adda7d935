"""The register 合同台账: one row for each contract, as it stands now."""

from __future__ import annotations

from projections.register.queries import Register, RegisteredContract, RegisterQuery
from projections.register.table import REGISTER

__all__ = ["REGISTER", "Register", "RegisterQuery", "RegisteredContract"]
