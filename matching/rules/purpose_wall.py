"""HC-11: charity property is used as its plan or agreement says (Charity Law, art. 55 of 2016)."""

from collections.abc import Iterator

import numpy as np

from domain.needs import SubjectKind
from domain.purposes import REGISTERED_SITUATIONS, BeneficiaryScope
from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance
from matching.rules.base import Rule
from matching.rules.view import PlanView, Row, Violation


def keep_funds(instance: Instance, need: IntArray, fund: IntArray) -> BoolArray:
    """Category, situation, region, reach and first day of the book hold the need; an empty wall holds all."""
    needs, funds, walls = instance.needs, instance.funds, instance.walls
    begun = funds.from_day <= instance.day
    return (
        begun[fund]
        & walls.categories[needs.category_index[need], fund]
        & walls.situations[needs.situation_set[need], fund]
        & walls.regions[needs.region[need], fund]
        & walls.reached[funds.scope[fund], need]
    )


def keep_stock(instance: Instance, item: IntArray, stock: IntArray) -> BoolArray:
    """Goods given for one subject go to it alone, and none goes out on or after its expiry day."""
    lines, subject_at = instance.stock, {key: index for index, key in enumerate(instance.subject_ids)}
    nobody_here = -2  # no need of the round is theirs
    only = np.array([subject_at.get(key or "", nobody_here) for key in lines.restricted_to], dtype=np.int64)
    anybody = np.array([key is None for key in lines.restricted_to], dtype=np.bool_)
    subject = instance.needs.subject_index[instance.items.need[item]]
    return (instance.day < lines.expiry_day[stock]) & (anybody[stock] | (subject == only[stock]))


def audit(view: PlanView) -> Iterator[Violation]:
    """Money and goods outside the wall of their giver."""
    for entry in view.plan.money:
        fund, need = view.funds[entry.book_id], view.needs[entry.need_id]
        walls = [
            not fund["categories"] or need["category"] in fund["categories"],
            not fund["situations"] or bool(set(fund["situations"]) & set(need["situations"] or ())),
            not fund["region_paths"] or any(need["region_path"].startswith(p) for p in fund["region_paths"]),
            fund["from_day"] is None or fund["from_day"] <= view.day,
            _reached(fund["beneficiary_scope"], need),
        ]
        if not all(walls):
            yield Violation(
                rule="HC-11", subject=entry.book_id, detail=f"{entry.need_id} is outside the purpose"
            )
    for entry in view.plan.goods:
        line, need = view.stock[entry.offer_id], view.needs[entry.need_id]
        if line["restricted_to"] is not None and line["restricted_to"] != need["subject_id"]:
            yield Violation(rule="HC-11", subject=entry.offer_id, detail=f"reserved, not for {entry.need_id}")
        if line["expiry_day"] is not None and view.day >= line["expiry_day"]:
            yield Violation(rule="HC-11", subject=entry.offer_id, detail="past its expiry day")


def _reached(scope: str | None, need: Row) -> bool:
    """Whether the need's subject is of those that a scope means."""
    registered = {code.value for code in REGISTERED_SITUATIONS}
    return {
        BeneficiaryScope.ANYONE: True,
        BeneficiaryScope.HOUSEHOLDS: need["subject_kind"] == SubjectKind.HOUSEHOLD,
        BeneficiaryScope.INSTITUTIONS: need["subject_kind"] == SubjectKind.INSTITUTION,
        BeneficiaryScope.REGISTERED: need["subject_kind"] == SubjectKind.HOUSEHOLD
        and bool(registered & set(need["situations"] or ())),
    }[BeneficiaryScope(scope or BeneficiaryScope.ANYONE)]


RULE = Rule(id="HC-11", funds=keep_funds, stock=keep_stock, audit=audit)
