"""What counts as text that somebody wrote."""

from __future__ import annotations


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: white space, or characters without a shape such as U+200B."""
    return not any(c.isprintable() and not c.isspace() for c in text)
