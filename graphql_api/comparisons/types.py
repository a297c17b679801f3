"""Comparisons, tasks and ended statuses as clients see them; names of people are masked."""

from datetime import date, datetime

import strawberry

from domain.comparing import Difference, EndGround, EndState, Lacking, TaskOutcome, TaskState
from domain.protection import SealedMask
from graph.reads.comparisons import ComparisonLineRow, ComparisonRow, FieldChange
from graph.reads.coverage import CoverageTaskRow, StatusEndRow
from graphql_api.connections import Node, loaded
from graphql_api.context import Info
from graphql_api.ids import encode_id
from graphql_api.masks import mask_field
from graphql_api.needs.types import NeedNode, load_need
from graphql_api.regions import RegionNode, load_region
from graphql_api.stations.types import StationNode, load_station
from workflows.protection.masks import shown

COMPARISON = "Comparison"
COVERAGE_TASK = "CoverageTask"
STATUS_END = "StatusEnd"
COMPARISON_LINE = "ComparisonLine"
_HOUSEHOLD = "Household"


@strawberry.type(description="How many of something.")
class ComparisonCount:
    """A figure of the whole run."""

    name: str
    value: int


@strawberry.type(description="How many rows of a kind lie where the reader may see.")
class DifferenceCount:
    """A kind of difference and its rows."""

    kind: Difference
    rows: int


@strawberry.type(name=COMPARISON, description="A department's list beside the list before it.")
class ComparisonNode(Node):
    """One run; the same two lists give the same."""

    title: str
    departments: list[str]
    events: list[str]
    before_file: str | None = strawberry.field(description="The list before; null where it was the first.")
    after_file: str
    before_rows: int
    after_rows: int
    compared_on: date
    at: datetime
    rules: str
    found: list[DifferenceCount] = strawberry.field(description="What of it lies where the reader may see.")
    counts: list[ComparisonCount] = strawberry.field(
        description="Figures of the whole run, for who sees every division; empty for others."
    )


def _before(root: "FieldChangeNode", info: Info) -> str | None:
    return shown(info.context.workspace, root.change.before)


def _after(root: "FieldChangeNode", info: Info) -> str | None:
    return shown(info.context.workspace, root.change.after)


@strawberry.type(name="FieldChange", description="One field in both lists; what identifies people is masked.")
class FieldChangeNode:
    """Before and after."""

    field: str
    before: str | None = strawberry.field(resolver=_before)
    after: str | None = strawberry.field(resolver=_after)
    change: strawberry.Private[FieldChange]


@strawberry.type(name=COMPARISON_LINE, description="What a comparison found of one row.")
class ComparisonLineNode:
    """A row that came, went, changed or took another number."""

    id: strawberry.ID
    kind: Difference
    number: str | None
    number_before: str | None
    department: str | None
    event: str | None
    changes: list[FieldChangeNode]
    person_name: str | None
    person_id_number: str | None = mask_field()
    household_id: strawberry.ID | None
    source_row: int | None = strawberry.field(description="Its row in the newest list.")
    source_row_before: int | None = strawberry.field(description="Its row in the list before.")
    mask: strawberry.Private[SealedMask | None]


