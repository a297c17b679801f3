"""Hours of service: records, their entries, and what people do with them."""

from datetime import datetime

import strawberry

from domain.hours import Account, EntryKind, HoursKind, HoursRecord, RecordState
from graph.reads.hours import EntryRow, HoursFilter, page_of_hours
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
from graphql_api.needs import NEED, NeedNode, load_need
from graphql_api.payloads import Payload, answer, once
from graphql_api.scalars import TimeWindow, TimeWindowInput, window_between
from graphql_api.volunteers import VOLUNTEER, VolunteerNode, load_volunteer
from workflows.hours.records import (
    Decision,
    ManualHours,
    countersign_hours,
    decide_dispute,
    dispute_hours,
    record_hours,
    refuse_hours,
)
from workflows.workspace import Outcome

HOURS = "HoursRecord"

strawberry.enum(Decision, name="DisputeDecision", description="What becomes of disputed hours.")


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
    row = None if key is None else await info.context.load.hours.load(key)
    return None if row is None else hours(row)


@strawberry.input(name="HoursFilter", description="What records of hours are narrowed to.")
class HoursFilterInput:
    """Empty axes narrow nothing."""

    states: list[RecordState] = strawberry.field(default_factory=list[RecordState])
    volunteer_id: strawberry.ID | None = None
    need_id: strawberry.ID | None = None


@strawberry.type
class HoursQueries:
    """Lists and look-ups of hours."""

    @strawberry.field(
        description="Records of hours, newest first: a volunteer's own, the desk's those of its regions."
    )
    async def hours(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: HoursFilterInput | None = None,
    ) -> Connection[HoursNode]:
        """Give a page of records."""
        asked = filter or HoursFilterInput()
        start = page_start(info, first, after)
        narrowed = HoursFilter(
            states=tuple(asked.states),
            volunteer_id=key_of(asked.volunteer_id, VOLUNTEER, "volunteerId") if asked.volunteer_id else None,
            need_id=key_of(asked.need_id, NEED, "needId") if asked.need_id else None,
        )
        page = await info.context.read(
            lambda tx: page_of_hours(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, hours)

    @strawberry.field(description="One record of hours.")
    async def hours_record(self, info: Info, id: strawberry.ID) -> HoursNode | None:
        """Give a record by its global id."""
        return await load_hours(info, key_of(id, HOURS))


@strawberry.input(description="Writes minutes down by hand; pending until another person countersigns.")
class RecordHoursInput:
    """Whose, when, what, and what shows it."""

    idempotency_key: str
    volunteer_id: strawberry.ID | None = strawberry.field(
        default=None, description="The acting volunteer, where it is left out."
    )
    window: TimeWindowInput
    title: str
    evidence: str
    need_id: strawberry.ID | None = None

    def read(self) -> ManualHours:
        """
        Give the workflow's request.

        Raises
        ------
        InvalidInputError
            A part of it cannot be read.
        """
        return ManualHours(
            volunteer_id=key_of(self.volunteer_id, VOLUNTEER, "volunteerId") if self.volunteer_id else None,
            window=self.window.read(),
            title=self.title,
            evidence=self.evidence,
            need_id=key_of(self.need_id, NEED, "needId") if self.need_id else None,
        )


@strawberry.input(description="Says as a second person that pending minutes are so.")
class CountersignHoursInput:
    """Which record, as read."""

    record_id: strawberry.ID
    expected_version: int


@strawberry.input(description="Takes pending minutes back as a second person.")
class RefuseHoursInput:
    """Which record, as read, and why."""

    record_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Asks for hours to be looked at again; they are frozen until then.")
class DisputeHoursInput:
    """Which record, as read, and why."""

    record_id: strawberry.ID
    expected_version: int
    reason: str


@strawberry.input(description="Decides on frozen hours as somebody else than who disputed them.")
class DecideDisputeInput:
    """Which record, as read, what becomes of it, and why."""

    record_id: strawberry.ID
    expected_version: int
    decision: Decision
    reason: str
    minutes: int | None = strawberry.field(default=None, description="With CORRECT, and only then.")


@strawberry.type
class HoursMutations:
    """Writing hours down, countersigning, disputing and deciding."""

    @strawberry.mutation(description="Write minutes down by hand, with what shows them.")
    async def record_hours(self, info: Info, input: RecordHoursInput) -> Payload[HoursNode]:
        """Write minutes down."""

        async def act() -> Outcome[HoursRecord]:
            context = info.context
            return await record_hours(
                context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
            )

        return await answer(info, act, hours)

    @strawberry.mutation(description="Countersign minutes that were written down by hand: they count.")
    async def countersign_hours(self, info: Info, input: CountersignHoursInput) -> Payload[HoursNode]:
        """Countersign minutes."""

        async def act() -> Outcome[HoursRecord]:
            context = info.context
            key = key_of(input.record_id, HOURS, "recordId")
            return await once(
                countersign_hours(
                    context.workspace, context.actor, key, expected_version=input.expected_version
                )
            )

        return await answer(info, act, hours)

    @strawberry.mutation(description="Take pending minutes back, with a reason.")
    async def refuse_hours(self, info: Info, input: RefuseHoursInput) -> Payload[HoursNode]:
        """Take minutes back."""

        async def act() -> Outcome[HoursRecord]:
            context = info.context
            key = key_of(input.record_id, HOURS, "recordId")
            return await once(
                refuse_hours(
                    context.workspace,
                    context.actor,
                    key,
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, hours)

    @strawberry.mutation(description="Dispute hours: they are frozen until somebody else has decided.")
    async def dispute_hours(self, info: Info, input: DisputeHoursInput) -> Payload[HoursNode]:
        """Dispute hours."""

        async def act() -> Outcome[HoursRecord]:
            context = info.context
            key = key_of(input.record_id, HOURS, "recordId")
            return await once(
                dispute_hours(
                    context.workspace,
                    context.actor,
                    key,
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, hours)

    @strawberry.mutation(description="Put frozen hours back, take them back, or put other minutes back.")
    async def decide_dispute(self, info: Info, input: DecideDisputeInput) -> Payload[HoursNode]:
        """Decide on hours."""

        async def act() -> Outcome[HoursRecord]:
            context = info.context
            key = key_of(input.record_id, HOURS, "recordId")
            return await once(
                decide_dispute(
                    context.workspace,
                    context.actor,
                    key,
                    expected_version=input.expected_version,
                    decision=input.decision,
                    reason=input.reason,
                    minutes=input.minutes,
                )
            )

        return await answer(info, act, hours)
