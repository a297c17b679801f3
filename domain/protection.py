"""
Consent, identity numbers that are kept, and what a person may ask of the registry about themselves.

A full number is kept of who joins by their own act, because three acts need it whole and cannot be done with a mask:
cover against accidents is bought by number (Volunteer Regulation, art. 17), the check for work with minors is asked of
the police by number (Minors Law, art. 62), and a name is verified against it. Everybody else has a mask.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SealedMask:
    """
    What may be seen of an identity number, as it is kept.

    It is no text, so that nobody shows it by mistake: ``workflows.protection.masks`` opens it for people.
    """

    stored: str


class ConsentKind(StrEnum):
    """An act by which somebody becomes, or ceases to be, a volunteer (HC-07, HC-30)."""

    JOIN = "JOIN"
    GUARDIAN = "GUARDIAN"
    WITHDRAWAL = "WITHDRAWAL"


class ConsentingParty(StrEnum):
    """Whose act it was."""

    VOLUNTEER = "VOLUNTEER"
    GUARDIAN = "GUARDIAN"


class ConsentChannel(StrEnum):
    """How the act came: through the person's own account, in person at a desk, or on signed paper."""

    ACCOUNT = "ACCOUNT"
    STATION = "STATION"
    PAPER = "PAPER"


class ConsentBasis(StrEnum):
    """On what a volunteer's record rests: an act that is here, or one that the source of an import vouches for."""

    OWN_ACT = "OWN_ACT"
    SOURCE = "SOURCE"


class UnmaskPurpose(StrEnum):
    """For what a full identity number may be asked."""

    REAL_NAME_CHECK = "REAL_NAME_CHECK"
    ACCIDENT_INSURANCE = "ACCIDENT_INSURANCE"
    MINOR_CONTACT_CHECK = "MINOR_CONTACT_CHECK"
    AUTHORITY_ORDER = "AUTHORITY_ORDER"  # by order of a court or authority: heads of stations alone


class Standing(StrEnum):
    """As what somebody stands in the registry."""

    VOLUNTEER_JOINED = "VOLUNTEER_JOINED"  # by an act of their own that is recorded here
    VOLUNTEER_LISTED = "VOLUNTEER_LISTED"  # in a list that was imported; its source vouches for their act
    RESIDENT = "RESIDENT"


class DataRequestKind(StrEnum):
    """What somebody asks of the data about them (PIPL, art. 45 and 47)."""

    EXPORT = "EXPORT"
    ERASURE = "ERASURE"


class DataRequestState(StrEnum):
    """Where such a request stands; a second person decides, and what was allowed is carried out once."""

    ASKED = "ASKED"
    ALLOWED = "ALLOWED"
    REFUSED = "REFUSED"
    DONE = "DONE"


CONSENT_TEXTS = {
    ConsentKind.JOIN: "join-1",
    ConsentKind.GUARDIAN: "guardian-1",
    ConsentKind.WITHDRAWAL: "withdrawal-1",
}
"""Which text of each kind is in force; the words stand in ``locales``, and a text once agreed to is never changed."""

ADULT_AGE_Y = 18
READINGS_PER_HOUR = 20
READINGS_PER_DAY = 60
ENQUIRIES_PER_HOUR = 30
ENQUIRIES_PER_DAY = 120
ENQUIRY_GOOD_FOR = timedelta(days=30)
