"""Purposes: the wall around a fund's or an earmark's money, and how it changes from one day to the next."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.giving import EarmarkKind, Restriction
from domain.money import MOST_FEN
from domain.needs import NeedCategory, SubjectKind
from domain.people import LowIncomeCategory, Situation
from domain.provenance import Validity

REGISTERED_SITUATIONS: frozenset[Situation] = frozenset(LowIncomeCategory) - {LowIncomeCategory.OTHER}
"""What a household on a register of relief is listed as."""


UNRESTRICTED = Restriction()
"""Everything, everywhere, at any time."""


class BeneficiaryScope(StrEnum):
    """Whom a purpose reaches, told by rule and never by name (HC-16)."""

    ANYONE = "ANYONE"
    HOUSEHOLDS = "HOUSEHOLDS"
    REGISTERED = "REGISTERED"  # households on a register of relief
    INSTITUTIONS = "INSTITUTIONS"

    def reaches(self, subject: SubjectKind, situations: frozenset[Situation]) -> bool:
        """Whether a subject of these properties is meant."""
        match self:
            case BeneficiaryScope.ANYONE:
                return True
            case BeneficiaryScope.HOUSEHOLDS:
                return subject is SubjectKind.HOUSEHOLD
            case BeneficiaryScope.REGISTERED:
                return subject is SubjectKind.HOUSEHOLD and bool(situations & REGISTERED_SITUATIONS)
            case BeneficiaryScope.INSTITUTIONS:
                return subject is SubjectKind.INSTITUTION

    def within(self, other: "BeneficiaryScope") -> bool:
        """Whether whoever is meant here is meant there too."""
        return (
            other in (self, BeneficiaryScope.ANYONE)
            or (self, other) == (BeneficiaryScope.REGISTERED, BeneficiaryScope.HOUSEHOLDS)
        )  # fmt: skip


class PurposeGround(StrEnum):
    """On what a purpose rests (Charity Law 2016 art. 55; HC-11)."""

    AGREEMENT = "AGREEMENT"  # the deed, plan or agreement by which it was set up
    DONOR_CONSENT = "DONOR_CONSENT"
    FILING = "FILING"  # a public campaign's change, filed with the authority


class PurposeState(StrEnum):
    """Where a version of a purpose stands; it takes two people of the holding organisation (HC-15)."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"  # waits for the day it holds from
    IN_FORCE = "IN_FORCE"
    SUPERSEDED = "SUPERSEDED"
    REFUSED = "REFUSED"


