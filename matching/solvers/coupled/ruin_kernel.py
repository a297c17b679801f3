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
from numba import njit

_compiled = njit(cache=True, nogil=True, _nrt=False)
"""Nothing here makes an array. With references counted, each call would count those of all arrays it hands on."""

_TRIES = 20  # for a need to force in that has a chance


@_compiled
def _mark(state, need, is_complete):
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


@_compiled
def _touch(net, state, need):
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


@_compiled
def _book(net, state, need, sign):
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
    _mark(state, need, sign > 0)


@_compiled
def _clear(net, state, need):
    for place in range(net.place_first[need], net.place_first[need + 1]):
        state.arc_at[place] = -1
    for at in range(net.money_first[need], net.money_first[need + 1]):
        state.money[net.money_at[at]] = 0
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        for at in range(net.goods_first[item], net.goods_first[item + 1]):
            state.goods[net.goods_at[at]] = 0


@_compiled
def _remove(net, state, need):
    _touch(net, state, need)
    _book(net, state, need, -1)
    _clear(net, state, need)


@_compiled
def _restore(net, state):
    """Undo the move."""
    for k in range(state.counts[1]):
        need = state.touched[k]
        if state.complete[need]:
            _book(net, state, need, -1)
            _clear(net, state, need)
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
            _book(net, state, need, 1)


@_compiled
def _fits(net, state, arc):
    for entry in range(net.entry_first[arc], net.entry_first[arc + 1]):
        if net.entry_size[entry] > state.row_left[net.entry_row[entry]]:
            return False
    return True


@_compiled
def _load(net, state, arc, sign):
    for entry in range(net.entry_first[arc], net.entry_first[arc + 1]):
        state.row_left[net.entry_row[entry]] -= sign * net.entry_size[entry]


@_compiled
def _team(net, state, need, alpha, blink):
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
                if score > top and _fits(net, state, arc):
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
            _load(net, state, who, 1)
            filled += 1
            total += top
            escorted |= net.escort[who]
            adults |= net.adult[who]
        for place in range(begin, begin + filled):
            _load(net, state, state.scratch[place - first], -1)
        if filled == end - begin and (adults or not escorted) and total > best:
            best, found = total, True
            for place in range(first, last):
                state.pick[place - first] = -1
            for place in range(begin, end):
                state.pick[place - first] = state.scratch[place - first]
        begin = end
    return found


@_compiled
def _give(first, last, at_list, giver, most, left, asked, into, turn):
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


@_compiled
def _ungive(net, state, need, items):
    for at in range(net.money_first[need], net.money_first[need + 1]):
        state.fund_left[net.money_giver[net.money_at[at]]] += state.money[net.money_at[at]]
    for item_at in range(net.item_first[need], net.item_first[need] + items):
        item = net.item_at[item_at]
        for at in range(net.goods_first[item], net.goods_first[item + 1]):
            gift = net.goods_at[at]
            state.stock_left[net.goods_giver[gift]] += state.goods[gift]


@_compiled
def _payable(net, state, need):
    """Whether givers have left what the need asks."""
    missing = net.money_asked[need]
    for at in range(net.money_first[need], net.money_first[need + 1]):
        if missing <= 0:
            break
        gift = net.money_at[at]
        missing -= min(net.money_most[gift], state.fund_left[net.money_giver[gift]])
    return missing <= 0


@_compiled
def _hopeless(net, need):
    """Whether the dice leave a need out that costs more than it is worth at the prices."""
    short = -net.gain[need]
    return short > 0.0 and np.random.random() > math.exp(-short / net.scale)


@_compiled
def _insert(net, state, need, alpha, blink):
    for at in range(net.ceiling_first[need], net.ceiling_first[need + 1]):
        if net.ceiling_use[at] > state.ceiling_left[net.ceiling_row[at]]:
            return False
    if not _payable(net, state, need):
        return False
    has_team = net.place_first[need + 1] > net.place_first[need]
    if has_team and not _team(net, state, need, alpha, blink):
        return False
    _touch(net, state, need)
    first, last, turn = net.money_first[need], net.money_first[need + 1], 0
    if net.money_asked[need] > 0:
        if last == first:
            return False
        if blink > 0.0 and np.random.random() < 0.2:
            turn = np.random.randint(0, last - first)
        if not _give(first, last, net.money_at, net.money_giver, net.money_most, state.fund_left,
                     net.money_asked[need], state.money, turn):  # fmt: skip
            return False
    items, short = 0, False
    for item_at in range(net.item_first[need], net.item_first[need + 1]):
        item = net.item_at[item_at]
        if net.goods_asked[item] > 0 and not _give(
            net.goods_first[item], net.goods_first[item + 1], net.goods_at, net.goods_giver, net.goods_most,
            state.stock_left, net.goods_asked[item], state.goods, 0,
        ):  # fmt: skip
            short = True
            break
        items += 1
    _ungive(net, state, need, items)
    if short:
        _clear(net, state, need)
        return False
    if has_team:
        begin = net.place_first[need]
        for place in range(begin, net.place_first[need + 1]):
            state.arc_at[place] = state.pick[place - begin]
    before = state.value[0]
    _book(net, state, need, 1)
    if state.value[0] < before:  # not worth its ways
        _book(net, state, need, -1)
        _clear(net, state, need)
        return False
    return True


@_compiled
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


@_compiled
def _propose(net, state, need):
    """List a need if it has a chance."""
    if (
        not state.complete[need]
        and state.listed[need] != state.counts[2]
        and not _hopeless(net, need)
        and _payable(net, state, need)
    ):
        _wish(net, state, need, 0.0)


@_compiled
def _throw_out(net, state, need):
    if not net.movable[need]:
        return False
    _remove(net, state, need)
    _wish(net, state, need, 0.0)
    return True


@_compiled
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


@_compiled
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


@_compiled
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


@_compiled
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


@_compiled
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
                if not state.complete[net.arc_need[other]] and _fits(net, state, other):
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


@_compiled
def _sort_wishes(state, count):
    """Highest keys first."""
    for k in range(1, count):
        key, need, j = state.key[k], state.wish[k], k
        while j > 0 and state.key[j - 1] < key:
            state.key[j], state.wish[j] = state.key[j - 1], state.wish[j - 1]
            j -= 1
        state.key[j], state.wish[j] = key, need


@_compiled
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


@_compiled
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
                if not _hopeless(net, need):
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
            _restore(net, state)
        else:
            kept += 1
    return kept


@_compiled
def fill(net, state, needs):
    """Insert needs in the order given, at full prices."""
    for need in needs:
        state.counts[1] = 0
        state.counts[2] += 1
        if not state.complete[need]:
            _insert(net, state, need, 1.0, 0.0)
