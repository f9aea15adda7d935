"""Published JSON as it is walked: each place knows its path, cleans what it gives out, and tells what was wrong there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Any, NamedTuple, TypeAlias

from domain.money import CURRENCIES, Money, MoneyError
from infra.ocds.report import Severity

Tell: TypeAlias = Callable[[Severity, str, str, str, object], None]

EARLIEST_YEAR = 1900
LATEST_YEAR = 2199
MAX_WHOLE_DIGITS = 18
MAX_FRACTION_DIGITS = 6

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?|[+-]?\.[0-9]+", re.ASCII)
_LOST_LETTER = re.compile(r"(?<=[^\W\d_])\?(?=[^\W\d_])|\ufffd")
# Line ends and tabs are text; what else is invisible and unassigned to any script cannot be told apart or stored.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_STAND_INS = frozenset(
    "0 00 000 - -- . ? n/a na n.a n.a. nd n.d. s/n none null nil unknown no_aplica noaplica no_disponible sin_dato sin_datos".split()
)


def is_stand_in(text: str) -> bool:
    """Whether an identifier only says that there is none."""
    return text.strip().lower().replace(" ", "_") in _STAND_INS


class Unreadable(NamedTuple):
    """Why something cannot be read: a code and a sentence."""

    code: str
    reason: str


class Node:
    """A value in a document. Nothing here raises for what the value is: it is told, and None comes back."""

    __slots__ = ("_key", "_parent", "_tell", "value")

    def __init__(self, value: Any, tell: Tell, key: str = "", parent: Node | None = None) -> None:  # noqa: ANN401 - JSON of any shape
        """`tell` hears of everything below this node; `key` is the last step of the path, or all of it at the root."""
        self.value = value
        self._tell = tell
        self._key = key
        self._parent = parent

    @property
    def path(self) -> str:
        """The JSON Pointer from the document's root."""
        return self._key if self._parent is None else f"{self._parent.path}/{self._key}"

    def tell(self, severity: Severity, code: str, reason: str) -> None:
        """Reports this place."""
        self._tell(severity, code, reason, self.path, self.value)

    def notice(self, code: str, reason: str) -> None:
        """Reports what was imported, though not exactly as it stands."""
        self.tell(Severity.NOTICE, code, reason)

    def skip(self, code: str, reason: str) -> None:
        """Reports a part that is left out."""
        self.tell(Severity.SKIPPED, code, reason)

    def __getitem__(self, key: str) -> Node:
        """The field of an object; a node without a value where there is none."""
        held = self.value.get(key) if isinstance(self.value, dict) else None
        return Node(held, self._tell, key, self)

    def first(self, *keys: str) -> Node:
        """The first of several fields that is there."""
        for key in keys:
            if isinstance(self.value, dict) and self.value.get(key) not in (None, "", {}, []):
                return self[key]
        return self[keys[0]]

    @property
    def absent(self) -> bool:
        """Nothing stands here, or nothing but an empty text, object or list."""
        return self.value is None or self.value in ("", {}, []) or (isinstance(self.value, str) and not self.value.strip())

    @property
    def blank(self) -> bool:
        """Nothing stands here or anywhere below."""
        if isinstance(self.value, dict):
            return all(self[key].blank for key in self.value)
        if isinstance(self.value, list):
            return all(element.blank for element in self.elements())
        return self.absent

    def elements(self) -> Iterator[Node]:
        """Whatever stands in a list; nothing where there is none."""
        if isinstance(self.value, list):
            for n, held in enumerate(self.value):
                yield Node(held, self._tell, str(n), self)

    def objects(self) -> Iterator[Node]:
        """The objects of a list, or the one object where a publisher left the list out. What else stands there is told."""
        if self.absent:
            return
        if isinstance(self.value, dict):
            yield self
            return
        if not isinstance(self.value, list):
            self.skip("wrong_type", "A list of objects is expected here.")
            return
        for element in self.elements():
            if isinstance(element.value, dict):
                yield element
            elif element.value is not None:
                element.skip("wrong_type", "An object is expected here.")

    def text(self) -> str | None:
        """Text without surrounding space; numbers as they are written; None where there is none."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | Decimal):
            if not self.absent:
                self.skip("wrong_type", "Text is expected here.")
            return None
        text = self.value if isinstance(self.value, str) else str(self.value)
        return clean(text, self) or None

    def link(self) -> str | None:
        """Text whose question marks are not lost letters."""
        return None if not isinstance(self.value, str) else _CONTROL.sub("", _SURROGATE.sub("\ufffd", self.value)).strip() or None

    def identifier(self) -> str | None:
        """Text that identifies; None, and told, where it only says that there is none, such as "N/A" or "0"."""
        text = self.text()
        if text is not None and is_stand_in(text):
            self.notice("placeholder_id", "This says that there is no identifier; it is not taken as one.")
            return None
        return text

    def moment(self) -> datetime | None:
        """A date-time in UTC; one without a zone is read as UTC, a date as its first moment."""
        found = self._written_moment()
        return None if found is None else found.astimezone(UTC)

    def day(self) -> date | None:
        """The day as it is written, in the zone in which it is written."""
        found = self._written_moment()
        return None if found is None else found.date()

    def holding(self, value: Any) -> Node:  # noqa: ANN401 - JSON of any shape
        """This place with another value, such as one without its unit."""
        return Node(value, self._tell, self._key, self._parent)

    def past(self, now: datetime) -> datetime | None:
        """A moment that is not after `now`: what has happened cannot lie in the future."""
        if self.ahead(now):
            self.skip("date_in_future", "What has happened cannot lie in the future; this date is not taken.")
            return None
        return self.moment()

    def ahead(self, now: datetime) -> bool:
        """Whether a moment after `now` stands here. Tells nothing."""
        found = self._parsed()
        return isinstance(found, datetime) and found > now

    def _written_moment(self) -> datetime | None:
        found = self._parsed()
        if isinstance(found, Unreadable):
            self.skip(*found)
            return None
        return found

    def _parsed(self) -> datetime | Unreadable | None:
        if self.absent:
            return None
        try:
            found = datetime.fromisoformat(self.value.strip())
        except (ValueError, AttributeError):
            return Unreadable("date_unreadable", "This is not an ISO 8601 date or date-time.")
        if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            return Unreadable("date_implausible", f"The year {found.year} makes no sense here; the date is not taken.")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def number(self) -> Decimal | None:
        """A plain decimal with at most six digits after the point, without trailing zeros. Never from a float."""
        found = self._written_number()
        if found is None:
            return None
        if found.adjusted() >= MAX_WHOLE_DIGITS:
            self.skip("number_too_large", "The number has more digits than the ledger keeps exactly.")
            return None
        with localcontext() as context:
            context.prec = 60
            rounded = found.quantize(Decimal(1).scaleb(-MAX_FRACTION_DIGITS), rounding=ROUND_HALF_EVEN)
        if rounded != found:
            self.notice("number_rounded", f"Rounded to {MAX_FRACTION_DIGITS} digits after the point: {rounded.normalize():f}.")
        return Decimal(f"{rounded.normalize():f}")

    def _written_number(self) -> Decimal | None:
        held = self.value
        if isinstance(held, str):
            held = held.strip()
            if not held:
                return None
            if not _NUMBER.fullmatch(held):
                self.skip("number_unreadable", "This is not a plain decimal number.")
                return None
        elif held is None:
            return None
        elif isinstance(held, bool) or not isinstance(held, int | Decimal):
            self.skip("wrong_type", "A number is expected here.")
            return None
        try:
            found = Decimal(held)
        except InvalidOperation:
            self.skip("number_unreadable", "This is not a plain decimal number.")
            return None
        if not found.is_finite() or found.adjusted() < -MAX_WHOLE_DIGITS:
            self.skip("number_unreadable", "This is not a number that anything can be counted in.")
            return None
        return found

    def currency(self) -> str | None:
        """An ISO 4217 code; one in lower case is told and taken, an unknown one is told and not taken."""
        text = self.text()
        if text is None:
            return None
        code = text.upper()
        if code not in CURRENCIES:
            self.skip("unknown_currency", "This is not an ISO 4217 currency code; amounts in it cannot be read.")
            return None
        if code != text:
            self.notice("currency_repaired", f"Currency codes are written in capitals; read as {code}.")
        return code

    def money(self, otherwise: str | None = None) -> Money | None:
        """A Value object's exact amount, rounded half to even where it has more digits than the currency; told if so.

        `otherwise` is the currency where none is stated, told as well. Amounts of zero and less come back as they are.
        """
        node = self["amount"] if isinstance(self.value, dict) else self
        amount = node._written_number()  # noqa: SLF001 - another node of the same kind
        if amount is None:
            return None
        stated = self["currency"]
        currency = otherwise if stated.absent else stated.currency()
        if currency is None:
            if stated.absent:
                node.skip("currency_missing", "No currency is stated for this amount.")
            return None
        if stated.absent:
            node.notice("currency_assumed", f"No currency is stated for this amount; read as the contract's, {currency}.")
        try:
            money, exact = Money.rounded(amount, currency)
        except MoneyError as error:
            node.skip("amount_too_large", f"The amount cannot be kept: {error}.")
            return None
        if not exact:
            node.notice("amount_rounded", f"{currency} has fewer digits after the point; rounded half to even to {money}.")
        return money


def clean(text: str, node: Node) -> str:
    """Text without surrounding space and without what cannot be stored. Damage to letters is told; what is certain is repaired."""
    cleaned = text
    if not text.isascii():
        cleaned = repaired(text, node)
        if _SURROGATE.search(cleaned):
            node.notice("broken_character", "Half a character (a lone surrogate) is replaced by U+FFFD.")
            cleaned = _SURROGATE.sub("\ufffd", cleaned)
    if _CONTROL.search(cleaned):
        node.notice("control_characters", "Control characters are left out.")
        cleaned = _CONTROL.sub("", cleaned)
    if _LOST_LETTER.search(cleaned):
        node.notice("mojibake", "A letter was lost before this was published; it cannot be told which, so the text stays as it is.")
    cleaned = cleaned.strip()
    return cleaned if any(not invisible(c) for c in cleaned) else ""


def invisible(character: str) -> bool:
    """Whether a character shows nothing: space, or a format character such as U+200B."""
    return character.isspace() or unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp", "Cn", "Co")


def repaired(text: str, node: Node) -> str:
    """Undoes UTF-8 that was read as Latin-1 or Windows-1252: certain, since other text hardly ever is valid UTF-8 by chance."""
    for encoding in ("latin-1", "cp1252"):
        try:
            original = text.encode(encoding).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if not _CONTROL.search(original):
            node.notice("mojibake_repaired", f'UTF-8 that was read as {encoding} is read as UTF-8: "{original[:100]}".')
            return original
    return text
