"""A line of the table, and how long texts may be."""

from __future__ import annotations

from typing import NamedTuple

ID = 200
LINE = 500
TEXT = 100_000
URL = 2_000


class Wording(NamedTuple):
    """A field's meaning and an example of its JSON; `length` is in characters, for texts only."""

    says: str
    example: object
    length: int = LINE
