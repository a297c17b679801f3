"""What clients send about needs."""

from datetime import datetime

import strawberry

from domain.actors import Purpose
from domain.costs import CostClass
from domain.errors import InvalidInputError
from domain.needs import ConsentGiver, NeedCategory, NeedKind, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Situation, Skill, parse_situation
from graphql_api.ids import decode_id, key_of
from graphql_api.regions import REGION
from graphql_api.scalars import MoneyInput, PlaceInput, TimeWindowInput, fen_of
from workflows.needs.requests import NewConsent, NewItem, NewNeed, NewSlot

_MOST_PARTS = 100
_SUBJECTS = ("Household", "Organisation")


@strawberry.input(description="A place for one person.")
class NewSlotInput:
    """What the person must bring."""

    skill: Skill | None = None
    licence: Licence | None = None


@strawberry.input(description="Goods asked for.")
class NewItemInput:
    """A line of goods."""

    item: str = strawberry.field(description="Code of the item catalogue.")
    quantity: int
    unit: str
    item_text: str | None = None


@strawberry.input(description="Who agreed, to what; without a moment at that of posting.")
class ConsentInput:
    """More of what consentRecorded marks."""

    given_by: ConsentGiver = ConsentGiver.SUBJECT
    purpose: Purpose = Purpose.MATCHING
    at: datetime | None = None


