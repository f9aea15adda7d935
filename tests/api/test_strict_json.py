"""What a lenient JSON reader would bend is refused, quickly, and with its place."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.strict_json import MAX_DEPTH, MAX_FLAWS, Flawed, read, unfit, visible

REFUSED = {
    "nothing": (b"", "$", "empty"),
    "blanks": (b" \n ", "$", "empty"),
    "half an object": (b'{"a":', "$", "line 1, column 6"),
    "two values": (b"{} {}", "$", "Extra data"),
    "not UTF-8": (b'{"a": "\xff"}', "$", "byte 8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "$", "UTF-8"),
    "a key twice": (b'{"a": 1, "b": {"c": 1, "c": 2}}', "$.b", "'c' more than once"),
    "NaN": (b'{"a": [1, NaN]}', "$.a[1]", "NaN"),
    "infinity": (b'{"a": -Infinity}', "$.a", "-Infinity"),
    "1e400": (b'{"a": 1e400}', "$.a", "1e400"),
    "2^63": (b'{"a": 9223372036854775808}', "$.a", "64 bits"),
    "-2^63-1": (b'{"a": -9223372036854775809}', "$.a", "64 bits"),
    "100,000 digits": (b'{"a": ' + b"9" * 100_000 + b"}", "$.a", "64 bits"),
    "NUL escaped": (b'{"a": ["\\u0000"]}', "$.a[0]", "NUL"),
    "NUL bare": (b'{"a": "\x00"}', "$", "Invalid control character"),
    "NUL in a key": (b'{"a": {"b\\u0000": 1}}', "$.a", "NUL"),
    "a lone surrogate": (b'{"a": "x\\ud800"}', "$.a", "lone surrogate (U+D800) at character 2"),
    "a backspace": (b'{"a": "\\b"}', "$.a", "control character"),
    "C1": ('{"a": "\x85"}'.encode(), "$.a", "U+0085"),
    "a carriage return": (b'{"a": "x\\r\\n"}', "$.a", "only tab and newline"),
}


@pytest.mark.parametrize(("body", "path", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_strictly_json_is_refused_with_its_place(body: bytes, path: str, reason: str) -> None:
    with pytest.raises(Flawed) as refused:
        read(body)
    assert refused.value.flaws[0].path == path
    assert reason in refused.value.flaws[0].reason


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * 500_000,
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
    ],
    ids=["arrays", "objects", "unclosed", "one too many"],
)
def test_deep_nesting_is_refused_quickly(body: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(Flawed, match="nested deeper"):
        read(body)
    assert time.monotonic() - begun < 1


def test_nesting_up_to_the_limit_is_read() -> None:
    assert json.dumps(read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_many_flaws_are_not_all_listed() -> None:
    with pytest.raises(Flawed) as refused:
        read(b"[" + b"NaN," * 10_000 + b"NaN]")
    assert len(refused.value.flaws) == MAX_FLAWS


def test_the_limits_of_64_bits_are_read_exactly() -> None:
    assert read(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]


def test_a_byte_order_mark_is_let_pass() -> None:
    assert read(b"\xef\xbb\xbf{}") == {}


FIT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | FIT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(FIT, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_everything_that_is_fit_is_read_as_it_was_written(value: object) -> None:
    assert read(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_no_bytes_whatever_do_worse_than_be_refused(body: bytes) -> None:
    with suppress(Flawed):
        read(body)


@given(st.text(st.characters()))
def test_what_is_shown_back_can_always_be_encoded(text: str) -> None:
    visible(text).encode()
    assert unfit(visible(text)) is None
