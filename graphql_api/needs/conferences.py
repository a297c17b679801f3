"""Needs that are stuck: case conferences."""

from datetime import datetime
from functools import partial

import strawberry

from domain.conferences import ConferenceDecision, ConferenceState
from graph.reads.conferences import ConferenceRow, page_of_conferences
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    loaded,
    paged,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.needs.inputs import zoned
from graphql_api.needs.types import NEED, NeedNode, load_need
from graphql_api.payloads import mutation
from workflows.needs.conferences import decide_conference, escalate_need


@strawberry.input(description="Takes a need that is stuck to a case conference.")
class EscalateNeedInput:
    """Which need, as read; why; who owns it until when; who else sits on it."""

    need_id: strawberry.ID
    expected_version: int
    reason: str
    owner: str = strawberry.field(description="Station, organisation or person; told by a notice.")
    due_at: datetime
    members: list[str] = strawberry.field(default_factory=list[str])


@strawberry.input(description="Records what a conference decided.")
class DecideConferenceInput:
    """Which conference, as read, the decision and its minutes."""

    conference_id: strawberry.ID
    expected_version: int
    decision: ConferenceDecision
    minutes: str


CONFERENCE = "CaseConference"


@strawberry.type(name=CONFERENCE, description="People who sit together on a need that is stuck.")
class ConferenceNode(Node):
    """A conference."""

    state: ConferenceState
    reason: str
    owner: str = strawberry.field(description="Who is to bring the decision about.")
    members: list[str]
    opened_by: str
    opened_at: datetime
    due_at: datetime
    decision: ConferenceDecision | None
    minutes: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    need_key: strawberry.Private[str]

    @strawberry.field(description="The need it is about.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give its need."""
        return await load_need(info, self.need_key)


def conference(row: ConferenceRow) -> ConferenceNode:
    """Give a conference as clients see it."""
    return ConferenceNode(
        id=encode_id(CONFERENCE, row.id),
        state=row.state,
        reason=row.reason,
        owner=row.owner_id,
        members=list(row.members),
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        due_at=row.due_at,
        decision=row.decision,
        minutes=row.minutes,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
        need_key=row.need_id,
    )


async def load_conference(info: Info, key: str | None) -> ConferenceNode | None:
    """Give the conference of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.conferences, key, conference)


@strawberry.type
class ConferenceQueries:
    """Conferences."""

    @strawberry.field(description="Case conferences, the earliest due first; for the desk and the office.")
    async def conferences(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[ConferenceState] | None = None,
    ) -> Connection[ConferenceNode]:
        """Give a page of conferences."""
        return await paged(info, first, after, partial(page_of_conferences, states=states or ()), conference)


@strawberry.type
class ConferenceMutations:
    """Opening conferences and writing down what they decide."""

    @mutation(conference, description="Take a need that is stuck to a case conference; its owner is told.")
    async def escalate_need(self, info: Info, input: EscalateNeedInput) -> ConferenceRow:
        """Escalate a need."""
        return await escalate_need(
            info.context.workspace,
            info.context.actor,
            key_of(input.need_id, NEED, "needId"),
            expected_version=input.expected_version,
            reason=input.reason,
            owner_id=input.owner,
            due_at=zoned(input.due_at, "dueAt"),
            members=tuple(input.members),
        )

    @mutation(conference, description="Record what a conference decided; its need goes there.")
    async def decide_conference(self, info: Info, input: DecideConferenceInput) -> ConferenceRow:
        """Decide a conference."""
        return await decide_conference(
            info.context.workspace,
            info.context.actor,
            key_of(input.conference_id, CONFERENCE, "conferenceId"),
            expected_version=input.expected_version,
            decision=input.decision,
            minutes=input.minutes,
        )
