"""Made-up instances of people alone, from places on a plane or from pairs to a model of least cost."""

import numpy as np

from matching.files.model import Measure, ModelFile, no_labels
from matching.formats.jobs import best_first, capacity_rows, one_place_model
from matching.formulation.nearest import nearest_pairs
from matching.instances.pure import PairInstance, PureInstance, preference
from matching.model import NANO

UNMET_POINTS = 10_000
"""Cost of an unmet need, times its urgency; a pair costs a point for each 100 m and its dislike."""

PAIRS_A_NEED = 20
_METRES_A_POINT = 100


def pure_pairs(instance: PureInstance) -> PairInstance:
    """Find the nearest able and willing people of each need, and what each pair costs."""
    need, volunteer, metres = nearest_pairs(
        instance.need_xy,
        instance.skill,
        instance.volunteer_xy,
        instance.skills,
        instance.radius_m,
        most=PAIRS_A_NEED,
    )
    cost = np.rint(metres / _METRES_A_POINT).astype(np.int64) + preference(need, volunteer, instance.seed)
    return PairInstance(
        need=need,
        volunteer=volunteer,
        cost=cost,
        urgency=instance.urgency,
        community=instance.community,
        capacity=instance.capacity,
    )


def pairs_model(pairs: PairInstance, name: str) -> ModelFile:
    """Make the model: each volunteer serves up to their capacity."""
    order = best_first(pairs.need, pairs.cost)
    need, volunteer = pairs.need[order], pairs.volunteer[order]
    model = one_place_model(
        need=need,
        volunteer=volunteer,
        points=-pairs.cost[order],
        complete=pairs.urgency * (UNMET_POINTS * NANO),
        community=pairs.community,
        rows=capacity_rows(volunteer, pairs.capacity),
    )
    return ModelFile(model=model, labels=no_labels(), measure=Measure(sense="min"), name=name)
