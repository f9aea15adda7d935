"""Documents that decisions find around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from domain.document import StoredDocument
from domain.surroundings import Alone

S = TypeVar("S")

SEEN = StoredDocument(version=1, sha256="0f" * 32, size=348_160, media_type="application/pdf")


class Archive(Alone):
    """Nothing around but documents that the ledger keeps."""

    def __init__(self, *documents: StoredDocument) -> None:
        """Takes what is kept."""
        self._documents = {document.sha256: document for document in documents}

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """A document by its hash; a blank state of anything else."""
        return cast("S", self._documents[identity]) if blank is StoredDocument and identity in self._documents else blank()
