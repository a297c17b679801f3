"""A purpose as the columns that funds, earmarks, programmes and versions keep it in."""

from datetime import date
from typing import LiteralString

from domain.giving import Restriction
from domain.needs import NeedCategory
from domain.people import parse_situation
from domain.provenance import Validity
from domain.purposes import BeneficiaryScope, Purpose
from graph.columns import day_or_none, integer_or_none, text_or_none, texts
from graph.ports import Record

PURPOSE_COLUMNS: LiteralString = """
  n.categories AS categories, n.situations AS situations, n.restricted_regions AS restricted_regions,
  n.valid_from AS valid_from, n.valid_to AS valid_to, n.beneficiary_scope AS beneficiary_scope,
  n.case_cap_fen AS case_cap_fen
"""
"""Of a node ``n``, for the list after RETURN."""

SET_PURPOSE: LiteralString = """
  n.categories = $categories, n.situations = $situations, n.restricted_regions = $restricted_regions,
  n.valid_from = $valid_from, n.valid_to = $valid_to, n.beneficiary_scope = $beneficiary_scope,
  n.case_cap_fen = $case_cap_fen
"""
"""Of a node ``n``, for the list after SET."""


def purpose_of(record: Record) -> Purpose:
    """Read a purpose; a node from before there were scopes reaches anyone."""
    return Purpose(
        restriction=Restriction(
            categories=frozenset(NeedCategory(code) for code in texts(record, "categories")),
            situations=frozenset(parse_situation(code) for code in texts(record, "situations")),
            regions=texts(record, "restricted_regions"),
            validity=Validity(
                valid_from=day_or_none(record, "valid_from"), valid_to=day_or_none(record, "valid_to")
            ),
        ),
        beneficiary_scope=BeneficiaryScope(
            text_or_none(record, "beneficiary_scope") or BeneficiaryScope.ANYONE
        ),
        case_cap_fen=integer_or_none(record, "case_cap_fen"),
    )


def purpose_columns(purpose: Purpose) -> dict[str, list[str] | date | str | int | None]:
    """Write a purpose as parameters of ``SET_PURPOSE``."""
    restriction = purpose.restriction
    return {
        "categories": sorted(category.value for category in restriction.categories),
        "situations": sorted(situation.value for situation in restriction.situations),
        "restricted_regions": sorted(restriction.regions),
        "valid_from": restriction.validity.valid_from,
        "valid_to": restriction.validity.valid_to,
        "beneficiary_scope": purpose.beneficiary_scope.value,
        "case_cap_fen": purpose.case_cap_fen,
    }
