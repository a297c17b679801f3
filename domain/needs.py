"""Needs: what is asked for, in which parts, and the states one goes through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from domain.actors import Purpose
from domain.costs import CostClass
from domain.errors import InvalidInputError, TransitionError
from domain.identifiers import RegionCode
from domain.money import MOST_FEN
from domain.people import Licence, Situation, Skill
from domain.provenance import Provenance
from domain.regions import GeoPoint
from domain.time import Window

MOST_QUANTITY = 10**9
"""Largest quantity of one line of goods, asked for or in stock."""

MOST_DURATION_MIN = 14 * 24 * 60
"""Longest service of one need."""


class NeedCategory(StrEnum):
    """What a need is about."""

    LIVING_AID = "LIVING_AID"
    CARE = "CARE"
    ESCORT = "ESCORT"
    MEDICAL_COST = "MEDICAL_COST"
    EDUCATION = "EDUCATION"
    EMPLOYMENT = "EMPLOYMENT"
    HOUSING = "HOUSING"
    DISABILITY = "DISABILITY"
    COMPANION = "COMPANION"
    COUNSEL = "COUNSEL"
    LEGAL = "LEGAL"
    DIGITAL_SAFETY = "DIGITAL_SAFETY"
    CULTURE_HEALTH = "CULTURE_HEALTH"
    CHILD_PROTECT = "CHILD_PROTECT"  # never public, never in an open round (HC-25)
    OTHER = "OTHER"


class NeedKind(StrEnum):
    """The form help takes."""

    WISH = "WISH"
    SERVICE = "SERVICE"
    WORKS = "WORKS"
    GOODS = "GOODS"
    CASH = "CASH"


class Urgency(StrEnum):
    """How pressing a need is; the points are those of the matching objective."""

    ROUTINE = "ROUTINE"
    SOON = "SOON"
    URGENT = "URGENT"
    EMERGENCY = "EMERGENCY"

    @property
    def points(self) -> int:
        """Weight of one unmet need of this urgency."""
        return {"ROUTINE": 1, "SOON": 2, "URGENT": 4, "EMERGENCY": 8}[self.value]


class RiskLevel(StrEnum):
    """Bodily danger of a task; anything above NONE needs accident cover (HC-03)."""

    NONE = "NONE"
    LOW = "LOW"
    HIGH = "HIGH"


class SubjectKind(StrEnum):
    """Whose need it is."""

    HOUSEHOLD = "HOUSEHOLD"
    INSTITUTION = "INSTITUTION"
    ANONYMOUS = "ANONYMOUS"


class NeedState(StrEnum):
    """Lifecycle of a need."""

    DRAFT = "DRAFT"
    POSTED = "POSTED"
    VERIFIED = "VERIFIED"
    MATCHING = "MATCHING"
    MATCHED = "MATCHED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CONFIRMED = "CONFIRMED"
    CLOSED = "CLOSED"
    PARTIAL = "PARTIAL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    DISPUTED = "DISPUTED"
    ESCALATED = "ESCALATED"


_S = NeedState
_OPEN_ENDS = frozenset({_S.EXPIRED, _S.CANCELLED})

NEED_TRANSITIONS: Mapping[NeedState, frozenset[NeedState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.POSTED, _S.CANCELLED, _S.EXPIRED}),
        _S.POSTED: frozenset({_S.VERIFIED, _S.REJECTED, *_OPEN_ENDS}),
        _S.VERIFIED: frozenset({_S.MATCHING, _S.MATCHED, _S.ACCEPTED, _S.PARTIAL, _S.ESCALATED, *_OPEN_ENDS}),
        _S.MATCHING: frozenset({_S.MATCHED, _S.PARTIAL, _S.VERIFIED, _S.ESCALATED, *_OPEN_ENDS}),
        _S.MATCHED: frozenset({_S.OFFERED, _S.VERIFIED, _S.CANCELLED}),
        _S.OFFERED: frozenset({_S.ACCEPTED, _S.PARTIAL, _S.MATCHING, *_OPEN_ENDS}),
        _S.ACCEPTED: frozenset({_S.IN_PROGRESS, _S.DONE, _S.MATCHING, _S.CANCELLED}),
        _S.IN_PROGRESS: frozenset({_S.DONE, _S.MATCHING, _S.ESCALATED}),
        _S.DONE: frozenset({_S.CONFIRMED, _S.DISPUTED}),
        _S.CONFIRMED: frozenset({_S.CLOSED}),
        _S.CLOSED: frozenset({_S.MATCHING}),  # reopened within 30 days
        _S.PARTIAL: frozenset({_S.MATCHING, _S.MATCHED, _S.ACCEPTED, _S.ESCALATED, _S.CANCELLED, _S.EXPIRED}),
        _S.REJECTED: frozenset({_S.POSTED}),
        _S.DISPUTED: frozenset({_S.CONFIRMED, _S.MATCHING, _S.ESCALATED}),
        _S.ESCALATED: frozenset({_S.VERIFIED, _S.MATCHING, _S.CLOSED, _S.CANCELLED}),
        _S.EXPIRED: frozenset({_S.POSTED}),
        _S.CANCELLED: frozenset(),
    }
)
"""Which state may follow which; guards beyond the pair (who, evidence, consent) are the workflows'."""

OPEN_FOR_MATCHING = frozenset({NeedState.VERIFIED, NeedState.MATCHING, NeedState.PARTIAL})
"""States from which a round may take a need."""

UNDER_WAY = frozenset({_S.MATCHED, _S.OFFERED, _S.ACCEPTED, _S.IN_PROGRESS, _S.DONE, _S.PARTIAL, _S.DISPUTED})
"""States in which something has been promised or begun and is not yet confirmed (HC-19 counts these)."""

