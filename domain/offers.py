"""Supply other than a volunteer's time: goods in stock, and places or services in slots."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.identifiers import RegionCode
from domain.needs import MOST_QUANTITY
from domain.provenance import Provenance
from domain.regions import GeoPoint
from domain.time import WeeklyWindow


class OfferKind(StrEnum):
    """What a service offer gives."""

    VENUE = "VENUE"
    LODGING = "LODGING"
    TRANSPORT = "TRANSPORT"
    CONSULTATION = "CONSULTATION"
    PRODUCTION = "PRODUCTION"
    CHANNEL = "CHANNEL"  # a charity's way of taking gifts


@dataclass(frozen=True, slots=True, kw_only=True)
class InKindOffer:
    """Goods that may be given. ``expires`` is the last day of use, exclusive."""

    id: str
    item: str
    quantity: int
    unit: str
    owner_id: str | None
    region: RegionCode | None
    place: GeoPoint | None = None
    expires: date | None = None
    restricted_to: str | None = None
    provenance: Provenance

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise InvalidInputError("stock is not negative", offer=self.id)
        if self.quantity > MOST_QUANTITY:
            raise InvalidInputError(
                f"quantity is above {MOST_QUANTITY}", offer=self.id, field="quantity", value=self.quantity
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOffer:
    """
    Room, transport, advice or production capacity.

    ``capacity`` counts ``unit`` a day, None if unstated. ``openings`` are the weekly slots in which it may be
    had; empty where the provider stated none.
    """

    id: str
    kind: OfferKind
    title: str
    provider_id: str
    region: RegionCode | None
    capacity: int | None = None
    unit: str | None = None
    openings: tuple[WeeklyWindow, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        if self.capacity is not None and self.capacity < 0:
            raise InvalidInputError("a capacity is not negative", offer=self.id)
