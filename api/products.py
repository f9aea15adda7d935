"""Reading products: one as it stands, who changed what of it, and all of them, filtered, sorted and paged."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import HistoryPage
from api.current import EntryCursor, EntryLimit, current, history
from api.describe import READ, READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, ProductId, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.moments import LISTED_AS_OF, KnownAt, ValidAt
from api.permissions import HISTORY_READERS, READERS
from api.product_answers import ProductAnswer, ProductPage
from api.register import SortOrder
from api.scalars import TEXT
from domain.product import NoSuchProduct, Product
from infra.ledger import PRODUCT
from projections.products import PRODUCTS, ProductQuery, Products
from projections.products.queries import SORTS, listed_json

MAX_LISTED: Final = 500
_COLUMNS: Final = {"id": "product_id"}
ProductSort = StrEnum("ProductSort", {name: name for name in ("id", *(column for column in SORTS if column != "product_id"))})  # type: ignore[misc]
_BY_CODE: Final = ProductSort("code")

ByText = Annotated[str | None, TEXT, Query(max_length=200, description="Found in the code, the name or the specification, in any case.")]
Withdrawn = Annotated[bool | None, Query(description="Whether it is no longer offered.")]
Sort = Annotated[ProductSort, Query(description="What to sort by.")]
InOrder = Annotated[SortOrder, Query(description="Which way.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many products at most.")]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same sort and order; keep the filters."),
]

routes = APIRouter(tags=["products"])


def answer(product_id: str, product: Product) -> ProductAnswer:
    """A product as the API shows it. Raises NoSuchProduct."""
    if not product.exists:
        raise NoSuchProduct
    return ProductAnswer(
        id=product_id,
        version=product.version,
        code=product.code,
        name=product.name,
        specification=product.specification,
        unit=product.unit,
        tax_percent=product.tax_percent,
        prices=product.prices,
        withdrawn=product.withdrawn,
    )


async def asked(
    q: ByText = None,
    *,
    withdrawn: Withdrawn = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Sort = _BY_CODE,
    order: InOrder = SortOrder.ASC,
) -> ProductQuery:
    """Which products, in which order."""
    column, descending = _COLUMNS.get(sort, sort), order is SortOrder.DESC
    return ProductQuery(q=q, withdrawn=withdrawn, valid_at=valid_at, known_at=known_at, sort=column, descending=descending)


AskedProducts = Annotated[ProductQuery, Depends(asked)]


@routes.get(
    "/products",
    operation_id="list_products",
    summary="List the products",
    description="Every filter that is given must hold. The list is a view and follows the ledger within moments: to see your own write, "
    f"give the position of its answer as `min_position`. {LISTED_AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(ProductPage, "A page of products.", refusals=READ, headers=("Ledger-Position",)),
)
def list_products(
    at: AtDoor, query: AskedProducts, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, PRODUCTS.name, min_position)
    listed = Products(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = {"products": [listed_json(row) for row in listed.rows], "next_cursor": listed.next_cursor}
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/products/{product_id}",
    operation_id="get_product",
    summary="Read a product",
    description="Reads the entries themselves, so that it shows every write at once.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(ProductAnswer, "The product.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_product(at: AtDoor, product_id: ProductId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, PRODUCT, product_id, if_none_match, answer)


@routes.get(
    "/products/{product_id}/history",
    operation_id="get_product_history",
    summary="Who described and priced a product, when and why",
    description="Every entry of the product, oldest first, with what it changed.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(HistoryPage, "A page of entries.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_product_history(
    at: AtDoor, product_id: ProductId, *, cursor: EntryCursor = None, limit: EntryLimit = 100, if_none_match: IfNoneMatch = None
) -> Response:
    answer(product_id, at.ledger.load(PRODUCT, product_id))
    return history(at, PRODUCT, product_id, (cursor or 0, limit), if_none_match)
