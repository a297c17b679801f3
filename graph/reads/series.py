"""Series of needs as the desk sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.needs import NeedCategory
from domain.series import SeriesState
from graph.columns import integer, moment, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_paths, view_of

LIST_NAME = "series"

_SEEN: LiteralString = IN_SCOPE + " AND n.category IN $seen_categories"
_COLUMNS: LiteralString = """
RETURN n.id AS id, n.title AS title, n.category AS category, n.rule AS rule, n.starts_at AS starts_at,
  n.state AS state, n.exceptions AS exceptions, n.length_min AS length_min, n.horizon_days AS horizon_days,
  n.posted_by AS posted_by, n.posted_at AS posted_at, n.verified_by AS verified_by, n.evidence AS evidence,
  n.stopped_at AS stopped_at, n.stop_reason AS stop_reason, n.made_until AS made_until,
  n.region_id AS region_id, n.region_path AS region_path, n.version AS version
"""
_PAGE = Statement(
    "MATCH (n:NeedSeries) WHERE "
    + _SEEN
    + " AND n.state IN $series_states AND (n.posted_at < $after_at OR (n.posted_at = $after_at AND n.id > $after_id))"
    + _COLUMNS
    + "ORDER BY posted_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:NeedSeries) WHERE " + _SEEN + " AND n.state IN $series_states RETURN count(*) AS total",
    Access.READ,
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:NeedSeries {id: wanted}) WHERE " + _SEEN + _COLUMNS, Access.READ
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """One series; ``starts_at`` and ``exceptions`` are civil time as text."""

    id: str
    title: str
    category: NeedCategory
    rule: str
    starts_at: str
    state: SeriesState
    exceptions: tuple[str, ...]
    length_min: int
    horizon_days: int
    posted_by: str
    posted_at: datetime
    verified_by: str | None
    evidence: str | None
    stopped_at: datetime | None
    stop_reason: str | None
    made_until: datetime | None
    region_id: str | None
    region_path: str
    version: int


def _series(record: Record) -> SeriesRow:
    return SeriesRow(
        id=text(record, "id"),
        title=text(record, "title"),
        category=NeedCategory(text(record, "category")),
        rule=text(record, "rule"),
        starts_at=text(record, "starts_at"),
        state=SeriesState(text(record, "state")),
        exceptions=texts(record, "exceptions"),
        length_min=integer(record, "length_min"),
        horizon_days=integer(record, "horizon_days"),
        posted_by=text(record, "posted_by"),
        posted_at=moment(record, "posted_at"),
        verified_by=text_or_none(record, "verified_by"),
        evidence=text_or_none(record, "evidence"),
        stopped_at=moment_or_none(record, "stopped_at"),
        stop_reason=text_or_none(record, "stop_reason"),
        made_until=moment_or_none(record, "made_until"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def _seen_by(actor: Actor) -> dict[str, list[str]]:
    view = view_of(actor)
    seen = {
        category.value
        for category in NeedCategory
        if (view.child if category is NeedCategory.CHILD_PROTECT else view.desk or view.office)
    }
    return {"scope_paths": scope_paths(actor), "seen_categories": listed(frozenset(seen))}


async def page_of_series(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: Sequence[SeriesState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[SeriesRow]:
    """Give series of the actor's scope, newest first; the desk and the office see any."""
    sort_key, after_id = start_of(LIST_NAME, after)
    narrowed = {**_seen_by(actor), "series_states": [state.value for state in states or SeriesState]}
    records = await tx.run(
        _PAGE, **narrowed, after_at=moment_of(sort_key), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=_series, sort_column="posted_at")


async def series_by_id(tx: ReadTransaction, actor: Actor, series_id: str) -> SeriesRow:
    """
    Give one series.

    Raises
    ------
    NotFoundError
        Outside the scope or behind the wall as for an id that does not exist.
    """
    found = await series_by_ids(tx, actor, [series_id])
    if series_id not in found:
        raise NotFoundError("no such series", kind="series", id=series_id)
    return found[series_id]


async def series_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, SeriesRow]:
    """Give the series among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, ids=listed(list(set(ids))), **_seen_by(actor))
    return {text(record, "id"): _series(record) for record in records}
