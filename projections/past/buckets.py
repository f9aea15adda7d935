"""In which bucket a row of the past lies, so that a page as of a moment reads a few buckets, each in the order of the page.

Rows that last about as long and begin about when are one bucket. Those that stand at a moment lie in two buckets of each length, and in
those of rows that last for good or very long, from the moment backwards. The rest is never looked at, however much there is of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

# Lengths end at 64 s, four times that and so on, up to two years. A bucket is as wide as its longest rows are long, so that what
# stands at a moment began in the bucket of that moment or in the one before.
WIDTHS: Final = tuple(6 + 2 * n for n in range(11))
# What lasts longer, or for good, is kept by where it begins, in three months or so: as powers of two in seconds all of these.
LONG: Final = 23
LONG_KIND: Final = len(WIDTHS)
ENDLESS_KIND: Final = LONG_KIND + 1
# Before every moment that there is.
ORIGIN_S: Final = 2**36
KIND_BITS: Final = 40
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def bucket_sql(begins: str, ends: str) -> str:
    """SQL that says a row's bucket, from the columns where it begins and ends."""
    seconds = f"(floor(extract(epoch FROM {begins} - timestamptz '1970-01-01 00:00:00+00'))::bigint + {ORIGIN_S})"
    length = f"ceil(extract(epoch FROM {ends} - {begins}))::bigint"
    limits = ", ".join(str(2**width + 1) for width in WIDTHS)
    shifts = ", ".join(map(str, (*WIDTHS, LONG, LONG)))
    # Of what never ends, no length can be reckoned.
    kind = f"(CASE WHEN {ends} = 'infinity' THEN {ENDLESS_KIND} ELSE width_bucket({length}, ARRAY[{limits}]::bigint[]) END)"
    return f"(({kind}::bigint << {KIND_BITS}) + ({seconds} >> (ARRAY[{shifts}])[{kind} + 1]))"


def short_buckets(moment: datetime) -> list[int]:
    """Where rows lie that stand at an aware moment and last no longer than two years."""
    seconds = _seconds(moment)
    return [(kind << KIND_BITS) + (seconds >> width) - back for kind, width in enumerate(WIDTHS) for back in (0, 1)]


def long_buckets(moment: datetime, kind: int) -> tuple[int, int]:
    """The first and the last of the buckets where those lie that last longer, or for good."""
    first = kind << KIND_BITS
    return first, first + (_seconds(moment) >> LONG)


def _seconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1) + ORIGIN_S
