"""What the fields of commands and answers mean, with an example and the longest text of each: one table for all shapes."""

from __future__ import annotations

from api.wording.base import ID, LINE, TEXT, URL, Wording
from api.wording.fields import FIELDS
from api.wording.within import WITHIN

__all__ = ["FIELDS", "ID", "LINE", "TEXT", "URL", "WITHIN", "Wording", "wording"]


def wording(owner: str, field: str) -> Wording:
    """What a field of a class means. A test finds the fields that have no line here; to callers their names must do."""
    return WITHIN.get((owner, field)) or FIELDS.get(field) or Wording(f"{field.replace('_', ' ').capitalize()}.", None)
