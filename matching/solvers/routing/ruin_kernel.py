"""
Tours by ruin and recreate: strings of stops are taken out near a place and put back greedily; compiled.

After Christiaens and Vanden Berghe, Slack Induction by String Removals for Vehicle Routing Problems,
Transportation Science 54 (2020) 417-433, with visits that may stay out at the cost of their penalty: each
turn offers places to what was taken out and to some of those that are out. Worse tours are accepted as in
simulated annealing. Equal seeds give equal tours.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, PLR0912, PLR0915 - for the same reason; compiled loops stay in one piece

import numpy as np
from numba import njit

_MOST_STRING = 10
_MEAN_TAKEN = 10
_TRIED_OUT = 10  # visits that are out and get a chance each turn
_BLINK = 0.01


@njit(cache=True, nogil=True)
def time_tour(
    v, tour, size, early, late, first, last, visit, place, service, travel, base, from_min, until_min
):
    """Earliest starts from the front and latest from the back; False where the tour cannot be kept."""
    at, free = base[v], from_min[v]
    for k in range(size[v]):
        o = tour[v, k]
        here = place[visit[o]]
        early[v, k] = max(free + travel[at, here], first[o])
        if early[v, k] > last[o]:
            return False
        at, free = here, early[v, k] + service[visit[o]]
    if free + travel[at, base[v]] > until_min[v]:
        return False
    due, at = until_min[v], base[v]
    for k in range(size[v] - 1, -1, -1):
        o = tour[v, k]
        here = place[visit[o]]
        late[v, k] = min(last[o], due - travel[here, at] - service[visit[o]])
        due, at = late[v, k], here
    return True


@njit(cache=True, nogil=True)
def ruin_and_recreate(
    tour, size, turns, seed, hot, cold, option_first, first, last, extra, visit, place, service, penalty, pinned, near,
    travel, points, base, from_min, until_min, most_visits, most_minutes,
):  # fmt: skip
    """
    Improve tours in place for a number of turns; gives the points of the best, which ``tour`` holds then.

    ``option_first[k]`` to ``option_first[k + 1]`` are the options of a visit, ``near[k]`` other visits by
    distance. ``points`` is what a travel minute costs, ``hot`` and ``cold`` the first and last temperature.
    """
    np.random.seed(seed)
    n_visitors, room = tour.shape
    n_visits = len(penalty)
    early, late = np.zeros((n_visitors, room), np.int64), np.zeros((n_visitors, room), np.int64)
    served, owner = np.zeros(n_visitors, np.int64), np.full(n_visits, -1, np.int64)
    cost = 0
    for k in range(n_visits):
        cost += penalty[k]
    for v in range(n_visitors):
        at = base[v]
        for k in range(size[v]):
            o = tour[v, k]
            owner[visit[o]] = v
            served[v] += service[visit[o]]
            cost += points * travel[at, place[visit[o]]] + extra[o, v] - penalty[visit[o]]
            at = place[visit[o]]
        cost += points * travel[at, base[v]]
        time_tour(
            v, tour, size, early, late, first, last, visit, place, service, travel, base, from_min, until_min
        )
    best_cost, best_tour, best_size = cost, tour.copy(), size.copy()
    old_tour, old_size, old_served = tour.copy(), size.copy(), served.copy()
    old_early, old_late, old_owner = early.copy(), late.copy(), owner.copy()
    touched = np.zeros(n_visitors, np.bool_)
    pool, in_pool = np.empty(n_visits, np.int64), np.zeros(n_visits, np.bool_)
    ranks = np.empty(n_visits, np.float64)
    cooling = (cold / hot) ** (1.0 / max(1, turns))
    heat = hot
    for _turn in range(turns):
        heat *= cooling
        n_pool, value = 0, cost
        touched[:] = False
        seed_visit = np.random.randint(n_visits)
        strings = 1 + np.random.randint(max(1, (2 * _MEAN_TAKEN) // 6))
        for step in range(-1, near.shape[1]):
            k = seed_visit if step < 0 else near[seed_visit, step]
            v = owner[k]
            if v < 0 or touched[v]:
                continue
            if strings == 0:
                break
            strings -= 1
            touched[v] = True
            old_size[v], old_served[v] = size[v], served[v]
            old_tour[v], old_early[v], old_late[v] = tour[v], early[v], late[v]
            length = 1 + np.random.randint(min(_MOST_STRING, size[v]))
            position = 0
            while visit[tour[v, position]] != k:
                position += 1
            begin = position - np.random.randint(length)
            begin = max(0, min(begin, size[v] - length))
            before, kept = 0, begin
            at = base[v]
            for q in range(size[v]):
                here = place[visit[tour[v, q]]]
                before += travel[at, here]
                at = here
            before += travel[at, base[v]]
            for q in range(begin, size[v]):
                o = tour[v, q]
                if q < begin + length and not pinned[visit[o]]:
                    value += penalty[visit[o]] - extra[o, v]
                    served[v] -= service[visit[o]]
                    owner[visit[o]] = -1
                    in_pool[visit[o]] = True
                    pool[n_pool] = visit[o]
                    n_pool += 1
                else:
                    tour[v, kept] = o
                    kept += 1
            size[v] = kept
            after, at = 0, base[v]
            for q in range(size[v]):
                here = place[visit[tour[v, q]]]
                after += travel[at, here]
                at = here
            after += travel[at, base[v]]
            value += points * (after - before)
            time_tour(
                v,
                tour,
                size,
                early,
                late,
                first,
                last,
                visit,
                place,
                service,
                travel,
                base,
                from_min,
                until_min,
            )
        taken = n_pool
        for _ in range(_TRIED_OUT):
            k = (
                np.random.randint(n_visits)
                if np.random.random() < 0.5
                else near[seed_visit, np.random.randint(near.shape[1])]
            )
            if owner[k] < 0 and not in_pool[k] and not pinned[k]:
                in_pool[k] = True
                pool[n_pool] = k
                n_pool += 1
        order = np.random.randint(4)
        for q in range(n_pool):
            k = pool[q]
            in_pool[k] = False
            if order == 0:
                ranks[q] = np.random.random()
            elif order == 1:
                ranks[q] = -penalty[k] - np.random.random()
            elif order == 2:
                ranks[q] = -travel[base[0], place[k]] - np.random.random()
            else:
                ranks[q] = service[k] - penalty[k] / 50.0 + np.random.random()
        ranked = np.argsort(ranks[:n_pool])
        for q in range(n_pool):
            k = pool[ranked[q]]
            cheapest, to_v, to_k, to_o = penalty[k], -1, -1, -1
            here = place[k]
            for v in range(n_visitors):
                if size[v] >= min(most_visits[v], room) or served[v] + service[k] > most_minutes[v]:
                    continue
                for o in range(option_first[k], option_first[k + 1]):
                    if extra[o, v] < 0 or extra[o, v] >= cheapest:
                        continue
                    for slot in range(size[v] + 1):
                        free, at = from_min[v], base[v]
                        if slot > 0:
                            ahead = visit[tour[v, slot - 1]]
                            at = place[ahead]
                            free = early[v, slot - 1] + service[ahead]
                        start = max(free + travel[at, here], first[o])
                        if start > last[o]:
                            break
                        to, due = base[v], until_min[v]
                        if slot < size[v]:
                            to = place[visit[tour[v, slot]]]
                            due = late[v, slot]
                        if start + service[k] + travel[here, to] > due:
                            continue
                        delta = points * (travel[at, here] + travel[here, to] - travel[at, to]) + extra[o, v]
                        if delta < cheapest and np.random.random() >= _BLINK:
                            cheapest, to_v, to_k, to_o = delta, v, slot, o
            if to_v >= 0:
                v = to_v
                if not touched[v]:
                    touched[v] = True
                    old_size[v], old_served[v] = size[v], served[v]
                    old_tour[v], old_early[v], old_late[v] = tour[v], early[v], late[v]
                for slot in range(size[v], to_k, -1):
                    tour[v, slot] = tour[v, slot - 1]
                tour[v, to_k] = to_o
                size[v] += 1
                served[v] += service[k]
                owner[k] = v
                value += cheapest - penalty[k]
                time_tour(
                    v,
                    tour,
                    size,
                    early,
                    late,
                    first,
                    last,
                    visit,
                    place,
                    service,
                    travel,
                    base,
                    from_min,
                    until_min,
                )
        if value < cost - heat * np.log(np.random.random() + 1e-12):
            cost = value
            for v in range(n_visitors):
                if touched[v]:
                    for q in range(old_size[v]):
                        old_owner[visit[old_tour[v, q]]] = -1
            for v in range(n_visitors):
                if touched[v]:
                    for q in range(size[v]):
                        old_owner[visit[tour[v, q]]] = v
            if cost < best_cost:
                best_cost = cost
                best_tour[:] = tour
                best_size[:] = size
        else:
            for v in range(n_visitors):
                if touched[v]:
                    for q in range(size[v]):
                        owner[visit[tour[v, q]]] = -1
            for q in range(taken):
                owner[pool[q]] = old_owner[pool[q]]
            for v in range(n_visitors):
                if touched[v]:
                    size[v], served[v] = old_size[v], old_served[v]
                    tour[v], early[v], late[v] = old_tour[v], old_early[v], old_late[v]
                    for q in range(size[v]):
                        owner[visit[tour[v, q]]] = v
    tour[:] = best_tour
    size[:] = best_size
    return best_cost
