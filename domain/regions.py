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
    """
    One division as one code system names it in one span of time.

    A code may live more than once: abolished, and given again to another place. The key is therefore
    (system, code, validity).
    """

    code: RegionCode
    name: str
    validity: Validity = ALWAYS
    centre: GeoPoint | None = None

    @property
    def id(self) -> str:
        """
        Key in the graph: the code's own while it is in force, with the day it ended once it is not.

        ``MCA:320582000000`` is in force, ``MCA:320521000000@1986-01-01`` ended that day.
        """
        ended = self.validity.valid_to
        return self.code.id if ended is None else f"{self.code.id}@{ended.isoformat()}"
