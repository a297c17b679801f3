"""Files and plans of households as clients see them."""

from datetime import date, datetime

import strawberry

from domain.household_files import Choice, FieldValue, FileField, PlanAction, PlanGoal, PlanState, SourceValue
from domain.linking import LinkRule
from domain.protection import SealedMask
from graph.reads.household_files import DataSourceRow, DepartmentFact, FileVersionRow, Member
from graph.reads.service_plans import ServicePlanRow, ServicePlanVersionRow
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.masks import mask_field
from graphql_api.regions import RegionNode, load_region
from workflows.household_files.assembling import HouseholdFile

HOUSEHOLD = "Household"
RESIDENT = "Resident"
DEPARTMENT_RECORD = "DepartmentRecord"
SERVICE_PLAN = "ServicePlan"


@strawberry.type(name="SourceWord", description="What one source says, and when it last said so.")
class SourceWordNode:
    """One of those who are heard."""

    source: str
    value: str
    as_of: date
    records: int
    rank: int = strawberry.field(description="Its authority for the field; 0 is the highest.")


@strawberry.type(
    name="FileFieldValue", description="What stands in a household's file, and who says otherwise."
)
class FileFieldNode:
    """One field."""

    field: FileField
    value: str = strawberry.field(description="Codes, counts, or fen.")
    source: str
    as_of: date
    rule: Choice = strawberry.field(description="Why this value was chosen.")
    stale: bool = strawberry.field(description="Whether it is older than its rule calls fresh.")
    conflicts: list[SourceWordNode]
    said: list[SourceWordNode] = strawberry.field(description="Everything that was said, by authority.")


@strawberry.type(name="HouseholdMember", description="Who belongs to a household, as the register says.")
class MemberNode:
    """One member."""

    id: strawberry.ID
    name: str | None
    role: str | None
    birth_date: date | None
    id_number: str | None = mask_field("Masked.")
    situations: list[str]
    mask: strawberry.Private[SealedMask | None]


@strawberry.type(name=DEPARTMENT_RECORD, description="A line of a department's list on a member.")
class RecordNode:
    """One line."""

    id: strawberry.ID
    department: str
    event: str
    number: str
    resident_id: strawberry.ID
    amount_fen: int | None
    occurred_on: date | None
    link_rule: LinkRule | None = strawberry.field(
        description="How it was linked; null where the list itself names the person."
    )


@strawberry.type(name="HouseholdFileVersion", description="A file as it stood.")
class FileVersionNode:
    """One version."""

    number: int
    cause: str
    made_by: str
    at: datetime
    digest: str


@strawberry.type(name="MembershipChange", description="Somebody joined or left the household.")
class MembershipChangeNode:
    """One change."""

    kind: str
    resident_id: strawberry.ID
    seen_at: datetime


@strawberry.type(name="PlanAction", description="One thing to be done.")
class PlanActionNode:
    """One action."""

    what: str
    responsible: str
    due_on: date
    done_on: date | None


@strawberry.type(name="PlanGoal", description="What is to be reached.")
class PlanGoalNode:
    """One goal."""

    goal: str
    actions: list[PlanActionNode]
    child_protection: bool


@strawberry.type(name="ServicePlanVersion", description="What a plan said after one change.")
class PlanVersionNode:
    """One version of a plan."""

    number: int
    state: PlanState
    goals: list[PlanGoalNode]
    responsible: str
    cause: str
    made_by: str
    review_on: date
    at: datetime


@strawberry.type(name=SERVICE_PLAN, description="The plan of a household.")
class ServicePlanNode(Node):
    """Goals with their actions; those of child protection for its own roles alone."""

    household_id: strawberry.ID
    state: PlanState
    goals: list[PlanGoalNode]
    responsible: str
    opened_by: str
    opened_at: datetime
    review_on: date
    outcome: str | None
    closed_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    key: strawberry.Private[str]

    @strawberry.field(description="What it said after each change, the oldest first.")
    async def history(self, info: Info) -> list[PlanVersionNode]:
        """Give its versions."""
        rows = await info.context.load.plan_versions.load(self.key)
        return [_version(row) for row in rows or ()]


