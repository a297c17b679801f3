"""What is typed in at the desk, and the need that it makes."""

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime

from domain.actors import Actor, Purpose
from domain.costs import CostClass
from domain.errors import InvalidInputError
from domain.identifiers import RegionCode, RegionSystem
from domain.needs import (
    Consent,
    ConsentGiver,
    Need,
    NeedCategory,
    NeedItem,
    NeedKind,
    NeedSlot,
    NeedState,
    RiskLevel,
    SubjectKind,
    Urgency,
)
from domain.people import Licence, Situation, Skill
from domain.provenance import MANUAL_SOURCE, Provenance
from domain.regions import GeoPoint
from domain.time import Window

_NOT_TYPED = frozenset({"category", "subject_kind", "subject_id", "vital_interest"})
_RECEIPT_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_TAIL_LENGTH = 4


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
class NewConsent:
    """Who agreed and to what; ``at`` None is the moment of posting, ``taken_by`` None who posts."""

    given_by: ConsentGiver = ConsentGiver.SUBJECT
    purpose: Purpose = Purpose.MATCHING
    at: datetime | None = None
    taken_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNeed:
    """
    What is typed in at the desk.

    ``region_id`` such as ``NBS:320582100000``. ``subject_id`` is a household (or an institution's
    organisation id) inside the actor's scope. ``consent`` says more of what ``consent_recorded`` marks.
    ``vital_interest`` stands for an emergency that does not wait for consent (PIPL, art. 13, no. 4).
    ``contact_tail`` is the last four digits of the subject's telephone, for asking how things stand.
    ``duplicate_reason`` says why it is posted though others look like it.
    ``cost_class`` says of money that it is a cost of the charity's work, as volunteers' cover (HC-04); None is help.
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
    cost_class: CostClass | None = None
    partial_allowed: bool = False
    risk: RiskLevel = RiskLevel.NONE
    risk_disclosed: bool = False
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False
    consent_recorded: bool = False
    consent: NewConsent | None = None
    vital_interest: bool = False
    contact_tail: str | None = None
    duplicate_reason: str | None = None


def typed_fields(draft: NewNeed, new: NewNeed) -> int:
    """
    Count what somebody typed or chose to get from a draft to a need; the burden on a desk is measured by it.

    The household and the category that the draft was asked for count as two; a line of goods counts each of
    its cells, and what is as the draft had it counts nothing.
    """
    typed = 2
    for field in fields(NewNeed):
        before, after = getattr(draft, field.name), getattr(new, field.name)
        if before == after or field.name in _NOT_TYPED:
            continue
        if field.name in ("slots", "items"):
            lines: tuple[NewSlot | NewItem, ...] = after
            typed += sum(
                getattr(line, cell.name) is not None
                for line in lines
                if line not in before
                for cell in fields(line)
            )
        else:
            typed += 1
    return typed


def receipt_of(secret: str) -> str:
    """
    Give a receipt number of twelve letters and digits that reads well on paper, from an id that nobody knows.

    Examples
    --------
    >>> receipt_of("x")
    '42CD-JVA8-P8WT'
    """
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest()[:8], "big")
    letters = "".join(_RECEIPT_LETTERS[number >> 5 * place & 31] for place in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def read_request(new: NewNeed, actor: Actor, *, need_id: str, receipt: str, at: datetime) -> Need:
    """
    Give the need that a request makes.

    Raises
    ------
    InvalidInputError
        Nothing is asked for, consent is not recorded, a danger is not disclosed (HC-06, HC-22), or a part of
        the request cannot be read.
    """
    if not new.title.strip():
        raise InvalidInputError("a need has a title", field="title")
    emergency = new.vital_interest and new.urgency is Urgency.EMERGENCY
    if new.subject_kind is SubjectKind.HOUSEHOLD and not (new.consent_recorded or emergency):
        raise InvalidInputError(
            "the subject's consent is not recorded", field="consent_recorded", rule="HC-22"
        )
    if new.risk is not RiskLevel.NONE and not new.risk_disclosed:
        raise InvalidInputError(
            "the danger of the task is not disclosed", field="risk_disclosed", rule="HC-06"
        )
    tail = new.contact_tail
    if tail is not None and not (len(tail) == _TAIL_LENGTH and tail.isascii() and tail.isdigit()):
        raise InvalidInputError("a contact tail is four digits", field="contact_tail")
    system, _, code = new.region_id.partition(":")
    if system not in RegionSystem.__members__:
        raise InvalidInputError("a region id names its code system", field="region_id", value=new.region_id)
    return Need(
        id=need_id,
        kind=new.kind,
        category=new.category,
        title=new.title.strip(),
        state=NeedState.POSTED,
        urgency=new.urgency,
        region=RegionCode.parse(RegionSystem(system), code),
        place=new.place,
        subject_kind=new.subject_kind,
        subject_id=new.subject_id,
        situations=new.situations,
        windows=new.windows,
        duration_min=new.duration_min,
        slots=tuple(
            NeedSlot(id=f"{need_id}:slot:{i}", position=i, skill=slot.skill, licence=slot.licence)
            for i, slot in enumerate(new.slots)
        ),
        items=tuple(
            NeedItem(id=f"{need_id}:item:{i}", item=item.item, quantity=item.quantity, unit=item.unit)
            for i, item in enumerate(new.items)
        ),
        amount_fen=new.amount_fen,
        policy_aid_fen=new.policy_aid_fen,
        insurance_fen=new.insurance_fen,
        cost_class=_cost_class(new),
        partial_allowed=new.partial_allowed,
        risk=new.risk,
        risk_disclosed=new.risk_disclosed,
        with_child=new.with_child,
        home_visit=new.home_visit,
        demanding=new.demanding,
        consent_recorded=new.consent_recorded,
        consent=_consent(new, actor, at),
        receipt=receipt,
        contact_tail=tail,
        posted_by=actor.id,
        provenance=Provenance(source_id=MANUAL_SOURCE, source_row=0, recorded_at=at),
    )


def _cost_class(new: NewNeed) -> CostClass | None:
    """Give what a charity would bear the money as, where it is a cost and not help itself (HC-04)."""
    if new.cost_class is None:
        return None
    if not new.amount_fen:
        raise InvalidInputError("a cost is money", field="cost_class", rule="HC-04")
    if new.cost_class is CostClass.MANAGEMENT and new.subject_kind is not SubjectKind.INSTITUTION:
        raise InvalidInputError(
            "what a charity spends on itself is its own need", field="cost_class", rule="HC-04"
        )
    return new.cost_class


def _consent(new: NewNeed, actor: Actor, at: datetime) -> Consent | None:
    if not new.consent_recorded:
        return None
    said = new.consent or NewConsent()
    if said.at is not None and said.at > at:
        raise InvalidInputError("consent was given before it is recorded", field="consent", rule="HC-22")
    return Consent(
        given_by=said.given_by, at=said.at or at, purpose=said.purpose, taken_by=said.taken_by or actor.id
    )
