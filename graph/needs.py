"""
Needs as use cases write them: locked first, then read, then changed.

A lock bumps the version, so on a read-committed engine nobody else changes the need until the unit ends, and
a reader who holds an older version is told so.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.actors import Actor, Role
from domain.errors import InvariantError, NotFoundError, StaleVersionError
from domain.needs import Need, NeedCategory, NeedState, SubjectKind, check_transition
from domain.provenance import MANUAL_SOURCE
from domain.time import aware_utc
from graph.columns import integer, text, text_or_none
from graph.need_clocks import armed
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction
from graph.reads.needs import NEED_COLUMNS, NeedRow, need_of
from graph.reads.proposals import ProposalRow
from graph.scope import CHILD_DESK, IN_SCOPE, NOTHING, View, scope_paths

LOCK = Statement(
    "MATCH (n:Need {id: $id}) WHERE "
    + IN_SCOPE
    + " SET n.version = n.version + 1 RETURN n.version AS version",
    Access.WRITE,
)
# Locked without a change: what goes on beside a need leaves the version that people read.
HOLD_ANY = Statement(
    "MATCH (n:Need {id: $id}) SET n.version = n.version RETURN n.version AS version", Access.WRITE
)
LOCK_ANY = Statement("MATCH (n:Need {id: $id}) SET n.version = n.version + 1 RETURN n.id AS id", Access.WRITE)
READ_LOCKED = Statement("MATCH (n:Need {id: $id})" + NEED_COLUMNS, Access.READ)
CREATE = Statement(
    """
    CREATE (:Need {id: $id, kind: $kind, category: $category, title: $title, detail: $detail, state: $state,
      urgency: $urgency, region_id: $region_id, region_path: $region_path, longitude_deg: $longitude_deg,
      latitude_deg: $latitude_deg, place_made_up: $place_made_up, subject_kind: $subject_kind,
      subject_id: $subject_id, situations: $situations, window_starts: $window_starts,
      window_ends: $window_ends, duration_min: $duration_min, amount_fen: $amount_fen,
      policy_aid_fen: $policy_aid_fen, insurance_fen: $insurance_fen, cost_class: $cost_class,
      partial_allowed: $partial_allowed,
      risk: $risk, with_child: $with_child, home_visit: $home_visit, demanding: $demanding,
      consent_recorded: $consent_recorded, consent_given_by: $consent_given_by, consent_at: $consent_at,
      consent_purpose: $consent_purpose, consent_taken_by: $consent_taken_by, risk_disclosed: $risk_disclosed,
      station_id: $station_id, receipt: $receipt, contact_tail: $contact_tail,
      possible_duplicates: $possible_duplicates, duplicate_reason: $duplicate_reason, series_id: $series_id,
      occurs_at: $occurs_at, posted_by: $posted_by, posted_at: $posted_at, state_since: $posted_at,
      due_at: $due_at, tick_at: $tick_at, clock_step: 0, version: 1,
      source_id: $source_id, source_row: 0, recorded_at: $posted_at})
    """,
    Access.WRITE,
)
CREATE_SLOT = Statement(
    """
    CREATE (:NeedSlot {id: $id, need_id: $need_id, position: $position, skill: $skill, licence: $licence,
      region_path: $region_path})
    """,
    Access.WRITE,
)
JOIN_SLOT = Statement(
    "MATCH (n:Need {id: $need_id}) MATCH (s:NeedSlot {id: $id})"
    " CREATE (n)-[:HAS_SLOT {source_id: $source_id}]->(s)",
    Access.WRITE,
)
CREATE_ITEM = Statement(
    """
    CREATE (:NeedItem {id: $id, need_id: $need_id, item: $item, item_text: $item_text, unit: $unit,
      quantity: $quantity, region_path: $region_path, source_id: $source_id, source_row: 0,
      recorded_at: $recorded_at})
    """,
    Access.WRITE,
)
JOIN_ITEM = Statement(
    "MATCH (n:Need {id: $need_id}) MATCH (i:NeedItem {id: $id})"
    " CREATE (n)-[:ASKS_FOR {source_id: $source_id}]->(i)",
    Access.WRITE,
)
JOIN_REGION = Statement(
    "MATCH (n:Need {id: $need_id}) MATCH (r:Region {id: $id})"
    " CREATE (n)-[:LOCATED_IN {source_id: $source_id}]->(r)",
    Access.WRITE,
)
JOIN_HOUSEHOLD = Statement(
    "MATCH (n:Need {id: $need_id}) MATCH (h:Household {id: $id})"
    " CREATE (h)-[:HAS_NEED {source_id: $source_id}]->(n)",
    Access.WRITE,
)
JOIN_INSTITUTION = Statement(
    "MATCH (n:Need {id: $need_id}) MATCH (o:Organisation {id: $id})"
    " CREATE (o)-[:HAS_NEED {source_id: $source_id}]->(n)",
    Access.WRITE,
)
MOVE = Statement(
    """
    MATCH (n:Need {id: $id}) SET n.state = $after, n.verified_by = $verified_by, n.round_id = $round_id,
      n.state_since = $at, n.due_at = $due_at, n.tick_at = $tick_at, n.clock_step = 0,
      n.verified_at = $verified_at, n.matched_at = $matched_at, n.fulfilled_at = $fulfilled_at,
      n.days_to_fulfil = $days_to_fulfil
    """,
    Access.WRITE,
)
CREATE_TRANSITION = Statement(
    """
    CREATE (:NeedTransition {id: $id, need_id: $need_id, before: $before, after: $after, actor_id: $actor_id,
      reason: $reason, round_id: $round_id, at: $at, region_path: $region_path})
    """,
    Access.WRITE,
)
LAST_REPORT = Statement(
    "MATCH (t:NeedTransition) WHERE t.need_id = $need_id AND t.after = 'DONE'"
    " RETURN t.actor_id AS actor_id, t.reason AS reason, t.id AS id ORDER BY id DESC LIMIT 1",
    Access.READ,
)
OPEN_ALIKE = Statement(
    """
    MATCH (n:Need) WHERE n.subject_id = $subject_id AND n.id <> $id AND n.kind = $kind
      AND n.category = $category AND n.state IN $states AND n.series_id IS NULL
    RETURN n.id AS id ORDER BY id LIMIT 1
    """,
    Access.READ,
)

_EVERYTHING = View(desk=True, office=True, federation=True, volunteer_id=NOTHING, child=True)
_PROMISED = frozenset({NeedState.MATCHED, NeedState.OFFERED, NeedState.PARTIAL, NeedState.ACCEPTED})
_FULFILLED = frozenset({NeedState.CONFIRMED, NeedState.CLOSED})


def transition_id(need_id: str, version: int, after: NeedState) -> str:
    """Give the key of a step: a version is left once, and keys sort as steps happen."""
    return f"{need_id}:{version:06d}:{after.value}"


async def lock_need(
    tx: WriteTransaction, actor: Actor, need_id: str, *, expected_version: int | None = None
) -> NeedRow:
    """
    Take a need for changing and give it whole, with its new version.

    Raises
    ------
    NotFoundError
        Not within the actor's scope, or behind the wall of child protection (HC-25).
    StaleVersionError
        Its version was not ``expected_version``.
    """
    locked = await tx.run(LOCK, id=need_id, scope_paths=scope_paths(actor))
    if not locked:
        raise NotFoundError("no such need", kind="need", id=need_id)
    need = need_of((await tx.run(READ_LOCKED, id=need_id))[0], _EVERYTHING)
    if not _is_theirs(actor, need):
        # The rule is for logs and tests; clients are told of something not found as of something that never was.
        raise NotFoundError("no such need", kind="need", id=need_id, rule="HC-25")
    found = integer(locked[0], "version") - 1
    if expected_version is not None and found != expected_version:
        raise StaleVersionError(
            "the need has changed since it was read", id=need_id, expected=expected_version, found=found
        )
    return need


def _is_theirs(actor: Actor, need: NeedRow) -> bool:
    if need.category is NeedCategory.CHILD_PROTECT:
        return bool(actor.roles & (CHILD_DESK | {Role.CLOCK}))
    return bool(actor.roles - CHILD_DESK)


async def read_need(tx: ReadTransaction, need_id: str) -> NeedRow:
    """
    Give a need that a unit of work has taken in another way, whole.

    Raises
    ------
    NotFoundError
        It has gone.
    """
    found = await tx.run(READ_LOCKED, id=need_id)
    if not found:
        raise NotFoundError("no such need", kind="need", id=need_id)
    return need_of(found[0], _EVERYTHING)


async def need_as_it_is(tx: ReadTransaction, need_id: str) -> NeedRow:
    """
    Give a need whole without taking it; whoever may see what depends on it has been asked before.

    Raises
    ------
    NotFoundError
        There is no such need.
    """
    found = await tx.run(READ_LOCKED, id=need_id)
    if not found:
        raise NotFoundError("no such need", kind="need", id=need_id)
    return need_of(found[0], _EVERYTHING)


async def lock_any_need(tx: WriteTransaction, need_id: str) -> NeedRow:
    """
    Take a need for changing, wherever it lies: who is asked about it may lead it on.

    Raises
    ------
    InvariantError
        What speaks of it stands, and it does not.
    """
    if not await tx.run(LOCK_ANY, id=need_id):
        raise InvariantError("the need of a proposal, an offer or a claim has gone", id=need_id)
    return need_of((await tx.run(READ_LOCKED, id=need_id))[0], _EVERYTHING)


async def hold_any_need(tx: WriteTransaction, need_id: str) -> NeedRow:
    """
    Keep a need as it is until the unit ends, for what goes on beside it; its version stays, so it is not moved.

    Raises
    ------
    InvariantError
        What speaks of it stands, and it does not.
    """
    if not await tx.run(HOLD_ANY, id=need_id):
        raise InvariantError("the need of an allocation has gone", id=need_id)
    return need_of((await tx.run(READ_LOCKED, id=need_id))[0], _EVERYTHING)


async def lock_need_of(tx: WriteTransaction, proposal: ProposalRow) -> NeedRow:
    """
    Take the need of a proposal for changing.

    Who may answer the proposal may lead its need on: an officer's scope is an organisation, not a region.
    """
    return await lock_any_need(tx, proposal.need_id)


async def move_need(
    tx: WriteTransaction,
    actor: Actor,
    need: NeedRow,
    after: NeedState,
    *,
    at: datetime,
    reason: str | None = None,
    round_id: str | None = None,
    verified_by: str | None = None,
    due_at: datetime | None = None,
) -> NeedRow:
    """
    Lead a locked need one step on, take the step down, set its clock, and give the need as it is then.

    ``due_at`` is a deadline that people set, which comes before that of the state's clock.

    Raises
    ------
    TransitionError
        The state machine has no such step.
    """
    check_transition(need.state, after)
    deadline = armed(after, need.urgency, need.region_path, since=at, windows=need.windows)
    fulfilled_at = (need.fulfilled_at or at) if after in _FULFILLED else None
    moved = replace(
        need,
        state=after,
        state_since=at,
        due_at=due_at or deadline.due_at,
        round_id=round_id or need.round_id,
        verified_by=verified_by or need.verified_by,
        verified_at=need.verified_at or (at if after is NeedState.VERIFIED else None),
        matched_at=need.matched_at or (at if after in _PROMISED else None),
        fulfilled_at=fulfilled_at,
    )
    await tx.run(
        MOVE,
        id=need.id,
        after=after.value,
        verified_by=moved.verified_by,
        round_id=moved.round_id,
        at=at,
        due_at=moved.due_at,
        tick_at=due_at or deadline.tick_at,
        verified_at=moved.verified_at,
        matched_at=moved.matched_at,
        fulfilled_at=fulfilled_at,
        days_to_fulfil=None
        if fulfilled_at is None
        else (fulfilled_at - (need.posted_at or need.recorded_at)).days,
    )
    await tx.run(
        CREATE_TRANSITION,
        id=transition_id(need.id, need.version, after),
        need_id=need.id,
        before=need.state.value,
        after=after.value,
        actor_id=actor.id,
        reason=reason,
        round_id=moved.round_id,
        at=at,
        region_path=need.region_path,
    )
    return moved


async def last_report(tx: ReadTransaction, need_id: str) -> tuple[str | None, str | None]:
    """Give who reported last that everything was given, and what they named as evidence."""
    found = await tx.run(LAST_REPORT, need_id=need_id)
    return (text_or_none(found[0], "actor_id"), text_or_none(found[0], "reason")) if found else (None, None)


async def open_alike(tx: ReadTransaction, need: NeedRow, states: frozenset[NeedState]) -> str | None:
    """Give another need of the same subject, kind and category in one of the states, or None."""
    if need.subject_id is None:
        return None
    found = await tx.run(
        OPEN_ALIKE,
        subject_id=need.subject_id,
        id=need.id,
        kind=need.kind.value,
        category=need.category.value,
        states=sorted(state.value for state in states),
    )
    return text(found[0], "id") if found else None


async def create_need(
    tx: WriteTransaction,
    need: Need,
    *,
    detail: str | None,
    region_path: str,
    item_texts: Mapping[str, str | None],
    at: datetime,
) -> None:
    """Write a typed-in need with its slots, items, place and subject, and its first step."""
    place = need.place
    consent = need.consent
    deadline = armed(need.state, need.urgency, region_path, since=at, windows=need.windows)
    await tx.run(
        CREATE,
        id=need.id,
        kind=need.kind.value,
        category=need.category.value,
        title=need.title,
        detail=detail,
        state=need.state.value,
        urgency=need.urgency.value,
        region_id=need.region.id,
        region_path=region_path,
        longitude_deg=place.longitude_deg if place else None,
        latitude_deg=place.latitude_deg if place else None,
        place_made_up=place.made_up if place else False,
        subject_kind=need.subject_kind.value,
        subject_id=need.subject_id,
        situations=sorted(situation.value for situation in need.situations),
        window_starts=[aware_utc(window.start).isoformat() for window in need.windows],
        window_ends=[aware_utc(window.end).isoformat() for window in need.windows],
        duration_min=need.duration_min,
        amount_fen=need.amount_fen,
        policy_aid_fen=need.policy_aid_fen,
        insurance_fen=need.insurance_fen,
        cost_class=None if need.cost_class is None else need.cost_class.value,
        partial_allowed=need.partial_allowed,
        risk=need.risk.value,
        with_child=need.with_child,
        home_visit=need.home_visit,
        demanding=need.demanding,
        consent_recorded=need.consent_recorded,
        consent_given_by=consent.given_by.value if consent else None,
        consent_at=consent.at if consent else None,
        consent_purpose=consent.purpose.value if consent else None,
        consent_taken_by=consent.taken_by if consent else None,
        risk_disclosed=need.risk_disclosed,
        station_id=need.station_id,
        receipt=need.receipt,
        contact_tail=need.contact_tail,
        possible_duplicates=list(need.possible_duplicates),
        duplicate_reason=need.duplicate_reason,
        series_id=need.series_id,
        occurs_at=need.occurs_at,
        due_at=deadline.due_at,
        tick_at=deadline.tick_at,
        posted_by=need.posted_by,
        posted_at=at,
        source_id=MANUAL_SOURCE,
    )
    await _create_parts(tx, need, region_path, item_texts, at)
    await _join(tx, JOIN_REGION, need.id, need.region.id)
    if need.subject_id is not None:
        household = need.subject_kind is SubjectKind.HOUSEHOLD
        await _join(tx, JOIN_HOUSEHOLD if household else JOIN_INSTITUTION, need.id, need.subject_id)
    await tx.run(
        CREATE_TRANSITION,
        id=transition_id(need.id, 1, need.state),
        need_id=need.id,
        before=None,
        after=need.state.value,
        actor_id=need.posted_by,
        reason=None,
        round_id=None,
        at=at,
        region_path=region_path,
    )


async def _create_parts(
    tx: WriteTransaction, need: Need, region_path: str, item_texts: Mapping[str, str | None], at: datetime
) -> None:
    for slot in need.slots:
        await tx.run(
            CREATE_SLOT,
            id=slot.id,
            need_id=need.id,
            position=slot.position,
            skill=slot.skill.value if slot.skill else None,
            licence=slot.licence.value if slot.licence else None,
            region_path=region_path,
        )
        await _join(tx, JOIN_SLOT, need.id, slot.id)
    for item in need.items:
        await tx.run(
            CREATE_ITEM,
            id=item.id,
            need_id=need.id,
            item=item.item,
            item_text=item_texts.get(item.id),
            unit=item.unit,
            quantity=item.quantity,
            region_path=region_path,
            source_id=MANUAL_SOURCE,
            recorded_at=at,
        )
        await _join(tx, JOIN_ITEM, need.id, item.id)


async def _join(tx: WriteTransaction, statement: Statement, need_id: str, other_id: str) -> None:
    await tx.run(statement, need_id=need_id, id=other_id, source_id=MANUAL_SOURCE)