OVER = frozenset({_S.CONFIRMED, _S.CLOSED, _S.REJECTED, _S.EXPIRED, _S.CANCELLED})
"""States in which nothing more is to come."""

CLAIMABLE = frozenset({NeedState.VERIFIED, NeedState.PARTIAL})
"""States in which a volunteer may claim a slot without a round."""


def check_transition(before: NeedState, after: NeedState) -> None:
    """
    Refuse a step that the state machine does not have.

    Raises
    ------
    TransitionError
        ``after`` may not follow ``before``.
    """
    if after not in NEED_TRANSITIONS[before]:
        raise TransitionError(
            f"a need cannot go from {before} to {after}", before=before.value, after=after.value
        )


class ConsentGiver(StrEnum):
    """Who agreed: the subject, or who speaks for them by law or by order."""

    SUBJECT = "SUBJECT"
    GUARDIAN = "GUARDIAN"
    AGENT = "AGENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """
    What a subject agreed to (PIPL, art. 13, 28 to 31): who said so, when, for what, and who took it down.

    ``purpose`` is one of ``domain.actors.Purpose``.
    """

    given_by: ConsentGiver
    at: datetime
    purpose: Purpose
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedSlot:
    """One place for one person: the role's skill, the licence it takes, if any."""

    id: str
    position: int
    skill: Skill | None = None
    licence: Licence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedItem:
    """Goods asked for. ``item`` is a code of the item catalogue; ``quantity`` counts ``unit``."""

    id: str
    item: str
    quantity: int
    unit: str

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise InvalidInputError("an item is asked for in a positive quantity", item=self.item)
        if self.quantity > MOST_QUANTITY:
            raise InvalidInputError(
                f"quantity is above {MOST_QUANTITY}", item=self.item, field="quantity", value=self.quantity
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    What one subject asks for, whole: people, money and goods are given together unless ``partial_allowed``.

    Parameters
    ----------
    windows
        When the service may take place; one of them is chosen. Empty: at any time the helper has.
    duration_min
        Service minutes of each slot, travel not counted.
    amount_fen
        Money asked for; ``policy_aid_fen`` and ``insurance_fen`` come first, so charity pays at most the gap
        (HC-20).
    consent
        Given where ``consent_recorded``, unless an import brought in the mark alone.
    station_id
        Who handles it: the deepest open station that serves its region.
    receipt, contact_tail
        With both its progress is shown to who has no account; the tail is four digits of a telephone number.
    possible_duplicates, duplicate_reason
        Needs that looked like this one when it was posted, and why it was posted all the same.
    series_id, occurs_at
        The series it is an occurrence of, and the moment that names the occurrence.
    with_child, home_visit, demanding
        What the task exposes people to; the rules of age, escort and health read these (HC-01, 07, 09, 10).

    Raises
    ------
    InvalidInputError
        Nothing is asked for, an amount is negative or above ``MOST_FEN``, a service lasts longer than
        ``MOST_DURATION_MIN``, a service has no duration or fits into none of its
        windows, or two parts share an id.
    """

    id: str
    kind: NeedKind
    category: NeedCategory
    title: str
    state: NeedState
    urgency: Urgency
    region: RegionCode
    place: GeoPoint | None
    subject_kind: SubjectKind
    subject_id: str | None
    situations: frozenset[Situation] = frozenset()
    windows: tuple[Window, ...] = ()
    duration_min: int = 0
    slots: tuple[NeedSlot, ...] = ()
    items: tuple[NeedItem, ...] = ()
    amount_fen: int = 0
    policy_aid_fen: int = 0
    insurance_fen: int = 0
    cost_class: CostClass | None = None
    partial_allowed: bool = False
    risk: RiskLevel = RiskLevel.NONE
    risk_disclosed: bool = False
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False
    consent_recorded: bool = False
    consent: Consent | None = None
    station_id: str | None = None
    receipt: str | None = None
    contact_tail: str | None = None
    possible_duplicates: tuple[str, ...] = ()
    duplicate_reason: str | None = None
    series_id: str | None = None
    occurs_at: datetime | None = None
    posted_by: str | None = None
    verified_by: str | None = None
    version: int = 1
    provenance: Provenance

    def __post_init__(self) -> None:
        if not (self.slots or self.items or self.amount_fen):
            raise InvalidInputError("a need asks for people, goods or money", need=self.id)
        if min(self.amount_fen, self.policy_aid_fen, self.insurance_fen, self.duration_min) < 0:
            raise InvalidInputError("amounts and durations are not negative", need=self.id)
        for name in ("amount_fen", "policy_aid_fen", "insurance_fen", "duration_min"):
            most = MOST_DURATION_MIN if name == "duration_min" else MOST_FEN
            if getattr(self, name) > most:
                raise InvalidInputError(
                    f"{name} is above {most}", need=self.id, field=name, value=getattr(self, name)
                )
        if self.slots and not self.duration_min:
            raise InvalidInputError("a need with people has a duration", need=self.id)
        if self.windows and max(window.duration_min for window in self.windows) < self.duration_min:
            raise InvalidInputError("no window is as long as the service", need=self.id)
        parts = [part.id for part in (*self.slots, *self.items)]
        if len(set(parts)) != len(parts):
            raise InvalidInputError("each part of a need has an id of its own", need=self.id)
        if (self.subject_id is None) != (self.subject_kind is SubjectKind.ANONYMOUS):
            raise InvalidInputError("only an anonymous need has no subject", need=self.id)

    @property
    def gap_fen(self) -> int:
        """Money left to charity after policy aid and insurance, never negative."""
        return max(0, self.amount_fen - self.policy_aid_fen - self.insurance_fen)
