"""Writing hours down, countersigning, disputing and deciding."""

import strawberry

from domain.hours import HoursRecord
from graphql_api.context import Info
from graphql_api.hours.types import HOURS, hours
from graphql_api.ids import key_of
from graphql_api.needs.types import NEED
from graphql_api.payloads import mutation
from graphql_api.scalars import TimeWindowInput
from graphql_api.volunteers.types import VOLUNTEER
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

strawberry.enum(Decision, name="DisputeDecision", description="What becomes of disputed hours.")


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

    @mutation(hours, description="Write minutes down by hand, with what shows them.")
    async def record_hours(self, info: Info, input: RecordHoursInput) -> Outcome[HoursRecord]:
        """Write minutes down."""
        context = info.context
        return await record_hours(
            context.workspace, context.actor, input.read(), idempotency_key=input.idempotency_key
        )

    @mutation(hours, description="Countersign minutes that were written down by hand: they count.")
    async def countersign_hours(self, info: Info, input: CountersignHoursInput) -> HoursRecord:
        """Countersign minutes."""
        context = info.context
        key = key_of(input.record_id, HOURS, "recordId")
        return await countersign_hours(
            context.workspace, context.actor, key, expected_version=input.expected_version
        )

    @mutation(hours, description="Take pending minutes back, with a reason.")
    async def refuse_hours(self, info: Info, input: RefuseHoursInput) -> HoursRecord:
        """Take minutes back."""
        context = info.context
        key = key_of(input.record_id, HOURS, "recordId")
        return await refuse_hours(
            context.workspace,
            context.actor,
            key,
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(hours, description="Dispute hours: they are frozen until somebody else has decided.")
    async def dispute_hours(self, info: Info, input: DisputeHoursInput) -> HoursRecord:
        """Dispute hours."""
        context = info.context
        key = key_of(input.record_id, HOURS, "recordId")
        return await dispute_hours(
            context.workspace,
            context.actor,
            key,
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(hours, description="Put frozen hours back, take them back, or put other minutes back.")
    async def decide_dispute(self, info: Info, input: DecideDisputeInput) -> HoursRecord:
        """Decide on hours."""
        context = info.context
        key = key_of(input.record_id, HOURS, "recordId")
        return await decide_dispute(
            context.workspace,
            context.actor,
            key,
            expected_version=input.expected_version,
            decision=input.decision,
            reason=input.reason,
            minutes=input.minutes,
        )
