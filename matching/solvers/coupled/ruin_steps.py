"""Single steps of ruin and recreate, compiled: seat a need's team, pay it, take it out, undo since the last mark."""

# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportCallIssue=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, PLR0912 - for the same reason; compiled loops stay in one piece

import math

import numpy as np
from numba import njit

compiled = njit(cache=True, nogil=True, _nrt=False)
"""Nothing here makes an array. With references counted, each call would count those of all arrays it hands on."""


@compiled
def mark(state, need, is_complete):
    """Note whether a need is complete, in the list of those that are."""
    here, counts = state.position[need], state.counts
    if here < 0:
        return
    if is_complete:
        there = counts[0]
        counts[0] += 1
    else:
        counts[0] -= 1
        there = counts[0]
    other = state.order[there]
    state.order[there], state.order[here] = need, other
    state.position[need], state.position[other] = there, here


@compiled
def touch(net, state, need):
    """Keep what a need has before the move changes it."""
    if state.stamp[need] == state.counts[2]:
        return
    state.stamp[need] = state.counts[2]
    state.touched[state.counts[1]] = need
    state.counts[1] += 1
    state.old_complete[need] = state.complete[need]
    for place in range(net.place_first[need], net.place_first[need + 1]):
        state.old_arc[place] = state.arc_at[place]
    for at in range(net.money_first[need], net.money_first[need + 1]):
        state.old_money[net.money_at[at]] = state.money[net.money_at[at]]
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        for at in range(net.goods_first[item], net.goods_first[item + 1]):
            state.old_goods[net.goods_at[at]] = state.goods[net.goods_at[at]]


@compiled
def book(net, state, need, sign):
    """Take (1) or give back (-1) all that the need's entries say it uses."""
    value = net.complete[need]
    for place in range(net.place_first[need], net.place_first[need + 1]):
        arc = state.arc_at[place]
        if arc >= 0:
            value += net.arc_points[arc]
            for entry in range(net.entry_first[arc], net.entry_first[arc + 1]):
                state.row_left[net.entry_row[entry]] -= sign * net.entry_size[entry]
    for at in range(net.money_first[need], net.money_first[need + 1]):
        gift = net.money_at[at]
        value -= net.money_cost[gift] * state.money[gift]
        state.fund_left[net.money_giver[gift]] -= sign * state.money[gift]
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        for at in range(net.goods_first[item], net.goods_first[item + 1]):
            gift = net.goods_at[at]
            value -= net.goods_cost[gift] * state.goods[gift]
            state.stock_left[net.goods_giver[gift]] -= sign * state.goods[gift]
    for at in range(net.ceiling_first[need], net.ceiling_first[need + 1]):
        state.ceiling_left[net.ceiling_row[at]] -= sign * net.ceiling_use[at]
    state.complete[need] = sign > 0
    state.value[0] += sign * value
    mark(state, need, sign > 0)


@compiled
def clear(net, state, need):
    """Forget who serves a need and what it was given."""
    for place in range(net.place_first[need], net.place_first[need + 1]):
        state.arc_at[place] = -1
    for at in range(net.money_first[need], net.money_first[need + 1]):
        state.money[net.money_at[at]] = 0
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        for at in range(net.goods_first[item], net.goods_first[item + 1]):
            state.goods[net.goods_at[at]] = 0


@compiled
def remove(net, state, need):
    """Take a need out and free what it held."""
    touch(net, state, need)
    book(net, state, need, -1)
    clear(net, state, need)


@compiled
def restore(net, state):
    """Undo the move."""
    for k in range(state.counts[1]):
        need = state.touched[k]
        if state.complete[need]:
            book(net, state, need, -1)
            clear(net, state, need)
    for k in range(state.counts[1]):
        need = state.touched[k]
        if state.old_complete[need]:
            for place in range(net.place_first[need], net.place_first[need + 1]):
                state.arc_at[place] = state.old_arc[place]
            for at in range(net.money_first[need], net.money_first[need + 1]):
                state.money[net.money_at[at]] = state.old_money[net.money_at[at]]
            for item_at in range(net.item_first[need], net.item_first[need + 1]):
                item = net.item_at[item_at]
                for at in range(net.goods_first[item], net.goods_first[item + 1]):
                    state.goods[net.goods_at[at]] = state.old_goods[net.goods_at[at]]
            book(net, state, need, 1)


