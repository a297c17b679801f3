"""
Shortest paths that keep a network optimal: one unit in, or one unit out, prices right at every step.

Every state these functions leave is a cheapest flow of what is in the network, and its potentials prove it: no
edge with room left has a negative cost reduced by them. All is in 64-bit integers and exact.

References
----------
.. [1] Edmonds and Karp (1972), shortest augmenting paths with potentials; Jonker and Volgenant (1987).
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportMissingTypeStubs=false, reportArgumentType=false, reportAssignmentType=false, reportReturnType=false
# Numba's decorators are not typed; the functions they make are called with the arrays of a Net alone. Numba's cache
# looks at one file at a time: compiled functions call no compiled function of another file.

import numpy as np
from numba import njit

from matching.arrays import IntArray
from matching.solvers.network.net import CLOSED, NEVER, OUT, SKIPPED, UNTOUCHED, Index, Net

_UP, _DOWN, _GHOST = -1, -2, -3  # how a path came to a node: from a child, from the parent, from a ghost
_TOUCHED, _HEAP, _LOG, _SETTLED = 0, 1, 2, 3


@njit(cache=True)
def unit_cost(net: Net, node: int, unit: int) -> int:
    """Cost of that unit of a community, split so that no product leaves 64 bits."""
    step, demand, odd = net.step[node], net.demand[node], 2 * unit - 1
    return (step // demand * odd + step % demand * odd // demand) * net.grain[node]


@njit(cache=True)
def _up(net: Net, node: int) -> int:
    """Cost of one unit more from a node to its parent."""
    if net.demand[node] > 0:
        return unit_cost(net, node, net.flow[node] + 1)
    return 0 if net.flow[node] < net.cap[node] else NEVER


@njit(cache=True)
def _down(net: Net, node: int) -> int:
    """What one unit less saves."""
    return unit_cost(net, node, net.flow[node]) if net.demand[node] > 0 else 0


@njit(cache=True)
def move(net: Net, need: int, arc: int, node: int) -> None:
    """Put a need on an arc (or SKIPPED, or OUT) at a node."""
    if net.was[need] == UNTOUCHED:
        net.was[need] = net.mate[need]
        net.log[net.tally[_LOG]] = need
        net.tally[_LOG] += 1
    if net.mate[need] != OUT and net.at[need] > 0:
        before, after = net.ahead[need], net.after[need]
        if before >= 0:
            net.after[before] = after
        else:
            net.head[net.at[need]] = after
        if after >= 0:
            net.ahead[after] = before
    net.mate[need] = arc
    net.at[need] = node
    if arc == OUT:
        net.pays[need] = -NEVER
        return
    net.pays[need] = net.pot[node] + (net.skip[need] if arc == SKIPPED else net.cost[arc])
    if node > 0:
        first = net.head[node]
        net.after[need], net.ahead[need] = first, -1
        if first >= 0:
            net.ahead[first] = need
        net.head[node] = need


@njit(cache=True)
def _label(
    node: int, length: int, dist: IntArray, touched: Index, heap: Index, heap_at: Index, count: IntArray
) -> None:
    """Note a shorter way to a node and raise it in the heap."""
    if dist[node] == NEVER:
        touched[count[_TOUCHED]] = node
        count[_TOUCHED] += 1
        place = count[_HEAP]
        count[_HEAP] += 1
    else:
        place = heap_at[node]
    dist[node] = length
    while place > 0:
        above = (place - 1) >> 1
        other = heap[above]
        if dist[other] <= length:
            break
        heap[place] = other
        heap_at[other] = place
        place = above
    heap[place] = node
    heap_at[node] = place


@njit(cache=True)
def _nearest(dist: IntArray, heap: Index, heap_at: Index, count: IntArray) -> int:
    """Take the nearest node off the heap; -1 if there is none."""
    if count[_HEAP] == 0:
        return -1
    node = heap[0]
    count[_HEAP] -= 1
    size = count[_HEAP]
    if size == 0:
        return node
    last = heap[size]
    key = dist[last]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and dist[heap[below + 1]] < dist[heap[below]]:
            below += 1
        other = heap[below]
        if dist[other] >= key:
            break
        heap[place] = other
        heap_at[other] = place
        place = below
    heap[place] = last
    heap_at[last] = place
    return node


@njit(cache=True)
def _shift(net: Net, length: int, sign: int) -> None:
    """Move the potentials of all that is nearer than ``length`` and forget the search."""
    for index in range(net.tally[_TOUCHED]):
        node = net.touched[index]
        if net.dist[node] < length:
            change = sign * (length - net.dist[node])
            net.pot[node] += change
            need = net.head[node]
            while need >= 0:
                net.pays[need] += change
                need = net.after[need]
        net.dist[node] = NEVER
    net.tally[_TOUCHED] = 0
    net.tally[_HEAP] = 0


@njit(cache=True)
def insert(net: Net, need: int) -> None:
    """Bring a need that is OUT in at the least cost: served, or skipped, others moved where that pays."""
    begin, end, leaf, cost, skip, skip_node = net.begin, net.end, net.leaf, net.cost, net.skip, net.skip_node
    parent, pot, ghost, pays, after = net.parent, net.pot, net.ghost, net.pays, net.after
    dist, by_need, by_arc, count = net.dist, net.by_need, net.by_arc, net.tally
    touched, heap, heap_at = net.touched, net.heap, net.heap_at
    best, best_need, best_arc = NEVER, OUT, OUT  # the way to the sink
    mover, base, at, settled = need, 0, 0, 0
    while True:
        while mover >= 0:
            if at > 0:
                base = dist[at] - pays[mover]
            for arc in range(begin[mover] - 1, end[mover]):
                if arc < begin[mover]:
                    node, way = skip_node[mover], SKIPPED
                    length = base + skip[mover] + pot[node]
                else:
                    node, way = leaf[arc], arc
                    length = base + cost[arc] + pot[node]
                if length >= best or length >= dist[node]:
                    continue
                if node == 0:
                    best, best_need, best_arc = length, mover, way
                    continue
                by_need[node], by_arc[node] = mover, way
                _label(node, length, dist, touched, heap, heap_at, count)
                if parent[node] == 0:
                    up = pot[node] if ghost[node] > 0 else _up(net, node)
                    if up < NEVER and length - pot[node] + up < best:
                        best, best_arc = length - pot[node] + up, node
                        best_need = _GHOST if ghost[node] > 0 else _UP
            mover = after[mover] if at > 0 else -1
        at = _nearest(dist, heap, heap_at, count)
        if at < 0 or dist[at] >= best:
            break
        settled += 1
        if parent[at] > 0 or net.child_head[at] > 0:
            best, best_need, best_arc = _along_rows(net, at, best, best_need, best_arc)
        mover = net.head[at]
    count[_SETTLED] += settled
    _shift(net, best, 1)
    by_need[0], by_arc[0] = best_need, best_arc
    _follow(net, need)


@njit(cache=True)
def _follow(net: Net, need: int) -> None:
    """Move everybody on the way found from a need to the sink."""
    by_need, by_arc = net.by_need, net.by_arc
    node = 0
    while True:
        mover, way = by_need[node], by_arc[node]
        if mover >= 0:
            at = net.at[mover]
            move(net, mover, way, node)
            if mover == need:
                break
            node = at
            continue
        if mover == _DOWN:
            net.flow[node] -= 1
        elif mover == _UP:
            net.flow[way] += 1
        else:
            net.ghost[way] -= 1
        node = way


@njit(cache=True)
def _along_rows(net: Net, at: int, best: int, best_need: int, best_arc: int) -> tuple[int, int, int]:
    """From a node to its parent and its children; the best way to the sink so far, or a better one."""
    base = net.dist[at] - net.pot[at]
    node, length, how = net.parent[at], NEVER, _UP
    up = _up(net, at)
    if node > 0 and up < NEVER:
        length = base + up + net.pot[node]
    child = net.child_head[at]
    while True:
        if length < best and length < net.dist[node]:
            net.by_need[node], net.by_arc[node] = how, at
            _label(node, length, net.dist, net.touched, net.heap, net.heap_at, net.tally)
            if net.parent[node] == 0:
                up = net.pot[node] if net.ghost[node] > 0 else _up(net, node)
                if up < NEVER and length - net.pot[node] + up < best:
                    best, best_arc = length - net.pot[node] + up, node
                    best_need = _GHOST if net.ghost[node] > 0 else _UP
        if child < 0:
            return best, best_need, best_arc
        node, how, length = child, _DOWN, NEVER
        if net.flow[child] > net.low[child]:
            length = base - _down(net, child) + net.pot[child]
        child = net.child_after[child]


@njit(cache=True)
def release(net: Net, start: int, target: int) -> None:
    """
    Use a unit that became free between a node and one on its way to the sink, or lower prices if nobody wants it.

    The unit must still be counted in the flows on the way. It is given to whom it saves most, or taken off.
    """
    first, into_need, into_cost, into_arc = net.into_first, net.into_need, net.into_cost, net.into_arc
    pot, pays, place, skip = net.pot, net.pays, net.at, net.skip
    dist, by_need, by_arc, count = net.dist, net.by_need, net.by_arc, net.tally
    touched, heap, heap_at = net.touched, net.heap, net.heap_at
    _label(start, 0, dist, touched, heap, heap_at, count)
    settled = 0
    while True:
        at = _nearest(dist, heap, heap_at, count)
        if at == target:
            break
        settled += 1
        base = dist[at] + pot[at]
        if (at > 0 and net.flow[at] > net.low[at]) or net.child_head[at] > 0:
            _against_rows(net, at, target)
        entry, last = first[at], first[at + 1]
        late, other = net.late_head[at], net.skip_head[at]
        while entry < last or late >= 0 or other >= 0:
            if entry < last:
                mover, way = into_need[entry], into_arc[entry]
                length = base + into_cost[entry]
                entry += 1
            elif late >= 0:
                mover, way = net.owner[late], late
                length = base + net.cost[late]
                late = net.late_after[late]
            else:
                mover, way = other, SKIPPED
                length = base + skip[other]
                other = net.skip_after[other]
            length -= pays[mover]
            if length >= dist[target]:
                continue
            origin = place[mover]
            if length < dist[origin]:
                by_need[origin], by_arc[origin] = mover, way
                _label(origin, length, dist, touched, heap, heap_at, count)
    count[_SETTLED] += settled
    _shift(net, dist[target], -1)
    if pot[0] != 0:
        rise = -pot[0]
        pot += rise
        for need in range(len(pays)):
            if net.mate[need] != OUT:
                pays[need] += rise
    _follow_back(net, start, target)


@njit(cache=True)
def _follow_back(net: Net, start: int, target: int) -> None:
    """Move everybody on the way found from a target to the free unit."""
    by_need, by_arc = net.by_need, net.by_arc
    node = target
    while node != start:
        mover, way = by_need[node], by_arc[node]
        if mover >= 0:
            node = net.skip_node[mover] if way == SKIPPED else net.leaf[way]
            move(net, mover, way, node)
        elif mover == _DOWN:
            node = way
            net.flow[node] -= 1
        else:
            net.flow[node] += 1
            node = way


@njit(cache=True)
def _against_rows(net: Net, at: int, target: int) -> None:
    """To a node from its parent and its children."""
    base = net.dist[at] + net.pot[at]
    node, length, how = net.parent[at], NEVER, _DOWN
    if at > 0 and net.flow[at] > net.low[at]:
        length = base - net.pot[node] - _down(net, at)
    child = net.child_head[at]
    while True:
        if length < net.dist[node] and length < net.dist[target]:
            net.by_need[node], net.by_arc[node] = how, at
            _label(node, length, net.dist, net.touched, net.heap, net.heap_at, net.tally)
        if child < 0:
            return
        node, how, length = child, _UP, NEVER
        up = _up(net, child)
        if up < NEVER:
            length = base + up - net.pot[child]
        child = net.child_after[child]


@njit(cache=True)
def start(net: Net, level: IntArray, left: IntArray, root: IntArray) -> None:
    """
    Set the guessed prices; what room is priced but not used yet is held by ghosts.

    ``level`` is by root as :func:`matching.solvers.levels.guess` gives it, ``left`` by community the needs it left.
    """
    for node in range(1, len(net.parent)):
        if net.demand[node] > 0:
            while net.flow[node] < left[node]:
                net.flow[node] += 1
                net.ghost[node] += 1
            net.pot[node] = unit_cost(net, node, net.flow[node]) if net.ghost[node] > 0 else 0
            continue
        net.pot[node] = level[root[node]]
        if net.parent[node] == 0 and net.pot[node] > 0:
            net.flow[node] = net.ghost[node] = net.cap[node]


@njit(cache=True)
def solve(net: Net, order: IntArray) -> None:
    """Give every need the best it can have at the guessed prices, then make flow and prices right."""
    waiting = np.empty(len(order), dtype=np.int64)
    count = 0
    for need in order:
        if not _settle(net, need):
            waiting[count] = need
            count += 1
    for index in range(count):
        insert(net, waiting[index])
    for node in range(len(net.parent)):
        while net.ghost[node] > 0:
            net.ghost[node] -= 1
            release(net, node, 0)


@njit(cache=True)
def _settle(net: Net, need: int) -> bool:
    """Put a need where it is best off if there is room at the guessed price."""
    node = net.skip_node[need]
    best, chosen = net.skip[need] + net.pot[node], SKIPPED
    room = node == 0 or net.ghost[node] > 0
    for arc in range(net.begin[need], net.end[need]):
        node = net.leaf[arc]
        cost = net.cost[arc] + net.pot[node]
        if cost < best or (cost == best and not room):
            best, chosen, room = cost, arc, _room(net, node)
    if not room:
        return False
    node = net.skip_node[need] if chosen == SKIPPED else net.leaf[chosen]
    move(net, need, chosen, node)
    while node > 0:
        if net.ghost[node] > 0:
            net.ghost[node] -= 1
        else:
            net.flow[node] += 1
        node = net.parent[node]
    return True


@njit(cache=True)
def _room(net: Net, node: int) -> bool:
    while node > 0:
        if net.ghost[node] == 0 and (
            net.pot[node] > net.pot[net.parent[node]] or net.flow[node] >= net.cap[node]
        ):
            return False
        node = net.parent[node]
    return True


@njit(cache=True)
def forget_moves(net: Net) -> None:
    """Begin a new batch: what needs hold now is what they held before it."""
    for index in range(net.tally[_LOG]):
        net.was[net.log[index]] = UNTOUCHED
    net.tally[_LOG] = 0


@njit(cache=True)
def bring_in(net: Net, needs: IntArray) -> None:
    """Link late needs and their arcs into the lists of the nodes they enter, and insert one after the other."""
    for need in needs:
        for arc in range(net.begin[need], net.end[need]):
            node = net.leaf[arc]
            net.late_after[arc] = net.late_head[node]
            net.late_head[node] = arc
        node = net.skip_node[need]
        net.skip_after[need] = net.skip_head[node]
        net.skip_head[node] = need
        insert(net, need)


@njit(cache=True)
def withdraw(net: Net, needs: IntArray) -> None:
    """Take needs out and use what they held."""
    for need in needs:
        node, mate = net.at[need], net.mate[need]
        move(net, need, OUT, 0)
        if mate != OUT and node > 0:
            release(net, node, 0)


@njit(cache=True)
def dismiss(net: Net, arcs: IntArray, entries: IntArray) -> IntArray:
    """
    Close arcs for good and bring in anew the needs that held them; those needs.

    ``entries`` are the places of the arcs in the lists of arcs into nodes, -1 for late ones. All arcs below a row
    that leads to the sink are closed together.
    """
    held = np.empty(len(arcs), dtype=np.int64)
    count = 0
    for index in range(len(arcs)):
        arc = arcs[index]
        net.cost[arc] = CLOSED
        if entries[index] >= 0:
            net.into_cost[entries[index]] = CLOSED
        need, node = net.owner[arc], net.leaf[arc]
        if net.mate[need] == arc:
            move(net, need, OUT, 0)
            held[count] = need
            count += 1
        while node > 0:
            net.flow[node] = net.pot[node] = 0
            node = net.parent[node]
    for index in range(count):
        insert(net, held[index])
    return held[:count]


@njit(cache=True)
def widen(net: Net, node: int, units: int) -> None:
    """Let so many more units pass a row."""
    for _ in range(units):
        net.cap[node] += 1
        if net.pot[node] > net.pot[net.parent[node]]:
            net.flow[node] += 1
            release(net, node, net.parent[node])


@njit(cache=True)
def narrow(net: Net, node: int, units: int) -> None:
    """Let so many fewer units pass a row; whoever has to leave is brought in anew."""
    for _ in range(units):
        net.cap[node] -= 1
        if net.flow[node] <= net.cap[node]:
            continue
        at = node
        while net.head[at] < 0:
            at = net.child_head[at]
            while net.flow[at] == 0:
                at = net.child_after[at]
        need = net.head[at]
        move(net, need, OUT, 0)
        net.flow[node] -= 1
        while at > 0:
            if at != node:
                release(net, at, net.parent[at])
            at = net.parent[at]
        insert(net, need)
