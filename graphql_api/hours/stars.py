"""Stars under public notice, who objects to them, and what a volunteer's hours come to."""

from datetime import date, datetime
from functools import partial

import strawberry

from domain.stars import ObjectionState, StarLevel, StarNotice, StarState
from graph.stars import ObjectionRow, page_of_stars
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.volunteers.types import VolunteerNode, load_volunteer
from workflows.hours.stars import decide_objection, object_to_star

STAR = "StarNotice"
OBJECTION = "StarObjection"


@strawberry.type(name=OBJECTION, description="A reason why a star should not be granted.")
class ObjectionNode(Node):
    """Open until somebody has decided."""

    state: ObjectionState
    reason: str
    raised_at: datetime
    decision: str | None
    decided_at: datetime | None


@strawberry.type(name=STAR, description="A star that is shown in public before it is granted.")
class StarNode(Node):
    """A public notice."""

    level: StarLevel
    state: StarState
    minutes: int = strawberry.field(description="Verified when it was published.")
    published_on: date
    ends_on: date = strawberry.field(description="First day on which it may be granted.")
    granted_on: date | None
    rule: str = strawberry.field(description="The rules in force when it was published.")
    version: int
    key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str]

    @strawberry.field(description="Whose; names are masked for all but the desk and the volunteer.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)

    @strawberry.field(description="Who objects, as they did.")
    async def objections(self, info: Info) -> list[ObjectionNode]:
        """Give the objections."""
        return [_objection(row) for row in await info.context.load.objections.load(self.key) or ()]


def _objection(row: ObjectionRow) -> ObjectionNode:
    return ObjectionNode(
        id=encode_id(OBJECTION, row.id),
        state=row.state,
        reason=row.reason,
        raised_at=row.raised_at,
        decision=row.decision,
        decided_at=row.decided_at,
    )


def star(row: StarNotice) -> StarNode:
    """Give a notice as clients see it."""
    return StarNode(
        id=encode_id(STAR, row.id),
        level=row.level,
        state=row.state,
        minutes=row.minutes,
        published_on=row.published_on,
        ends_on=row.ends_on,
        granted_on=row.granted_on,
        rule=row.rule_id,
        version=row.version,
        key=row.id,
        volunteer_key=row.volunteer_id,
    )


@strawberry.type
class StarQueries:
    """Public notices."""

    @strawberry.field(description="Stars under notice, granted or withdrawn in the reader's regions, by id.")
    async def star_notices(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[StarState] | None = None,
    ) -> Connection[StarNode]:
        """Give a page of notices."""
        return await paged(info, first, after, partial(page_of_stars, states=tuple(states or ())), star)


@strawberry.input(description="Says why a star should not be granted.")
class ObjectToStarInput:
    """Which notice, and why."""

    notice_id: strawberry.ID
    reason: str


@strawberry.input(description="Decides on an objection.")
class DecideObjectionInput:
    """Which objection, whether it is upheld, and why."""

    objection_id: strawberry.ID
    upheld: bool
    reason: str


@strawberry.type
class StarMutations:
    """Objecting and deciding."""

    @mutation(_objection, description="Object to a star; it waits until somebody has decided.")
    async def object_to_star(self, info: Info, input: ObjectToStarInput) -> ObjectionRow:
        """Object to a star."""
        context = info.context
        key = key_of(input.notice_id, STAR, "noticeId")
        return await object_to_star(context.workspace, context.actor, key, reason=input.reason)

    @mutation(star, description="Decide on an objection as somebody whom it does not concern.")
    async def decide_objection(self, info: Info, input: DecideObjectionInput) -> StarNotice:
        """Decide on an objection."""
        context = info.context
        key = key_of(input.objection_id, OBJECTION, "objectionId")
        return await decide_objection(
            context.workspace, context.actor, key, upheld=input.upheld, reason=input.reason
        )
