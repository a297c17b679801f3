"""Series of needs as use cases write them."""

from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.needs import NeedCategory
from domain.provenance import MANUAL_SOURCE
from domain.series import SeriesState
from graph.columns import integer, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.scope import CHILD_DESK, IN_SCOPE, listed, scope_paths

_COLUMNS = """
RETURN n.id AS id, n.title AS title, n.category AS category, n.template AS template, n.rule AS rule,
  n.starts_at AS starts_at, n.state AS state, n.exceptions AS exceptions, n.subject_id AS subject_id,
  n.length_min AS length_min, n.horizon_days AS horizon_days, n.posted_by AS posted_by,
  n.verified_by AS verified_by, n.region_id AS region_id, n.region_path AS region_path, n.version AS version
"""
CREATE = Statement(
    """
    CREATE (:NeedSeries {id: $id, title: $title, category: $category, template: $template, rule: $rule,
      starts_at: $starts_at, state: 'POSTED', subject_id: $subject_id, length_min: $length_min,
      horizon_days: $horizon_days, posted_by: $posted_by, posted_at: $posted_at, region_id: $region_id,
      region_path: $region_path, version: 1, source_id: $source_id, source_row: 0, recorded_at: $posted_at})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:NeedSeries {id: $id}) WHERE " + IN_SCOPE + " SET n.version = n.version + 1" + _COLUMNS,
    Access.WRITE,
)
# The job that makes needs takes a series by a step that people's versions do not see.
TAKE = Statement(
    "MATCH (n:NeedSeries {id: $id}) WHERE " + IN_SCOPE + " SET n.made_until = n.made_until" + _COLUMNS,
    Access.WRITE,
)
VERIFY = Statement(
    "MATCH (n:NeedSeries {id: $id}) SET n.state = 'ACTIVE', n.verified_by = $verified_by,"
    " n.evidence = $evidence",
    Access.WRITE,
)
STOP = Statement(
    "MATCH (n:NeedSeries {id: $id}) SET n.state = 'STOPPED', n.stopped_at = $at, n.stop_reason = $reason",
    Access.WRITE,
)
SET_EXCEPTIONS = Statement("MATCH (n:NeedSeries {id: $id}) SET n.exceptions = $exceptions", Access.WRITE)
SET_MADE_UNTIL = Statement("MATCH (n:NeedSeries {id: $id}) SET n.made_until = $made_until", Access.WRITE)
DUE = Statement(
    "MATCH (n:NeedSeries) WHERE "
    + IN_SCOPE
    + " AND n.state = 'ACTIVE' AND n.id > $after_id RETURN n.id AS id, n.horizon_days AS horizon_days,"
    " n.made_until AS made_until ORDER BY id LIMIT $limit",
    Access.READ,
)
EXISTING = Statement("UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) RETURN n.id AS id", Access.READ)
COMING = Statement(
    "MATCH (n:Need) WHERE n.series_id = $series_id AND n.occurs_at >= $since AND n.state IN $states"
    " RETURN n.id AS id ORDER BY id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series taken for changing; ``starts_at`` and ``exceptions`` are civil time as text."""

    id: str
    title: str
    category: NeedCategory
    template: str
    rule: str
    starts_at: str
    state: SeriesState
    exceptions: tuple[str, ...]
    subject_id: str | None
    length_min: int
    horizon_days: int
    posted_by: str
    verified_by: str | None
    region_path: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSeries:
    """How far an active series has been made."""

    id: str
    horizon_days: int
    made_until: datetime | None


def _series(record: Record) -> Series:
    return Series(
        id=text(record, "id"),
        title=text(record, "title"),
        category=NeedCategory(text(record, "category")),
        template=text(record, "template"),
        rule=text(record, "rule"),
        starts_at=text(record, "starts_at"),
        state=SeriesState(text(record, "state")),
        exceptions=texts(record, "exceptions"),
        subject_id=text_or_none(record, "subject_id"),
        length_min=integer(record, "length_min"),
        horizon_days=integer(record, "horizon_days"),
        posted_by=text(record, "posted_by"),
        verified_by=text_or_none(record, "verified_by"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def create_series(tx: WriteTransaction, series: Series, *, region_id: str, at: datetime) -> None:
    """Write a series that waits for its verification."""
    await tx.run(
        CREATE,
        id=series.id,
        title=series.title,
        category=series.category.value,
        template=series.template,
        rule=series.rule,
        starts_at=series.starts_at,
        subject_id=series.subject_id,
        length_min=series.length_min,
        horizon_days=series.horizon_days,
        posted_by=series.posted_by,
        posted_at=at,
        region_id=region_id,
        region_path=series.region_path,
        source_id=MANUAL_SOURCE,
    )


async def lock_series(tx: WriteTransaction, actor: Actor, series_id: str, *, expected_version: int) -> Series:
    """
    Take a series for changing.

    Raises
    ------
    NotFoundError
        Not within the actor's scope, or behind the wall of child protection (HC-25).
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=series_id, scope_paths=scope_paths(actor))
    series = _series(found[0]) if found else None
    if series is None or (series.category is NeedCategory.CHILD_PROTECT and not actor.roles & CHILD_DESK):
        raise NotFoundError("no such series", kind="series", id=series_id)
    if series.version - 1 != expected_version:
        raise StaleVersionError(
            "the series has changed since it was read",
            id=series_id,
            expected=expected_version,
            found=series.version - 1,
        )
    return series


async def take_series(tx: WriteTransaction, actor: Actor, series_id: str) -> Series | None:
    """Take a series for making its needs, or None if it has left the scope."""
    found = await tx.run(TAKE, id=series_id, scope_paths=scope_paths(actor))
    return _series(found[0]) if found else None


async def active_series(
    tx: ReadTransaction, actor: Actor, *, after_id: str, limit: int
) -> list[ActiveSeries]:
    """Give a page of the active series of the scope, by id."""
    records = await tx.run(DUE, scope_paths=scope_paths(actor), after_id=after_id, limit=limit)
    return [
        ActiveSeries(
            id=text(record, "id"),
            horizon_days=integer(record, "horizon_days"),
            made_until=moment_or_none(record, "made_until"),
        )
        for record in records
    ]


async def made_among(tx: ReadTransaction, ids: list[str]) -> frozenset[str]:
    """Give which of the needs are there already."""
    return frozenset(text(record, "id") for record in await tx.run(EXISTING, ids=listed(ids)))


async def coming_needs(
    tx: ReadTransaction, series_id: str, *, since: datetime, states: list[str]
) -> list[str]:
    """Give needs of a series that are still to come and in one of the states."""
    records = await tx.run(COMING, series_id=series_id, since=since, states=states)
    return [text(record, "id") for record in records]
