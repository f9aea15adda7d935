"""Where Tallystick keeps its ledger, as the environment says."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import platformdirs

_LEDGER_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DATABASE_SCHEMES = ("postgresql", "postgres")


class SettingsError(ValueError):
    """A variable of the environment cannot be used; the message says which one and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this process finds its ledger.

    `home` is an absolute directory, which need not exist yet. `database_url` is a libpq URL or connection string of the
    user's own server, or None for the embedded one; it may hold a password and is therefore left out of the repr.
    `ledger` is the name of a PostgreSQL schema. Documents of up to `max_document_bytes` are taken. `master_key_file` is
    where the master key is, if not in `home`. Days are those of the `zone`, and working days those of the `calendar`.
    """

    home: Path
    database_url: str | None = field(repr=False)
    ledger: str
    max_document_bytes: int = 200_000_000
    master_key_file: Path | None = None
    calendar: str = "7×24"
    zone: str = "UTC"
    channels_file: Path | None = None

    @property
    def channels(self) -> Path:
        """The file of the channels by which alerts are delivered, and of how people want to be told."""
        return self.channels_file or self.home / "channels.yaml"

    @property
    def master_key(self) -> Path:
        """The file of the key that wraps the keys of this ledger's personal data."""
        return self.master_key_file or self.home / "keys" / f"{self.ledger}.key"

    @property
    def documents(self) -> Path:
        """The folder of this ledger's documents."""
        return self.home / "documents" / self.ledger

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read TALLY_HOME, TALLY_DATABASE_URL, TALLY_LEDGER and the other variables that begin so.

        An empty variable counts as absent. Raises SettingsError when one of them cannot be used.
        """
        return cls(
            home=_path("TALLY_HOME", environ.get("TALLY_HOME", "").strip()) or platformdirs.user_data_path("tallystick").absolute(),
            database_url=_database_url(environ.get("TALLY_DATABASE_URL", "").strip()),
            ledger=_ledger(environ.get("TALLY_LEDGER", "").strip()),
            max_document_bytes=_max_document_bytes(environ.get("TALLY_MAX_DOCUMENT_BYTES", "").strip()),
            master_key_file=_path("TALLY_MASTER_KEY", environ.get("TALLY_MASTER_KEY", "").strip()),
            calendar=environ.get("TALLY_CALENDAR", "").strip() or "7×24",
            zone=environ.get("TALLY_ZONE", "").strip() or "UTC",
            channels_file=_path("TALLY_CHANNELS", environ.get("TALLY_CHANNELS", "").strip()),
        )


def _path(variable: str, given: str) -> Path | None:
    try:
        return Path(given).expanduser().absolute() if given else None
    except RuntimeError as error:
        message = f"{variable} is {given!r}, and there is no such user on this machine. Give the full path."
        raise SettingsError(message) from error


def _database_url(given: str) -> str | None:
    scheme, separator, _ = given.partition("://")
    if separator and scheme not in _DATABASE_SCHEMES:
        message = (
            f"TALLY_DATABASE_URL begins with {scheme}://, but Tallystick keeps its ledger in PostgreSQL. "
            "Give an address such as postgresql://user@host/database, or leave it empty to use the embedded server."
        )
        raise SettingsError(message)
    return given or None


def _ledger(given: str) -> str:
    name = given or "ledger"
    if not _LEDGER_NAME.fullmatch(name):
        message = (
            f"TALLY_LEDGER is {name!r}, which cannot name a ledger. Use 1 to 40 characters: lower-case letters a to z, "
            "digits and underscores, beginning with a letter, for example 'ledger' or 'branch_2'."
        )
        raise SettingsError(message)
    if name.startswith("pg_") or name == "information_schema":
        message = f"TALLY_LEDGER is {name!r}, a name that PostgreSQL keeps for itself. Choose another, for example 'ledger'."
        raise SettingsError(message)
    return name


def _max_document_bytes(given: str) -> int:
    if not given:
        return 200_000_000
    if not re.fullmatch("[1-9][0-9]{0,11}", given):
        message = (
            f"TALLY_MAX_DOCUMENT_BYTES is {given!r}. Give the most bytes that a document may have as a whole number, such as 200000000."
        )
        raise SettingsError(message)
    return int(given)
