"""
Ruin and recreate over whole needs, compiled: the inner loop of :mod:`matching.solvers.coupled.ruin`.

A move forces in one need by throwing out those that stand in its way, or empties a neighbourhood, and fills
up again greedily at prices; simulated annealing decides whether it stays (Schrimpf and others, J Comput Phys
159, 2000; Christiaens and Vanden Berghe, Transp Sci 54, 2020). Everything is whole numbers but the dice.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportCallIssue=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202, PLR0911, PLR0912 - for the same reason; compiled loops stay in one piece

import math

import numpy as np

from matching.solvers.coupled.ruin_steps import (
    book,
    clear,
    compiled,
    fits,
    give,
    hopeless,
    payable,
    remove,
    restore,
    team,
    touch,
    ungive,
)

_TRIES = 20  # for a need to force in that has a chance


@compiled
def _insert(net, state, need, alpha, blink):
    for at in range(net.ceiling_first[need], net.ceiling_first[need + 1]):
        if net.ceiling_use[at] > state.ceiling_left[net.ceiling_row[at]]:
            return False
    if not payable(net, state, need):
        return False
    has_team = net.place_first[need + 1] > net.place_first[need]
    if has_team and not team(net, state, need, alpha, blink):
        return False
    touch(net, state, need)
    first, last, turn = net.money_first[need], net.money_first[need + 1], 0
    if net.money_asked[need] > 0:
        if last == first:
            return False
        if blink > 0.0 and np.random.random() < 0.2:
            turn = np.random.randint(0, last - first)
        if not give(first, last, net.money_at, net.money_giver, net.money_most, state.fund_left,
                     net.money_asked[need], state.money, turn):  # fmt: skip
            return False
    items, short = 0, False
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        if net.goods_asked[item] > 0 and not give(
            net.goods_first[item], net.goods_first[item + 1], net.goods_at, net.goods_giver, net.goods_most,
            state.stock_left, net.goods_asked[item], state.goods, 0,
        ):  # fmt: skip
            short = True
            break
        items += 1
    ungive(net, state, need, items)
    if short:
        clear(net, state, need)
        return False
    if has_team:
        begin = net.place_first[need]
        for place in range(begin, net.place_first[need + 1]):
            state.arc_at[place] = state.pick[place - begin]
    before = state.value[0]
    book(net, state, need, 1)
    if state.value[0] < before:  # not worth its ways
        book(net, state, need, -1)
        clear(net, state, need)
        return False
    return True


@compiled
def _wish(net, state, need, forced):
    """List a need to be filled up with, once."""
    counts = state.counts
    if state.complete[need] or state.listed[need] == counts[2] or counts[3] >= len(state.wish):
        return
    if not net.movable[need]:
        return
    state.listed[need] = counts[2]
    state.wish[counts[3]] = need
    state.key[counts[3]] = forced
    counts[3] += 1


@compiled
def _propose(net, state, need):
    """List a need if it has a chance."""
    if (
        not state.complete[need]
        and state.listed[need] != state.counts[2]
        and not hopeless(net, need)
        and payable(net, state, need)
    ):
        _wish(net, state, need, 0.0)


@compiled
def _throw_out(net, state, need):
    if not net.movable[need]:
        return False
    remove(net, state, need)
    _wish(net, state, need, 0.0)
    return True


@compiled
def _free_arc(net, state, arc, limit):
    """
    Throw out needs until the arc fits, each row's members in turn from a random one.

    Needs that gain more than ``limit`` at the prices go only if nothing else helps. The last rows come first: what
    overlaps has to go in any case, and its hours with it.
    """
    for back in range(net.entry_first[arc + 1] - net.entry_first[arc]):
        entry = net.entry_first[arc + 1] - 1 - back
        row = net.entry_row[entry]
        first = net.member_first[row]
        count = net.member_first[row + 1] - first
        turn = np.random.randint(0, count)
        for k in range(2 * count):
            if state.row_left[row] >= net.entry_size[entry]:
                break
            other = net.member[first + (k + turn) % count]
            if state.arc_at[net.arc_place[other]] == other and (
                k >= count or net.gain[net.arc_need[other]] <= limit
            ):
                _throw_out(net, state, net.arc_need[other])


@compiled
def _free_giver(first, last, at_list, owner, amounts, left, giver, missing, limit, net, state):
    """Throw out takers of one giver, from a random one, until it has what is missing; see :func:`_free_arc`."""
    count = last - first
    if count == 0:
        return
    turn = np.random.randint(0, count)
    for k in range(min(count, 200)):
        if left[giver] >= missing:
            return
        gift = at_list[first + (k + turn) % count]
        if amounts[gift] > 0 and net.gain[owner[gift]] <= limit:
            _throw_out(net, state, owner[gift])


@compiled
def _make_room(net, state, need):
    """Throw out what stands in the way of one need."""
    limit = net.gain[need] - net.scale * math.log(1.0 - np.random.random())
    for at in range(net.ceiling_first[need], net.ceiling_first[need + 1]):
        row = net.ceiling_row[at]
        first = net.inside_first[row]
        count = net.inside_first[row + 1] - first
        turn = np.random.randint(0, count)
        for k in range(count):
            if state.ceiling_left[row] >= net.ceiling_use[at]:
                break
            other = net.inside_need[first + (k + turn) % count]
            if other != need and state.complete[other]:
                _throw_out(net, state, other)
    first, last = net.place_first[need], net.place_first[need + 1]
    if last > first:
        group = net.group[np.random.randint(first, last)]
        for place in range(first, last):
            count = net.arc_first[place + 1] - net.arc_first[place]
            if net.group[place] != group or count == 0:
                continue
            if np.random.random() < 0.7:  # the arc that is cheapest at the prices, within a little
                top, arc = -1e300, -1
                for other in range(net.arc_first[place], net.arc_first[place + 1]):
                    score = (net.arc_points[other] - net.arc_paid[other]) * (0.7 + 0.6 * np.random.random())
                    if score > top:
                        top, arc = score, other
            else:
                arc = net.arc_first[place] + np.random.randint(0, count)
            _free_arc(net, state, arc, limit)
    missing = net.money_asked[need]
    if missing > 0:
        first, count = net.money_first[need], net.money_first[need + 1] - net.money_first[need]
        turn = np.random.randint(0, count) if count else 0
        for k in range(count):
            gift = net.money_at[first + (k + turn) % count]
            fund = net.money_giver[gift]
            part = min(missing, net.money_most[gift])
            _free_giver(net.fund_first[fund], net.fund_first[fund + 1], net.fund_at, net.money_need,
                        state.money, state.fund_left, fund, part, limit, net, state)  # fmt: skip
            missing -= min(part, state.fund_left[fund])
            if missing <= 0:
                break
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        count = net.goods_first[item + 1] - net.goods_first[item]
        if count:
            gift = net.goods_at[net.goods_first[item] + np.random.randint(0, count)]
            line = net.goods_giver[gift]
            _free_giver(net.stock_first[line], net.stock_first[line + 1], net.stock_at, net.goods_need,
                        state.goods, state.stock_left, line, net.goods_most[gift], limit, net, state)  # fmt: skip


@compiled
def _empty_around(net, state, need, count):
    """Throw out a need and others served by people who could have served it, from one to the next."""
    for _ in range(count):
        if state.complete[need]:
            _throw_out(net, state, need)
        first, last = net.place_first[need], net.place_first[need + 1]
        if last == first:
            return
        place = np.random.randint(first, last)
        begin, end = net.arc_first[place], net.arc_first[place + 1]
        if end == begin:
            return
        person = net.volunteer[np.random.randint(begin, end)]
        begin, end = net.person_first[person], net.person_first[person + 1]
        turn = np.random.randint(0, end - begin)
        for k in range(end - begin):
            arc = net.person_arc[begin + (k + turn) % (end - begin)]
            if state.arc_at[net.arc_place[arc]] == arc:
                need = net.arc_need[arc]
                break


@compiled
def _list_neighbours(net, state, most):
    """List open needs that the people and givers of the needs thrown out could serve instead."""
    for k in range(state.counts[1]):
        need = state.touched[k]
        for place in range(net.place_first[need], net.place_first[need + 1]):
            arc = state.old_arc[place]
            if arc < 0:
                continue
            person = net.volunteer[arc]
            begin, end = net.person_first[person], net.person_first[person + 1]
            turn = np.random.randint(0, end - begin)
            for j in range(end - begin):
                if state.counts[3] >= most:
                    return
                other = net.person_arc[begin + (j + turn) % (end - begin)]
                if not state.complete[net.arc_need[other]] and fits(net, state, other):
                    _propose(net, state, net.arc_need[other])
        for at in range(net.money_first[need], net.money_first[need + 1]):
            gift = net.money_at[at]
            if state.old_money[gift] == 0:
                continue
            fund = net.money_giver[gift]
            begin, end = net.fund_first[fund], net.fund_first[fund + 1]
            for _ in range(min(4, end - begin)):
                if state.counts[3] >= most:
                    return
                _propose(net, state, net.money_need[net.fund_at[np.random.randint(begin, end)]])


@compiled
def _sort_wishes(state, count):
    """Highest keys first."""
    for k in range(1, count):
        key, need, j = state.key[k], state.wish[k], k
        while j > 0 and state.key[j - 1] < key:
            state.key[j], state.wish[j] = state.key[j - 1], state.wish[j - 1]
            j -= 1
        state.key[j], state.wish[j] = key, need


@compiled
def _fill_up(net, state, alpha, blink, noise, by_price):
    """Insert what is listed, most worth first with noise; what was forced in comes before all."""
    count = state.counts[3]
    rank = net.rank_price if by_price else net.rank_worth
    for k in range(count):
        if state.key[k] == 0.0:
            state.key[k] = rank[state.wish[k]] * (1.0 + noise * (np.random.random() - 0.5))
    _sort_wishes(state, count)
    for k in range(count):
        _insert(net, state, state.wish[k], alpha, blink)


@compiled
def anneal(net, state, seed, moves, warm, cold):
    """
    Make ``moves`` moves, cooling geometrically from ``warm`` to ``cold`` nanopoints; returns moves kept.

    The state holds the last plan, not the best one: end cold.
    """
    np.random.seed(seed)
    counts, kept = state.counts, 0
    movable = len(state.order)
    if movable == 0:
        return 0
    for move in range(moves):
        heat = warm * (cold / warm) ** (move / moves)
        counts[1], counts[3] = 0, 0
        counts[2] += 1
        before = state.value[0]
        served = counts[0]
        forced = served < movable and (served == 0 or np.random.random() < 0.5)
        if forced:
            need = state.order[served + np.random.randint(0, movable - served)]
            for _ in range(_TRIES):
                if not hopeless(net, need):
                    break
                need = state.order[served + np.random.randint(0, movable - served)]
            _wish(net, state, need, 1e300)
            _make_room(net, state, need)
        else:
            need = state.order[np.random.randint(0, served)]
            _empty_around(net, state, need, 1 + int(np.random.random() ** 2 * 8))
        _list_neighbours(net, state, 24)
        dice = np.random.random()
        alpha = 0.0 if dice < 0.3 else (0.5 if dice < 0.6 else 1.0)
        _fill_up(net, state, alpha, 0.05, 0.6, np.random.random() < 0.7)
        loss = before - state.value[0]
        if loss > 0 and -loss < heat * math.log(1.0 - np.random.random()):
            restore(net, state)
        else:
            kept += 1
    return kept


@compiled
def fill(net, state, needs):
    """Insert needs in the order given, at full prices."""
    for need in needs:
        state.counts[1] = 0
        state.counts[2] += 1
        if not state.complete[need]:
            _insert(net, state, need, 1.0, 0.0)
