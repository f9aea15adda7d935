"""The two moments that reads may be asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import Query

from api.scalars import MOMENT_SCHEMA, MOMENT_TEXT

ValidAt = Annotated[
    datetime | None,
    MOMENT_TEXT,
    MOMENT_SCHEMA,
    Query(description="How it stood in the world at this moment, included. In an address, write the + of an offset as %2B."),
]
KnownAt = Annotated[
    datetime | None,
    MOMENT_TEXT,
    MOMENT_SCHEMA,
    Query(description="As the ledger knew it at this moment, included: what was recorded or corrected later is left out."),
]

# What lists say of the two.
AS_OF: Final = (
    "`valid_at` and `known_at` ask how the list stood, as for one contract; a cursor belongs to the moments that it was given for."
)
LISTED_AS_OF: Final = (
    f"{AS_OF} Of the past `version`, `position` and `updated_at` are those of the last entry that counted when the row became what it is."
)
