"""
Identifiers that carry their own check rule.

Checks are structural: a number may be well-formed and belong to nobody. Area codes inside an identity number
are never looked up, since county-level cities and abolished counties are valid for life.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import mul
from typing import Self

from domain.errors import InvalidIdentifierError

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT_DEPARTMENTS = "123456789ANY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EARLIEST_BIRTH_YEAR = 1880
_LATEST_BIRTH_YEAR = 2100  # no clock here: a year far ahead is a slip of the pen whatever the day


def _folded(text: str) -> str:
    """Full-width digits and letters as ASCII, outer blanks off, upper case."""
    half = text if text.isascii() else "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return half.strip().upper()


class Sex(StrEnum):
    """Sex as the identity number states it."""

    FEMALE = "FEMALE"
    MALE = "MALE"


def resident_check_character(body: str) -> str:
    """
    Give the 18th character of an identity number from its first 17 digits.

    References
    ----------
    .. [1] GB 11643-1999, after ISO 7064 MOD 11-2.
    """
    return _RESIDENT_CHECKS[sum(map(mul, map(int, body), _RESIDENT_WEIGHTS)) % 11]


@dataclass(frozen=True, slots=True)
class ResidentNumber:
    """
    Citizen identity number (GB 11643): 6 area, 8 birth date, 3 order, 1 check.

    Parameters
    ----------
    value
        18 characters, upper case.

    Raises
    ------
    InvalidIdentifierError
        Wrong length, a birth date that does not exist, or a wrong check character.
    """

    value: str

    def __post_init__(self) -> None:
        value = self.value
        if len(value) != 18 or not value[:17].isascii() or not value[:17].isdigit():
            raise InvalidIdentifierError(
                "identity number needs 17 digits and a check character",
                kind="resident_number",
                reason="shape",
            )
        try:
            born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
        except ValueError as error:
            raise InvalidIdentifierError(
                "identity number holds no real birth date", kind="resident_number", reason="birth_date"
            ) from error
        if not _EARLIEST_BIRTH_YEAR <= born.year <= _LATEST_BIRTH_YEAR:
            raise InvalidIdentifierError(
                "identity number holds an impossible birth year", kind="resident_number", reason="birth_date"
            )
        if resident_check_character(value[:17]) != value[17]:
            raise InvalidIdentifierError(
                "identity number fails its check character", kind="resident_number", reason="check_character"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as people type it: full-width digits, lower-case x, outer blanks."""
        return cls(_folded(text))

    def check_born_by(self, day: date) -> None:
        """
        Refuse a birth date later than a civil day, such as the one on which the record was made.

        Raises
        ------
        InvalidIdentifierError
            The holder would not be born yet.
        """
        if self.birth_date > day:
            raise InvalidIdentifierError(
                "identity number holds a birth date to come", kind="resident_number", reason="birth_date"
            )

    @property
    def area_code(self) -> str:
        """Six-digit county of first registration; may since have been abolished."""
        return self.value[:6]

    @property
    def birth_date(self) -> date:
        """Date of birth; age and sex are derived, never typed."""
        return date(int(self.value[6:10]), int(self.value[10:12]), int(self.value[12:14]))

    @property
    def sex(self) -> Sex:
        """Odd 17th digit is male."""
        return Sex.MALE if int(self.value[16]) % 2 else Sex.FEMALE

    @property
    def masked(self) -> str:
        """First three and last four characters, for screens and messages."""
        return f"{self.value[:3]}***********{self.value[-4:]}"

    def __repr__(self) -> str:
        return f"ResidentNumber({self.masked!r})"


