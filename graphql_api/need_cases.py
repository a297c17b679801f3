"""Needs that are stuck and needs that return: conferences, series, what is overdue, drafts and duplicates."""

from datetime import datetime

import strawberry

from domain.conferences import ConferenceDecision, ConferenceState
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.people import Licence, Skill
from domain.series import SeriesState
from graph.reads.conferences import ConferenceRow, page_of_conferences
from graph.reads.needs import NeedFilter, page_of_needs
from graph.reads.series import SeriesRow, page_of_series
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
from graphql_api.need_inputs import (
    DecideConferenceInput,
    EscalateNeedInput,
    NeedInput,
    PostSeriesInput,
    SkipOccurrenceInput,
    StopSeriesInput,
    VerifySeriesInput,
    zoned,
)
from graphql_api.needs import NEED, NeedNode, load_need, need
from graphql_api.payloads import Payload, answer, once
from graphql_api.regions import REGION, RegionNode, load_region, region_path
from graphql_api.scalars import Place, TimeWindow, place, window
from locales import text
from workflows.needs.conferences import decide_conference, escalate_need
from workflows.needs.drafting import draft_need
from workflows.needs.duplicates import Duplicate, Likeness, duplicates_of
from workflows.needs.requests import NewNeed
from workflows.needs.series import NewSeries, post_series, skip_occurrence, stop_series, verify_series
from workflows.workspace import Outcome

CONFERENCE = "CaseConference"
SERIES = "NeedSeries"
HOUSEHOLD = "Household"


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
    row = None if key is None else await info.context.load.conferences.load(key)
    return None if row is None else conference(row)


@strawberry.type(name=SERIES, description="A rule by which a need returns.")
class SeriesNode(Node):
    """A series; times of the rule are civil time in China."""

    title: str
    category: NeedCategory
    rule: str
    starts_at: str
    state: SeriesState
    exceptions: list[str] = strawberry.field(description="Occurrences left out, by their civil time.")
    length_min: int
    horizon_days: int
    posted_by: str
    posted_at: datetime
    verified_by: str | None
    evidence: str | None
    stopped_at: datetime | None
    stop_reason: str | None
    made_until: datetime | None = strawberry.field(description="Up to when its needs have been made.")
    version: int = strawberry.field(description="Sent back as expectedVersion with an edit.")
    region_key: strawberry.Private[str | None]

    @strawberry.field(description="Where its needs are.")
    async def region(self, info: Info) -> RegionNode | None:
        """Give its division."""
        return await load_region(info, self.region_key)


def series(row: SeriesRow) -> SeriesNode:
    """Give a series as clients see it."""
    return SeriesNode(
        id=encode_id(SERIES, row.id),
        title=row.title,
        category=row.category,
        rule=row.rule,
        starts_at=row.starts_at,
        state=row.state,
        exceptions=list(row.exceptions),
        length_min=row.length_min,
        horizon_days=row.horizon_days,
        posted_by=row.posted_by,
        posted_at=row.posted_at,
        verified_by=row.verified_by,
        evidence=row.evidence,
        stopped_at=row.stopped_at,
        stop_reason=row.stop_reason,
        made_until=row.made_until,
        version=row.version,
        region_key=row.region_id,
    )


