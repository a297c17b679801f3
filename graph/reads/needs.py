"""Lists of needs as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.time import Window
from graph.columns import (
    flag,
    integer,
    moment,
    moment_or_none,
    real_or_none,
    text,
    text_or_none,
    texts,
)
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import END_OF_TIME, KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.scope import IN_SCOPE, View, listed, scope_paths, view_of

LIST_NAME = "needs"

VISIBLE: LiteralString = (
    IN_SCOPE
    + " AND ((n.category <> 'CHILD_PROTECT' AND n.state IN $states"
    + " AND ($sees_unconsented OR n.consent_recorded OR n.subject_kind = 'INSTITUTION'))"
    + " OR (n.category = 'CHILD_PROTECT' AND n.state IN $child_states))"
)
"""
Beyond the station a need is seen only once its subject agreed to that; an institution speaks for itself. Child
protection is behind a wall of its own: nobody but its named roles passes, whatever else they may see (HC-25).
"""

NEED_COLUMNS: LiteralString = """
RETURN n.id AS id, n.kind AS kind, n.category AS category, n.title AS title, n.detail AS detail,
  n.state AS state, n.urgency AS urgency, n.region_id AS region_id, n.region_path AS region_path,
  n.longitude_deg AS longitude_deg, n.latitude_deg AS latitude_deg, n.place_made_up AS place_made_up,
  n.subject_kind AS subject_kind, n.subject_id AS subject_id, n.situations AS situations,
  n.window_starts AS window_starts, n.window_ends AS window_ends, n.duration_min AS duration_min,
  n.amount_fen AS amount_fen, n.policy_aid_fen AS policy_aid_fen, n.insurance_fen AS insurance_fen,
  n.partial_allowed AS partial_allowed, n.risk AS risk, n.with_child AS with_child,
  n.home_visit AS home_visit, n.demanding AS demanding, n.consent_recorded AS consent_recorded,
  n.posted_by AS posted_by, n.verified_by AS verified_by, n.posted_at AS posted_at, n.round_id AS round_id,
  n.trust AS trust, n.station_id AS station_id, n.state_since AS state_since, n.due_at AS due_at,
  n.verified_at AS verified_at, n.matched_at AS matched_at, n.fulfilled_at AS fulfilled_at,
  n.receipt AS receipt, n.risk_disclosed AS risk_disclosed, n.accepted_in_part AS accepted_in_part,
  n.consent_given_by AS consent_given_by, n.consent_at AS consent_at, n.consent_purpose AS consent_purpose,
  n.consent_taken_by AS consent_taken_by, n.possible_duplicates AS possible_duplicates,
  n.duplicate_reason AS duplicate_reason, n.checked_by AS checked_by, n.series_id AS series_id,
  n.occurs_at AS occurs_at, n.cost_class AS cost_class, n.version AS version, n.source_id AS source_id,
  n.source_row AS source_row,
  n.recorded_at AS recorded_at, coalesce(n.posted_at, n.recorded_at) AS listed_at
