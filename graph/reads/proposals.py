"""Proposals of rounds, and claims that volunteers made by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.rounds import ClaimState, ProposalKind, ProposalState
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page


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
    offer_id: str | None
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
    """A slot that a volunteer took."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilter:
    """What a list of proposals is narrowed to; empty axes narrow nothing."""

    round_id: str | None = None
    need_id: str | None = None
    kinds: tuple[ProposalKind, ...] = ()
    states: tuple[ProposalState, ...] = ()


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
    raise NotImplementedError


async def proposal_by_id(tx: ReadTransaction, actor: Actor, proposal_id: str) -> ProposalRow:
    """Give one proposal. Raises ``NotFoundError``."""
    raise NotImplementedError


async def proposals_of_rounds(
    tx: ReadTransaction, actor: Actor, round_ids: Sequence[str]
) -> dict[str, tuple[ProposalRow, ...]]:
    """Give all proposals of the rounds that the actor may see, for whole-round reports."""
    raise NotImplementedError


async def claims_of_volunteers(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ClaimRow, ...]]:
    """Give claims by volunteer, newest first: a volunteer sees their own, the desk those of its regions."""
    raise NotImplementedError
