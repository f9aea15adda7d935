"""`tally conformed`: the text, and the entry behind every word."""

from __future__ import annotations

from tests.scripts.conftest import Tally


def test_the_text_is_shown_with_the_entries_behind_it(tally: Tally) -> None:
    copy = tally.json("conformed", "CG-2025-007")["copy"]
    (first, *_) = copy["clauses"]
    text = tally("conformed", "CG-2025-007").stdout
    assert "".join(f"{span['text']}[v{span['version']}]" for span in first["heading"]) in text
    assert f"v{copy['entries'][0]['version']}" in text
    assert "was not there then" in tally("conformed", "CG-2025-007", "--known-at", "2001-01-01", exit_code=1).stderr
