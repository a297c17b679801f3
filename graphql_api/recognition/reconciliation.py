"""Months that are settled with other regions: stated, held against the partner's statement, differences settled."""

from datetime import date, datetime
from functools import partial

import strawberry

from domain.recognition import MonthState, TaskState
from graph.reads.reconciliation import (
    DifferenceRow,
    MonthRow,
    page_of_reconciliation_differences,
    page_of_reconciliation_months,
)
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, Node, loaded, paged
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.recognition.credentials import CredentialNode, load_issued_credential
from graphql_api.recognition.types import CaseNode, load_recognition_case
from identity.recognition.reconciling import DifferenceKind, StatementKind
from locales import text
from workflows.recognition.reconciling import Reconciled, decide_difference, reconcile
from workflows.recognition.stating import Stated, state_month
from workflows.workspace import Outcome

RECONCILIATION_MONTH = "ReconciliationMonth"
RECONCILIATION_DIFFERENCE = "ReconciliationDifference"

for _kind, _name, _description in (
    (MonthState, "ReconciliationMonthState", "Whether the partner's statement of a month has come."),
    (StatementKind, "ReconciliationStatementKind", "Which side of a month a statement is of."),
    (TaskState, "ReconciliationDifferenceState", "What was made of a difference; OPEN waits for a person."),
    (DifferenceKind, "ReconciliationDifferenceKind", "How two regions differ on a credential or an entry."),
):
    strawberry.enum(_kind, name=_name, description=_description)


@strawberry.type(
    name=RECONCILIATION_MONTH,
    description="A civil month that is settled with another region; it opens by itself.",
)
class MonthNode(Node):
    """One side of it: the partner states the other."""

    month: str = strawberry.field(description="As 2026-03.")
    partner: str = strawberry.field(description="Code of the other region.")
    agreement: str
    issuer: str = strawberry.field(description="The registry whose credentials it is about.")
    kind: StatementKind = strawberry.field(
        description="What this region states; the partner states the other."
    )
    state: MonthState
    open_differences: int = strawberry.field(description="Differences that wait for a person.")
    opened_at: datetime
    due_on: date


def reconciliation_month(row: MonthRow) -> MonthNode:
    """Give a month as clients see it."""
    return MonthNode(
        id=encode_id(RECONCILIATION_MONTH, row.month.id),
        month=row.month.month,
        partner=row.month.partner,
        agreement=row.month.agreement_id,
        issuer=row.month.issuer,
        kind=StatementKind(row.month.kind),
        state=row.month.state,
        open_differences=row.open_differences,
        opened_at=row.month.opened_at,
        due_on=row.month.due_on,
    )


async def load_reconciliation_month(info: Info, key: str | None) -> MonthNode | None:
    """Give the month of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.reconciliation_months, key, reconciliation_month)


@strawberry.type(
    name=RECONCILIATION_DIFFERENCE,
    description="What two regions say differently of a credential or of one entry in it; it names nobody.",
)
class DifferenceNode(Node):
    """A person says what was made of it; nothing is taken back by itself."""

    month: str
    agreement: str
    issuer: str
    kind: DifferenceKind
    state: TaskState
    credential_number: str = strawberry.field(description="By its issuer's numbers.")
    subject: str | None = strawberry.field(
        description="The entry, by its issuer's numbers; null is the whole."
    )
    ours_min: int = strawberry.field(description="Minutes of the source as this region has them.")
    theirs_min: int = strawberry.field(description="Minutes of the source as the partner stated them.")
    due_on: date
    opened_at: datetime
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    case_key: strawberry.Private[str | None]

    @strawberry.field(description="What it is, in the language asked for by Accept-Language.")
    def message(self, info: Info) -> str:
        """Word the difference."""
        return text(f"recognition.difference_kind.{self.kind.value}", info.context.locale)

    @strawberry.field(description="The credential, where this region issued it and the reader may see it.")
    async def credential(self, info: Info) -> CredentialNode | None:
        """Give a credential of ours."""
        return await load_issued_credential(info, self.credential_number)

    @strawberry.field(description="The case that rests on it, where it is theirs and the reader may see it.")
    async def case(self, info: Info) -> CaseNode | None:
        """Give what their credential led to here."""
        return await load_recognition_case(info, self.case_key)


def reconciliation_difference(row: DifferenceRow) -> DifferenceNode:
    """Give a difference as clients see it."""
    task = row.task
    return DifferenceNode(
        id=encode_id(RECONCILIATION_DIFFERENCE, task.id),
        month=row.month,
        agreement=row.agreement_id,
        issuer=row.issuer,
        kind=DifferenceKind(task.kind),
        state=task.state,
        credential_number=task.credential_id,
        subject=task.subject,
        ours_min=task.ours_min,
        theirs_min=task.theirs_min,
        due_on=task.due_on,
        opened_at=task.opened_at,
        note=task.note,
        decided_by=task.decided_by,
        decided_at=task.decided_at,
        version=task.version,
        case_key=row.case_id,
    )


async def load_reconciliation_difference(info: Info, key: str | None) -> DifferenceNode | None:
    """Give the difference of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.reconciliation_differences, key, reconciliation_difference)


