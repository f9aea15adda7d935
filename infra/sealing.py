"""Personal data on its way into the store and back: each text encrypted under the key of the party that it is about.

What is stored, hashed and proven is the sealed text, so that destroying a key changes nothing of it.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from domain.facts import FACTS
from domain.personal import BESIDE_PARTY_ID, ERASED, IN_PARTY_STREAM, NAMING_PARTIES
from infra import codec
from infra.append import NewEntry
from infra.errors import KeysUnavailable, SealBroken
from infra.keyring import NONCE_BYTES, Keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# As in infra.ledger, which stands above the store.
PARTY_PREFIX: Final = "party-"
SEALED: Final = "sealed"
BOX: Final = "box"
# Quotes within texts are escaped: this stands nowhere but where a sealed text begins.
MARK: Final = f'"{SEALED}":'
_SUBJECT: Final = re.compile(rf'{MARK}("(?:[^"\\]|\\.)*")')
# What cannot be read as a text any more is read as nothing.
_ERASED_LISTS: Final = frozenset({"identifiers"})

Keys = Mapping[str, "AESGCM | None"]


def _topics(names: Iterable[str]) -> frozenset[str]:
    return frozenset(topic for name in names for topic in codec.topics(FACTS[name]))


PARTY_TOPICS: Final = _topics(IN_PARTY_STREAM)
CONTRACT_TOPICS: Final = _topics(NAMING_PARTIES)
SEALED_TOPICS: Final = PARTY_TOPICS | CONTRACT_TOPICS


class Sealing:
    """Seals and opens with the keys of one ledger."""

    def __init__(self, keyring: Keyring) -> None:
        """Reads nothing yet."""
        self._keyring = keyring

    def seal(self, entry: NewEntry) -> NewEntry:
        """The entry as it is stored. Raises SubjectErased, KeysUnavailable, StoreUnavailable."""
        if entry.fact in PARTY_TOPICS:
            subject = entry.stream.removeprefix(PARTY_PREFIX)
            data = msgspec.json.decode(entry.payload)
            for field in IN_PARTY_STREAM[codec.split(entry.fact)[0]]:
                if data[field]:
                    data[field] = self._box(subject, (entry.stream, entry.version, field), data[field])
        elif entry.fact in CONTRACT_TOPICS and '"party_id":"' in entry.payload:
            data = self._beside(msgspec.json.decode(entry.payload), entry, "")
        else:
            return entry
        return entry._replace(payload=msgspec.json.encode(data).decode())

    def _beside(self, found: Any, entry: NewEntry, path: str) -> Any:  # noqa: ANN401 - JSON of any shape
        if isinstance(found, list):
            return [self._beside(held, entry, f"{path}{n}/") for n, held in enumerate(found)]
        if not isinstance(found, dict):
            return found
        subject = found.get("party_id")
        return {
            key: self._box(subject, (entry.stream, entry.version, f"{path}{key}"), held)
            if subject and held and key in BESIDE_PARTY_ID
            else self._beside(held, entry, f"{path}{key}/")
            for key, held in found.items()
        }

    def _box(self, subject: str, place: tuple[str, int, str], value: object) -> dict[str, str]:
        nonce = secrets.token_bytes(NONCE_BYTES)
        hidden = self._keyring.to_seal(subject).encrypt(nonce, msgspec.json.encode(value), bound_to(place))
        return {SEALED: subject, BOX: base64.b64encode(nonce + hidden).decode()}

    def read_keys(self, payloads: Iterable[str]) -> None:
        """Reads the keys that some stored texts need together, to have them at hand. Raises KeysUnavailable, StoreUnavailable."""
        if subjects := {subject for payload in payloads for subject in subjects_of(payload)}:
            self._keyring.to_open(subjects)

    def open(self, stream: str, version: int, payload: str) -> str:
        """A stored text with what is sealed in it, or ERASED in its place. Raises SealBroken, KeysUnavailable, StoreUnavailable."""
        keys = self._keyring.to_open(subjects_of(payload))
        opened = _unboxed(msgspec.json.decode(payload), "", lambda path, key, box: _content((stream, version, path), key, box, keys))
        return msgspec.json.encode(opened).decode()


def withheld(fact: str, data: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """A fact's content without what is sealed of it, for places where an erasure would not reach it. `fact` is its name."""
    if fact in IN_PARTY_STREAM:
        hidden = IN_PARTY_STREAM[fact]
        return {key: _nothing_of(key) if key in hidden and held else held for key, held in data.items()}
    return without_parties(data) if fact in NAMING_PARTIES else data


def without_parties(found: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """JSON in which what names a party by `party_id` has nothing beside it that can be erased."""
    if isinstance(found, list):
        return [without_parties(held) for held in found]
    if not isinstance(found, dict):
        return found
    named = found.get("party_id") is not None
    return {key: ERASED if named and held and key in BESIDE_PARTY_ID else without_parties(held) for key, held in found.items()}


def _nothing_of(key: str) -> object:
    return [] if key in _ERASED_LISTS else ERASED


def is_sealed(topic: str, payload: str) -> bool:
    """Whether anything in a stored text is sealed."""
    return topic in SEALED_TOPICS and MARK in payload


def subjects_of(payload: str) -> set[str]:
    """Whose personal data a stored text holds."""
    return {msgspec.json.decode(found) for found in _SUBJECT.findall(payload)}


def mark_of(subject: str) -> str:
    """What stands in every stored text that holds something sealed for a subject."""
    return f"{MARK}{msgspec.json.encode(subject).decode()}"


def bound_to(place: tuple[str, int, str]) -> bytes:
    """What a sealed text is bound to: its stream, its version and where it stands in the fact."""
    stream, version, path = place
    return f"{stream}\x1f{version}\x1f{path}".encode()


def _unboxed(found: Any, path: str, content: Callable[[str, str, dict[str, str]], object]) -> Any:  # noqa: ANN401 - JSON of any shape
    if isinstance(found, list):
        return [_unboxed(held, f"{path}{n}/", content) for n, held in enumerate(found)]
    if not isinstance(found, dict):
        return found
    return {
        key: content(f"{path}{key}", key, held)
        if isinstance(held, dict) and held.keys() == {SEALED, BOX}
        else _unboxed(held, f"{path}{key}/", content)
        for key, held in found.items()
    }


def _content(place: tuple[str, int, str], key: str, box: dict[str, str], keys: Keys) -> object:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - loaded only where something is sealed

    subject = box[SEALED]
    if subject not in keys:
        message = f"the key of {subject!r} is missing, although nobody erased its data; the keys have to be restored with the entries"
        raise KeysUnavailable(message)
    opener = keys[subject]
    if opener is None:
        return _nothing_of(key)
    hidden = base64.b64decode(box[BOX])
    try:
        return msgspec.json.decode(opener.decrypt(hidden[:NONCE_BYTES], hidden[NONCE_BYTES:], bound_to(place)))
    except InvalidTag as error:
        stream, version, path = place
        message = f"what is sealed at {path} in version {version} of {stream} is not what was stored there"
        raise SealBroken(message) from error
