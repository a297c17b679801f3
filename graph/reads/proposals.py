"""Proposals of rounds, and claims that volunteers made by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.rounds import ClaimState, ProposalKind, ProposalState
from graph.columns import integer, integer_or_none, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.reads.rounds import reason_parameters_of
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths, view_of

LIST_NAME = "proposals"

VISIBLE: LiteralString = (
    "(($sees_all AND "
    + IN_SCOPE
    + """)
    OR (n.volunteer_id = $volunteer_id AND n.state <> 'PROPOSED')
    OR ($by_organisation AND n.state <> 'PROPOSED' AND (
      EXISTS { MATCH (f:Fund) WHERE f.id = n.fund_id AND f.organisation_id IN $scope_organisations }
      OR EXISTS { MATCH (o:InKindOffer) WHERE o.id = n.offer_id AND o.owner_id IN $scope_organisations })))"""
)
PROPOSAL_COLUMNS: LiteralString = """
RETURN n.id AS id, n.round_id AS round_id, n.kind AS kind, n.state AS state, n.need_id AS need_id,
  n.slot_id AS slot_id, n.volunteer_id AS volunteer_id, n.fund_id AS fund_id, n.earmark_id AS earmark_id,
  n.review_path AS review_path,
  n.offer_id AS offer_id,
  n.need_item_id AS need_item_id, n.amount_fen AS amount_fen, n.quantity AS quantity,
  n.window_start AS window_start, n.window_end AS window_end, n.distance_m AS distance_m,
  n.reason_code AS reason_code,
  n.reason_parameters AS reason_parameters, n.region_path AS region_path, n.version AS version
"""
_NARROWED: LiteralString = (
    " AND n.kind IN $kinds AND n.state IN $states AND ($round_id = '' OR n.round_id = $round_id)"
    " AND ($need_id = '' OR n.need_id = $need_id)"
)
_PAGE = Statement(
    "MATCH (n:Proposal) WHERE "
    + VISIBLE
    + _NARROWED
    + " AND n.id > $after_id"
    + PROPOSAL_COLUMNS
    + "ORDER BY id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement(
    "MATCH (n:Proposal) WHERE " + VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ
)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Proposal {id: wanted}) WHERE " + VISIBLE + PROPOSAL_COLUMNS, Access.READ
)
_OF_ROUNDS = Statement(
    "MATCH (n:Proposal) WHERE n.round_id IN $ids AND " + VISIBLE + PROPOSAL_COLUMNS + "ORDER BY round_id, id",
    Access.READ,
)
CLAIM_COLUMNS: LiteralString = """
RETURN n.id AS id, n.need_id AS need_id, n.slot_id AS slot_id, n.volunteer_id AS volunteer_id,
  n.state AS state, n.window_start AS window_start, n.window_end AS window_end,
  n.claimed_at AS claimed_at, n.claimed_by AS claimed_by, n.region_path AS region_path,
  n.version AS version, n.organisation_id AS organisation_id, n.confirmed_at AS confirmed_at,
  n.ended_at AS ended_at, n.lead_minutes AS lead_minutes
"""
_CLAIMS = Statement(
    "MATCH (n:Claim) WHERE n.volunteer_id IN $ids AND "
    + IN_SCOPE
    + " AND ($sees_all OR n.volunteer_id = $volunteer_id)"
    + CLAIM_COLUMNS
    + "ORDER BY volunteer_id, claimed_at DESC, id",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One line of a plan: a volunteer in a slot, fen of a fund, or units of a stock line."""

    id: str
    round_id: str
    kind: ProposalKind
    state: ProposalState
    need_id: str
    slot_id: str | None
    volunteer_id: str | None
    fund_id: str | None
    earmark_id: str | None
    review_path: str | None
    offer_id: str | None
    need_item_id: str | None
    amount_fen: int | None
    quantity: int | None
    window_start: datetime | None
    window_end: datetime | None
    distance_m: int | None
    reason_code: str
    reason_parameters: Mapping[str, str | int]
    region_path: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """
    A slot that a volunteer took.

    ``organisation_id`` is the team or enterprise that held the slot for them, ``lead_minutes`` how long before
    its time a claim was given back: negative after it had begun, None where no time had been set.
    """

    id: str
    need_id: str
    slot_id: str
    volunteer_id: str
    state: ClaimState
    window_start: datetime | None
    window_end: datetime | None
    claimed_at: datetime
    claimed_by: str
    region_path: str
    version: int
    organisation_id: str | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    lead_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilter:
    """What a list of proposals is narrowed to; empty axes narrow nothing."""

    round_id: str | None = None
    need_id: str | None = None
    kinds: tuple[ProposalKind, ...] = ()
    states: tuple[ProposalState, ...] = ()


