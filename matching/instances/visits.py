"""Made-up days of visits in a town: elders in villages around a station, for benchmarks and tests."""

import numpy as np

from matching.visits.day import DueVisit, VisitDay, VisitorDay, VisitWeights
from matching.visits.travel import Road, travel_minutes

ROAD = Road(factor_percent=130, metres_per_minute=250, fixed_minutes=2)
WEIGHTS = VisitWeights(travel=1, new_face=5, moved=0, tolerance_min=0)
_CENTRE = (120.55, 31.87)
_DEGREES_A_KM = (0.0106, 0.009)


def town_day(
    elders: int, visitors: int, *, seed: int, villages: int = 9, radius_km: float = 4.0, most_visits: int = 14
) -> VisitDay:
    """
    Draw a day: elders scattered around villages, visitors from one station, 08:30 to 17:00.

    A third of the elders can be visited in the morning only, a third in the afternoon only; a twelfth ask for
    a woman and one in fifteen for a care worker; penalties grow with days overdue and risk.
    """
    draw = np.random.default_rng(seed)
    centres = draw.uniform(-radius_km, radius_km, size=(villages, 2))
    around = centres[draw.integers(0, villages, size=elders)] + draw.normal(0, 0.5, size=(elders, 2))
    places = [
        _CENTRE,
        *((_CENTRE[0] + x * _DEGREES_A_KM[0], _CENTRE[1] + y * _DEGREES_A_KM[1]) for x, y in around),
    ]
    table = travel_minutes(places, ROAD)
    kinds = draw.integers(0, 3, size=elders)
    windows = (((510, 720),), ((810, 1020),), ((510, 720), (810, 1020)))
    late, risk = draw.integers(0, 15, size=elders), draw.integers(0, 3, size=elders)
    return VisitDay(
        travel_min=tuple(map(tuple, table.tolist())),
        visits=tuple(
            DueVisit(
                id=f"elder-{i:04d}",
                place=i + 1,
                service_min=int(draw.choice([15, 20, 30])),
                windows=windows[kinds[i]],
                penalty=60 + 10 * int(late[i]) + 40 * int(risk[i]),
                sex="FEMALE" if draw.random() < 1 / 12 else None,
                licence="CARE_WORKER" if draw.random() < 1 / 15 else None,
                usual=f"visitor-{draw.integers(0, visitors):02d}" if draw.random() < 0.7 else None,
            )
            for i in range(elders)
        ),
        visitors=tuple(
            VisitorDay(
                id=f"visitor-{v:02d}",
                place=0,
                from_min=510,
                until_min=1020,
                most_visits=most_visits,
                sex="FEMALE" if v % 3 else "MALE",
                licences=frozenset({"CARE_WORKER"}) if v % 4 == 0 else frozenset(),
            )
            for v in range(visitors)
        ),
        weights=WEIGHTS,
    )
