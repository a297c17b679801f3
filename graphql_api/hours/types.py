"""Records of hours as clients see them."""

from datetime import datetime

import strawberry

from domain.hours import Account, EntryKind, HoursKind, HoursRecord, RecordState
from graph.reads.hours import EntryRow
from graphql_api.connections import (
    Node,
    loaded,
)
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.scalars import TimeWindow, window_between
from graphql_api.volunteers.types import VolunteerNode, load_volunteer

HOURS = "HoursRecord"


@strawberry.type(name="HoursEntry", description="A line of the ledger; written once, never edited.")
class EntryNode:
    """Minutes leave ``debit`` and come to ``credit``."""

    kind: EntryKind
    debit: Account
    credit: Account
    minutes: int
    reason: str | None
    at: datetime


@strawberry.type(name=HOURS, description="One service of one volunteer, and where its minutes stand.")
class HoursNode(Node):
    """A record of service."""

    kind: HoursKind
    state: RecordState
    minutes: int = strawberry.field(description="What it counts now; 0 once it is taken back.")
    title: str | None
    served: TimeWindow | None
    evidence: str | None
    countersigned: bool = strawberry.field(description="Whether a second person has said so.")
    dispute_reason: str | None = strawberry.field(description="Why it is frozen, while it is.")
    recorded_at: datetime
    version: int
    key: strawberry.Private[str]
    volunteer_key: strawberry.Private[str]
    need_key: strawberry.Private[str | None]

    @strawberry.field(description="Whose, if the reader may see them.")
    async def volunteer(self, info: Info) -> VolunteerNode | None:
        """Give the volunteer."""
        return await load_volunteer(info, self.volunteer_key)

    @strawberry.field(description="For which need, if the reader may see it.")
    async def need(self, info: Info) -> NeedNode | None:
        """Give the need."""
        return await load_need(info, self.need_key)

    @strawberry.field(description="How its minutes came to stand where they do.")
    async def entries(self, info: Info) -> list[EntryNode]:
        """Give its lines of the ledger."""
        return [_entry(row) for row in await info.context.load.hours_entries.load(self.key) or ()]


def _entry(row: EntryRow) -> EntryNode:
    return EntryNode(
        kind=row.kind, debit=row.debit, credit=row.credit, minutes=row.minutes, reason=row.reason, at=row.at
    )


def hours(row: HoursRecord) -> HoursNode:
    """Give a record as clients see it."""
    return HoursNode(
        id=encode_id(HOURS, row.id),
        kind=row.kind,
        state=row.state,
        minutes=row.minutes,
        title=row.title,
        served=window_between(row.served_start, row.served_end),
        evidence=row.evidence,
        countersigned=row.countersigned_by is not None,
        dispute_reason=row.dispute_reason,
        recorded_at=row.recorded_at,
        version=row.version,
        key=row.id,
        volunteer_key=row.volunteer_id,
        need_key=row.need_id,
    )


async def load_hours(info: Info, key: str | None) -> HoursNode | None:
    """Give the record of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.hours, key, hours)
