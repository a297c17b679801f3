"""Organisations of the five parties, and the institutions that ask for help themselves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.identifiers import CreditCode, RegionCode
from domain.provenance import Provenance
from domain.regions import GeoPoint
from domain.stations import Network


class OrganisationKind(StrEnum):
    """What an organisation is in law or in the consortium."""

    CONSORTIUM = "CONSORTIUM"
    SOCIAL_ORG = "SOCIAL_ORG"
    CHARITY_ORG = "CHARITY_ORG"
    ENTERPRISE = "ENTERPRISE"
    INSTITUTION = "INSTITUTION"  # hospital, school, office: may be the subject of a need
    TEAM = "TEAM"
    AUTHORITY = "AUTHORITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """
    Any organisation.

    ``public_raising`` is the charity's qualification to raise money from the public (HC-21).
    """

    id: str
    kind: OrganisationKind
    name: str
    credit_code: CreditCode | None
    region: RegionCode | None
    place: GeoPoint | None = None
    public_raising: bool = False
    provenance: Provenance

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidInputError("an organisation has a name", id=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """
    A node of the station tree: city consortium, township station, community point.

    ``territory`` holds the paths of the divisions it serves; its own ``region`` is where it stands.
    """

    id: str
    name: str
    networks: tuple[Network, ...]
    region: RegionCode
    parent_id: str | None
    territory: tuple[str, ...]
    closed_at: datetime | None = None
    place: GeoPoint | None = None
    provenance: Provenance

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidInputError("a station has a name", field="name", id=self.id)
        if not self.networks:
            raise InvalidInputError("a station belongs to a network", field="networks", id=self.id)
        if not self.territory:
            raise InvalidInputError("a station serves a territory", field="territory", id=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePoint:
    """A canteen, day-care centre, hotel or hall: places for people, in slots."""

    id: str
    name: str
    services: tuple[str, ...]
    capacity: int
    region: RegionCode | None
    place: GeoPoint | None = None
    organisation_id: str | None = None
    provenance: Provenance
