"""Case conferences as the desk sees them: those to be decided first, the most overdue on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.conferences import ConferenceDecision, ConferenceState
from domain.errors import NotFoundError
from graph.columns import integer, moment, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.needs import VISIBLE, visible_to
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import listed, scope_paths, view_of

LIST_NAME = "conferences"

# A conference is seen with its need: ``n`` is the need, so that the wall of child protection holds here too.
_SEEN: LiteralString = (
    "MATCH (c:CaseConference) MATCH (n:Need {id: c.need_id}) WHERE $sees_any AND " + VISIBLE
)
_COLUMNS: LiteralString = """
RETURN c.id AS id, c.need_id AS need_id, c.state AS state, c.reason AS reason, c.owner_id AS owner_id,
  c.members AS members, c.opened_by AS opened_by, c.opened_at AS opened_at, c.due_at AS due_at,
  c.decision AS decision, c.minutes AS minutes, c.decided_by AS decided_by, c.decided_at AS decided_at,
  c.version AS version
"""
_NARROWED: LiteralString = " AND c.state IN $conference_states"
_PAGE = Statement(
    _SEEN
    + _NARROWED
    + " AND (c.due_at > $after_at OR (c.due_at = $after_at AND c.id > $after_id))"
    + _COLUMNS
    + "ORDER BY due_at, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(_SEEN + _NARROWED + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (c:CaseConference {id: wanted}) MATCH (n:Need {id: c.need_id})"
    " WHERE $sees_any AND " + VISIBLE + _COLUMNS,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceRow:
    """One conference; ``owner_id`` and ``members`` are who sits on it, as the desk named them."""

    id: str
    need_id: str
    state: ConferenceState
    reason: str
    owner_id: str
    members: tuple[str, ...]
    opened_by: str
    opened_at: datetime
    due_at: datetime
    decision: ConferenceDecision | None
    minutes: str | None
    decided_by: str | None
    decided_at: datetime | None
    version: int


def _conference(record: Record) -> ConferenceRow:
    decision = text_or_none(record, "decision")
    return ConferenceRow(
        id=text(record, "id"),
        need_id=text(record, "need_id"),
        state=ConferenceState(text(record, "state")),
        reason=text(record, "reason"),
        owner_id=text(record, "owner_id"),
        members=texts(record, "members"),
        opened_by=text(record, "opened_by"),
        opened_at=moment(record, "opened_at"),
        due_at=moment(record, "due_at"),
        decision=ConferenceDecision(decision) if decision else None,
        minutes=text_or_none(record, "minutes"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        version=integer(record, "version"),
    )


def _seen_by(actor: Actor) -> dict[str, list[str] | bool]:
    view = view_of(actor)
    sees_any = view.desk or view.office or view.child
    return {"scope_paths": scope_paths(actor), "sees_any": sees_any, **visible_to(view)}


async def page_of_conferences(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: Sequence[ConferenceState] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[ConferenceRow]:
    """Give conferences on needs that the actor may see, the earliest due first."""
    sort_key, after_id = start_of(LIST_NAME, after)
    narrowed = {
        **_seen_by(actor),
        "conference_states": [state.value for state in states or ConferenceState],
    }
    after_at = moment_of(sort_key or "1970-01-01T00:00:00+00:00")
    records = await tx.run(
        _PAGE, **narrowed, after_at=after_at, after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=_conference, sort_column="due_at")


async def conference_by_id(tx: ReadTransaction, actor: Actor, conference_id: str) -> ConferenceRow:
    """
    Give one conference.

    Raises
    ------
    NotFoundError
        On no need that the actor may see.
    """
    found = await conferences_by_ids(tx, actor, [conference_id])
    if conference_id not in found:
        raise NotFoundError("no such conference", kind="conference", id=conference_id)
    return found[conference_id]


async def conferences_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, ConferenceRow]:
    """Give the conferences among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, ids=listed(list(set(ids))), **_seen_by(actor))
    return {text(record, "id"): _conference(record) for record in records}
