"""What ruin and recreate works on: the model as compressed lists, and a plan with what is left of everything."""

from typing import NamedTuple

from matching.arrays import BoolArray, FloatArray, IntArray


class Net(NamedTuple):
    """What does not change: the model by rows of compressed lists (``first`` has one entry more)."""

    complete: IntArray
    movable: BoolArray  # by need
    rank_worth: FloatArray  # by need, two keys to fill up by
    rank_price: FloatArray
    gain: FloatArray  # by need, nanopoints at the prices
    scale: float  # of gains: nanopoints that a good plan may well lose against the prices
    place_first: IntArray  # by need
    group: IntArray  # by place
    arc_first: IntArray  # by place
    arc_place: IntArray
    arc_need: IntArray
    arc_points: IntArray  # nanopoints
    arc_paid: FloatArray  # nanopoints at the prices
    volunteer: IntArray  # by arc
    escort: BoolArray
    adult: BoolArray
    entry_first: IntArray  # by arc
    entry_row: IntArray
    entry_size: IntArray
    member_first: IntArray  # by row
    member: IntArray
    person_first: IntArray  # by volunteer
    person_arc: IntArray
    money_first: IntArray  # by need
    money_at: IntArray  # gift arcs of each need, cheapest at the prices first
    money_need: IntArray
    money_giver: IntArray
    money_most: IntArray
    money_cost: IntArray
    money_asked: IntArray
    fund_first: IntArray  # by fund
    fund_at: IntArray
    item_first: IntArray  # by need
    item_at: IntArray
    goods_first: IntArray  # by item
    goods_at: IntArray
    goods_giver: IntArray
    goods_most: IntArray
    goods_cost: IntArray
    goods_asked: IntArray
    stock_first: IntArray  # by stock line
    stock_at: IntArray
    goods_need: IntArray
    ceiling_first: IntArray  # by need
    ceiling_row: IntArray
    ceiling_use: IntArray
    inside_first: IntArray  # by ceiling
    inside_need: IntArray


class State(NamedTuple):
    """A plan while it is worked on, with what is left of everything and a copy of what a move touches."""

    complete: BoolArray
    arc_at: IntArray  # by place
    money: IntArray
    goods: IntArray
    row_left: IntArray
    fund_left: IntArray
    stock_left: IntArray
    ceiling_left: IntArray
    order: IntArray  # movable needs, the complete ones first
    position: IntArray
    counts: IntArray  # complete needs, touched needs, stamp, needs to fill up with
    value: IntArray
    touched: IntArray
    stamp: IntArray
    listed: IntArray
    old_complete: BoolArray
    old_arc: IntArray
    old_money: IntArray
    old_goods: IntArray
    wish: IntArray
    key: FloatArray
    pick: IntArray
    scratch: IntArray