def visible_to(actor: Actor) -> dict[str, list[str] | str | bool]:
    """Give the parameters of ``VISIBLE``."""
    view = view_of(actor)
    return {
        "scope_paths": scope_paths(actor),
        "scope_organisations": scope_organisations(actor),
        "sees_all": view.desk or view.office,
        "volunteer_id": view.volunteer_id,
        "by_organisation": view.federation,
    }


def proposal_of(record: Record) -> ProposalRow:
    """Give the row of a record of ``PROPOSAL_COLUMNS``."""
    return ProposalRow(
        id=text(record, "id"),
        round_id=text(record, "round_id"),
        kind=ProposalKind(text(record, "kind")),
        state=ProposalState(text(record, "state")),
        need_id=text(record, "need_id"),
        slot_id=text_or_none(record, "slot_id"),
        volunteer_id=text_or_none(record, "volunteer_id"),
        fund_id=text_or_none(record, "fund_id"),
        earmark_id=text_or_none(record, "earmark_id"),
        review_path=text_or_none(record, "review_path"),
        offer_id=text_or_none(record, "offer_id"),
        need_item_id=text_or_none(record, "need_item_id"),
        amount_fen=integer_or_none(record, "amount_fen"),
        quantity=integer_or_none(record, "quantity"),
        window_start=moment_or_none(record, "window_start"),
        window_end=moment_or_none(record, "window_end"),
        distance_m=integer_or_none(record, "distance_m"),
        reason_code=text(record, "reason_code"),
        reason_parameters=reason_parameters_of(record),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


def claim_of(record: Record) -> ClaimRow:
    """Give the row of a claim's record."""
    return ClaimRow(
        id=text(record, "id"),
        need_id=text(record, "need_id"),
        slot_id=text(record, "slot_id"),
        volunteer_id=text(record, "volunteer_id"),
        state=ClaimState(text(record, "state")),
        window_start=moment_or_none(record, "window_start"),
        window_end=moment_or_none(record, "window_end"),
        claimed_at=moment(record, "claimed_at"),
        claimed_by=text(record, "claimed_by"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
        organisation_id=text_or_none(record, "organisation_id"),
        confirmed_at=moment_or_none(record, "confirmed_at"),
        ended_at=moment_or_none(record, "ended_at"),
        lead_minutes=integer_or_none(record, "lead_minutes"),
    )


async def page_of_proposals(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: ProposalFilter = ProposalFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[ProposalRow]:
    """
    Give proposals by id.

    The desk sees those of its regions; a volunteer their own, once offered; an officer those of the funds and
    stock of their organisations.
    """
    narrowed = {
        **visible_to(actor),
        "kinds": [kind.value for kind in filter.kinds or ProposalKind],
        "states": [state.value for state in filter.states or ProposalState],
        "round_id": filter.round_id or "",
        "need_id": filter.need_id or "",
    }
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=proposal_of, sort_column="id")


async def proposal_by_id(tx: ReadTransaction, actor: Actor, proposal_id: str) -> ProposalRow:
    """
    Give one proposal.

    Raises
    ------
    NotFoundError
        Outside what the actor may see as for an id that does not exist.
    """
    records = await tx.run(_BY_IDS, **visible_to(actor), ids=[proposal_id])
    if not records:
        raise NotFoundError("no such proposal", kind="proposal", id=proposal_id)
    return proposal_of(records[0])


async def proposals_of_rounds(
    tx: ReadTransaction, actor: Actor, round_ids: Sequence[str]
) -> dict[str, tuple[ProposalRow, ...]]:
    """Give all proposals of the rounds that the actor may see, for whole-round reports."""
    grouped: dict[str, list[ProposalRow]] = {}
    for record in await tx.run(_OF_ROUNDS, **visible_to(actor), ids=listed(list(set(round_ids)))):
        grouped.setdefault(text(record, "round_id"), []).append(proposal_of(record))
    return {round_id: tuple(rows) for round_id, rows in grouped.items()}


async def claims_of_volunteers(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ClaimRow, ...]]:
    """Give claims by volunteer, newest first: a volunteer sees their own, the desk those of its regions."""
    view = view_of(actor)
    records = await tx.run(
        _CLAIMS,
        ids=listed(list(set(ids))),
        scope_paths=scope_paths(actor),
        sees_all=view.desk or view.office,
        volunteer_id=view.volunteer_id,
    )
    grouped: dict[str, list[ClaimRow]] = {}
    for record in records:
        grouped.setdefault(text(record, "volunteer_id"), []).append(claim_of(record))
    return {volunteer_id: tuple(rows) for volunteer_id, rows in grouped.items()}
