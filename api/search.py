"""Search over HTTP: contracts by the words in them, the best first, with where the words stand."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.describe import READ, described
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.permissions import READERS
from api.scalars import TEXT
from api.search_answers import SearchHit, SearchMark, SearchPage, SearchPlace, SearchSnippet
from projections.register import REGISTER
from projections.search import SEARCH, Hit, Search, SearchQuery
from projections.search.question import MAX_LENGTH

MAX_HITS: Final = 100
SYNTAX: Final = (
    'All words have to be found, the last one as the beginning of a word; "words in quotation marks" as they follow each other, and '
    "no -word. Chinese needs no spaces: two characters or more are found where they stand side by side. Width, case and accents do not "
    "count; traditional and simplified characters are told apart."
)

Words = Annotated[str, TEXT, Query(min_length=1, max_length=MAX_LENGTH, description=f"What to look for. {SYNTAX}")]
Limit = Annotated[int, Query(ge=1, le=MAX_HITS, description="How many contracts at most.")]
Cursor = Annotated[str | None, TEXT, Query(max_length=4_000, description="The `next_cursor` of the page before, for the same words.")]

routes = APIRouter(tags=["contracts"])


@routes.get(
    "/search",
    operation_id="search_contracts",
    summary="Search contracts by their words",
    description="Looks in numbers, titles, counterparties' names, clauses, line items, tags and notes as they are worded now, and gives "
    "the best first; of more than 500 contracts, by what stands in number, title and names alone; of more than 1,000 those that hold "
    "the words there, and then the others. Up to three snippets of each contract say where the words stand; marks count code points from "
    "the snippet's beginning. Search is a view and follows the ledger within moments: to find your own write, give the position of its "
    "answer as `min_position`.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(SearchPage, "A page of contracts that were found.", refusals=READ, headers=("Ledger-Position",)),
)
def search_contracts(at: AtDoor, q: Words, *, limit: Limit = 20, cursor: Cursor = None, min_position: MinPosition = None) -> Response:
    position = min(read_lasting(at, view.name, min_position) for view in (SEARCH, REGISTER))
    listed = Search(at.opened).find(SearchQuery(q=q, limit=limit, cursor=cursor))
    page = SearchPage(hits=tuple(map(_answer, listed.rows)), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


def _answer(hit: Hit) -> SearchHit:
    found = tuple(
        SearchSnippet(
            where=SearchPlace(snippet.where),
            key=snippet.key or None,
            text=snippet.text,
            offset=snippet.offset,
            marks=tuple(SearchMark(start=mark.start, end=mark.end) for mark in snippet.marks),
        )
        for snippet in hit.snippets
    )
    return SearchHit(id=hit.contract_id, number=hit.number, title=hit.title, status=hit.status, value=hit.value, snippets=found)
