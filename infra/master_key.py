"""The one key that wraps all others: a file outside of the database, so that neither is worth anything without the other."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.errors import KeysUnavailable

KEY_BYTES: Final = 32


class MasterKey:
    """A master key by the file that holds it, read when it is first needed; without a file, nothing can be sealed or opened."""

    def __init__(self, path: Path | None) -> None:
        """The file need not exist yet."""
        self.path = path
        self._secret: bytes | None = None
        self._lock = threading.Lock()

    def secret(self, *, make: bool = False) -> bytes:
        """The key; a new one is written if there is none and `make` says so. Raises KeysUnavailable."""
        with self._lock:
            if self._secret is None:
                self._secret = self._read(make=make)
            return self._secret

    def derived(self, purpose: str, *, make: bool = False) -> bytes:
        """A key for one purpose, from which the master key cannot be told. Raises KeysUnavailable."""
        return hmac.digest(self.secret(make=make), f"tallystick {purpose}".encode(), "sha256")

    def fingerprint(self, *, make: bool = False) -> str:
        """Which key it is, without telling the key. Raises KeysUnavailable."""
        return hashlib.sha256(self.derived("fingerprint", make=make)).hexdigest()[:16]

    def _read(self, *, make: bool) -> bytes:
        if self.path is None:
            message = "this process does not know where the master key of personal data is kept"
            raise KeysUnavailable(message)
        try:
            if make and not self.path.exists():
                _write(self.path)
            text = self.path.read_text("ascii").strip()
        except FileNotFoundError as error:
            message = f"the master key of personal data is not at {self.path}; bring it there from where this ledger was first used"
            raise KeysUnavailable(message) from error
        except (OSError, UnicodeDecodeError) as error:
            message = f"the master key of personal data at {self.path} cannot be read: {error}"
            raise KeysUnavailable(message) from error
        with suppress(binascii.Error):
            secret = base64.b64decode(text, validate=True)
            if len(secret) == KEY_BYTES:
                return secret
        message = f"{self.path} holds no master key: it should be {KEY_BYTES} bytes in base64"
        raise KeysUnavailable(message)


def _write(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(descriptor)
        # Of two processes that come at once, the first one's key stands.
        with suppress(FileExistsError):
            os.link(waiting, path)
    finally:
        waiting.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
