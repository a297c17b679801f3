"""Posting needs and leading them through their states."""

import strawberry

from domain.errors import InvalidInputError
from domain.needs import NeedCategory, NeedKind, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Situation, Skill, parse_situation
from graph.reads.needs import NeedRow
from graphql_api.context import Info
from graphql_api.ids import decode_id, key_of
from graphql_api.needs import NEED, NeedNode, need
from graphql_api.payloads import Payload, answer, once
from graphql_api.regions import REGION
from graphql_api.scalars import MoneyInput, PlaceInput, TimeWindowInput, fen_of
from workflows.needs.lifecycle import (
    NewItem,
    NewNeed,
    NewSlot,
    cancel_need,
    complete_need,
    confirm_need,
    post_need,
    reject_need,
    start_need,
    verify_need,
)
from workflows.workspace import Outcome

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


@strawberry.input(description="A need, as it is typed in at the desk.")
class PostNeedInput:
    """All that is asked for, whole."""

    idempotency_key: str
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
    partial_allowed: bool = False
    risk: RiskLevel = RiskLevel.NONE
    risk_disclosed: bool = False
    with_child: bool = False
    home_visit: bool = False
    demanding: bool = False
    consent_recorded: bool = False

    def read(self) -> NewNeed:
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
            partial_allowed=self.partial_allowed,
            risk=self.risk,
            risk_disclosed=self.risk_disclosed,
            with_child=self.with_child,
            home_visit=self.home_visit,
            demanding=self.demanding,
            consent_recorded=self.consent_recorded,
        )


def _subject(global_id: str | None) -> str | None:
    if global_id is None:
        return None
    kind, key = decode_id(global_id, "subjectId")
    if kind not in _SUBJECTS:
        raise InvalidInputError("a need's subject is a household or an organisation", field="subjectId")
    return key


def _situations(codes: list[str]) -> frozenset[Situation]:
    return frozenset(parse_situation(code) for code in codes)


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


@strawberry.type
class NeedMutations:
    """The life of a need, as far as people lead it."""

    @strawberry.mutation(description="Record a need and put it up for verification.")
    async def post_need(self, info: Info, input: PostNeedInput) -> Payload[NeedNode]:
        """Record a need."""

        async def act() -> Outcome[NeedRow]:
            context = info.context
            return await post_need(
                context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Confirm by a second person that a posted need is true.")
    async def verify_need(self, info: Info, input: VerifyNeedInput) -> Payload[NeedNode]:
        """Verify a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                verify_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    evidence=input.evidence,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Turn a posted need down, with a reason.")
    async def reject_need(self, info: Info, input: RejectNeedInput) -> Payload[NeedNode]:
        """Reject a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                reject_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Withdraw a need; what was reserved or promised for it is released.")
    async def cancel_need(self, info: Info, input: CancelNeedInput) -> Payload[NeedNode]:
        """Cancel a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                cancel_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Record that the service began; by the desk or one who serves.")
    async def start_need(self, info: Info, input: StartNeedInput) -> Payload[NeedNode]:
        """Start serving a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                start_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Record that everything was given; by the desk or one who serves.")
    async def complete_need(self, info: Info, input: CompleteNeedInput) -> Payload[NeedNode]:
        """Complete a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                complete_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    evidence=input.evidence,
                )
            )

        return await answer(info, act, need)

    @strawberry.mutation(description="Confirm at the desk that the help arrived; gifts are settled.")
    async def confirm_need(self, info: Info, input: ConfirmNeedInput) -> Payload[NeedNode]:
        """Confirm a need."""

        async def act() -> Outcome[NeedRow]:
            return await once(
                confirm_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    feedback=input.feedback,
                )
            )

        return await answer(info, act, need)
