"""API keys: `tally_<key id>_<secret>`, of which the ledger keeps the secret's SHA-256 and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
import uuid
from collections.abc import Collection
from typing import NamedTuple

from api.problems import NotSignedIn
from api.strict_json import Flaw, Flawed, unfit
from domain.access import IssueKey, KeyRing, RevokeKey, Role
from infra.ledger import ACCESS, Asker, Envelope, Ledger, Outcome
from infra.opening import Opened

RING = ""
FRESH_S = 0.5
MAX_PRINCIPAL = 200

_KEY = re.compile(r"tally_([0-9a-z]{1,64})_([0-9a-f]{64})")
_HEADER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
_NOBODY = hashlib.sha256(b"").hexdigest()


class Principal(NamedTuple):
    """Who a request acts as, and by which key."""

    name: str
    roles: frozenset[Role]
    key_id: str

    @property
    def asker(self) -> Asker:
        """How the principal's facts are signed."""
        return Asker(actor=self.name, credential=self.key_id, channel="api", roles=frozenset(self.roles))


class Presented(NamedTuple):
    """What a request brought to sign in with."""

    key_id: str
    secret_sha256: str


def issue(opened: Opened, principal: str, roles: Collection[Role], asker: Asker) -> str:
    """Issues a key with 256 random bits and answers it whole. It is shown this once: the ledger keeps only a hash.

    The command line (`tally key issue`) calls this too; `asker` is then whoever runs it, on the channel of the command line.
    Raises KeyNeedsRole; Flawed for a principal that is no name; StoreUnavailable.
    """
    reason = unfit(principal) or ("is longer than 200 characters" if len(principal) > MAX_PRINCIPAL else None)
    if reason or principal != principal.strip() or "\n" in principal or "\t" in principal:
        raise Flawed([Flaw("$.principal", f"The principal {reason or 'has blanks at its ends, or line breaks'}.")])
    key_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    ordered = tuple(role for role in Role if role in roles)
    command = IssueKey(key_id=key_id, principal=principal, roles=ordered, secret_sha256=hashed)
    opened.witness.handle(ACCESS, RING, command, Envelope(asker, str(uuid.uuid4())))
    return f"tally_{key_id}_{secret}"


def revoke(opened: Opened, key_id: str, why: str, asker: Asker) -> tuple[Outcome, str]:
    """Revokes a key, in every process within a second; answers with the command's id. Raises NoSuchKey, StoreUnavailable."""
    command_id = str(uuid.uuid4())
    return opened.witness.handle(ACCESS, RING, RevokeKey(key_id=key_id, why=why), Envelope(asker, command_id)), command_id


def presented(authorization: str | None) -> Presented:
    """Reads an Authorization header. Raises NotSignedIn."""
    if authorization is None:
        raise NotSignedIn('Send an API key: "Authorization: Bearer tally_…". `tally key issue` makes one.')
    found = _HEADER.fullmatch(authorization)
    parts = _KEY.fullmatch(found.group(1)) if found else None
    if parts is None:
        raise NotSignedIn('The Authorization header is not "Bearer tally_<key id>_<secret>".')
    return Presented(parts.group(1), hashlib.sha256(parts.group(2).encode()).hexdigest())


class Keys:
    """The keys in use, remembered for half a second, so that signing in seldom asks the database."""

    def __init__(self, ledger: Ledger) -> None:
        """Reads the ring of this ledger."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._ring = KeyRing()
        self._read_at = float("-inf")

    def remembered(self, key_id: str) -> KeyRing | None:
        """The ring, unless it is too old to be trusted or does not know the key. Never waits."""
        fresh = time.monotonic() - self._read_at < FRESH_S
        return self._ring if fresh and key_id in self._ring.keys else None

    def read(self, asked_at: float) -> KeyRing:
        """The ring as it was stored at `asked_at` (monotonic seconds) or later; many who ask at once share one read.

        Raises StoreUnavailable, Overloaded: without the store nobody can say whether a key was revoked.
        """
        with self._lock:
            if self._read_at < asked_at:
                begun_at = time.monotonic()
                self._ring = self._ledger.load(ACCESS, RING)
                self._read_at = begun_at
            return self._ring


def sign_in(ring: KeyRing, shown: Presented) -> Principal:
    """The principal of a key. Raises NotSignedIn, in the same time and words whatever is wrong with the key."""
    held = ring.keys.get(shown.key_id)
    same = hmac.compare_digest(held.secret_sha256 if held else _NOBODY, shown.secret_sha256)
    if held is None or not same:
        raise NotSignedIn("This API key opens nothing: it is unknown, or was revoked.")
    return Principal(held.principal, held.roles, held.key_id)
