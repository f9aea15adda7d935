"""Reads documents as OCDS 1.0 and 1.1: release packages, record packages, records, bare releases and lists of any of these."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from infra.ocds.files import Document
from infra.ocds.node import Node
from infra.ocds.report import OnRow, Row, Severity

MAX_FOUND = 120
_PREFIX = re.compile(r"ocds-[a-z0-9]{6}", re.ASCII)


class Package(NamedTuple):
    """What surrounds a release: who publishes it, and when its package came out."""

    publisher: str | None
    published_at: datetime | None


class Release(NamedTuple):
    """A release that was found in a document. `publisher` is the ocid's prefix, or "", where none is named."""

    publisher: str
    published_at: datetime | None
    ocid: str
    file: str
    node: Node


NOTHING = Package(None, None)


class Teller:
    """Turns what nodes tell into rows of one document."""

    def __init__(self, on_row: OnRow, file: str, publisher: str = "", ocid: str = "") -> None:
        """Takes who hears the rows, and what they have in common."""
        self._on_row = on_row
        self._file = file
        self._publisher = publisher
        self._ocid = ocid

    def __call__(self, severity: Severity, code: str, reason: str, path: str, found: object) -> None:
        """One row."""
        self._on_row(Row(severity, code, reason, self._file, path, shown(found), self._publisher, self._ocid))


def shown(found: object) -> str:
    """What stood there, shortened; nothing for what has parts."""
    if found is None or isinstance(found, dict | list):
        return ""
    return str(found).encode("utf-8", "replace").decode()[:MAX_FOUND]


class Repeating(dict[str, Any]):
    """An object that has a key more than once; the last one counts, as with every lenient reader."""

    repeated: tuple[str, ...] = ()


def parse(document: Document) -> Any:  # noqa: ANN401 - JSON of any shape
    """The document's JSON with exact numbers (Decimal, never a float). Raises ValueError or RecursionError."""
    encoding = json.detect_encoding(document.text)
    return json.loads(document.text.decode(encoding), parse_float=Decimal, parse_constant=str, object_pairs_hook=members)


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, which remembers keys that stood in it more than once."""
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    repeating = Repeating(made)
    repeating.repeated = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return repeating


def tell_repeated(top: Node) -> None:
    """Tells each key that an object has more than once, wherever it stands, however deep."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node.value, Repeating):
            for key in node.value.repeated:
                node[key].notice("duplicate_key", "This key stands here more than once; the last one is taken.")
        if isinstance(node.value, dict):
            waiting += [node[key] for key in node.value]
        else:
            waiting += node.elements()


def releases(document: Document, on_row: OnRow) -> Iterator[Release]:
    """The releases in a document, in the order in which they stand there. What is no release is told."""
    root = "" if document.line is None else f"line {document.line}"
    try:
        value = parse(document)
    except UnicodeDecodeError as error:
        reason = f"JSON is written in UTF-8; byte {error.start} is not. Convert the file first."
        on_row(Row(Severity.ERROR, "not_utf8", reason, document.file, root))
        return
    except RecursionError:
        on_row(Row(Severity.ERROR, "nested_too_deep", "Nested deeper than any published contract is.", document.file, root))
        return
    except ValueError as error:
        on_row(Row(Severity.ERROR, "invalid_json", f"Not valid JSON: {error}.", document.file, root))
        return
    top = Node(value, Teller(on_row, document.file), root)
    tell_repeated(top)
    yield from unpacked(top, NOTHING, document.file)


def unpacked(node: Node, package: Package, file: str, *, listed: bool = False) -> Iterator[Release]:
    """The releases of whatever stands here."""
    value = node.value
    if isinstance(value, list) and not listed:
        for one in node.elements():
            yield from unpacked(one, package, file, listed=True)
        return
    if not isinstance(value, dict):
        node.tell(Severity.ERROR, "not_ocds", "This is not OCDS: an object with releases, records or an ocid is expected.")
        return
    if isinstance(value.get("records"), list):
        package = surroundings(node, package)
        for one in node["records"].elements():
            yield from record(one, package, file)
    elif "compiledRelease" in value or "versionedRelease" in value or ("releases" in value and "ocid" in value):
        yield from record(node, package, file)
    elif isinstance(value.get("releases"), list):
        package = surroundings(node, package)
        for one in node["releases"].elements():
            yield from embedded(one, package, file)
    elif "ocid" in value:
        yield from embedded(node, package, file)
    else:
        node.tell(Severity.ERROR, "not_ocds", "This is not OCDS: neither releases nor records nor an ocid is in it.")


def surroundings(node: Node, outer: Package) -> Package:
    """What this package, record or release says of its publisher and day, or what surrounds it does."""
    own = node["packageInfo"] if isinstance(node["packageInfo"].value, dict) else node
    return Package(own["publisher"]["name"].text() or outer.publisher, own["publishedDate"].moment() or outer.published_at)


def record(node: Node, package: Package, file: str) -> Iterator[Release]:
    """A record's embedded releases; its compiled release where there are none, or where others are only linked."""
    if not isinstance(node.value, dict):
        node.tell(Severity.ERROR, "not_ocds", "A record is an object.")
        return
    package = surroundings(node, package)
    entries = list(node["releases"].elements())
    inside = [e for e in entries if not is_link(e.value)]
    for one in inside:
        yield from embedded(one, package, file, ocid=node["ocid"])
    compiled = node["compiledRelease"]
    if isinstance(compiled.value, dict):
        if len(inside) < len(entries) or not inside:
            yield from embedded(compiled, package, file, ocid=node["ocid"])
    elif len(inside) < len(entries) or not inside:
        reason = "Releases that are only linked are not fetched, and there is no compiled release."
        node["releases"].tell(Severity.SKIPPED if inside else Severity.ERROR, "only_linked", reason)


def is_link(value: object) -> bool:
    """Whether a record names a release by its address instead of holding it."""
    return isinstance(value, str) or (isinstance(value, dict) and "url" in value and "ocid" not in value and "id" not in value)


def embedded(node: Node, package: Package, file: str, *, ocid: Node | None = None) -> Iterator[Release]:
    """One release. The ocid of its record counts where it has none of its own."""
    if not isinstance(node.value, dict):
        node.tell(Severity.ERROR, "not_ocds", "A release is an object.")
        return
    process = node["ocid"].text() or (ocid.text() if ocid is not None else None)
    if process is None:
        node["ocid"].tell(Severity.ERROR, "ocid_missing", "Without an ocid it cannot be told to which process this release belongs.")
        return
    package = surroundings(node, package)
    publisher = package.publisher
    if publisher is None:
        prefix = _PREFIX.match(process)
        publisher = prefix.group() if prefix else ""
        node.notice("publisher_missing", f"No publisher is named; the ocid's prefix {publisher!r} stands for it.")
    yield Release(publisher, package.published_at, process, file, node)
