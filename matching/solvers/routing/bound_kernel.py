"""
What no tours of a day undercut: a Lagrangian over tours that may come back to a visit; compiled.

Each visit is imputed ``q`` points, at most its penalty. For any such ``q`` and any price ``mu`` of a visit,
the sum of all ``q`` plus, for each visitor, the cheapest tour whose visits earn their ``q`` and pay ``mu``
(never more than staying at home) less ``mu`` times the visitor's limit, is a lower bound of every plan's
cost. The cheapest tour is sought among walks in time that may visit somebody again, though not at once after
one visit elsewhere: a relaxation, so its cost is no more than that of any real tour. All in integers.
"""
# pyright: reportUntypedFunctionDecorator=false, reportUnknownParameterType=false, reportMissingParameterType=false
# Numba ships no types; these functions are called by kernels and by annotated wrappers alone.
# ruff: noqa: ANN001, ANN201, ANN202, PLR0912, PLR0915 - for the same reason; compiled loops stay in one piece

import numpy as np
from numba import njit

FAR = np.int32(1_000_000_000)
_HALF = np.int32(500_000_000)
_NOBODY = np.int32(-1)


@njit(cache=True, nogil=True)
def cheapest_walk(length, cost, home, latest, begins, first, last, visit, step, met):
    """
    Cost of the cheapest walk of one visitor, at most 0; counts the visits along it in ``met``.

    Times count from the visitor's first minute. Row n of ``length`` (minutes from a start of service to the
    next) and ``cost`` (points, what the visit earns taken off) is the visitor's base; ``home`` the points of
    the way back. ``begins[i, t]`` says whether a service may begin; ``first`` and ``last`` span those moments
    (none where ``last`` is below). ``step`` is at most the smallest ``length`` between nodes.
    """
    n = len(first)
    span = begins.shape[1]
    pad = 0  # minutes before the first, unreachable, so that no index is negative
    for i in range(n):
        for j in range(n):
            pad = max(pad, length[j, i])
    wide = pad + span
    one = np.full(n * wide, FAR, dtype=np.int32)
    two = np.full(n * wide, FAR, dtype=np.int32)
    before = np.full(n * wide, _NOBODY, dtype=np.int32)
    at_first, at_second = np.empty(step, np.int32), np.empty(step, np.int32)
    origin = np.empty(step, np.int32)
    for block in range(0, span, step):
        width = min(step, span - block)
        for i in range(n):
            if last[i] < first[i] or first[i] >= block + width:
                continue
            cell = i * wide + pad + block
            if last[i] < block:  # no start is left: what was reached stays reached
                for k in range(cell, cell + width):
                    one[k], two[k], before[k] = one[cell - 1], two[cell - 1], before[cell - 1]
                continue
            for k in range(width):
                at_first[k], at_second[k], origin[k] = FAR, FAR, _NOBODY
                if block + k >= length[n, i]:
                    at_first[k] = cost[n, i]
            same = visit[i]
            for j in range(n):
                shift = block - length[j, i]
                if shift + width <= first[j] or visit[j] == same:
                    continue
                price, who = cost[j, i], visit[j]
                left = np.uint64(
                    j * wide + pad + shift
                )  # unsigned: compiled without a look at negative indices
                for k in range(np.uint64(width)):
                    x = (two[left + k] if before[left + k] == same else one[left + k]) + price
                    high = at_first[k]
                    at_second[k] = min(at_second[k], max(x, high))
                    origin[k] = who if x < high else origin[k]
                    at_first[k] = min(high, x)
            for k in range(width):
                a, b, p = FAR, FAR, _NOBODY
                if block + k > 0:
                    a, b, p = one[cell + k - 1], two[cell + k - 1], before[cell + k - 1]
                x, y, w = at_first[k], at_second[k], origin[k]
                if begins[i, block + k] and x < _HALF:
                    y = y if y < _HALF else FAR
                    if x < a:
                        b = min(a, y) if w != p else min(b, y)
                        a, p = x, w
                    else:
                        b = min(b, x) if w != p else min(b, y)
                one[cell + k], two[cell + k], before[cell + k] = a, b, p
    best, end = 0, -1
    for i in range(n):
        if latest[i] >= first[i]:
            total = one[i * wide + pad + latest[i]] + home[i]
            if total < best:
                best, end = total, i
    if end >= 0:
        shape = (n, wide)
        _retrace(
            length, cost, latest, first, visit, one.reshape(shape)[:, pad:], two.reshape(shape)[:, pad:],
            before.reshape(shape)[:, pad:], end, met,
        )  # fmt: skip
    return best


