"""Search 全文检索: one row for each contract with the words by which it is found, in Chinese, in English and in both at once."""

from __future__ import annotations

from projections.search.queries import Hit, Search, SearchQuery
from projections.search.table import SEARCH

__all__ = ["SEARCH", "Hit", "Search", "SearchQuery"]
