"""Needs as clients see them."""

from datetime import datetime

import strawberry

from domain.actors import Purpose
from domain.needs import ConsentGiver, NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from graph.reads.needs import ItemRow, NeedRow, SlotRow, TransitionRow
from graphql_api.connections import (
    Node,
    loaded,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.regions import RegionNode, load_region
from graphql_api.scalars import Money, Place, TimeWindow, money, place, window
from graphql_api.stations.types import PartyNode, StationNode, load_station, party
from graphql_api.volunteers.types import VolunteerNode, load_volunteer

NEED = "Need"
SLOT = "NeedSlot"
ITEM = "NeedItem"
ROUND = "Round"
_SUBJECTS = {SubjectKind.HOUSEHOLD: "Household", SubjectKind.INSTITUTION: "Organisation"}


@strawberry.type(name=SLOT, description="One place for one person.")
class SlotNode:
    """A place, and whether somebody holds it."""

    id: strawberry.ID
    position: int
    skill: str | None
    licence: str | None
    held: bool
    holder_key: strawberry.Private[str | None]

    @strawberry.field(description="Who holds it; the desk and that volunteer see it.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the holder."""
        return await load_volunteer(info, self.holder_key)


@strawberry.type(name=ITEM, description="Goods asked for.")
class ItemNode:
    """A line of goods."""

    id: strawberry.ID
    item: str = strawberry.field(description="Code of the item catalogue.")
    item_text: str | None = strawberry.field(description="As the asking side worded it.")
    unit: str
    quantity: int


@strawberry.type(name="NeedTransition", description="One step of a need's life.")
class TransitionNode:
    """From which state to which, by whom, why."""

    before: NeedState | None
    after: NeedState
    actor: str = strawberry.field(description="Account that took the step.")
    reason: str | None
    at: datetime
    round_id: strawberry.ID | None = strawberry.field(
        description="The round that it was taken in, if one was."
    )


@strawberry.type(name="Consent", description="What the subject agreed to.")
class ConsentNode:
    """Who agreed, when, for what, and who took it down."""

    given_by: ConsentGiver
    at: datetime
    purpose: Purpose
    taken_by: str


@strawberry.type(name="MissingParts", description="What nobody has promised yet.")
class MissingNode:
    """Places for people, units of goods, and money."""

    places: int
    quantity: int
    amount: Money


@strawberry.type(name=NEED, description="What one subject asks for, as far as the reader may see it.")
class NeedNode(Node):
    """Fields about the subject are null or empty for all but the desk."""

    kind: NeedKind
    category: NeedCategory
    title: str
    detail: str | None
    state: NeedState
    urgency: Urgency
    subject_kind: SubjectKind
    situations: list[str]
    place: Place | None
    windows: list[TimeWindow] = strawberry.field(description="When it may be served; empty: at any time.")
    duration_min: int = strawberry.field(description="Service minutes of each slot.")
    amount: Money
    policy_aid: Money
    insurance: Money
    cost_class: str | None = strawberry.field(
        description="Code of what the money is a cost of, besides help itself; null: it is help."
    )
    partial_allowed: bool = strawberry.field(description="Whether it may be served in part.")
    risk: RiskLevel
    with_child: bool
    home_visit: bool
    demanding: bool
    consent_recorded: bool
    posted_by: str | None
    verified_by: str | None
    posted_at: datetime | None
    trust: str | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    key: strawberry.Private[str]
    subject_key: strawberry.Private[str | None]
    region_key: strawberry.Private[str | None]
    station_key: strawberry.Private[str | None]
    checked_by: str | None = strawberry.field(
        description="Who made the first of two checks, where two are due."
    )
    state_since: datetime | None = strawberry.field(description="When it came to its state.")
    due_at: datetime | None = strawberry.field(description="When it is overdue in its state; null: never.")
    risk_disclosed: bool
    accepted_in_part: bool = strawberry.field(description="Whether the desk took a part for the whole.")
    consent: "ConsentNode | None" = strawberry.field(description="For the desk.")
    receipt: str | None = strawberry.field(
        description="With it the subject asks how things stand; for the desk."
    )
    duplicate_reason: str | None = strawberry.field(
        description="Why it was posted though others look like it."
    )
    duplicate_keys: strawberry.Private[tuple[str, ...]]
    occurs_at: datetime | None = strawberry.field(description="Which occurrence of its series it is.")

    @strawberry.field(description="The household or organisation that asks; for the desk.")
    def subject_id(self) -> strawberry.ID | None:
        """Give its subject."""
        kind = _SUBJECTS.get(self.subject_kind)
        return None if kind is None or self.subject_key is None else encode_id(kind, self.subject_key)

    @strawberry.field(description="Where it is, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)

    @strawberry.field(description="Who handles it: the deepest open station that serves its place.")
    async def station(self, info: Info) -> StationNode | None:
        """Give the station in charge."""
        return await load_station(info, self.station_key)

    @strawberry.field(description="Which of the five parties already act on it, all five in their order.")
    async def parties(self, info: Info) -> list[PartyNode]:
        """Give the five parties."""
        return [party(row) for row in await info.context.load.parties.load(self.key) or ()]

    @strawberry.field(description="Places for people, by position.")
    async def slots(self, info: Info) -> list[SlotNode]:
        """Give its places."""
        return [_slot(row) for row in await info.context.load.slots.load(self.key) or ()]

    @strawberry.field(description="Goods asked for.")
    async def items(self, info: Info) -> list[ItemNode]:
        """Give its goods."""
        return [_item(row) for row in await info.context.load.items.load(self.key) or ()]

    @strawberry.field(description="What is still wanting; all zero when nothing is.")
    async def missing(self, info: Info) -> MissingNode:
        """Give what is missing."""
        row = await info.context.load.missing.load(self.key)
        if row is None:
            return MissingNode(places=0, quantity=0, amount=money(0))
        return MissingNode(places=row.places, quantity=row.quantity, amount=money(row.amount_fen))

    @strawberry.field(description="Needs that looked like this one when it was posted; for the desk.")
    async def possible_duplicates(self, info: Info) -> "list[NeedNode]":
        """Give what looked like it."""
        rows = await info.context.load.needs.load_many(self.duplicate_keys)
        return [need(row) for row in rows if row is not None]

    @strawberry.field(description="Its life so far, oldest first; for the desk and the office.")
    async def history(self, info: Info) -> list[TransitionNode]:
        """Give its steps."""
        return [_transition(row) for row in await info.context.load.transitions.load(self.key) or ()]

    @strawberry.field(
        description="Its life so far, oldest first; for the desk and the office.",
        deprecation_reason="Named history.",
    )
    async def transitions(self, info: Info) -> list[TransitionNode]:
        """Give its steps."""
        return [_transition(row) for row in await info.context.load.transitions.load(self.key) or ()]


def _slot(row: SlotRow) -> SlotNode:
    return SlotNode(
        id=encode_id(SLOT, row.id),
        position=row.position,
        skill=row.skill,
        licence=row.licence,
        held=row.held,
        holder_key=row.volunteer_id,
    )


def _item(row: ItemRow) -> ItemNode:
    return ItemNode(
        id=encode_id(ITEM, row.id),
        item=row.item,
        item_text=row.item_text,
        unit=row.unit,
        quantity=row.quantity,
    )


def _transition(row: TransitionRow) -> TransitionNode:
    return TransitionNode(
        before=row.before,
        after=row.after,
        actor=row.actor_id,
        reason=row.reason,
        at=row.at,
        round_id=None if row.round_id is None else strawberry.ID(encode_id(ROUND, row.round_id)),
    )


def _consent(row: NeedRow) -> ConsentNode | None:
    if row.consent_given_by is None or row.consent_at is None or row.consent_purpose is None:
        return None
    return ConsentNode(
        given_by=ConsentGiver(row.consent_given_by),
        at=row.consent_at,
        purpose=Purpose(row.consent_purpose),
        taken_by=row.consent_taken_by or "",
    )


def need(row: NeedRow) -> NeedNode:
    """Give a need as clients see it."""
    return NeedNode(
        id=encode_id(NEED, row.id),
        kind=row.kind,
        category=row.category,
        title=row.title,
        detail=row.detail,
        state=row.state,
        urgency=row.urgency,
        subject_kind=row.subject_kind,
        situations=list(row.situations),
        place=place(row.longitude_deg, row.latitude_deg, made_up=row.place_made_up),
        windows=[window(each) for each in row.windows],
        duration_min=row.duration_min,
        amount=money(row.amount_fen),
        policy_aid=money(row.policy_aid_fen),
        insurance=money(row.insurance_fen),
        cost_class=row.cost_class,
        partial_allowed=row.partial_allowed,
        risk=row.risk,
        with_child=row.with_child,
        home_visit=row.home_visit,
        demanding=row.demanding,
        consent_recorded=row.consent_recorded,
        posted_by=row.posted_by,
        verified_by=row.verified_by,
        posted_at=row.posted_at,
        trust=row.trust,
        version=row.version,
        key=row.id,
        subject_key=row.subject_id,
        region_key=row.region_id,
        station_key=row.station_id,
        checked_by=row.checked_by,
        state_since=row.state_since,
        due_at=row.due_at,
        risk_disclosed=row.risk_disclosed,
        accepted_in_part=row.accepted_in_part,
        consent=_consent(row),
        receipt=row.receipt,
        duplicate_reason=row.duplicate_reason,
        duplicate_keys=row.possible_duplicates,
        occurs_at=row.occurs_at,
    )


async def load_need(info: Info, key: str | None) -> NeedNode | None:
    """Give the need of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.needs, key, need)
