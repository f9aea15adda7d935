"""What the fields of a search, of one that is saved, and of their answers mean; part of the one table in `wording`."""

from __future__ import annotations

from typing import Final

from api.wording.base import Wording
from projections.search.question import MAX_LENGTH

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    (owner, field): Wording(says, example)
    for owner, field, says, example in (
        ("SearchPage", "hits", "The contracts that were found, the best first.", None),
        ("SearchHit", "id", "The contract's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
        ("SearchHit", "snippets", "Up to three places at which the words stand.", None),
        ("SearchSnippet", "where", "What kind of text it is from.", "clause"),
        ("SearchSnippet", "key", "The id of the counterparty, clause or item, or the version of the note's entry; else null.", "4"),
        ("SearchSnippet", "text", "The text around the words.", "付款\n买方应在验收后三十日内付款。"),
        ("SearchSnippet", "offset", "Where in the whole text it begins, in code points; a clause's heading is its first line.", 0),
        ("SearchSnippet", "marks", "What was found, in order.", [{"start": 10, "end": 13}]),
        ("SearchMark", "start", "The first code point of the snippet that belongs to it.", 10),
        ("SearchMark", "end", "The first code point after it.", 13),
        ("ContractSearch", "fields", "Fields of the house as KEY:VALUE, as the register is asked.", ["cost_centre:CC-100"]),
        ("ContractSearch", "min_value", "Of this value or more.", None),
        ("ContractSearch", "max_value", "Of this value or less.", None),
        ("ContractSearch", "sort", "The column to sort by.", "value"),
        ("ContractSearch", "descending", "Whether the greatest comes first.", True),
        ("NamedSearch", "search", "What is looked for.", None),
        ("NamedSearch", "shared", "Whether others may use it, as PERSON/NAME.", True),
        ("SearchesAnswer", "of", "Whose they are.", "li.wei"),
        ("SearchesAnswer", "searches", "The searches, by name.", None),
    )
} | {("ContractSearch", "words"): Wording("What stands anywhere in the contract.", "验收", MAX_LENGTH)}
