"""The demonstration's key: issued once, stored hashed in the ledger as any other, and kept in a file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from domain.access import Role
from infra.ledger import ACCESS
from infra.opening import Opened
from infra.settings import Settings
from scripts.cli.running import path
from scripts.cli.session import asker

PRINCIPAL = "demo"


def file(settings: Settings) -> Path:
    """Where the key is kept."""
    return path(settings, "demo-key")


def ensure(it: Opened, settings: Settings) -> str:
    """The key that is kept, if it still opens the ledger; a new one otherwise."""
    from api import keys

    held = _read(file(settings))
    if held is not None and _opens(it, held):
        return held
    key = keys.issue(it, PRINCIPAL, tuple(Role), asker())
    _write(file(settings), key)
    return key


def _opens(it: Opened, key: str) -> bool:
    from api import keys
    from api.problems import NotSignedIn

    try:
        keys.sign_in(it.ledger.load(ACCESS, keys.RING), keys.presented(f"Bearer {key}"))
    except NotSignedIn:
        return False
    return True


def _read(kept: Path) -> str | None:
    try:
        return kept.read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _write(kept: Path, key: str) -> None:
    # A new file under another name first: one that is there already may be open to others.
    fresh = kept.with_name(f"{kept.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as opened:
        opened.write(f"{key}\n")
    fresh.replace(kept)
