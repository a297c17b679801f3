"""Posting needs and leading them through their states."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.needs import NeedCategory, NeedKind, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Situation, Skill
from domain.regions import GeoPoint
from domain.time import Window
from graph.reads.needs import NeedRow
from workflows.workspace import Outcome, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlot:
    """A place for one person."""

    skill: Skill | None = None
    licence: Licence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """Goods asked for; ``item`` is a code of the item catalogue."""

    item: str
    quantity: int
    unit: str
    item_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNeed:
    """
    What is typed in at the desk.

    ``region_id`` such as ``NBS:320582100000``. ``subject_id`` is a household (or an institution's
    organisation id) inside the actor's scope.
    """

    kind: NeedKind
    category: NeedCategory
    title: str
    detail: str | None = None
    urgency: Urgency = Urgency.ROUTINE
    region_id: str
    place: GeoPoint | None = None
    subject_kind: SubjectKind
    subject_id: str | None = None
    situations: frozenset[Situation] = frozenset()
    windows: tuple[Window, ...] = ()
    duration_min: int = 0
    slots: tuple[NewSlot, ...] = ()
    items: tuple[NewItem, ...] = ()
    amount_fen: int = 0
    policy_aid_fen: int = 0
    insurance_fen: int = 0
    partial_allowed: bool = False
    risk: RiskLevel = RiskLevel.NONE
    risk_disclosed: bool = False
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False
    consent_recorded: bool = False


async def post_need(
    ws: Workspace, actor: Actor, new: NewNeed, *, idempotency_key: str | None = None
) -> Outcome[NeedRow]:
    """
    Record a need and put it up for verification (state POSTED).

    Raises
    ------
    NotPermittedError
        The actor does not work at a station.
    InvalidInputError
        Nothing is asked for, consent is not recorded, or a danger is not disclosed (HC-06, HC-22).
    NotFoundError
        The region or the subject lies outside the actor's scope.
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    raise NotImplementedError


async def verify_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, evidence: str
) -> NeedRow:
    """
    Confirm by a second person that a posted need is true (VERIFIED).

    Raises
    ------
    SeparationOfDutiesError
        The actor posted it (HC-29).
    ConflictError
        The household has another open need of the same kind and category (HC-19).
    StaleVersionError, TransitionError, NotFoundError
        Changed since read; not POSTED; outside the scope.
    """
    raise NotImplementedError


async def reject_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """Turn a posted need down with a reason (REJECTED)."""
    raise NotImplementedError


async def cancel_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, reason: str
) -> NeedRow:
    """Withdraw a need; what was reserved or promised for it is released (CANCELLED)."""
    raise NotImplementedError


async def start_need(ws: Workspace, actor: Actor, need_id: str, *, expected_version: int) -> NeedRow:
    """Record that the service began: ACCEPTED to IN_PROGRESS, by the desk or a volunteer who serves it."""
    raise NotImplementedError


async def complete_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, evidence: str
) -> NeedRow:
    """Record that everything was given: to DONE, by the desk or a volunteer who serves it."""
    raise NotImplementedError


async def confirm_need(
    ws: Workspace, actor: Actor, need_id: str, *, expected_version: int, feedback: str = ""
) -> NeedRow:
    """
    Confirm at the desk that the help arrived (CONFIRMED).

    Reserved money becomes spent, reserved goods leave the stock, claims are done and the service minutes of
    each volunteer are added to their verified minutes.

    Raises
    ------
    SeparationOfDutiesError
        The actor is the one who served.
    """
    raise NotImplementedError
