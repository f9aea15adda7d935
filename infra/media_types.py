"""What a document is, found from its bytes: the kinds that contracts come with, and nothing that a reader's program would execute.

The older Office formats share one container (MS-CFB), and plain text is plain text whatever it is called: there what the sender says
is taken if it is one of the possible names. HTML, SVG, programs and Office files with macros are not kept.
"""

from __future__ import annotations

import codecs
import os
import struct
from typing import BinaryIO, Final

PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
UNKNOWN: Final = "application/octet-stream"

HEAD: Final = 65_536
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_ODF: Final = "application/vnd.oasis.opendocument"
_TEXTS: Final = ("text/plain", "text/csv", "text/markdown", "application/json", "message/rfc822")
_XML: Final = ("application/xml", "text/xml")
_OLDER_OFFICE: Final = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook")
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", ("image/png",)),
    (b"\xff\xd8\xff", ("image/jpeg",)),
    (b"GIF87a", ("image/gif",)),
    (b"GIF89a", ("image/gif",)),
    (b"II*\x00", ("image/tiff",)),
    (b"MM\x00*", ("image/tiff",)),
    (b"BM", ("image/bmp",)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLDER_OFFICE),
    (b"{\\rtf", ("application/rtf", "text/rtf")),
)
# What a package of this kind cannot be without.
_PACKAGES: Final = (
    ("word/document.xml", f"{_OFFICE}.wordprocessingml.document"),
    ("xl/workbook.xml", f"{_OFFICE}.spreadsheetml.sheet"),
    ("ppt/presentation.xml", f"{_OFFICE}.presentationml.presentation"),
    # GB/T 33190: the fixed-layout format of Chinese invoices and official documents.
    ("OFD.xml", "application/ofd"),
)
_MACROS: Final = ("word/vbaProject.bin", "xl/vbaProject.bin", "ppt/vbaProject.bin")
_OPEN_DOCUMENTS: Final = tuple(f"{_ODF}.{kind}" for kind in ("text", "spreadsheet", "presentation"))
_SUFFIXES: Final = {
    ".pdf": PDF, ".zip": ZIP, ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".tif": "image/tiff",
    ".tiff": "image/tiff", ".bmp": "image/bmp", ".webp": "image/webp", ".heic": "image/heic", ".rtf": "application/rtf",
    ".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
    ".msg": "application/vnd.ms-outlook", ".txt": "text/plain", ".csv": "text/csv", ".md": "text/markdown", ".json": "application/json",
    ".xml": "application/xml", ".eml": "message/rfc822", ".docx": _PACKAGES[0][1], ".xlsx": _PACKAGES[1][1], ".pptx": _PACKAGES[2][1],
    ".ofd": "application/ofd", ".odt": _OPEN_DOCUMENTS[0], ".ods": _OPEN_DOCUMENTS[1], ".odp": _OPEN_DOCUMENTS[2],
}  # fmt: skip

_CONTROL: Final = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r\x0c")
_TAIL: Final = 22 + 65_535
_MAX_DIRECTORY: Final = 4 * 2**20


def of_name(name: str) -> str | None:
    """The media type that a file's name stands for, if it is one that is kept."""
    return _SUFFIXES.get(os.path.splitext(name)[1].lower())  # noqa: PTH122 - a name, not a path


def suffix_of(media_type: str) -> str:
    """What a file of this type is called at its end."""
    return next((suffix for suffix, kind in _SUFFIXES.items() if kind == media_type), "")


def possible(file: BinaryIO) -> tuple[str, ...]:
    """The names that the bytes allow, the likeliest first; none for what is not kept. Reads at most 4.2 MB, whatever the size."""
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _packaged(file, head)
    if b"%PDF-" in head[:1024]:
        return (PDF,)
    for beginning, kinds in _BEGINNINGS:
        if head.startswith(beginning):
            return kinds
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ("image/webp",)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1"):
        return ("image/heic",)
    if not _is_text(head):
        return ()
    return (*_XML, "text/plain") if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") else _TEXTS


def _is_text(head: bytes) -> bool:
    if not head:
        return False
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _reads(head, "utf-16")
    if head.translate(None, _CONTROL) != head:
        return False
    # GB 18030 reads nearly everything above the control characters, as the texts of older Chinese programs need.
    return _reads(head, "utf-8") or _reads(head, "gb18030")


def _reads(head: bytes, encoding: str) -> bool:
    try:
        # A letter that the end of the head cuts in two is no mistake.
        codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    return True


def _packaged(file: BinaryIO, head: bytes) -> tuple[str, ...]:
    names = _names_in(file)
    if names is None or any(name in names for name in _MACROS):
        return ()
    found = next((kind for name, kind in _PACKAGES if name in names), None)
    if found is None and head[30:38] == b"mimetype":
        found = next((kind for kind in _OPEN_DOCUMENTS if head[38:].startswith(kind.encode() + b"PK")), None)
    return (ZIP,) if found is None else (found, ZIP)


def _names_in(file: BinaryIO) -> frozenset[str] | None:
    """The names in a ZIP archive's directory (PKWARE APPNOTE 4.3.12, 4.3.16), as far as 4 MiB of it say; None where it has none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return None
    length, begins = struct.unpack_from("<II", tail, end + 12)
    if begins + length > size:
        # An archive beyond 4 GiB has its directory elsewhere; a broken one has none. Neither is a document of a known kind.
        return None
    file.seek(begins)
    directory = file.read(min(length, _MAX_DIRECTORY))
    names: set[str] = set()
    at = 0
    while directory[at : at + 4] == b"PK\x01\x02" and len(directory) >= at + 46:
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        names.add(directory[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return frozenset(names)