class QualifyingChange(StrEnum):
    """Which way a need goes through a wall that is moved."""

    NEWLY = "NEWLY"
    NO_LONGER = "NO_LONGER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """
    What money may be used for.

    Parameters
    ----------
    restriction
        Categories, situations, regions and dates.
    beneficiary_scope
        Whom it reaches.
    case_cap_fen
        Most that one need is given; None if unbound.
    """

    restriction: Restriction = UNRESTRICTED
    beneficiary_scope: BeneficiaryScope = BeneficiaryScope.ANYONE
    case_cap_fen: int | None = None

    def __post_init__(self) -> None:
        if self.case_cap_fen is not None and not 0 < self.case_cap_fen <= MOST_FEN:
            raise InvalidInputError(
                f"a case is given between 1 and {MOST_FEN} fen", field="case_cap_fen", value=self.case_cap_fen
            )

    @property
    def is_agreed(self) -> bool:
        """Whether something is said of what the money is for: a single agreed purpose (HC-15)."""
        return bool(self.restriction.categories or self.restriction.situations)

    def allows(
        self,
        *,
        category: NeedCategory,
        situations: frozenset[Situation],
        region_path: str,
        subject: SubjectKind,
        day: date,
    ) -> bool:
        """Whether a need of these properties lies inside the wall on that day."""
        return self.restriction.allows(
            category=category, situations=situations, region_path=region_path, day=day
        ) and self.beneficiary_scope.reaches(subject, situations)

    def outside(self, wall: "Purpose") -> str | None:
        """
        Name the first axis on which this purpose asks for what a wall around it does not allow; None if on none.

        An axis that says nothing takes what the wall says.
        """
        own, outer = self.restriction, wall.restriction
        if outer.categories and not own.categories <= outer.categories:
            return "categories"
        if outer.situations and not own.situations <= outer.situations:
            return "situations"
        if outer.regions and not all(path.startswith(outer.regions) for path in own.regions):
            return "regions"
        if _reaches_out(own.validity, outer.validity):
            return "validity"
        if self.beneficiary_scope is not BeneficiaryScope.ANYONE and not self.beneficiary_scope.within(
            wall.beneficiary_scope
        ):
            return "beneficiary_scope"
        return None

    def inside(self, wall: "Purpose") -> "Purpose":
        """
        Give what both this purpose and a wall around it allow, each axis that says nothing as the wall has it.

        Raises
        ------
        InvalidInputError
            It reaches beyond the wall.
        """
        axis = self.outside(wall)
        if axis is not None:
            raise InvalidInputError("the purpose reaches beyond the fund's", field=axis, rule="HC-11")
        own, outer = self.restriction, wall.restriction
        caps = [cap for cap in (self.case_cap_fen, wall.case_cap_fen) if cap is not None]
        anyone = self.beneficiary_scope is BeneficiaryScope.ANYONE
        return Purpose(
            restriction=Restriction(
                categories=own.categories or outer.categories,
                situations=own.situations or outer.situations,
                regions=own.regions or outer.regions,
                validity=Validity(
                    valid_from=own.validity.valid_from or outer.validity.valid_from,
                    valid_to=own.validity.valid_to or outer.validity.valid_to,
                ),
            ),
            beneficiary_scope=wall.beneficiary_scope if anyone else self.beneficiary_scope,
            case_cap_fen=min(caps, default=None),
        )


def _reaches_out(span: Validity, wall: Validity) -> bool:
    """Whether a bound that is given lies beyond the wall, or the two share no day."""
    if wall.valid_from is not None and (
        (span.valid_from is not None and span.valid_from < wall.valid_from)
        or (span.valid_to is not None and span.valid_to <= wall.valid_from)
    ):
        return True
    return wall.valid_to is not None and (
        (span.valid_to is not None and span.valid_to > wall.valid_to)
        or (span.valid_from is not None and span.valid_from >= wall.valid_to)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """
    Days of each year in which a programme takes cases, half-open; one that ends before it begins spans New Year.

    Parameters
    ----------
    from_day, to_day
        ``month * 100 + day`` of the first day, and of the first day after: 701 is the first of July.
    """

    from_day: int
    to_day: int

    def __post_init__(self) -> None:
        self.in_year(2024)  # a leap year: the 29th of February is a day
        if self.from_day == self.to_day:
            raise InvalidInputError("a season has a day", field="season", value=self.from_day)

    def in_year(self, year: int) -> Validity:
        """
        Give the season that begins in a year.

        Raises
        ------
        InvalidInputError
            A day that no calendar has.
        """
        start, end = self._day(year, self.from_day), self._day(year, self.to_day)
        if end <= start:
            end = self._day(year + 1, self.to_day)
        return Validity(valid_from=start, valid_to=end)

    @staticmethod
    def _day(year: int, day: int) -> date:
        month, of_month = divmod(day, 100)
        if (month, of_month) == (2, 29) and not isleap(year):
            month, of_month = 3, 1
        try:
            return date(year, month, of_month)
        except ValueError as error:
            raise InvalidInputError("no such day of a year", field="season", value=day) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Earmark:
    """
    A part of a fund with a purpose of its own.

    What it allows is ``purpose.inside`` its fund's: what both allow. Its sums are kept by the ledger alone.

    Parameters
    ----------
    programme_id, donation_id
        Whose budget it is, or whose gift it came with.
    wording
        What was asked, in the donor's or the programme's own words.
    siblings
        Funds to which the plan or agreement sends what is left over (HC-14).
    """

    id: str
    fund_id: str
    kind: EarmarkKind
    name: str
    purpose: Purpose
    region_path: str
    programme_id: str | None = None
    donation_id: str | None = None
    wording: str | None = None
    siblings: tuple[str, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidInputError("an earmark has a name", field="name")
