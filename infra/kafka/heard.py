"""Why brokers were not reached: the client library writes it into its log, and raises only that it waited too long."""

from __future__ import annotations

import logging
import re
from typing import Final

_TELLING: Final = re.compile(r"SaslAuthenticationFailedError: (?P<sasl>[^)]*)|(?P<tls>Handshake failed: .*?)(?: \(_ssl|$)")


class _Last(logging.Handler):
    """Keeps the last line that tells why; whatever else went wrong with a connection follows from it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.why: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Looks at one line of the library."""
        found = _TELLING.search(record.getMessage())
        if found is not None:
            self.why = (found["sasl"] or found["tls"]).removeprefix("SaslAuthenticationFailedError: ")


_last = _Last()


def listen() -> None:
    """From now on the library's lines are read here and shown to nobody."""
    library = logging.getLogger("kafka")
    library.propagate = False
    library.setLevel(logging.ERROR)
    if _last not in library.handlers:
        library.addHandler(_last)
    _last.why = None


def because(error: Exception) -> str:
    """What went wrong, with what the brokers said about it if they did since somebody asked last."""
    why, _last.why = _last.why, None
    return str(error) if why is None else f"{error} ({why})"
