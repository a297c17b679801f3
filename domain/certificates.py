"""Record certificates (Ministry of Civil Affairs, Order No. 67): who served where and how long, and who says so."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.errors import InvalidInputError
from domain.hours import HoursKind

MOST_LINES = 2_000
_MODULUS = 97


class CertificateState(StrEnum):
    """A certificate holds until it is revoked."""

    ISSUED = "ISSUED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedLine:
    """One service on a certificate."""

    served_on: date
    title: str
    kind: HoursKind
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateContent:
    """
    What a certificate says; the volunteer's identity number only as its mask.

    Parameters
    ----------
    responsible, handler, contact
        Of the issuer, as the Measures ask for.
    lines
        Services in the order of their days.
    """

    name: str
    id_mask: str | None
    volunteer_number: str | None
    issuer: str
    credit_code: str | None
    responsible: str
    handler: str
    contact: str | None
    since: date
    until: date
    lines: tuple[ServedLine, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise InvalidInputError(f"a certificate holds 1 to {MOST_LINES} services", length=len(self.lines))

    @property
    def minutes(self) -> int:
        """Sum of the services."""
        return sum(line.minutes for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCertificate:
    """
    A certificate as it was signed.

    Parameters
    ----------
    id
        The code of 128 bits on it, which nobody guesses.
    serial
        The number that people read.
    content, payload
        What it says as canonical JSON with the mask in it sealed, and the signed text that verifies by itself, sealed
        as it holds the ends of the mask.
    prints
        How often it was printed.
    """

    id: str
    serial: str
    volunteer_id: str
    state: CertificateState
    organisation_id: str
    content: str
    payload: str
    key_id: str
    minutes: int
    prints: int
    issued_by: str
    issued_at: datetime
    revoked_by: str | None = None
    revoked_reason: str | None = None
    revoked_at: datetime | None = None
    region_path: str
    version: int = 1


def serial_number(region_code: str, year: int, number: int) -> str:
    """
    Give a serial number with two check digits (ISO 7064, MOD 97-10 over its digits).

    Examples
    --------
    >>> serial_number("320582", 2026, 1)
    'ZYFW-320582-2026-000001-69'
    """
    digits = f"{region_code}{year}{number:06d}"
    check = 98 - int(digits) * 100 % _MODULUS
    return f"ZYFW-{region_code}-{year}-{number:06d}-{check:02d}"