@compiled
def fits(net, state, arc):
    """Whether the rows of an arc have room for it."""
    for entry in range(net.entry_first[arc], net.entry_first[arc + 1]):
        if net.entry_size[entry] > state.row_left[net.entry_row[entry]]:
            return False
    return True


@compiled
def load(net, state, arc, sign):
    """Take room in the rows of an arc, or give it back."""
    for entry in range(net.entry_first[arc], net.entry_first[arc + 1]):
        state.row_left[net.entry_row[entry]] -= sign * net.entry_size[entry]


@compiled
def team(net, state, need, alpha, blink):
    """Fill ``pick`` (by place from the need's first) with the best team found; False if there is none."""
    first, last = net.place_first[need], net.place_first[need + 1]
    best, found = -1e300, False
    begin = first
    while begin < last:
        end = begin
        while end < last and net.group[end] == net.group[begin]:
            end += 1
        total, filled, escorted, adults = 0.0, 0, False, False
        for place in range(begin, end):
            top, who = -1e300, -1
            for arc in range(net.arc_first[place], net.arc_first[place + 1]):
                score = net.arc_points[arc] - alpha * net.arc_paid[arc]
                if score > top and fits(net, state, arc):
                    if blink > 0.0 and np.random.random() < blink:
                        continue
                    twice = False
                    for earlier in range(begin, place):
                        twice |= net.volunteer[state.scratch[earlier - first]] == net.volunteer[arc]
                    if not twice:
                        top, who = score, arc
            if who < 0:
                break
            state.scratch[place - first] = who
            load(net, state, who, 1)
            filled += 1
            total += top
            escorted |= net.escort[who]
            adults |= net.adult[who]
        for place in range(begin, begin + filled):
            load(net, state, state.scratch[place - first], -1)
        if filled == end - begin and (adults or not escorted) and total > best:
            best, found = total, True
            for place in range(first, last):
                state.pick[place - first] = -1
            for place in range(begin, end):
                state.pick[place - first] = state.scratch[place - first]
        begin = end
    return found


@compiled
def give(first, last, at_list, giver, most, left, asked, into, turn):
    """Take what is asked from givers in their order, begun at ``turn``; False (and nothing taken) if short."""
    missing = asked
    count = last - first
    for k in range(count):
        gift = at_list[first + (k + turn) % count]
        amount = min(missing, most[gift], left[giver[gift]])
        into[gift] = amount
        left[giver[gift]] -= amount
        missing -= amount
        if missing == 0:
            break
    if missing == 0:
        return True
    for k in range(count):
        gift = at_list[first + k]
        left[giver[gift]] += into[gift]
        into[gift] = 0
    return False


@compiled
def ungive(net, state, need, items):
    """Give back the money of a need, and its first goods."""
    for at in range(net.money_first[need], net.money_first[need + 1]):
        state.fund_left[net.money_giver[net.money_at[at]]] += state.money[net.money_at[at]]
    for item_at in range(net.item_first[need], net.item_first[need] + items):
        item = net.item_at[item_at]
        for at in range(net.goods_first[item], net.goods_first[item + 1]):
            gift = net.goods_at[at]
            state.stock_left[net.goods_giver[gift]] += state.goods[gift]


@compiled
def payable(net, state, need):
    """Whether givers have left what the need asks."""
    missing = net.money_asked[need]
    for at in range(net.money_first[need], net.money_first[need + 1]):
        if missing <= 0:
            break
        gift = net.money_at[at]
        missing -= min(net.money_most[gift], state.fund_left[net.money_giver[gift]])
    return missing <= 0


@compiled
def hopeless(net, need):
    """Whether the dice leave a need out that costs more than it is worth at the prices."""
    short = -net.gain[need]
    return short > 0.0 and np.random.random() > math.exp(-short / net.scale)