"""
_NARROWED: LiteralString = (
    " AND n.region_path STARTS WITH $region_path AND n.category IN $categories AND n.kind IN $kinds"
    " AND n.urgency IN $urgencies AND ($title_part = '' OR n.title CONTAINS $title_part)"
    " AND ($station_id = '' OR n.station_id = $station_id) AND (NOT $overdue_only OR n.due_at < $overdue_at)"
)
_PAGE = Statement(
    "MATCH (n:Need) WHERE " + VISIBLE + _NARROWED + " AND (coalesce(n.posted_at, n.recorded_at) < $after_at"
    " OR (coalesce(n.posted_at, n.recorded_at) = $after_at AND n.id > $after_id))"
    + NEED_COLUMNS
    + "ORDER BY listed_at DESC, id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement("MATCH (n:Need) WHERE " + VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) WHERE " + VISIBLE + NEED_COLUMNS, Access.READ
)
_OF_VISIBLE: LiteralString = "UNWIND $ids AS wanted MATCH (n:Need {id: wanted}) WHERE " + VISIBLE
_SLOTS = Statement(
    _OF_VISIBLE
    + """
    MATCH (s:NeedSlot) WHERE s.need_id = n.id
    OPTIONAL MATCH (h:SlotHold {id: s.id})
    RETURN s.id AS id, s.need_id AS need_id, s.position AS position, s.skill AS skill,
      s.licence AS licence, h.id AS hold_id, h.volunteer_id AS volunteer_id, n.category = 'CHILD_PROTECT' AS child
    ORDER BY need_id, position, id
    """,
    Access.READ,
)
_ITEMS = Statement(
    _OF_VISIBLE
    + """
    MATCH (i:NeedItem) WHERE i.need_id = n.id
    RETURN i.id AS id, i.need_id AS need_id, i.item AS item, i.item_text AS item_text, i.unit AS unit,
      i.quantity AS quantity
    ORDER BY need_id, id
    """,
    Access.READ,
)
_TRANSITIONS = Statement(
    _OF_VISIBLE
    + """
    MATCH (t:NeedTransition) WHERE t.need_id = n.id
    RETURN t.id AS id, t.need_id AS need_id, t.before AS before, t.after AS after, t.actor_id AS actor_id,
      t.reason AS reason, t.round_id AS round_id, t.at AS at, n.category = 'CHILD_PROTECT' AS child
    ORDER BY need_id, at, id
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """
    A need as the actor may see it.

    ``subject_id``, ``detail``, ``situations``, who posted, checked and verified it, its receipt, its consent
    and what looked like it are None or empty for roles other than the desk's; places are None for them too.
    For child protection the desk is that of its named roles. Stored answers of earlier releases lack the
    fields after ``recorded_at``.
    """

    id: str
    kind: NeedKind
    category: NeedCategory
    title: str
    detail: str | None
    state: NeedState
    urgency: Urgency
    region_id: str | None
    region_path: str
    longitude_deg: float | None
    latitude_deg: float | None
    place_made_up: bool
    subject_kind: SubjectKind
    subject_id: str | None
    situations: tuple[str, ...]
    windows: tuple[Window, ...]
    duration_min: int
    amount_fen: int
    policy_aid_fen: int
    insurance_fen: int
    partial_allowed: bool
    risk: RiskLevel
    with_child: bool
    home_visit: bool
    demanding: bool
    consent_recorded: bool
    posted_by: str | None
    verified_by: str | None
    posted_at: datetime | None
    round_id: str | None
    trust: str | None
    version: int
    source_id: str
    source_row: int
    recorded_at: datetime
    station_id: str | None = None
    state_since: datetime | None = None
    due_at: datetime | None = None
    verified_at: datetime | None = None
    matched_at: datetime | None = None
    fulfilled_at: datetime | None = None
    receipt: str | None = None
    risk_disclosed: bool = False
    accepted_in_part: bool = False
    consent_given_by: str | None = None
    consent_at: datetime | None = None
    consent_purpose: str | None = None
    consent_taken_by: str | None = None
    possible_duplicates: tuple[str, ...] = ()
    duplicate_reason: str | None = None
    checked_by: str | None = None
    series_id: str | None = None
    occurs_at: datetime | None = None
    cost_class: str | None = None

    @property
    def gap_fen(self) -> int:
        """Money left to charity after policy aid and insurance, never negative."""
        return max(0, self.amount_fen - self.policy_aid_fen - self.insurance_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """One place for one person; ``volunteer_id`` is who holds it (desk and that volunteer see it)."""

    id: str
    need_id: str
    position: int
    skill: str | None
    licence: str | None
    held: bool
    volunteer_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """Goods asked for."""

    id: str
    need_id: str
    item: str
    item_text: str | None
    unit: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """One step of a need's life."""

    id: str
    need_id: str
    before: NeedState | None
    after: NeedState
    actor_id: str
    reason: str | None
    round_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFilter:
    """
    What a list of needs is narrowed to; empty axes narrow nothing.

    ``text`` is looked for in the title, ``station_id`` is who handles it, ``overdue_at`` keeps those whose state
    was to be left before that moment.
    """

    states: tuple[NeedState, ...] = ()
    categories: tuple[NeedCategory, ...] = ()
    kinds: tuple[NeedKind, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    region_path: str = "/"
    text: str = ""
    station_id: str = ""
    overdue_at: datetime | None = None


def visible_to(view: View, states: Sequence[NeedState] = ()) -> dict[str, list[str] | bool]:
    """Give the parameters of ``VISIBLE`` for a view, narrowed to ``states``; none of them narrow nothing."""
    asked = frozenset(states) or frozenset(NeedState)
    return {
        "states": listed([state.value for state in view.need_states & asked]),
        "child_states": listed([state.value for state in asked] if view.child else []),
        "sees_unconsented": view.desk or view.office,
    }


def _windows(record: Record) -> tuple[Window, ...]:
    pairs = zip(texts(record, "window_starts"), texts(record, "window_ends"), strict=True)
    return tuple(Window(start=datetime.fromisoformat(a), end=datetime.fromisoformat(b)) for a, b in pairs)


def need_of(record: Record, view: View) -> NeedRow:
    """Give the row of a record of ``NEED_COLUMNS``, masked for a view."""
    category = NeedCategory(text(record, "category"))
    desk = view.child if category is NeedCategory.CHILD_PROTECT else view.desk
    return NeedRow(
        id=text(record, "id"),
        kind=NeedKind(text(record, "kind")),
        category=category,
        title=text(record, "title"),
        detail=text_or_none(record, "detail") if desk else None,
        state=NeedState(text(record, "state")),
        urgency=Urgency(text(record, "urgency")),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        longitude_deg=real_or_none(record, "longitude_deg") if desk else None,
        latitude_deg=real_or_none(record, "latitude_deg") if desk else None,
        place_made_up=flag(record, "place_made_up"),
        subject_kind=SubjectKind(text(record, "subject_kind")),
        subject_id=text_or_none(record, "subject_id") if desk else None,
        situations=texts(record, "situations") if desk else (),
        windows=_windows(record),
        duration_min=integer(record, "duration_min"),
        amount_fen=integer(record, "amount_fen"),
        policy_aid_fen=integer(record, "policy_aid_fen"),
        insurance_fen=integer(record, "insurance_fen"),
        partial_allowed=flag(record, "partial_allowed"),
        risk=RiskLevel(text_or_none(record, "risk") or RiskLevel.NONE),
        with_child=flag(record, "with_child"),
        home_visit=flag(record, "home_visit"),
        demanding=flag(record, "demanding"),
        consent_recorded=flag(record, "consent_recorded"),
        posted_by=text_or_none(record, "posted_by") if desk else None,
        verified_by=text_or_none(record, "verified_by") if desk else None,
        posted_at=moment_or_none(record, "posted_at"),
        round_id=text_or_none(record, "round_id"),
        trust=text_or_none(record, "trust"),
        version=integer(record, "version"),
        source_id=text(record, "source_id"),
        source_row=integer(record, "source_row"),
        recorded_at=moment(record, "recorded_at"),
        station_id=text_or_none(record, "station_id"),
        state_since=moment_or_none(record, "state_since"),
        due_at=moment_or_none(record, "due_at"),
        verified_at=moment_or_none(record, "verified_at"),
        matched_at=moment_or_none(record, "matched_at"),
        fulfilled_at=moment_or_none(record, "fulfilled_at"),
        receipt=text_or_none(record, "receipt") if desk else None,
        risk_disclosed=flag(record, "risk_disclosed"),
        accepted_in_part=flag(record, "accepted_in_part"),
        consent_given_by=text_or_none(record, "consent_given_by") if desk else None,
        consent_at=moment_or_none(record, "consent_at") if desk else None,
        consent_purpose=text_or_none(record, "consent_purpose") if desk else None,
        consent_taken_by=text_or_none(record, "consent_taken_by") if desk else None,
        possible_duplicates=texts(record, "possible_duplicates") if desk else (),
        duplicate_reason=text_or_none(record, "duplicate_reason") if desk else None,
        cost_class=text_or_none(record, "cost_class"),
        checked_by=text_or_none(record, "checked_by") if desk else None,
        series_id=text_or_none(record, "series_id"),
        occurs_at=moment_or_none(record, "occurs_at"),
    )


async def page_of_needs(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: NeedFilter = NeedFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[NeedRow]:
    """Give needs of the actor's scope, newest first."""
    view = view_of(actor)
    sort_key, after_id = start_of(LIST_NAME, after)
    narrowed = {
        "scope_paths": scope_paths(actor),
        **visible_to(view, filter.states),
        "region_path": filter.region_path,
        "categories": [category.value for category in filter.categories or NeedCategory],
        "kinds": [kind.value for kind in filter.kinds or NeedKind],
        "urgencies": [urgency.value for urgency in filter.urgencies or Urgency],
        "title_part": filter.text,
        "station_id": filter.station_id,
        "overdue_only": filter.overdue_at is not None,
        "overdue_at": filter.overdue_at or END_OF_TIME,
    }
    limit = page_size(first) + 1
    records = await tx.run(_PAGE, **narrowed, after_at=moment_of(sort_key), after_id=after_id, limit=limit)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(
        LIST_NAME, records, first, total, row=lambda record: need_of(record, view), sort_column="listed_at"
    )


async def need_by_id(tx: ReadTransaction, actor: Actor, need_id: str) -> NeedRow:
    """
    Give one need.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await needs_by_ids(tx, actor, [need_id])
    if need_id not in found:
        raise NotFoundError("no such need", kind="need", id=need_id)
    return found[need_id]


async def needs_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, NeedRow]:
    """Give the needs among ``ids`` that the actor may see, for batched loading."""
    view = view_of(actor)
    rows = (need_of(record, view) for record in await _of_visible(tx, actor, _BY_IDS, ids))
    return {row.id: row for row in rows}


async def _of_visible(
    tx: ReadTransaction, actor: Actor, statement: Statement, ids: Sequence[str]
) -> list[Record]:
    if not ids:
        return []
    return await tx.run(
        statement,
        ids=sorted(set(ids)),
        scope_paths=scope_paths(actor),
        **visible_to(view_of(actor)),
    )


async def slots_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[SlotRow, ...]]:
    """Give the slots of the needs the actor may see, by position; needs without slots are absent."""
    view = view_of(actor)
    slots: dict[str, tuple[SlotRow, ...]] = {}
    for record in await _of_visible(tx, actor, _SLOTS, ids):
        holder = text_or_none(record, "volunteer_id")
        sees_all = view.child if flag(record, "child") else view.desk
        row = SlotRow(
            id=text(record, "id"),
            need_id=text(record, "need_id"),
            position=integer(record, "position"),
            skill=text_or_none(record, "skill"),
            licence=text_or_none(record, "licence"),
            held=record["hold_id"] is not None,
            volunteer_id=holder if sees_all or holder == view.volunteer_id else None,
        )
        slots[row.need_id] = (*slots.get(row.need_id, ()), row)
    return slots


async def items_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ItemRow, ...]]:
    """Give the goods asked for by the needs the actor may see."""
    items: dict[str, tuple[ItemRow, ...]] = {}
    for record in await _of_visible(tx, actor, _ITEMS, ids):
        row = ItemRow(
            id=text(record, "id"),
            need_id=text(record, "need_id"),
            item=text(record, "item"),
            item_text=text_or_none(record, "item_text"),
            unit=text(record, "unit"),
            quantity=integer(record, "quantity"),
        )
        items[row.need_id] = (*items.get(row.need_id, ()), row)
    return items


async def transitions_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[TransitionRow, ...]]:
    """
    Give the steps of the needs the actor may see, oldest first.

    Only the desk and the office see any, and the roles of child protection those of its needs.
    """
    view = view_of(actor)
    if not (view.desk or view.office or view.child):
        return {}
    steps: dict[str, tuple[TransitionRow, ...]] = {}
    for record in await _of_visible(tx, actor, _TRANSITIONS, ids):
        if not (view.desk or view.office or flag(record, "child")):
            continue
        before = text_or_none(record, "before")
        row = TransitionRow(
            id=text(record, "id"),
            need_id=text(record, "need_id"),
            before=NeedState(before) if before else None,
            after=NeedState(text(record, "after")),
            actor_id=text(record, "actor_id"),
            reason=text_or_none(record, "reason"),
            round_id=text_or_none(record, "round_id"),
            at=moment(record, "at"),
        )
        steps[row.need_id] = (*steps.get(row.need_id, ()), row)
    return steps