@strawberry.type(name="HouseholdFile", description="One household: what departments say of it, and its plan.")
class HouseholdFileNode:
    """The file as it stands today."""

    id: strawberry.ID
    file_number: str | None
    day: date
    rules: str = strawberry.field(description="Which rules chose, as they were in force on that day.")
    fields: list[FileFieldNode]
    members: list[MemberNode]
    records: list[RecordNode]
    changes: list[MembershipChangeNode]
    child_situations: list[str] = strawberry.field(description="For the roles of child protection alone.")
    digest: str
    version: int = strawberry.field(description="The newest stored version; 0 where nobody opened the file.")
    changed_since: bool
    region_key: strawberry.Private[str | None]
    key: strawberry.Private[str]

    @strawberry.field(description="Where the household lives.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)

    @strawberry.field(description="Its plans, the oldest first; one of them at most is not over.")
    async def plans(self, info: Info) -> list[ServicePlanNode]:
        """Give its plans."""
        rows = await info.context.load.household_plans.load(self.key)
        return [service_plan(row) for row in rows or ()]

    @strawberry.field(description="Stored versions, the newest first.")
    async def versions(self, info: Info) -> list[FileVersionNode]:
        """Give its versions."""
        rows = await info.context.load.file_versions.load(self.key)
        return [_file_version(row) for row in rows or ()]


@strawberry.type(
    name="DataSource", description="One list of one department: how much, how fresh, how many linked."
)
class DataSourceNode:
    """A line of the board."""

    department: str
    event: str
    records: int
    linked: int
    latest_on: date | None = strawberry.field(description="Day of the newest record.")
    imported_at: datetime | None


@strawberry.type(name="DataSourceBoard", description="What departments send.")
class DataSourceBoard:
    """All lists."""

    sources: list[DataSourceNode]


def _word(said: SourceValue) -> SourceWordNode:
    return SourceWordNode(
        source=said.source, value=said.value, as_of=said.as_of, records=said.rows, rank=said.rank
    )


def _field(value: FieldValue) -> FileFieldNode:
    return FileFieldNode(
        field=value.field,
        value=value.value,
        source=value.source,
        as_of=value.as_of,
        rule=value.choice,
        stale=value.stale,
        conflicts=[_word(each) for each in value.conflicts],
        said=[_word(each) for each in value.said],
    )


def _member(member: Member) -> MemberNode:
    return MemberNode(
        id=encode_id(RESIDENT, member.id),
        name=member.name,
        role=member.household_role,
        birth_date=member.birth_date,
        mask=member.id_number_mask,
        situations=sorted(member.situations),
    )


def _record(fact: DepartmentFact) -> RecordNode:
    return RecordNode(
        id=encode_id(DEPARTMENT_RECORD, fact.id),
        department=fact.department,
        event=fact.event,
        number=fact.number,
        resident_id=encode_id(RESIDENT, fact.resident_id),
        amount_fen=fact.amount_fen,
        occurred_on=fact.occurred_on,
        link_rule=None if fact.link_rule is None else LinkRule(fact.link_rule),
    )


def _action(action: PlanAction) -> PlanActionNode:
    return PlanActionNode(
        what=action.what, responsible=action.responsible, due_on=action.due_on, done_on=action.done_on
    )


def _goal(goal: PlanGoal) -> PlanGoalNode:
    return PlanGoalNode(
        goal=goal.goal,
        actions=[_action(action) for action in goal.actions],
        child_protection=goal.child_protection,
    )


def _version(row: ServicePlanVersionRow) -> PlanVersionNode:
    return PlanVersionNode(
        number=row.number,
        state=row.state,
        goals=[_goal(goal) for goal in row.goals],
        responsible=row.responsible,
        cause=row.cause,
        made_by=row.made_by,
        review_on=row.review_on,
        at=row.at,
    )


def _file_version(row: FileVersionRow) -> FileVersionNode:
    return FileVersionNode(
        number=row.number, cause=row.cause, made_by=row.made_by, at=row.at, digest=row.digest
    )


def service_plan(row: ServicePlanRow) -> ServicePlanNode:
    """Give a plan as clients see it."""
    return ServicePlanNode(
        id=encode_id(SERVICE_PLAN, row.id),
        household_id=encode_id(HOUSEHOLD, row.household_id),
        state=row.state,
        goals=[_goal(goal) for goal in row.goals],
        responsible=row.responsible,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        review_on=row.review_on,
        outcome=row.outcome,
        closed_at=row.closed_at,
        version=row.version,
        key=row.id,
    )


def household_file(file: HouseholdFile) -> HouseholdFileNode:
    """Give a file as clients see it."""
    facts = file.facts
    return HouseholdFileNode(
        id=encode_id(HOUSEHOLD, facts.id),
        file_number=facts.file_number,
        day=file.day,
        rules=file.rules_id,
        fields=[_field(value) for value in file.fields],
        members=[_member(member) for member in facts.members],
        records=[_record(fact) for fact in facts.facts],
        changes=[
            MembershipChangeNode(
                kind=row.kind, resident_id=encode_id(RESIDENT, row.resident_id), seen_at=row.seen_at
            )
            for row in facts.changes
        ],
        child_situations=list(file.child_situations),
        digest=file.digest,
        version=file.version,
        changed_since=file.changed_since,
        region_key=facts.region_id,
        key=facts.id,
    )


def data_source(row: DataSourceRow) -> DataSourceNode:
    """Give a line of the board as clients see it."""
    return DataSourceNode(
        department=row.department,
        event=row.event,
        records=row.records,
        linked=row.linked,
        latest_on=row.latest_on,
        imported_at=row.imported_at,
    )


async def load_service_plan(info: Info, key: str | None) -> ServicePlanNode | None:
    """Give the plan of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.service_plans, key, service_plan)
