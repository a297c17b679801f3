"""Needs that look like one that is about to be posted: of the same household, or worded alike near by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rapidfuzz import fuzz, process

from domain.actors import Actor
from domain.needs import NeedCategory, NeedKind, NeedState
from domain.time import civil_date
from graph.need_texts import RecentNeed, recent_needs
from graph.ports import ReadTransaction
from graph.regions import path_of_region
from graph.scope import view_of
from workflows.needs.desk import ANY_DESK, is_desk_for
from workflows.needs.policy import need_policy_on
from workflows.needs.requests import NewNeed
from workflows.workspace import Workspace

_MOST_COMPARED = 5_000
_MOST_GIVEN = 10
_WHOLE = 100
_TOWN_PARTS = 5  # /NBS/32/3205/320582/320582100/: code system, province, city, county, town


class Likeness(StrEnum):
    """Why a need counts as alike."""

    SAME_HOUSEHOLD = "SAME_HOUSEHOLD"
    SAME_TEXT = "SAME_TEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A need that looks like the one about to be posted; ``score`` is out of 100."""

    need_id: str
    title: str
    kind: NeedKind
    category: NeedCategory
    state: NeedState
    posted_at: datetime
    score: int
    why: Likeness


async def duplicates_of(ws: Workspace, actor: Actor, new: NewNeed) -> list[Duplicate]:
    """
    Give needs of the last weeks that look like a request, the likest first; nothing is written.

    Only needs that the actor is the desk of are compared, so that none behind a wall shows through.

    Raises
    ------
    NotFoundError
        The region lies outside the scope.
    """
    actor.require(*ANY_DESK)
    at = ws.clock()

    async def look(tx: ReadTransaction) -> list[Duplicate]:
        return await duplicates_in(tx, actor, new, await path_of_region(tx, actor, new.region_id), at=at)

    return await ws.store.read(look)


async def duplicates_in(
    tx: ReadTransaction, actor: Actor, new: NewNeed, region_path: str, *, at: datetime
) -> list[Duplicate]:
    """Give what ``duplicates_of`` gives, within a transaction."""
    limits = need_policy_on(region_path, civil_date(at)).duplicates
    recent = await recent_needs(
        tx,
        actor,
        near=_town(region_path),
        subject_id=new.subject_id,
        since=at - timedelta(days=limits.window_days.value),
        sees_child_protection=view_of(actor).child,
        limit=_MOST_COMPARED,
    )
    seen = [row for row in recent if is_desk_for(actor, row.category)]
    text = _text(new.title, new.detail)
    found: list[Duplicate] = []
    for row, likeness in zip(seen, _likeness(text, seen), strict=True):
        same_household = new.subject_id is not None and row.subject_id == new.subject_id
        if same_household and (row.kind, row.category) == (new.kind, new.category):
            found.append(_duplicate(row, _WHOLE, Likeness.SAME_HOUSEHOLD))
        elif same_household and likeness >= limits.same_household_percent.value:
            found.append(_duplicate(row, likeness, Likeness.SAME_HOUSEHOLD))
        elif likeness >= limits.similarity_percent.value and (
            min(len(text), len(_text(row.title, row.detail))) >= limits.least_characters.value
        ):
            found.append(_duplicate(row, likeness, Likeness.SAME_TEXT))
    return sorted(found, key=lambda each: (-each.score, each.need_id))[:_MOST_GIVEN]


def _likeness(text: str, rows: Sequence[RecentNeed]) -> list[int]:
    """Give how alike each row's words are, out of 100."""
    if not rows:
        return []
    others = [_text(row.title, row.detail) for row in rows]
    return [int(score) for score in process.cdist([text], others, scorer=fuzz.ratio)[0]]


def _text(title: str, detail: str | None) -> str:
    return "".join(f"{title}{detail or ''}".split())


def _town(region_path: str) -> str:
    parts = region_path.strip("/").split("/")
    return "/" + "/".join(parts[:_TOWN_PARTS]) + "/"


def _duplicate(row: RecentNeed, score: int, why: Likeness) -> Duplicate:
    return Duplicate(
        need_id=row.id,
        title=row.title,
        kind=row.kind,
        category=row.category,
        state=row.state,
        posted_at=row.posted_at,
        score=score,
        why=why,
    )
