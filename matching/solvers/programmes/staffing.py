"""Who serves which need, when what each need is worth is settled: flows where they fit, else programmes."""

from dataclasses import dataclass, field, replace

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.components import components
from matching.model import NANO, Model, arcs_of_needs
from matching.solvers.network.flow import Assignment, best_assignment
from matching.solvers.network.forest import Forest, forest_of
from matching.solvers.programmes.linear import Programme, Scope, programme_of, relaxed_prices, whole_answer

_BUNDLE_ARCS = 4_000
_NODES = 20_000
_EXACT_GAP = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Staffing:
    """
    Outcome for some needs.

    ``price`` are nanopoints of the people rows, ``missed`` of one more incomplete need by community;
    ``by_programme`` counts programmes (0: flows decided).
    """

    complete: BoolArray
    chosen: BoolArray
    price: IntArray
    missed: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    by_programme: int = 0


def staff(
    model: Model,
    needs: IntArray,
    weight: IntArray,
    *,
    arcs: IntArray | None,
    time_s: float,
    with_prices: bool,
    left: IntArray | None = None,
) -> Staffing:
    """
    Choose teams for the needs so that the sum of their weights less the ways is largest.

    Parameters
    ----------
    needs
        Needs with slots that may be complete.
    weight
        Nanopoints by need (of all needs) for being staffed.
    arcs
        Arc indices to choose from; None for all of the needs.
    with_prices
        Whether programmes also give prices for a bound.
    left
        Other needs that stay incomplete, where flows are to be fair to communities; None to leave that out.
    """
    result = Staffing(
        complete=np.zeros(len(model.possible), dtype=np.bool_),
        chosen=np.zeros(len(model.people.arcs), dtype=np.bool_),
        price=np.zeros(len(model.rows), dtype=np.int64),
        missed=np.zeros(0 if model.fairness is None else len(model.fairness), dtype=np.int64),
    )
    usable = np.zeros(len(model.people.arcs), dtype=np.bool_)
    usable[arcs_of_needs(model, needs) if arcs is None else arcs] = True
    per_need = np.bincount(
        model.people.places.need[model.people.arcs.place[usable]], minlength=len(model.possible)
    )
    forest = forest_of(model.rows, len(model.people.arcs))
    flowing = _flow_needs(model, forest)
    assignments: list[IntArray] = []
    bundle: list[IntArray] = []
    bundles: list[IntArray] = []
    for part in components(model, needs, with_supply=False):
        if flowing[part].all():
            assignments.append(part)
            continue
        bundle.append(part)
        if int(per_need[np.concatenate(bundle)].sum()) >= _BUNDLE_ARCS:
            bundles.append(np.sort(np.concatenate(bundle)))
            bundle = []
    if bundle:
        bundles.append(np.sort(np.concatenate(bundle)))
    if assignments:
        _by_flow(
            model, np.sort(np.concatenate(assignments)), weight, usable, result, forest=forest, left=left
        )
    for part in bundles:
        _by_programme(model, part, weight, usable, result, time_s=time_s, with_prices=with_prices)
    return result


def _flow_needs(model: Model, forest: Forest) -> BoolArray:
    """One slot, and volunteers' rows that nest: what a network can express."""
    flows = model.slot_count == 1
    misfit = ~forest.fits[model.rows.row]
    flows[model.arc_need[model.rows.arc[misfit]]] = False
    return flows


def _by_flow(
    model: Model,
    needs: IntArray,
    weight: IntArray,
    usable: BoolArray,
    result: Staffing,
    *,
    forest: Forest,
    left: IntArray | None,
) -> None:
    arcs = arcs_of_needs(model, needs)
    arcs = arcs[usable[arcs]]
    need = model.arc_need[arcs]
    fair = model.fairness if left is not None else None
    if fair is not None and left is not None:
        above = np.bincount(model.community[left], minlength=len(fair))
        fair = replace(fair, base=fair.base + above)
    found = best_assignment(
        Assignment(
            first=np.searchsorted(need, np.append(needs, len(model))).astype(np.int64),
            row=forest.leaf[arcs],
            cost=-model.people.arcs.points[arcs] * NANO,
            skip=weight[needs],
            parent=forest.parent,
            units=forest.units,
            community=model.community[needs],
            fairness=fair,
        )
    )
    result.chosen[arcs[found.chosen]] = True
    result.complete[need[found.chosen]] = True
    result.price += found.row_price
    if fair is not None:
        result.missed += found.community_price


def people_programme(model: Model, needs: IntArray, weight: IntArray, arcs: IntArray) -> Programme:
    """Write the people side alone, each need worth its weight."""
    return programme_of(
        model.worth,
        model.people,
        model.rows,
        model.supply,
        model.item_need,
        scope=Scope(
            needs=needs,
            possible=model.possible,
            complete=weight,
            arcs=arcs,
            escort_arcs=model.escort_arcs,
            adult_arcs=model.adult_arcs,
            with_supply=False,
        ),
    )


def _by_programme(
    model: Model,
    needs: IntArray,
    weight: IntArray,
    usable: BoolArray,
    result: Staffing,
    *,
    time_s: float,
    with_prices: bool,
) -> None:
    arcs = arcs_of_needs(model, needs)
    arcs = arcs[usable[arcs]]
    result.by_programme += 1
    if not len(arcs):
        return
    programme = people_programme(model, needs, weight, arcs)
    if with_prices:
        prices = relaxed_prices(programme, model.rows, model.supply, time_s)
        if prices is not None:
            result.price += prices.people
    answer = whole_answer(programme, gap=_EXACT_GAP, time_s=time_s, node_limit=_NODES)
    if answer.z is not None and answer.x is not None:
        accept(model, needs, arcs[answer.x], result)


def accept(model: Model, needs: IntArray, arcs: IntArray, result: Staffing) -> None:
    """Take over teams that are whole; a rounded point may hold others, which are left out."""
    places = model.people.places
    place = model.people.arcs.place[arcs]
    filled = np.bincount(place, minlength=len(places))
    size = np.bincount(places.group, minlength=len(places.group_need))
    ready = np.zeros(len(places.group_need), dtype=np.int64)
    np.add.at(ready, places.group, filled == 1)
    touched = np.zeros(len(places.group_need), dtype=np.bool_)
    touched[places.group[place]] = True
    whole = touched & (ready == size)
    inside = np.zeros(len(model.possible), dtype=np.bool_)
    inside[needs] = True
    whole &= inside[places.group_need]
    result.complete[places.group_need[whole]] = True
    result.chosen[arcs[whole[places.group[place]]]] = True
