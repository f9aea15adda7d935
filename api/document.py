"""Writes docs/openapi.json: `python -m api.document`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from api.app import create_app
from infra.opening import connect
from infra.schema import Names

COMMITTED: Final = Path(__file__).parents[1] / "docs" / "openapi.json"


def generated() -> str:
    """The OpenAPI document of this program, as text. Needs no database."""
    app = create_app(connect("", Names("ledger"), as_role=False))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Writes the document."""
    COMMITTED.write_text(generated(), "utf-8")


if __name__ == "__main__":
    main()
