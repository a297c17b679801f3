"""Administrative divisions, keyed by (system, code) and dated."""

from dataclasses import dataclass

from domain.errors import InvalidInputError
from domain.identifiers import RegionCode
from domain.provenance import ALWAYS, Validity


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoPoint:
    """
    A point in degrees.

    ``made_up`` marks points scattered inside an outline because no real one is known: they may be used for
    distances in a synthetic city and never be shown as an address.
    """

    longitude_deg: float
    latitude_deg: float
    made_up: bool = False

    def __post_init__(self) -> None:
        if not (-180 <= self.longitude_deg <= 180 and -90 <= self.latitude_deg <= 90):
            raise InvalidInputError(
                "not a point on Earth", longitude=self.longitude_deg, latitude=self.latitude_deg
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One division as one code system names it in one span of time."""

    code: RegionCode
    name: str
    validity: Validity = ALWAYS
    centre: GeoPoint | None = None