@strawberry.input(description="What is asked for, whole.")
class NeedInput:
    """The parts of a need that are typed in at the desk."""

    kind: NeedKind
    category: NeedCategory
    title: str
    detail: str | None = None
    urgency: Urgency = Urgency.ROUTINE
    region_id: strawberry.ID
    place: PlaceInput | None = None
    subject_kind: SubjectKind
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="A household, or an institution's organisation; none for an anonymous need."
    )
    situations: list[str] = strawberry.field(
        default_factory=list[str], description="Codes of hardship, as in Need.situations."
    )
    windows: list[TimeWindowInput] = strawberry.field(default_factory=list[TimeWindowInput])
    duration_min: int = strawberry.field(default=0, description="Service minutes of each slot.")
    slots: list[NewSlotInput] = strawberry.field(default_factory=list[NewSlotInput])
    items: list[NewItemInput] = strawberry.field(default_factory=list[NewItemInput])
    amount: MoneyInput | None = None
    policy_aid: MoneyInput | None = None
    insurance: MoneyInput | None = None
    cost_class: CostClass | None = strawberry.field(
        default=None, description="What the money is a cost of, besides help itself; null: it is help."
    )
    partial_allowed: bool = False
    risk: RiskLevel = RiskLevel.NONE
    risk_disclosed: bool = False
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False
    consent_recorded: bool = False
    consent: ConsentInput | None = None
    contact_tail: str | None = strawberry.field(
        default=None, description="Last four digits of the subject's telephone, for asking how things stand."
    )

    def read(self, duplicate_reason: str | None = None) -> NewNeed:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read, or there are more parts than a need has.
        """
        for field, parts in (("windows", self.windows), ("slots", self.slots), ("items", self.items)):
            if len(parts) > _MOST_PARTS:
                raise InvalidInputError(f"at most {_MOST_PARTS}", field=field, value=len(parts))
        return NewNeed(
            kind=self.kind,
            category=self.category,
            title=self.title,
            detail=self.detail,
            urgency=self.urgency,
            region_id=key_of(self.region_id, REGION, "regionId"),
            place=self.place.read() if self.place else None,
            subject_kind=self.subject_kind,
            subject_id=_subject(self.subject_id),
            situations=_situations(self.situations),
            windows=tuple(each.read() for each in self.windows),
            duration_min=self.duration_min,
            slots=tuple(NewSlot(skill=each.skill, licence=each.licence) for each in self.slots),
            items=tuple(
                NewItem(item=each.item, quantity=each.quantity, unit=each.unit, item_text=each.item_text)
                for each in self.items
            ),
            amount_fen=fen_of(self.amount, "amount"),
            policy_aid_fen=fen_of(self.policy_aid, "policyAid"),
            insurance_fen=fen_of(self.insurance, "insurance"),
            cost_class=self.cost_class,
            partial_allowed=self.partial_allowed,
            risk=self.risk,
            risk_disclosed=self.risk_disclosed,
            with_child=self.with_child,
            home_visit=self.home_visit,
            demanding=self.demanding,
            consent_recorded=self.consent_recorded,
            consent=_consent(self.consent),
            contact_tail=self.contact_tail,
            duplicate_reason=duplicate_reason,
        )


def _consent(given: ConsentInput | None) -> NewConsent | None:
    if given is None:
        return None
    return NewConsent(
        given_by=given.given_by,
        purpose=given.purpose,
        at=None if given.at is None else zoned(given.at, "consent.at"),
    )


def zoned(moment: datetime, field: str) -> datetime:
    """
    Give a moment that names its zone.

    Raises
    ------
    InvalidInputError
        It does not.
    """
    if moment.tzinfo is None:
        raise InvalidInputError("a time without a zone is ambiguous", field=field, value=moment.isoformat())
    return moment


def _subject(global_id: str | None) -> str | None:
    if global_id is None:
        return None
    kind, key = decode_id(global_id, "subjectId")
    if kind not in _SUBJECTS:
        raise InvalidInputError("a need's subject is a household or an organisation", field="subjectId")
    return key


def _situations(codes: list[str]) -> frozenset[Situation]:
    return frozenset(parse_situation(code) for code in codes)


@strawberry.input(description="A need, as it is typed in at the desk.")
class PostNeedInput(NeedInput):
    """All that is asked for, whole."""

    idempotency_key: str
    duplicate_reason: str | None = strawberry.field(
        default=None, description="Why it is posted though others look like it."
    )


@strawberry.input(description="Puts a rejected or expired need up again, mended.")
class ResubmitNeedInput:
    """Which need, as read, why, and what is mended; what is left out stays."""

    need_id: strawberry.ID
    expected_version: int
    reason: str
    title: str | None = None
    detail: str | None = None
    windows: list[TimeWindowInput] | None = None


@strawberry.input(description="Settles a dispute at the desk.")
class ResolveDisputeInput:
    """Which need, as read, whether the help counts, and why."""

    need_id: strawberry.ID
    expected_version: int
    fulfilled: bool
    reason: str


@strawberry.input(description="Confirms by a second person that a posted need is true.")
class VerifyNeedInput:
    """Which need, as read, and what shows that it is true."""

    need_id: strawberry.ID
    expected_version: int
    evidence: str


@strawberry.input(description="Turns a posted need down.")
class RejectNeedInput:
    """Which need, as read, and why."""

    need_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Withdraws a need; what was promised for it is released.")
class CancelNeedInput:
    """Which need, as read, and why."""

    need_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Records that the service began.")
class StartNeedInput:
    """Which need, as read."""

    need_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Records that everything was given.")
class CompleteNeedInput:
    """Which need, as read, and what shows that the help was given."""

    need_id: strawberry.ID
    expected_version: int
    evidence: str


@strawberry.input(description="Confirms at the desk that the help arrived.")
class ConfirmNeedInput:
    """Which need, as read, and what was said of the help."""

    need_id: strawberry.ID
    expected_version: int
    feedback: str = ""


@strawberry.input(description="Makes the first of two checks, in the community.")
class CheckNeedInput:
    """Which need, as read, and what shows that it is true."""

    need_id: strawberry.ID
    expected_version: int
    evidence: str


@strawberry.input(description="Takes the part that is promised for the whole.")
class AcceptPartialInput:
    """Which need, as read, and why."""

    need_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Records that the subject or the helper sees it otherwise.")
class DisputeNeedInput:
    """Which need, as read, and why."""

    need_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Opens a closed need again.")
class ReopenNeedInput:
    """Which need, as read, and why."""

    need_id: strawberry.ID
    expected_version: int
    reason: str