@strawberry.type(
    name=COVERAGE_TASK, description="A household on a list of people in difficulty that nothing covered."
)
class CoverageTaskNode(Node):
    """Somebody of the station looks after it; a household has one task, whichever lists show it."""

    state: TaskState
    lists: list[str] = strawberry.field(description="Department and subject of each list that shows it.")
    lacking: list[Lacking] = strawberry.field(description="What is not known of it.")
    household_id: strawberry.ID | None
    file_number: str | None
    person_name: str | None
    person_id_number: str | None = mask_field()
    telephone: str | None
    owner: str | None = strawberry.field(description="Who looks after it.")
    opened_at: datetime
    due_on: date
    outcome: TaskOutcome | None
    note: str | None
    decided_by: str | None = strawberry.field(description="Null where a later comparison found the outcome.")
    decided_at: datetime | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    mask: strawberry.Private[SealedMask | None]
    region_key: strawberry.Private[str | None]
    station_key: strawberry.Private[str | None]
    run_key: strawberry.Private[str]

    @strawberry.field(description="Where they live, if the reader may see that division.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give the division."""
        return await load_region(info, self.region_key)

    @strawberry.field(description="Whose task it is.")
    async def station(self, info: Info) -> StationNode | None:
        """Give the station."""
        return await load_station(info, self.station_key)

    @strawberry.field(description="The comparison that found it last.")
    async def comparison(self, info: Info) -> ComparisonNode | None:
        """Give the run."""
        return await load_comparison(info, self.run_key)


@strawberry.type(name=STATUS_END, description="A status that a list showed to have ended.")
class StatusEndNode(Node):
    """Why it ended, and which needs are looked at again."""

    ground: EndGround
    department: str | None
    event: str | None
    state: EndState
    household_id: strawberry.ID | None
    person_name: str | None
    person_id_number: str | None = mask_field()
    ended_on: date
    at: datetime
    undone_by: str | None
    undone_at: datetime | None
    undone_note: str | None
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    mask: strawberry.Private[SealedMask | None]
    need_keys: strawberry.Private[tuple[str, ...]]

    @strawberry.field(description="Open needs of the household, those that the reader may see.")
    async def needs(self, info: Info) -> list[NeedNode]:
        """Give the needs."""
        found = [await load_need(info, key) for key in self.need_keys]
        return [need for need in found if need is not None]


def _home(key: str | None) -> strawberry.ID | None:
    return None if key is None else encode_id(_HOUSEHOLD, key)


def comparison(row: ComparisonRow) -> ComparisonNode:
    """Give a run as clients see it."""
    return ComparisonNode(
        id=encode_id(COMPARISON, row.id),
        title=row.title,
        departments=list(row.departments),
        events=list(row.events),
        before_file=row.before_file,
        after_file=row.after_file,
        before_rows=row.before_rows,
        after_rows=row.after_rows,
        compared_on=row.compared_on,
        at=row.at,
        rules=row.rules,
        found=[
            DifferenceCount(kind=kind, rows=row.found[kind.value])
            for kind in Difference
            if kind.value in row.found
        ],
        counts=[ComparisonCount(name=name, value=value) for name, value in sorted(row.counts.items())],
    )


def comparison_line(row: ComparisonLineRow) -> ComparisonLineNode:
    """Give a line as clients see it."""
    return ComparisonLineNode(
        id=encode_id(COMPARISON_LINE, row.id),
        kind=row.kind,
        number=row.number,
        number_before=row.number_before,
        department=row.department,
        event=row.event,
        changes=[FieldChangeNode(field=each.field, change=each) for each in row.changes],
        person_name=row.person_name,
        mask=row.person_number,
        household_id=_home(row.household_id),
        source_row=row.source_row,
        source_row_before=row.source_row_before,
    )


def coverage_task(row: CoverageTaskRow) -> CoverageTaskNode:
    """Give a task as clients see it."""
    return CoverageTaskNode(
        id=encode_id(COVERAGE_TASK, row.id),
        state=row.state,
        lists=list(row.lists),
        lacking=list(row.lacking),
        household_id=_home(row.household_id),
        file_number=row.file_number,
        person_name=row.person_name,
        mask=row.person_number,
        telephone=row.telephone,
        owner=row.owner_id,
        opened_at=row.opened_at,
        due_on=row.due_on,
        outcome=row.outcome,
        note=row.note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
        region_key=row.region_id,
        station_key=row.station_id,
        run_key=row.last_run_id,
    )


def status_end(row: StatusEndRow) -> StatusEndNode:
    """Give an ended status as clients see it."""
    return StatusEndNode(
        id=encode_id(STATUS_END, row.id),
        ground=row.ground,
        department=row.department,
        event=row.event,
        state=row.state,
        household_id=_home(row.household_id),
        person_name=row.person_name,
        mask=row.person_number,
        ended_on=row.ended_on,
        at=row.at,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
        undone_note=row.undone_note,
        version=row.version,
        need_keys=row.need_ids,
    )


async def load_comparison(info: Info, key: str | None) -> ComparisonNode | None:
    """Give the run of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.comparisons, key, comparison)


async def load_coverage_task(info: Info, key: str | None) -> CoverageTaskNode | None:
    """Give the task of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.coverage_tasks, key, coverage_task)


async def load_status_end(info: Info, key: str | None) -> StatusEndNode | None:
    """Give the ended status of a key, if there is one that the reader may see."""
    return await loaded(info.context.load.status_ends, key, status_end)
