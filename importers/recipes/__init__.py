"""
Tables whose rows mean more than a renaming: one function each, from a read table to nodes and relationships.

A recipe never touches the graph and never raises on data: what it cannot use becomes an issue.
"""

from importers.recipes.base import Recipe
from importers.recipes.divisions import CODE_HISTORY, POINTS_BY_NAME
from importers.recipes.equipment import MATCHED_GOODS, PLEDGED_GOODS, REQUESTED_GOODS
from importers.recipes.gifts import CASH_GIFTS, GOODS_GIFTS
from importers.recipes.grants import GRANTS
from importers.recipes.issued import GOODS_ISSUES, STATEMENT_LINES
from importers.recipes.needs import NEED_BY_COLUMNS, NEED_BY_TEXT
from importers.recipes.offers import MAKERS
from importers.recipes.requests import CALLS, REQUESTS
from importers.recipes.wishes import WISHES

RECIPES: dict[str, Recipe] = {
    "calls_for_volunteers": CALLS,
    "cash_gifts": CASH_GIFTS,
    "code_history": CODE_HISTORY,
    "goods_gifts": GOODS_GIFTS,
    "goods_issues": GOODS_ISSUES,
    "grants": GRANTS,
    "makers": MAKERS,
    "matched_goods": MATCHED_GOODS,
    "need_by_columns": NEED_BY_COLUMNS,
    "need_by_text": NEED_BY_TEXT,
    "pledged_goods": PLEDGED_GOODS,
    "points_by_name": POINTS_BY_NAME,
    "requested_goods": REQUESTED_GOODS,
    "statement_lines": STATEMENT_LINES,
    "requests": REQUESTS,
    "wishes": WISHES,
}
"""Recipes by the name that a mapping calls them."""
