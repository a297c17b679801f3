"""Needs as clients see them."""

from datetime import datetime

import strawberry

from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from graph.reads.needs import ItemRow, NeedFilter, NeedRow, SlotRow, TransitionRow, page_of_needs
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.regions import RegionNode, load_region, region_path
from graphql_api.scalars import Money, Place, TimeWindow, money, place, window
from graphql_api.volunteers import VolunteerNode, load_volunteer

NEED = "Need"
SLOT = "NeedSlot"
ITEM = "NeedItem"


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
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where it is, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)

    @strawberry.field(description="Places for people, by position.")
    async def slots(self, info: Info) -> list[SlotNode]:
        """Give its places."""
        return [_slot(row) for row in await info.context.load.slots.load(self.key) or ()]

    @strawberry.field(description="Goods asked for.")
    async def items(self, info: Info) -> list[ItemNode]:
        """Give its goods."""
        return [_item(row) for row in await info.context.load.items.load(self.key) or ()]

    @strawberry.field(description="Its life so far, oldest first; for the desk and the office.")
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
        before=row.before, after=row.after, actor=row.actor_id, reason=row.reason, at=row.at
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
        region_key=row.region_id,
    )


async def load_need(info: Info, key: str | None) -> NeedNode | None:
    """Give the need of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.needs.load(key)
    return None if row is None else need(row)


@strawberry.input(name="NeedFilter", description="What needs are narrowed to.")
class NeedFilterInput:
    """Empty axes narrow nothing."""

    states: list[NeedState] = strawberry.field(default_factory=list[NeedState])
    categories: list[NeedCategory] = strawberry.field(default_factory=list[NeedCategory])
    kinds: list[NeedKind] = strawberry.field(default_factory=list[NeedKind])
    urgencies: list[Urgency] = strawberry.field(default_factory=list[Urgency])
    region_id: strawberry.ID | None = None
    text: str = strawberry.field(default="", description="Looked for in the title.")


@strawberry.type
class NeedQueries:
    """Lists and look-ups of needs."""

    @strawberry.field(description="Needs that the reader may see, newest first.")
    async def needs(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: NeedFilterInput | None = None,
    ) -> Connection[NeedNode]:
        """Give a page of needs."""
        asked = filter or NeedFilterInput()
        start = page_start(info, first, after)
        narrowed = NeedFilter(
            states=tuple(asked.states),
            categories=tuple(asked.categories),
            kinds=tuple(asked.kinds),
            urgencies=tuple(asked.urgencies),
            region_path=await region_path(info, asked.region_id),
            text=asked.text,
        )
        page = await info.context.read(
            lambda tx: page_of_needs(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, need)

    @strawberry.field(description="One need.")
    async def need(self, info: Info, id: strawberry.ID) -> NeedNode | None:
        """Give a need by its global id."""
        return await load_need(info, key_of(id, NEED))
