"""
The supply side of the model: which fund may pay which need, which stock serves which item.

Rows are budgets of books and stock lines (HC-12), household ceilings (HC-19) and what charities may spend on
themselves (HC-17). A row that cannot bind is left
out, so that it ties nothing together.
"""

import numpy as np

from domain.costs import CostClass
from domain.needs import NeedKind, SubjectKind
from matching.arrays import BoolArray, IntArray, offsets, ranges
from matching.formulation.instance import Instance
from matching.formulation.objective import goods_cost, money_cost, takes_parts
from matching.model import Ceilings, Gifts, Supply
from matching.rules import ALL_RULES

MANAGEMENT = "MANAGEMENT"
"""Name of the ceiling on what a charity spends on itself."""

_BATCH_PAIRS = 2_000_000


def _gifts(
    taker: IntArray, giver: IntArray, most: IntArray, cost: IntArray, asked: IntArray, *, held: IntArray
) -> Gifts:
    keep = most > 0
    order = np.lexsort((giver[keep], taker[keep]))
    taker = taker[keep][order]
    return Gifts(
        taker=taker,
        giver=giver[keep][order],
        most=most[keep][order],
        cost=cost[keep][order],
        asked=asked,
        held=held,
        first=offsets(taker, len(asked)),
    )


def _money(instance: Instance, wanted: BoolArray, struck: dict[str, int]) -> Gifts:
    needs, funds = instance.needs, instance.funds
    payable = np.flatnonzero(wanted & (needs.money_fen > 0)).astype(np.int64)
    kept_need, kept_fund = [payable[:0]], [payable[:0]]
    for piece in np.array_split(payable, len(payable) * len(funds) // _BATCH_PAIRS + 1):
        need = np.repeat(piece, len(funds))
        fund = np.tile(np.arange(len(funds), dtype=np.int64), len(piece))
        for rule in ALL_RULES:
            if rule.funds is not None:
                passed = rule.funds(instance, need, fund)
                name = f"struck_{rule.id}_funds"
                struck[name] = struck.get(name, 0) + int((~passed).sum())
                need, fund = need[passed], fund[passed]
        kept_need.append(need)
        kept_fund.append(fund)
    need, fund = np.concatenate(kept_need), np.concatenate(kept_fund)
    most = np.minimum(np.minimum(needs.money_fen[need], funds.case_cap_fen[fund]), funds.budget_fen[fund])
    return _gifts(need, fund, most, money_cost(instance, need, fund), needs.money_fen, held=funds.budget_fen)


def _goods(instance: Instance, wanted: BoolArray, struck: dict[str, int]) -> Gifts:
    items, stock = instance.items, instance.stock
    code_of = {key: code for code, key in enumerate(dict.fromkeys(zip(stock.item, stock.unit, strict=True)))}
    stock_code = np.array([code_of[key] for key in zip(stock.item, stock.unit, strict=True)], dtype=np.int64)
    asked_code = np.array(
        [code_of.get(key, -1) for key in zip(items.item, items.unit, strict=True)], dtype=np.int64
    )
    by_code = np.argsort(stock_code, kind="stable")
    first = offsets(stock_code[by_code], len(code_of))
    asked = np.flatnonzero(wanted[items.need] & (asked_code >= 0))
    counts = np.diff(first)[asked_code[asked]]
    item = np.repeat(asked, counts)
    line = by_code[np.repeat(first[asked_code[asked]], counts) + ranges(counts)]
    for rule in ALL_RULES:
        if rule.stock is not None:
            passed = rule.stock(instance, item, line)
            struck[f"struck_{rule.id}_stock"] = int((~passed).sum())
            item, line = item[passed], line[passed]
    most = np.minimum(items.quantity[item], stock.quantity[line])
    return _gifts(item, line, most, goods_cost(instance, item, line), items.quantity, held=stock.quantity)


def _ceilings(instance: Instance, wanted: BoolArray) -> Ceilings:
    needs = instance.needs
    members: dict[int, list[int]] = {}
    for need in range(len(needs)):
        if needs.subject_kind[need] == SubjectKind.HOUSEHOLD and needs.subject_index[need] >= 0:
            members.setdefault(int(needs.subject_index[need]), []).append(need)
    costs = [
        need
        for need, line in enumerate(needs.cost_class)
        if line == CostClass.MANAGEMENT and needs.subject_index[need] >= 0
    ]
    row: list[tuple[int, int, int, int]] = []
    caps: list[int] = []
    subjects: list[int] = []
    what: list[str] = []

    def add(inside: list[int], per_need: int, per_fen: int, cap: int, subject: int, *, name: str) -> None:
        open_members = [need for need in inside if wanted[need] and (per_need or needs.money_fen[need] > 0)]
        weight = sum(per_need + per_fen * int(needs.money_fen[need]) for need in open_members)
        if open_members and weight > cap:
            row.extend((len(caps), need, per_need, per_fen) for need in open_members)
            caps.append(max(0, cap))
            subjects.append(subject)
            what.append(name)

    paid_fen: dict[int, int] = {}
    for (subject, _kind), amount_fen in instance.subject_paid_fen.items():
        paid_fen[subject] = paid_fen.get(subject, 0) + amount_fen
    for subject, inside in sorted(members.items()):
        limits = instance.policy.ceilings_in(min(needs.region_path[need] for need in inside))
        wishes = [
            need for need in inside if needs.kind[need] == NeedKind.WISH and not instance.wish_is_live[need]
        ]
        places = limits.wishes_at_a_time.value - int(instance.subject_live_wishes[subject])
        add(wishes, 1, 0, places, subject, name="WISHES")
        for kind, limit in sorted(limits.by_kind.items()):
            left = limit.value - instance.subject_paid_fen.get((subject, kind), 0)
            add([need for need in inside if needs.kind[need] == kind], 0, 1, left, subject, name=kind)
        if limits.total is not None:
            add(inside, 0, 1, limits.total.value - paid_fen.get(subject, 0), subject, name="TOTAL")
    for charity, room_fen in zip(
        instance.charity_years.organisation_id, instance.charity_years.room_fen, strict=True
    ):
        if room_fen is not None:
            own = [need for need in costs if instance.subject_ids[needs.subject_index[need]] == charity]
            if own:
                add(own, 0, 1, room_fen, int(needs.subject_index[own[0]]), name=MANAGEMENT)
    entries = np.array(row, dtype=np.int64).reshape(-1, 4)
    return Ceilings(
        row=entries[:, 0],
        need=entries[:, 1],
        per_need=entries[:, 2],
        per_fen=entries[:, 3],
        cap=np.array(caps, dtype=np.int64),
        subject=np.array(subjects, dtype=np.int64),
        what=what,
    )


def supply_of(instance: Instance, wanted: BoolArray) -> tuple[Supply, dict[str, int]]:
    """Money, goods and ceilings of the needs that are in the round, and what rules struck."""
    struck: dict[str, int] = {}
    money, goods = _money(instance, wanted, struck), _goods(instance, wanted, struck)
    ceilings = _ceilings(instance, wanted)
    enough = money.reachable >= money.asked
    fits = np.ones(len(enough), dtype=np.bool_)
    alone = ceilings.per_need + ceilings.per_fen * instance.needs.money_fen[ceilings.need]
    fits[ceilings.need[alone > ceilings.cap[ceilings.row]]] = False
    stocked = np.ones(len(enough), dtype=np.bool_)
    stocked[instance.items.need[goods.reachable < goods.asked]] = False
    supply = Supply(
        money=money,
        goods=goods,
        ceilings=ceilings,
        parts=takes_parts(instance),
        supplied=wanted & enough & fits & stocked,
    )
    return supply, struck
