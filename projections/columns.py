"""Columns of rows on their way into SQL: each as one joined text, which the client quotes once and the server splits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from infra import codec

SEPARATOR = "\x1e"
NULL = "\x1f"

# What PostgreSQL's text cannot hold, and what separates our values, is shown as the character for what cannot be shown.
_UNSHOWABLE = dict.fromkeys(map(ord, ("\x00", SEPARATOR, NULL)), "\ufffd")


def shown(text: str) -> str:
    """A text as a view can hold it."""
    return text.translate(_UNSHOWABLE) if "\x00" in text or SEPARATOR in text or NULL in text else text


def named(*names: str) -> str:
    """Several names as one: ids may hold anything, also what would make two of them one."""
    return codec.encode_any(names).decode()


def joined(values: Sequence[str | None]) -> str:
    """A column of texts, None for NULL."""
    # A separator leads, because one empty text alone would be split into no texts at all.
    column = SEPARATOR + SEPARATOR.join([NULL if v is None else v for v in values])
    if column.count(SEPARATOR) == len(values) and "\x00" not in column and column.count(NULL) == values.count(None):
        return column
    return SEPARATOR + SEPARATOR.join([NULL if v is None else shown(v) for v in values])


def unnested(types: Iterable[str]) -> str:
    """SQL that turns a `joined` parameter for each of the given types back into rows."""
    return "unnest(" + ", ".join(f"(string_to_array(%s, E'\\x1e', E'\\x1f'))[2:]::{t}[]" for t in types) + ")"
