"""One key for each subject of personal data, kept wrapped in the database, and destroyed when that data is to be erased."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from infra.connections import Connections
from infra.errors import KeysUnavailable, SubjectErased
from infra.master_key import KEY_BYTES, MasterKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CACHED_KEYS: Final = 8_192
NONCE_BYTES: Final = 12


class Standing(NamedTuple):
    """How many keys a ledger has, how many of them were destroyed, and where the master key is, or would be."""

    kept: int
    destroyed: int
    master: Path | None


class Keyring:
    """The keys of one ledger. Those of subjects in use are remembered until they are destroyed."""

    def __init__(self, connections: Connections, schema: str, master: MasterKey) -> None:
        """`connections` are those of the ledger's app role, `schema` is where its keys are."""
        self._connections = connections
        self._schema = schema
        self._master = master
        self._adopted = False
        # None stands for a key that was destroyed, which it stays for ever.
        self._held: OrderedDict[str, AESGCM | None] = OrderedDict()
        self._lock = threading.Lock()

    def hash_key(self) -> bytes:
        """Under which hashes of personal data are made, so that nobody without it can try out guesses. Raises KeysUnavailable."""
        self._adopt()
        return self._master.derived("command hash")

    def standing(self) -> Standing:
        """How many keys there are. Raises KeysUnavailable where they cannot be used here, StoreUnavailable."""
        with self._connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(wrapped), count(destroyed_at) FROM {self._schema}.subjects")
            kept, destroyed = cursor.fetchone() or (0, 0)
        if kept:
            self._adopt()
        return Standing(kept, destroyed, self._master.path)

    def to_seal(self, subject: str) -> AESGCM:
        """A subject's key, made if there is none. Raises SubjectErased, KeysUnavailable, StoreUnavailable."""
        found = self.to_open([subject])
        if subject not in found:
            self._make(subject)
            found = self.to_open([subject])
        key = found[subject]
        if key is None:
            raise SubjectErased(subject)
        return key

    def to_open(self, subjects: Iterable[str]) -> dict[str, AESGCM | None]:
        """The keys that subjects have; None for one that was destroyed. Raises KeysUnavailable, StoreUnavailable."""
        wanted = set(subjects)
        with self._lock:
            found = {subject: self._held[subject] for subject in wanted if subject in self._held}
            for subject in found:
                self._held.move_to_end(subject)
        if missing := wanted - found.keys():
            read = self._read(missing)
            found |= read
            self._remember(read)
        return found

    def destroy(self, subject: str) -> None:
        """Destroys the key of a subject whose erasure the ledger has recorded; safe to repeat. Raises StoreUnavailable."""
        if self._is_gone(subject):
            return
        with self._connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT {self._schema}.destroy(%s)", (subject,))
            (destroyed,) = cursor.fetchone() or (False,)
            if destroyed:
                # Until then the key still stands in a dead row. Where the server keeps this right to itself, it does it in its own time.
                cursor.execute(f"VACUUM {self._schema}.subjects")
        self._remember({subject: None})

    def _is_gone(self, subject: str) -> bool:
        with self._lock:
            return subject in self._held and self._held[subject] is None

    def _remember(self, keys: dict[str, AESGCM | None]) -> None:
        with self._lock:
            for subject, key in keys.items():
                # What was read before a key was destroyed may come after it.
                if key is None or subject not in self._held:
                    self._held[subject] = key
            while len(self._held) > CACHED_KEYS:
                self._held.popitem(last=False)

    def _read(self, subjects: set[str]) -> dict[str, AESGCM | None]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT subject, wrapped FROM {self._schema}.subjects WHERE subject = ANY(%s)", (list(subjects),))
            rows = cursor.fetchall()
        if any(wrapped is not None for _, wrapped in rows):
            self._adopt()
        return {subject: None if wrapped is None else self._unwrapped(subject, bytes(wrapped)) for subject, wrapped in rows}

    def _make(self, subject: str) -> None:
        self._adopt()
        wrapped = self._wrapped(subject, secrets.token_bytes(KEY_BYTES))
        with self._connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT {self._schema}.keep(%s, %s::bytea[])", ([subject], [wrapped]))

    def _adopt(self) -> None:
        """Makes sure that the master key is the one that this ledger's keys are wrapped under; the first to come says which that is."""
        if self._adopted:
            return
        with self._connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT fingerprint FROM {self._schema}.master")
            known = cursor.fetchone()
            given = self._master.fingerprint(make=known is None)
            if known is None:
                cursor.execute(f"SELECT {self._schema}.adopt(%s)", (given,))
                known = cursor.fetchone()
        if known is not None and known[0] != given:
            message = (
                f"{self._master.path} holds the master key {given}, but this ledger's keys are wrapped under {known[0]}; "
                "bring the file from where the ledger was first used"
            )
            raise KeysUnavailable(message)
        self._adopted = True

    def _wrapped(self, subject: str, key: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + cipher(self._master.derived("wrapping")).encrypt(nonce, key, subject.encode())

    def _unwrapped(self, subject: str, wrapped: bytes) -> AESGCM:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in cipher()

        try:
            key = cipher(self._master.derived("wrapping")).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], subject.encode())
        except InvalidTag as error:
            message = f"the key of {subject!r} is not what was kept: it was changed in the database"
            raise KeysUnavailable(message) from error
        return cipher(key)


def cipher(key: bytes) -> AESGCM:
    """AES-256-GCM under a key."""
    # Most runs of the command line seal and open nothing, and the library takes its time to load.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)
