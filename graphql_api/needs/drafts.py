"""Before a need is posted: what the file says of it, and which needs look like it."""

from datetime import datetime

import strawberry

from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Skill
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.inputs import NeedInput
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.regions import REGION
from graphql_api.scalars import Place, TimeWindow, place, window
from locales import text
from workflows.needs.drafting import draft_need
from workflows.needs.duplicates import Duplicate, Likeness, duplicates_of
from workflows.needs.requests import NewNeed

HOUSEHOLD = "Household"


@strawberry.type(description="A place that a draft offers.")
class DraftSlot:
    """What the person must bring."""

    skill: Skill | None
    licence: Licence | None


@strawberry.type(
    description="A need half written: what the household's file and the category's template say."
)
class NeedDraft:
    """Sent back with postNeed when what only people know has been typed."""

    kind: NeedKind
    category: NeedCategory
    title: str
    urgency: Urgency
    region_id: strawberry.ID
    place: Place | None
    subject_kind: SubjectKind
    subject_id: strawberry.ID
    situations: list[str]
    windows: list[TimeWindow]
    duration_min: int
    slots: list[DraftSlot]
    risk: RiskLevel
    with_child: bool
    home_visit: bool
    demanding: bool


def _draft(new: NewNeed) -> NeedDraft:
    point = new.place
    return NeedDraft(
        kind=new.kind,
        category=new.category,
        title=new.title,
        urgency=new.urgency,
        region_id=encode_id(REGION, new.region_id),
        place=place(point.longitude_deg, point.latitude_deg, made_up=point.made_up) if point else None,
        subject_kind=new.subject_kind,
        subject_id=encode_id(HOUSEHOLD, new.subject_id or ""),
        situations=sorted(code.value for code in new.situations),
        windows=[window(each) for each in new.windows],
        duration_min=new.duration_min,
        slots=[DraftSlot(skill=slot.skill, licence=slot.licence) for slot in new.slots],
        risk=new.risk,
        with_child=new.with_child,
        home_visit=new.home_visit,
        demanding=new.demanding,
    )


@strawberry.type(description="A need that looks like the one about to be posted.")
class DuplicateCandidate:
    """Which one, how like, and why."""

    title: str
    kind: NeedKind
    category: NeedCategory
    state: NeedState
    posted_at: datetime
    score: int = strawberry.field(description="Out of 100.")
    why: Likeness
    need_key: strawberry.Private[str]

    @strawberry.field(description="The need that is there already.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)


@strawberry.type(description="What looks like a need about to be posted, the likest first.")
class DuplicateCheck:
    """Nothing is written by it."""

    candidates: list[DuplicateCandidate]


def _candidate(found: Duplicate) -> DuplicateCandidate:
    return DuplicateCandidate(
        title=found.title,
        kind=found.kind,
        category=found.category,
        state=found.state,
        posted_at=found.posted_at,
        score=found.score,
        why=found.why,
        need_key=found.need_id,
    )


@strawberry.type
class DraftQueries:
    """What a desk asks before it posts."""

    @strawberry.field(
        description="A need for a household, filled as far as its file and the category's template go."
    )
    async def draft_need(self, info: Info, household_id: strawberry.ID, category: NeedCategory) -> NeedDraft:
        """Fill a need."""
        context = info.context
        title = text(f"report.category.{category.value}", context.locale)
        key = key_of(household_id, HOUSEHOLD, "householdId")
        return _draft(await draft_need(context.workspace, context.actor, key, category, title=title))

    @strawberry.field(description="Needs of the last weeks that look like one about to be posted.")
    async def duplicate_needs(self, info: Info, need: NeedInput) -> DuplicateCheck:
        """Compare a need with those that are there."""
        found = await duplicates_of(info.context.workspace, info.context.actor, need.read())
        return DuplicateCheck(candidates=[_candidate(each) for each in found])