async def load_series(info: Info, key: str | None) -> SeriesNode | None:
    """Give the series of a key, if there is one that the reader may see."""
    row = None if key is None else await info.context.load.series.load(key)
    return None if row is None else series(row)


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
class NeedCaseQueries:
    """What a desk asks before it posts, and what it looks at every morning."""

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

    @strawberry.field(description="Needs that are longer in their state than its clock allows, newest first.")
    async def overdue_needs(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        region_id: strawberry.ID | None = None,
    ) -> Connection[NeedNode]:
        """Give a page of overdue needs."""
        position = page_start(info, first, after)
        narrowed = NeedFilter(
            region_path=await region_path(info, region_id), overdue_at=info.context.workspace.clock()
        )
        page = await info.context.read(
            lambda tx: page_of_needs(
                tx,
                info.context.actor,
                filter=narrowed,
                first=first,
                after=position,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, need)

    @strawberry.field(description="Case conferences, the earliest due first; for the desk and the office.")
    async def conferences(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[ConferenceState] | None = None,
    ) -> Connection[ConferenceNode]:
        """Give a page of conferences."""
        position = page_start(info, first, after)
        page = await info.context.read(
            lambda tx: page_of_conferences(
                tx,
                info.context.actor,
                states=states or (),
                first=first,
                after=position,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, conference)

    @strawberry.field(description="Needs that return, newest first; for the desk and the office.")
    async def need_series(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[SeriesState] | None = None,
    ) -> Connection[SeriesNode]:
        """Give a page of series."""
        position = page_start(info, first, after)
        page = await info.context.read(
            lambda tx: page_of_series(
                tx,
                info.context.actor,
                states=states or (),
                first=first,
                after=position,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, series)


@strawberry.type
class NeedCaseMutations:
    """Conferences and series, as far as people lead them."""

    @strawberry.mutation(description="Take a need that is stuck to a case conference; its owner is told.")
    async def escalate_need(self, info: Info, input: EscalateNeedInput) -> Payload[ConferenceNode]:
        """Escalate a need."""

        async def act() -> Outcome[ConferenceRow]:
            return await once(
                escalate_need(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.need_id, NEED, "needId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                    owner_id=input.owner,
                    due_at=zoned(input.due_at, "dueAt"),
                    members=tuple(input.members),
                )
            )

        return await answer(info, act, conference)

    @strawberry.mutation(description="Record what a conference decided; its need goes there.")
    async def decide_conference(self, info: Info, input: DecideConferenceInput) -> Payload[ConferenceNode]:
        """Decide a conference."""

        async def act() -> Outcome[ConferenceRow]:
            return await once(
                decide_conference(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.conference_id, CONFERENCE, "conferenceId"),
                    expected_version=input.expected_version,
                    decision=input.decision,
                    minutes=input.minutes,
                )
            )

        return await answer(info, act, conference)

    @strawberry.mutation(description="Record a need that returns; it waits for a second person.")
    async def post_series(self, info: Info, input: PostSeriesInput) -> Payload[SeriesNode]:
        """Post a series."""

        async def act() -> Outcome[SeriesRow]:
            new = NewSeries(
                template=input.need.read(),
                rule=input.rule,
                starts_at=zoned(input.starts_at, "startsAt"),
                length_min=input.length_min,
                horizon_days=input.horizon_days,
            )
            context = info.context
            return await post_series(
                context.workspace, context.actor, new, idempotency_key=input.idempotency_key
            )

        return await answer(info, act, series)

    @strawberry.mutation(
        description="Confirm by a second person that a need returns; its needs are made from then on."
    )
    async def verify_series(self, info: Info, input: VerifySeriesInput) -> Payload[SeriesNode]:
        """Verify a series."""

        async def act() -> Outcome[SeriesRow]:
            return await once(
                verify_series(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.series_id, SERIES, "seriesId"),
                    expected_version=input.expected_version,
                    evidence=input.evidence,
                )
            )

        return await answer(info, act, series)

    @strawberry.mutation(description="Stop a series; what is to come and not promised is cancelled.")
    async def stop_series(self, info: Info, input: StopSeriesInput) -> Payload[SeriesNode]:
        """Stop a series."""

        async def act() -> Outcome[SeriesRow]:
            return await once(
                stop_series(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.series_id, SERIES, "seriesId"),
                    expected_version=input.expected_version,
                    reason=input.reason,
                )
            )

        return await answer(info, act, series)

    @strawberry.mutation(description="Leave one occurrence of a series out.")
    async def skip_occurrence(self, info: Info, input: SkipOccurrenceInput) -> Payload[SeriesNode]:
        """Skip an occurrence."""

        async def act() -> Outcome[SeriesRow]:
            return await once(
                skip_occurrence(
                    info.context.workspace,
                    info.context.actor,
                    key_of(input.series_id, SERIES, "seriesId"),
                    expected_version=input.expected_version,
                    occurs_at=zoned(input.occurs_at, "occursAt"),
                    reason=input.reason,
                )
            )

        return await answer(info, act, series)
