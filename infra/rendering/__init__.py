"""A contract as a document that people read and sign: Markdown, Word or PDF, in Chinese or English.

The same state, format and language give the same bytes wherever they are made with the same libraries: no clock, no chance, and no
compression, whose result differs from one machine's library to the next. So a SHA-256 names one text for good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from domain.contract.rounds import Round
from domain.contract.state import Contract
from domain.contract.vocabulary import TextFormat, TextLanguage
from infra.rendering import markdown
from infra.rendering.approval import approval_sheet
from infra.rendering.sheet import Sheet, sheet_of

MEDIA_TYPES: Final = {
    TextFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    TextFormat.PDF: "application/pdf",
    TextFormat.MD: "text/markdown",
}
_LIBRARIES: Final = {TextFormat.DOCX: "python-docx", TextFormat.PDF: "reportlab"}


@dataclass(frozen=True, slots=True)
class Rendering:
    """A contract written out. `renderer` names the programs, whose other versions may give other bytes."""

    content: bytes
    format: TextFormat
    language: TextLanguage
    renderer: str

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def render(contract: Contract, form: TextFormat, language: TextLanguage) -> Rendering:
    """Writes a contract out as it stands in this state."""
    return _written(sheet_of(contract, language), form, language)


def render_approval(contract: Contract, told: tuple[Round, ...], form: TextFormat, language: TextLanguage) -> Rendering:
    """Writes out the approval sheet of the last of these rounds; `contract` is as it was submitted then."""
    return _written(approval_sheet(contract, told, language), form, language)


def _written(sheet: Sheet, form: TextFormat, language: TextLanguage) -> Rendering:
    if form is TextFormat.MD:
        content = markdown.written(sheet)
    elif form is TextFormat.DOCX:
        # The libraries of documents take longer to import than the rest of the ledger.
        from infra.rendering import word  # noqa: PLC0415

        content = word.written(sheet)
    else:
        from infra.rendering import pdf  # noqa: PLC0415

        content = pdf.written(sheet)
    names = ("tallystick", *filter(None, [_LIBRARIES.get(form)]))
    return Rendering(content, form, language, " ".join(f"{name}/{version(name)}" for name in names))


def file_name(contract: Contract) -> str:
    """What to call the file, without its suffix."""
    return f"{contract.number} {contract.title} v{contract.version}"