def organisation_check_character(body: str) -> str:
    """
    Give the check character of an organisation code from its first 8 characters.

    References
    ----------
    .. [1] GB 11714-1997.
    """
    total = sum(
        _ORGANISATION_ALPHABET.index(c) * weight
        for c, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def credit_check_character(body: str) -> str:
    """
    Give the 18th character of a unified social credit code from its first 17.

    References
    ----------
    .. [1] GB 32100-2015: weights 3^i mod 31.
    """
    total = sum(_CREDIT_ALPHABET.index(c) * weight for c, weight in zip(body, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


@dataclass(frozen=True, slots=True)
class CreditCode:
    """
    Unified social credit code (GB 32100): department, type, 6 region, 9 organisation, 1 check.

    Departments N (rural collectives) and Y (others) are as valid as the digits.

    Parameters
    ----------
    value
        18 characters of ``0-9A-HJ-NPQRTUWXY``.

    Raises
    ------
    InvalidIdentifierError
        Wrong length or alphabet, an unknown department, or a wrong check character.
    """

    value: str

    def __post_init__(self) -> None:
        value = self.value
        if len(value) != 18 or any(c not in _CREDIT_ALPHABET for c in value):
            raise InvalidIdentifierError(
                "credit code needs 18 characters of its alphabet", kind="credit_code", reason="shape"
            )
        if value[0] not in _CREDIT_DEPARTMENTS:
            raise InvalidIdentifierError(
                "credit code names no registration department", kind="credit_code", reason="department"
            )
        if not value[2:8].isdigit():
            raise InvalidIdentifierError("credit code holds no region", kind="credit_code", reason="region")
        if credit_check_character(value[:17]) != value[17]:
            raise InvalidIdentifierError(
                "credit code fails its check character", kind="credit_code", reason="check_character"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as people type it: full-width, lower case, outer blanks."""
        return cls(_folded(text))

    @property
    def organisation_code(self) -> str:
        """The nine characters of GB 11714 inside the code."""
        return self.value[8:17]


class RegionSystem(StrEnum):
    """Who gave the code. The two disagree on thousands of towns, so a code alone is no key."""

    NBS = "NBS"  # National Bureau of Statistics, 12 digits
    MCA = "MCA"  # Ministry of Civil Affairs, 12 digits


class RegionLevel(StrEnum):
    """Level of an administrative division."""

    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"
    TOWN = "TOWN"
    VILLAGE = "VILLAGE"

    @property
    def digits(self) -> int:
        """How many leading digits of the 12 name this level."""
        return {"PROVINCE": 2, "CITY": 4, "COUNTY": 6, "TOWN": 9, "VILLAGE": 12}[self.value]


@dataclass(frozen=True, slots=True, order=True)
class RegionCode:
    """
    One division's key: the code system and its 12 digits, trailing zeros kept.

    Parameters
    ----------
    system
        Who gave the code.
    value
        Exactly 12 digits. ``parse`` accepts 2, 4, 6, 9 or 12.

    Raises
    ------
    InvalidIdentifierError
        Not digits, or of a length no level has.

    References
    ----------
    .. [1] GB/T 2260, GB/T 10114; rules for statistical division codes: 2 province, 2 city, 2 county, 3 town,
       3 village.
    """

    system: RegionSystem
    value: str

    def __post_init__(self) -> None:
        if (
            len(self.value) != 12
            or not self.value.isascii()
            or not self.value.isdigit()
            or self.value[:2] == "00"
        ):
            raise InvalidIdentifierError(
                "region code needs 12 digits and a province", kind="region_code", reason="shape"
            )

    @classmethod
    def parse(cls, system: RegionSystem, text: str) -> Self:
        """Read a code of 2, 4, 6, 9 or 12 digits and fill it up with zeros."""
        digits = _folded(text)
        if len(digits) not in (2, 4, 6, 9, 12):
            raise InvalidIdentifierError(
                "region code has 2, 4, 6, 9 or 12 digits", kind="region_code", reason="length"
            )
        return cls(system, digits.ljust(12, "0"))

    @property
    def level(self) -> RegionLevel:
        """The finest level whose digits are not all zero."""
        if self.value[9:] != "000":
            return RegionLevel.VILLAGE
        if self.value[6:9] != "000":
            return RegionLevel.TOWN
        if self.value[4:6] != "00":
            return RegionLevel.COUNTY
        if self.value[2:4] != "00":
            return RegionLevel.CITY
        return RegionLevel.PROVINCE

    @property
    def parent(self) -> "RegionCode | None":
        """
        The enclosing division by digits, or None for a province.

        Counties run directly by a province (4290xx) get a city of digits that no list names.
        """
        shorter = {
            RegionLevel.VILLAGE: 9,
            RegionLevel.TOWN: 6,
            RegionLevel.COUNTY: 4,
            RegionLevel.CITY: 2,
        }.get(self.level)
        if shorter is None:
            return None
        return RegionCode(self.system, self.value[:shorter].ljust(12, "0"))

    @property
    def id(self) -> str:
        """Key in the graph, such as ``NBS:320582000000``."""
        return f"{self.system}:{self.value}"

    @property
    def path(self) -> str:
        """
        Materialised path, such as ``/NBS/32/3205/320582/``.

        A subtree is everything whose path starts with this one; the closing slash keeps 3205 and 32058 apart.
        """
        digits = [2, 4, 6, 9, 12]
        parts = [self.value[:n] for n in digits if n <= self.level.digits]
        return "/" + "/".join([self.system.value, *parts]) + "/"