@strawberry.type
class ReconciliationQueries:
    """Months and differences."""

    @strawberry.field(description="Months with other regions, the earliest due first; for desk and office.")
    async def reconciliation_months(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[MonthState] | None = None,
    ) -> Connection[MonthNode]:
        """Give a page of months."""
        read = partial(page_of_reconciliation_months, states=states or ())
        return await paged(info, first, after, read, reconciliation_month)

    @strawberry.field(
        description="Differences with other regions, the earliest due first, open ones alone without states; for desk"
        " and office."
    )
    async def reconciliation_differences(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[TaskState] | None = None,
        month_id: strawberry.ID | None = None,
    ) -> Connection[DifferenceNode]:
        """Give a page of differences."""
        month = None if month_id is None else key_of(month_id, RECONCILIATION_MONTH, "monthId")
        read = partial(page_of_reconciliation_differences, states=states or (), month_id=month)
        return await paged(info, first, after, read, reconciliation_difference)


@strawberry.type(description="This region's side of a month, for the partner.")
class StatedMonth:
    """Signed with the region's key; it names credentials and entries by numbers, and nobody."""

    text: str = strawberry.field(description="A JWS; the partner hands it in as a statement.")
    month_key: strawberry.Private[str]

    @strawberry.field(description="The month.")
    async def month(self, info: Info) -> MonthNode | None:
        """Give the month."""
        return await load_reconciliation_month(info, self.month_key)


def _stated(row: Stated) -> StatedMonth:
    return StatedMonth(text=row.text, month_key=row.month.id)


@strawberry.type(description="A partner's statement that was held against what this region has.")
class HeldStatement:
    """Its differences are listed with those that wait."""

    month: str
    kind: StatementKind
    items: int = strawberry.field(description="Lines of the partner's.")
    differences: int
    repeated: bool = strawberry.field(description="Whether the same statement had come before.")


def _held(row: Reconciled) -> HeldStatement:
    return HeldStatement(
        month=row.period, kind=row.kind, items=row.items, differences=row.differences, repeated=row.repeated
    )


@strawberry.input(description="States this region's side of a month.")
class StateReconciliationMonthInput:
    """Which month."""

    month_id: strawberry.ID
    idempotency_key: str


@strawberry.input(description="Hands in what a partner states of a month.")
class HoldReconciliationStatementInput:
    """The partner's text, signed with its region's key."""

    statement: str
    idempotency_key: str


@strawberry.input(description="Says what was made of a difference.")
class SettleReconciliationDifferenceInput:
    """Which difference, as read: one side has put it right (SETTLED), or it stands for a reason (ACCEPTED)."""

    difference_id: strawberry.ID
    expected_version: int
    state: TaskState
    note: str
    idempotency_key: str


@strawberry.type
class ReconciliationMutations:
    """What is done in a month."""

    @mutation(
        _stated, description="State this region's side of a month as it stands now, signed for the partner."
    )
    async def state_reconciliation_month(
        self, info: Info, input: StateReconciliationMonthInput
    ) -> Outcome[Stated]:
        """State a month."""
        context = info.context
        return await state_month(
            context.workspace,
            context.actor,
            key_of(input.month_id, RECONCILIATION_MONTH, "monthId"),
            await context.trust.region_key(),
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        _held,
        description="Hold a partner's statement against what this region has; differences wait for a person.",
    )
    async def hold_reconciliation_statement(
        self, info: Info, input: HoldReconciliationStatementInput
    ) -> Outcome[Reconciled]:
        """Hold a statement against ours."""
        context = info.context
        return await reconcile(
            context.workspace,
            context.actor,
            await context.trust.book(),
            input.statement,
            idempotency_key=input.idempotency_key,
        )

    @mutation(
        reconciliation_difference,
        description="Say what was made of a difference; nobody does so where it is about their own record.",
    )
    async def settle_reconciliation_difference(
        self, info: Info, input: SettleReconciliationDifferenceInput
    ) -> Outcome[DifferenceRow]:
        """Settle a difference."""
        return await decide_difference(
            info.context.workspace,
            info.context.actor,
            key_of(input.difference_id, RECONCILIATION_DIFFERENCE, "differenceId"),
            state=input.state,
            note=input.note,
            expected_version=input.expected_version,
            idempotency_key=input.idempotency_key,
        )
