"""A draft of a model as rows with ids: who goes where, and who gives what."""

from collections.abc import Mapping

import numpy as np

from matching.formulation.instance import Funds
from matching.model import Draft, Labels, Model
from matching.plan import Assignment, GoodsAllocation, MoneyAllocation


def assignments_of(model: Model, labels: Labels, draft: Draft) -> tuple[Assignment, ...]:
    """Visits, by need and slot."""
    places, arcs = model.people.places, model.people.arcs
    rows = [
        Assignment(
            need_id=labels.needs[int(places.need[place])],
            slot_id=labels.slots[int(places.slot[place])],
            volunteer_id=labels.volunteers[int(arcs.volunteer[arc])],
            start_min=int(places.start_min[place]),
            end_min=int(places.end_min[place]),
            distance_m=int(arcs.distance_m[arc]),
        )
        for arc in np.flatnonzero(draft.chosen).tolist()
        for place in [int(arcs.place[arc])]
    ]
    return tuple(sorted(rows, key=lambda row: (row.need_id, row.slot_id)))


def money_of(
    model: Model, labels: Labels, funds: Funds, draft: Draft, ties: Mapping[tuple[str, str], str]
) -> tuple[MoneyAllocation, ...]:
    """
    Money, by need and book.

    ``ties`` are paths from a giver to a receiver, by fund and need.
    """
    at = {key: book for book, key in enumerate(funds.ids)}
    return tuple(
        MoneyAllocation(
            need_id=need_id,
            fund_id=funds.fund_id[at[key]],
            earmark_id=funds.earmark_id[at[key]],
            amount_fen=amount_fen,
            review_path=ties.get((funds.fund_id[at[key]], need_id)),
        )
        for need_id, key, amount_fen in gifts_of(model, labels, draft)
    )


def gifts_of(model: Model, labels: Labels, draft: Draft) -> list[tuple[str, str, int]]:
    """Need, book and fen, in the order of the ids."""
    money = model.supply.money
    return sorted(
        (labels.needs[int(money.taker[arc])], labels.funds[int(money.giver[arc])], int(draft.money[arc]))
        for arc in np.flatnonzero(draft.money).tolist()
    )


def goods_of(model: Model, labels: Labels, draft: Draft) -> tuple[GoodsAllocation, ...]:
    """Goods, by asked item and stock line."""
    goods = model.supply.goods
    rows = [
        GoodsAllocation(
            need_id=labels.needs[int(model.item_need[goods.taker[arc]])],
            need_item_id=labels.items[int(goods.taker[arc])],
            offer_id=labels.stock[int(goods.giver[arc])],
            quantity=int(draft.goods[arc]),
        )
        for arc in np.flatnonzero(draft.goods).tolist()
    ]
    return tuple(sorted(rows, key=lambda row: (row.need_item_id, row.offer_id)))


def fulfilled_of(labels: Labels, draft: Draft) -> frozenset[str]:
    """Needs that are complete."""
    return frozenset(labels.needs[need] for need in np.flatnonzero(draft.complete).tolist())
