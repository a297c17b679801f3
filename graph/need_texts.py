"""Recent needs as the comparison of texts reads them."""

from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.needs import NeedCategory, NeedKind, NeedState
from graph.columns import moment, text, text_or_none
from graph.ports import Access, ReadTransaction, Statement
from graph.scope import IN_SCOPE, NOTHING, scope_paths

GONE = (NeedState.REJECTED.value, NeedState.CANCELLED.value, NeedState.EXPIRED.value)

RECENT = Statement(
    "MATCH (n:Need) WHERE "
    + IN_SCOPE
    + """ AND (n.region_path STARTS WITH $near OR n.subject_id = $subject_id)
      AND coalesce(n.posted_at, n.recorded_at) >= $since AND NOT n.state IN $gone AND n.series_id IS NULL
      AND (n.category <> 'CHILD_PROTECT' OR $sees_child_protection)
    RETURN n.id AS id, n.title AS title, n.detail AS detail, n.kind AS kind, n.category AS category,
      n.state AS state, n.subject_id AS subject_id, coalesce(n.posted_at, n.recorded_at) AS listed_at
    ORDER BY listed_at DESC, id LIMIT $limit
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentNeed:
    """What is compared of a need."""

    id: str
    title: str
    detail: str | None
    kind: NeedKind
    category: NeedCategory
    state: NeedState
    subject_id: str | None
    posted_at: datetime


async def recent_needs(
    tx: ReadTransaction,
    actor: Actor,
    *,
    near: str,
    subject_id: str | None,
    since: datetime,
    sees_child_protection: bool,
    limit: int,
) -> list[RecentNeed]:
    """Give needs of a division, or of one subject anywhere in the scope, posted since a moment; newest first."""
    records = await tx.run(
        RECENT,
        scope_paths=scope_paths(actor),
        near=near,
        subject_id=subject_id or NOTHING,
        since=since,
        gone=list(GONE),
        sees_child_protection=sees_child_protection,
        limit=limit,
    )
    return [
        RecentNeed(
            id=text(record, "id"),
            title=text_or_none(record, "title") or "",
            detail=text_or_none(record, "detail"),
            kind=NeedKind(text(record, "kind")),
            category=NeedCategory(text(record, "category")),
            state=NeedState(text(record, "state")),
            subject_id=text_or_none(record, "subject_id"),
            posted_at=moment(record, "listed_at"),
        )
        for record in records
    ]