@njit(cache=True, nogil=True)
def _retrace(length, cost, latest, first, visit, one, two, before, end, met):
    """Walk the cheapest labels back, counting visits; ends where a label's origin is not found exactly."""
    n = len(first)
    i, t, value = end, latest[end], one[end, latest[end]]
    for _ in range(4096):
        met[visit[i]] += 1
        while t > first[i] and (one[i, t - 1] == value or two[i, t - 1] == value):
            t -= 1  # a label holds from the moment it was made
        if t >= length[n, i] and cost[n, i] == value:
            return
        found = False
        for j in range(n):
            s = t - length[j, i]
            if s < first[j] or visit[j] == visit[i]:
                continue
            x = two[j, s] if before[j, s] == visit[i] else one[j, s]
            if x < _HALF and x + cost[j, i] == value:
                i, t, value, found = j, s, x, True
                break
        if not found:
            return


@njit(cache=True, nogil=True)
def best_bound(
    length, travel_cost, extra, home, latest, begins, first, last, visit, count, most, penalty, start, rent, scale,
    target, rounds, step,
):  # fmt: skip
    """
    Raise the bound by subgradients for a number of rounds; gives the best in scaled points.

    One row of ``extra`` (-1 forbids), ``home`` ... a class of visitors that are alike; ``count`` how many they
    are, ``most`` the visits that one of them may make. ``start`` is what visits are imputed at first,
    ``rent`` the first ``mu``.
    """
    n_class, n = extra.shape
    n_visits = len(penalty)
    q = start.astype(np.float64)
    mu = np.full(n_class, float(rent))
    best, stale, pace = 0, 0, 1.0
    cost = np.empty((n + 1, n), dtype=np.int32)
    met_all, direction = np.zeros(n_visits), np.zeros(n_visits)
    direction_mu, slack_mu = np.zeros(n_class), np.zeros(n_class)
    met = np.zeros(n_visits, dtype=np.int64)
    whole = np.empty(n_visits, dtype=np.int64)
    for _turn in range(rounds):
        value = 0
        for k in range(n_visits):
            whole[k] = int(q[k])
            value += whole[k]
            met_all[k] = 0.0
        for c in range(n_class):
            price = int(mu[c])
            ends = last[c].copy()
            for i in range(n):
                if extra[c, i] < 0:
                    ends[i] = first[c, i] - 1
                for j in range(n + 1):
                    cost[j, i] = travel_cost[c, j, i] + extra[c, i] - whole[visit[i]] + price
            met[:] = 0
            walk = cheapest_walk(
                length[c], cost, home[c], np.minimum(latest[c], ends), begins, first[c], ends, visit, step, met
            )  # fmt: skip
            value += count[c] * (walk - price * most[c])
            total = 0
            for k in range(n_visits):
                met_all[k] += met[k] * count[c]
                total += met[k]
            slack_mu[c] = (total - most[c]) * count[c]
        if value > best:
            best, stale = value, 0
        else:
            stale += 1
            if stale >= 3:
                pace, stale = pace * 0.7, 0
        norm = 0.0
        for k in range(n_visits):
            g = 1.0 - met_all[k]
            if (q[k] >= penalty[k] and g > 0) or (q[k] <= 0 and g < 0):
                g = 0.0
            direction[k] = g + 0.3 * direction[k]
            norm += direction[k] * direction[k]
        for c in range(n_class):
            g = 0.0 if mu[c] <= 0 and slack_mu[c] < 0 else slack_mu[c]
            direction_mu[c] = g + 0.3 * direction_mu[c]
            norm += direction_mu[c] * direction_mu[c] / max(1, count[c])
        if norm < 1e-9:
            break
        stride = pace * max(target - value, scale) / norm
        for k in range(n_visits):
            q[k] = min(max(q[k] + stride * direction[k], 0.0), float(penalty[k]))
        for c in range(n_class):
            mu[c] = max(0.0, mu[c] + stride * direction_mu[c] / max(1, count[c]))
    return best
