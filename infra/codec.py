"""How facts become stored text and come back: stable names, schema versions, upcasting. What is stored is what is hashed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NoReturn

import msgspec

import domain.access
import domain.alert
import domain.alerting
import domain.clock
import domain.contract
import domain.delegation
import domain.document
import domain.fields
import domain.party
import domain.policy
import domain.product
import domain.risk
import domain.searches
import domain.template  # noqa: F401 - a fact that is not imported is not known
from domain.contract.correction import Restated
from domain.contract.operations import Operation
from domain.facts import FACTS, Fact, Meta
from domain.terms.rules import Term
from infra.errors import UnknownFact
from infra.upcasting import UPCASTS


def enc_hook(value: object) -> object:
    """Encodes what msgspec does not know."""
    if isinstance(value, Restated):
        return {"fact": topic(value.fact), "data": value.fact}
    message = f"{type(value).__name__} has no place in a fact"
    raise TypeError(message)


def dec_hook(wanted: type, value: Any) -> object:  # noqa: ANN401 - JSON of any shape
    """Decodes what msgspec does not know."""
    try:
        if wanted is Operation:
            return msgspec.convert(value, Operation.KINDS[value["op"]], dec_hook=dec_hook)
        if wanted is Term:
            return msgspec.convert(value, Term.KINDS[value["term"]], dec_hook=dec_hook)
        if wanted is Restated:
            return Restated(from_builtins(value["fact"], value["data"]))
    except KeyError as error:
        message = f"{wanted.__name__} has or knows no {error}"
        raise ValueError(message) from error
    message = f"{wanted.__name__} has no place in a fact"
    raise TypeError(message)


class Decoders(dict[str, Callable[[str | bytes], Fact]]):
    """How each stored topic is decoded. Raises UnknownFact for one that is not there."""

    def __missing__(self, stored_topic: str) -> Callable[[str | bytes], Fact]:
        """What is not there is not known."""
        _refuse(stored_topic)


_encoder: Final = msgspec.json.Encoder(enc_hook=enc_hook)
_meta_decoder: Final = msgspec.json.Decoder(Meta)
_decoders: Final = Decoders()
_LONGEST_KEPT_META: Final = 1_000


def topic(fact: Fact) -> str:
    """The name under which a fact is stored: `contract.payment_recorded@2`."""
    return f"{fact.NAME}@{fact.SCHEMA}"


def topics(fact: type[Fact]) -> list[str]:
    """Every name under which a fact was ever stored."""
    return [f"{fact.NAME}@{schema}" for schema in range(1, fact.SCHEMA + 1)]


def encode(fact: Fact) -> str:
    """The JSON text of a fact, exactly as it is stored and hashed."""
    return _encoder.encode(fact).decode()


def encode_any(value: object) -> bytes:
    """JSON of facts, commands and what they are made of, in the order of their fields."""
    return _encoder.encode(value)


def decode(stored_topic: str, payload: str | bytes) -> Fact:
    """The fact that a stored text means today. Raises UnknownFact; a known fact that does not decode raises ValueError."""
    return _decoders[stored_topic](payload)


def decoder_for(stored_topic: str) -> Callable[[str | bytes], Fact]:
    """Decodes the current schema at once, and earlier ones by way of their upcasts."""
    name, schema = split(stored_topic)
    known = FACTS[name]
    if schema == known.SCHEMA:
        return msgspec.json.Decoder(known, dec_hook=dec_hook).decode
    return lambda payload: from_builtins(stored_topic, msgspec.json.decode(payload))


def split(stored_topic: str) -> tuple[str, int]:
    """Name and schema version of a stored topic. Raises UnknownFact for what this program cannot read."""
    name, _, schema = stored_topic.partition("@")
    known = FACTS.get(name)
    if known is None or schema not in map(str, range(1, known.SCHEMA + 1)):
        _refuse(stored_topic)
    return name, int(schema)


def _refuse(stored_topic: str) -> NoReturn:
    message = f"{stored_topic!r} is not a fact that this version of Tallystick knows"
    raise UnknownFact(message)


def from_builtins(stored_topic: str, data: dict[str, Any]) -> Fact:
    """Brings decoded JSON of any schema version up to the current one."""
    name, schema = split(stored_topic)
    known = FACTS[name]
    try:
        for step in range(schema, known.SCHEMA):
            data = UPCASTS[name, step](data)
    except (KeyError, TypeError) as error:
        message = f"{stored_topic} cannot be brought up to date: {error!r}"
        raise ValueError(message) from error
    return msgspec.convert(data, known, dec_hook=dec_hook)


def encode_meta(meta: Meta) -> str:
    """The JSON text of an envelope, exactly as it is stored and hashed."""
    return _encoder.encode(meta).decode()


def decode_meta(text: str | bytes) -> Meta:
    """The envelope of a stored entry."""
    return _kept_meta(text) if len(text) <= _LONGEST_KEPT_META else _meta_decoder.decode(text)


@lru_cache(maxsize=1_024)
def _kept_meta(text: str | bytes) -> Meta:
    # All entries of a command have the same envelope, and nobody can change a Meta.
    return _meta_decoder.decode(text)


def _know_all() -> None:
    """Makes every decoder, and what msgspec keeps of every class that they may meet, before there is a second thread.

    msgspec makes it when a class is first met and shows it to other threads unfinished: one that decodes the same class then
    crashes the process (seen with 0.22).
    """
    for known in FACTS.values():
        for stored_topic in topics(known):
            _decoders[stored_topic] = decoder_for(stored_topic)
    for kind in (*Operation.KINDS.values(), *Term.KINDS.values()):
        msgspec.json.Decoder(kind, dec_hook=dec_hook)


_know_all()
