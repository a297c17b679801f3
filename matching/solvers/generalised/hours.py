"""A part in which some needs, by their structure, are generalised assignments: each such group is solved alone."""

from collections.abc import Callable

import numpy as np

from matching.arrays import IntArray
from matching.components import Part, split
from matching.model import Model, draft_value, empty_draft
from matching.solvers.bound import Prices, need_values, no_prices, staffing
from matching.solvers.generalised.search import assign, serve
from matching.solvers.giving.dealing import deal_out
from matching.solvers.outcome import Clock, Outcome, own_bound

_RELAXATION_SHARE = 0.4  # without its prices there is no bound worth having; it seldom takes a tenth
_METHOD = "knapsacks"

Rest = Callable[[Model, IntArray, Clock, float], Outcome]


def with_knapsacks(
    model: Model, needs: IntArray, groups: list[IntArray], clock: Clock, gap: float, *, rest: Rest
) -> Outcome:
    """
    Solve the groups as generalised assignments and what is left by ``rest``; supply is ample.

    Parameters
    ----------
    needs
        All needs in play.
    groups
        Disjoint groups of them, of :func:`matching.solvers.generalised.knapsack_parts`.
    """
    others = np.setdiff1d(needs, np.concatenate(groups))
    parts = split(model, [*groups, others])
    communities = 0 if model.fairness is None else len(model.fairness)
    whole, prices = empty_draft(model), no_prices(model.rows, model.supply, communities)
    multiplier = np.full(len(model), -1, dtype=np.int64)
    own = bound = 0
    left = len(needs)
    for number, part in enumerate(parts):
        inside = np.arange(len(part.needs), dtype=np.int64)
        mine = clock.share(len(inside) / max(1, left))
        left -= len(inside)
        if number < len(groups):
            outcome = _group(part.model, inside, mine, gap, rest)
        else:
            outcome = rest(part.model, inside, mine, gap)
        part.put(whole, outcome.draft)
        _put_prices(part, prices, outcome.prices)
        if outcome.multiplier is not None:
            multiplier[part.needs] = outcome.multiplier
        own += outcome.own
        bound += max(outcome.bound, draft_value(part.model, outcome.draft))
    return Outcome(draft=whole, own=own, bound=bound, prices=prices, method=_METHOD, multiplier=multiplier)


def _put_prices(part: Part, whole: Prices, prices: Prices) -> None:
    whole.people[part.rows] = prices.people
    whole.ceilings[part.ceilings] = prices.ceilings
    whole.money[part.funds] = np.maximum(whole.money[part.funds], prices.money)
    whole.goods[part.stock] = np.maximum(whole.goods[part.stock], prices.goods)
    if len(prices.communities):
        whole.communities[part.communities] = prices.communities


def _group(model: Model, needs: IntArray, clock: Clock, gap: float, rest: Rest) -> Outcome:
    """One group: what a need is worth is known, since supply is ample."""
    prices = no_prices(model.rows, model.supply)
    team = staffing(model.people, model.rows, prices.people, len(model), model.has_slots)
    values = need_values(model.worth, model.supply, prices, team, model.item_need, possible=model.possible)
    weight = values.complete - values.partial
    without = int(np.maximum(values.partial, 0).sum())
    jobs = needs[weight[needs] >= 0]
    found = assign(
        model,
        jobs,
        weight,
        ends=lambda: clock.over,
        time_s=clock.left * _RELAXATION_SHARE,
        enough=lambda value, bound: bound - value <= gap * (without + bound),
    )
    if found is None:
        return rest(model, needs, clock, gap)
    draft = empty_draft(model)
    draft.complete, draft.chosen = serve(model, found.chosen)
    draft = deal_out(model, draft, needs)
    prices = Prices(people=found.row_price, money=prices.money, goods=prices.goods, ceilings=prices.ceilings)
    own = own_bound(model, needs, prices)
    return Outcome(
        draft=draft,
        own=own,
        bound=min(own, without + min(found.bound, found.relaxed)),
        prices=prices,
        method=_METHOD,
        multiplier=found.multiplier,
    )
