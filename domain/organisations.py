"""Organisations of the five parties, and the institutions that ask for help themselves."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.identifiers import CreditCode, RegionCode
from domain.provenance import Provenance
from domain.regions import GeoPoint


class OrganisationKind(StrEnum):
    """What an organisation is in law or in the consortium."""

    CONSORTIUM = "CONSORTIUM"
    SOCIAL_ORG = "SOCIAL_ORG"
    CHARITY_ORG = "CHARITY_ORG"
    ENTERPRISE = "ENTERPRISE"
    INSTITUTION = "INSTITUTION"  # hospital, school, office: may be the subject of a need
    TEAM = "TEAM"
    AUTHORITY = "AUTHORITY"


class StationKind(StrEnum):
    """Networks share one tree of stations."""

    CONSORTIUM_STATION = "CONSORTIUM_STATION"
    SOCIAL_WORK = "SOCIAL_WORK"
    CHILD_PROTECTION = "CHILD_PROTECTION"


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
    """A node of the station tree: city consortium, township station, community point."""

    id: str
    kind: StationKind
    name: str
    region: RegionCode
    parent_id: str | None
    place: GeoPoint | None = None
    provenance: Provenance


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
