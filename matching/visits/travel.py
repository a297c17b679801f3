"""Minutes between places from their coordinates, where no table of real ways is at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.arrays import IntArray

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """
    How ways are guessed: the great circle's metres times ``factor_percent``, at a speed, and a fixed part.

    ``fixed_minutes`` is for leaving, parking and finding the door; it alone counts where a place is unknown.
    """

    factor_percent: int
    metres_per_minute: int
    fixed_minutes: int


def travel_minutes(places: Sequence[tuple[float, float] | None], road: Road) -> IntArray:
    """
    Whole minutes from each place to each, rounded up; zero between equal places.

    Parameters
    ----------
    places
        Longitude and latitude in degrees; None where unknown.
    """
    known = np.array([place is not None for place in places], dtype=np.bool_)
    degrees = np.array([place or (0.0, 0.0) for place in places], dtype=np.float64).reshape(len(places), 2)
    longitude, latitude = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    half = (
        np.sin((latitude[:, None] - latitude[None, :]) / 2) ** 2
        + np.cos(latitude[:, None])
        * np.cos(latitude[None, :])
        * np.sin((longitude[:, None] - longitude[None, :]) / 2) ** 2
    )
    metres = np.floor(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))) + 0.5).astype(np.int64)
    minutes = road.fixed_minutes - (-metres * road.factor_percent // (100 * road.metres_per_minute))
    both = known[:, None] & known[None, :]
    minutes = np.where(metres == 0, 0, minutes)
    table = np.where(both, minutes, road.fixed_minutes)
    np.fill_diagonal(table, 0)
    return table.astype(np.int64)
