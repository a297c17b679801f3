"""
Rows that bind one volunteer: which visits exclude each other, and how many minutes may add up.

Pairs of visits that clash (HC-28), or leave too short a night (HC-27), are covered by cliques, each an
at-most-one row. Sums (week and visits of HC-05, day and 24 hours of HC-27, a minor's day of HC-07, demanding
visits) become rows only where visits that do not exclude each other could break them: what the volunteer's visits
cover of the clock is more than the limit, and so is the sum of all needs.
"""

import numpy as np

from matching.arrays import offsets
from matching.formulation.instance import Instance
from matching.model import People, Rows
from matching.rules.age_bands import day_cap_min


def rows_of(instance: Instance, people: People) -> Rows:
    """Rows over the arcs of ``people``, volunteers with few arcs first; a single arc needs none."""
    from matching.formulation.row_kernels import Limits, Persons, Visiting, bind  # noqa: PLC0415 - compiled

    arcs, places, needs = people.arcs, people.places, instance.needs
    promised, workload = instance.commitments, instance.policy.workload
    order = np.lexsort((places.slot[arcs.place], places.start_min[arcs.place], arcs.volunteer))
    place = arcs.place[order]
    need = places.need[place]
    first = offsets(arcs.volunteer[order], len(instance.volunteers))
    everybody = np.arange(len(instance.volunteers), dtype=np.int64)
    visits = Visiting(
        arc=order.astype(np.int64),
        need=need,
        start=places.start_min[place],
        end=places.end_min[place],
        heavy=needs.demanding[need].astype(np.int64),
        longitude_deg=needs.longitude_deg[need],
        latitude_deg=needs.latitude_deg[need],
        located=needs.located[need],
    )
    persons = Persons(
        first=first,
        promised_first=promised.spans.first,
        promised_start=promised.spans.start,
        promised_end=promised.spans.end,
        promised_heavy=promised.demanding.astype(np.int64),
        offered=instance.volunteers.weekly_minutes,
        visits_left=instance.volunteers.visits_left,
        day_cap=np.minimum(workload.minutes_per_day.value, day_cap_min(instance, everybody)),
    )
    limits = Limits(
        fixed=instance.policy.travel.fixed_minutes.value,
        speed=instance.policy.travel.metres_per_minute.value,
        rest=workload.rest_minutes.value,
        in_24_hours=workload.minutes_per_24_hours.value,
        heavy=workload.demanding_in_a_row.value,
    )
    counts = np.diff(first)
    bound = np.flatnonzero(counts >= 2).astype(np.int64)
    bound = bound[np.argsort(counts[bound], kind="stable")]
    length, cap, volunteer, arc, coefficient = bind(visits, persons, limits, bound, len(needs))
    return Rows(
        row=np.repeat(np.arange(len(cap), dtype=np.int64), length),
        arc=arc,
        coefficient=coefficient,
        cap=cap,
        volunteer=volunteer,
    )
