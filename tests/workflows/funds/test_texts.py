"""Every word of funds that people see stands in both languages."""

from enum import StrEnum

import pytest

from domain.costs import CostClass
from domain.funds import (
    CharityClass,
    ExpenseState,
    FundState,
    LeftOverGround,
    StockLineKind,
    TransferKind,
    TransferState,
)
from domain.giving import EarmarkKind, FundType
from domain.purposes import BeneficiaryScope, PurposeGround, PurposeState, QualifyingChange
from locales import Locale, text
from workflows.funds.programmes import programme_templates

WORDED: dict[str, type[StrEnum]] = {
    "fund_state": FundState,
    "fund_type": FundType,
    "earmark_kind": EarmarkKind,
    "beneficiary_scope": BeneficiaryScope,
    "purpose_ground": PurposeGround,
    "purpose_state": PurposeState,
    "qualifying_change": QualifyingChange,
    "transfer_kind": TransferKind,
    "transfer_state": TransferState,
    "left_over_ground": LeftOverGround,
    "cost_class": CostClass,
    "expense_state": ExpenseState,
    "charity_class": CharityClass,
    "stock_line_kind": StockLineKind,
}


def _keys():
    for group, members in WORDED.items():
        yield from (f"funds.{group}.{member.value}" for member in members)
    for template in programme_templates().values():
        yield f"funds.programme_template.{template.id}"
        yield from (f"funds.document.{code}" for code in template.documents)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_member_template_and_paper_has_its_word(locale):
    assert [key for key in _keys() if text(key, locale) == key] == []
