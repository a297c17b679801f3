"""What city is asked for: how large, on which day, and how faulty its files."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DEFAULT_AS_OF = date(2026, 3, 2)
DEFAULT_FAULT_RATE = 0.015


class CitySize(StrEnum):
    """Sizes of the benchmark: needs, volunteers, funds are S 40/500/10 up to XL 100,000/30,000/500."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"

    @property
    def extent(self) -> "Extent":
        """Rows of each kind."""
        return _EXTENTS[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """
    Rows of each kind in one city.

    ``department_records`` counts the rows of all department files together (households, residents and the
    lists of departments); None leaves the number to the rates of each list.
    """

    needs: int
    volunteers: int
    funds: int
    households: int
    donations: int
    organisations: int
    department_records: int | None = None


_EXTENTS = {
    CitySize.S: Extent(needs=40, volunteers=500, funds=10, households=240, donations=160, organisations=40),
    CitySize.M: Extent(
        needs=500, volunteers=5_000, funds=50, households=2_500, donations=1_600, organisations=120
    ),
    CitySize.L: Extent(
        needs=5_000, volunteers=50_000, funds=200, households=20_000, donations=12_000, organisations=400
    ),
    CitySize.XL: Extent(
        needs=100_000,
        volunteers=30_000,
        funds=500,
        households=165_000,
        donations=40_000,
        organisations=900,
        department_records=1_300_000,
    ),
}
