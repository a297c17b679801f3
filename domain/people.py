"""Residents, households, volunteers, social workers, and what qualifies them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.identifiers import RegionCode, Sex
from domain.provenance import Provenance
from domain.regions import GeoPoint
from domain.time import WeeklyWindow


class LowIncomeCategory(StrEnum):
    """Category of hardship; lines and standards are dated policy parameters, never constants."""

    DIBAO = "DIBAO"
    TEKUN = "TEKUN"
    RELAPSE_MON = "RELAPSE_MON"
    EDGE = "EDGE"
    RIGID = "RIGID"
    OTHER = "OTHER"


class ElderGroup(StrEnum):
    """Groups of elders under home-visit care; a person may be in several."""

    LIVING_ALONE = "LIVING_ALONE"
    DISABLED_FUNCTION = "DISABLED_FUNCTION"
    SEVERE_DISABILITY = "SEVERE_DISABILITY"
    EMPTY_NEST = "EMPTY_NEST"
    LEFT_BEHIND = "LEFT_BEHIND"
    ADVANCED_AGE = "ADVANCED_AGE"
    ELDER_TEKUN = "ELDER_TEKUN"
    FAMILY_PLANNING_SPECIAL = "FAMILY_PLANNING_SPECIAL"


class ChildSituation(StrEnum):
    """Main classes and flags of children in difficulty."""

    FAMILY_POVERTY = "FAMILY_POVERTY"
    OWN_CONDITION = "OWN_CONDITION"
    GUARDIAN_ABSENT_OR_IMPROPER = "GUARDIAN_ABSENT_OR_IMPROPER"
    ORPHAN = "ORPHAN"
    DE_FACTO_UNATTENDED = "DE_FACTO_UNATTENDED"
    LEFT_BEHIND_CHILD = "LEFT_BEHIND_CHILD"
    MIGRANT_CHILD = "MIGRANT_CHILD"


Situation = LowIncomeCategory | ElderGroup | ChildSituation


def parse_situation(code: str) -> Situation:
    """
    Read the code of any of the three lists; their codes are disjoint.

    Raises
    ------
    InvalidInputError
        No list has the code.
    """
    for codes in (LowIncomeCategory, ElderGroup, ChildSituation):
        if code in codes.__members__:
            return codes(code)
    raise InvalidInputError("not a situation code", value=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A person who lives here. Age and sex come from the identity number and are never typed."""

    id: str
    household_id: str | None
    name: str
    birth_date: date | None
    sex: Sex | None
    region: RegionCode
    situations: frozenset[Situation] = frozenset()
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """People under one roof and one file; ceilings on charity count here."""

    id: str
    region: RegionCode
    place: GeoPoint | None
    situations: frozenset[Situation] = frozenset()
    provenance: Provenance


class VolunteerStatus(StrEnum):
    """Where a volunteer stands. Only ACTIVE ones are offered tasks; one enters by one's own act (HC-30)."""

    DRAFT = "DRAFT"
    REAL_NAME_VERIFIED = "REAL_NAME_VERIFIED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"  # another record of the same person stands for this one


class Skill(StrEnum):
    """What a task may ask for and a volunteer may offer."""

    COMPANIONSHIP = "COMPANIONSHIP"
    CLEANING = "CLEANING"
    COOKING = "COOKING"
    MEAL_DELIVERY = "MEAL_DELIVERY"
    ELDER_CARE = "ELDER_CARE"
    BATHING_CARE = "BATHING_CARE"
    MEDICAL_ESCORT = "MEDICAL_ESCORT"
    DRIVING = "DRIVING"
    TUTORING = "TUTORING"
    COUNSELLING = "COUNSELLING"
    LEGAL_AID = "LEGAL_AID"
    DIGITAL_COACHING = "DIGITAL_COACHING"
    HAIRCUT = "HAIRCUT"
    HOME_REPAIR = "HOME_REPAIR"
    ELECTRICAL = "ELECTRICAL"
    FIRST_AID = "FIRST_AID"
    SIGN_LANGUAGE = "SIGN_LANGUAGE"
    ARTS = "ARTS"
    PHOTOGRAPHY = "PHOTOGRAPHY"
    SHOPPING = "SHOPPING"


class Licence(StrEnum):
    """Professional licences and checks that the law, not the platform, asks for (HC-02, HC-09)."""

    SOCIAL_WORKER = "SOCIAL_WORKER"
    COUNSELLOR = "COUNSELLOR"
    LAWYER = "LAWYER"
    NURSE = "NURSE"
    CARE_WORKER = "CARE_WORKER"
    DRIVER = "DRIVER"
    ELECTRICIAN = "ELECTRICIAN"
    TEACHER = "TEACHER"
    MINOR_CONTACT_CHECK = "MINOR_CONTACT_CHECK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A licence or check held for half-open days ``[valid_from, valid_to)``."""

    licence: Licence
    valid_from: date
    valid_to: date

    def __post_init__(self) -> None:
        if self.valid_to <= self.valid_from:
            raise InvalidInputError("a qualification ends after it starts", licence=self.licence.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceCover:
    """
    Accident cover of one volunteer for half-open days; the age limits are the insurer's (HC-03, HC-08).

    ``region_paths`` are the subtrees in which the cover holds.
    """

    valid_from: date
    valid_to: date
    region_paths: tuple[str, ...]
    min_age_y: int = 0
    max_age_y: int = 200

    def __post_init__(self) -> None:
        if self.valid_to <= self.valid_from or self.min_age_y > self.max_age_y:
            raise InvalidInputError(
                "a cover holds for at least a day and an age",
                valid_from=str(self.valid_from),
                valid_to=str(self.valid_to),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    """
    A person who offers time, by an act of their own.

    ``radius_m`` is how far they will travel from ``place``; ``weekly_minutes`` how much they offer a week;
    ``verified_minutes`` what has been recorded so far. ``physical_limit`` bars tasks tagged demanding.
    """

    id: str
    name: str
    birth_date: date
    region: RegionCode
    place: GeoPoint | None
    status: VolunteerStatus
    skills: frozenset[Skill]
    qualifications: tuple[Qualification, ...] = ()
    covers: tuple[InsuranceCover, ...] = ()
    availability: tuple[WeeklyWindow, ...] = ()
    radius_m: int = 5_000
    weekly_minutes: int = 240
    verified_minutes: int = 0
    physical_limit: bool = False
    guardian_consent: bool = False
    declined_categories: frozenset[str] = frozenset()
    team_id: str | None = None
    resident_id: str | None = None
    provenance: Provenance

    def __post_init__(self) -> None:
        if min(self.radius_m, self.weekly_minutes, self.verified_minutes) < 0:
            raise InvalidInputError("distances and minutes are not negative", volunteer=self.id)


def age_on(birth_date: date, day: date) -> int:
    """Completed years of age on a civil day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialWorker:
    """A paid social worker of a station, with the level of the national examination if known."""

    id: str
    name: str
    station_id: str
    level: str | None = None
    provenance: Provenance
