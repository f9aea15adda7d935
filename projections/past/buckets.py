"""In which bucket a row of the past lies, so that a page as of a moment reads a few buckets, each in the order of the page.

Rows that last about as long and begin about when are one bucket. Those that stand at a moment lie in two or three buckets of each length,
and in those of rows that last for good or very long, from the moment backwards. The rest is never looked at, however much there is of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final

# Lengths as powers of two in seconds, up to two years: from 64 s on each class ends at four times the one before, from twelve days on,
# where buckets are so full that rows which no longer stand are felt, at twice that.
COARSE: Final = tuple(range(6, 19, 2))
FINE: Final = tuple(range(20, 27))
WIDTHS: Final = (*COARSE, *FINE)
# A bucket is as wide as its longest rows are long, or half of that.
SHIFTS: Final = (*COARSE, *(width - 1 for width in FINE))
# What lasts longer, or for good, is kept by where it begins, in seven weeks or so, as a power of two in seconds.
LONG: Final = 22
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
    shifts = ", ".join(map(str, (*SHIFTS, LONG, LONG)))
    # Of what never ends, no length can be reckoned.
    kind = f"(CASE WHEN {ends} = 'infinity' THEN {ENDLESS_KIND} ELSE width_bucket({length}, ARRAY[{limits}]::bigint[]) END)"
    return f"(({kind}::bigint << {KIND_BITS}) + ({seconds} >> (ARRAY[{shifts}])[{kind} + 1]))"


def short_buckets(moment: datetime) -> tuple[list[int], list[int]]:
    """Where rows lie that stand at an aware moment and last no longer than two years: the coarse buckets, and the fine ones."""
    seconds = _seconds(moment)
    found = [
        [(kind << KIND_BITS) + (seconds >> shift) - back for back in range(2 ** (width - shift) + 1)]
        for kind, (width, shift) in enumerate(zip(WIDTHS, SHIFTS, strict=True))
    ]
    return list(chain(*found[: len(COARSE)])), list(chain(*found[len(COARSE) :]))


def long_buckets(moment: datetime, kind: int) -> tuple[int, int]:
    """The first and the last of the buckets where those lie that last longer, or for good."""
    first = kind << KIND_BITS
    return first, first + (_seconds(moment) >> LONG)


def _seconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1) + ORIGIN_S
