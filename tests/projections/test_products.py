"""The view of products: each row says what its stream folds into."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Entry, Fact, Meta
from domain.product import ProductDescribed, ProductListed, ProductPrice, ProductPriced, ProductRestored, ProductWithdrawn
from projections.columns import shown
from projections.products.table import COLUMNS, ProductLine, ProductTold, fold
from tests.spec import START

names = st.sampled_from(("硒鼓", "Müller & Söhne\n\x00\x1e\\N", "50 % \\ _ \x1f'\""))
figures = st.decimals(0, 10_000, places=4) | st.just(Decimal("1E+2"))
days = st.dates(date(2026, 1, 1), date(2027, 1, 1))
details = {"name": names, "specification": st.none() | names, "unit": st.none() | names, "tax_percent": st.none() | figures}
prices = st.builds(
    ProductPrice, currency=st.just("CNY"), unit_price=figures, valid_from=days, valid_until=st.none() | days, price_list=names
)
facts = st.one_of(
    st.builds(ProductDescribed, **details),
    st.builds(ProductPriced, price=prices),
    st.builds(ProductWithdrawn, why=names),
    st.builds(ProductRestored, why=names),
)
pasts = st.builds(lambda first, then: (first, *then), st.builds(ProductListed, code=names, **details), st.lists(facts, max_size=12))


@settings(max_examples=200, deadline=None)
@given(pasts)
def test_a_row_says_after_each_entry_what_the_product_folds_into(past: tuple[Fact, ...]) -> None:
    line, told = ProductLine("1"), ProductTold("1")
    meta = Meta(actor="alice", credential="k", channel="api")
    for n, said in enumerate(past, 1):
        at = START + timedelta(hours=n)
        entry = Entry(n, "product-1", n, said, at, at, str(n), meta)
        fold(line, entry)
        told.fold(entry)
        values = {c: getattr(line, c) for c in COLUMNS}
        assert {c: shown(v) if isinstance(v, str) else v for c, v in values.items()} == told.row()
