"""Matching rounds, their figures, and what became of every need in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.rounds import RoundState
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """
    A round's certificate and figures.

    ``value`` and ``bound`` are objective points, ``gap`` a fraction. ``summary`` holds the report's
    numbers as ``workflows.report.summarise`` writes them.
    """

    id: str
    state: RoundState
    region_id: str | None
    region_path: str
    as_of: datetime
    policy_id: str
    snapshot_digest: str
    plan_digest: str
    status: str
    seed: int
    needs: int
    fulfilled: int
    amount_allocated_fen: int
    value: int
    bound: int
    gap: float
    summary: Mapping[str, object]
    created_by: str
    published_by: str | None
    created_at: datetime
    published_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """What a round gave one need and why: a code of ``locales`` with its parameters."""

    id: str
    round_id: str
    need_id: str
    fulfilled: bool
    reason_code: str
    reason_parameters: Mapping[str, str | int]
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFilter:
    """What a list of rounds is narrowed to."""

    states: tuple[RoundState, ...] = ()


async def page_of_rounds(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: RoundFilter = RoundFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[RoundRow]:
    """Give rounds of the actor's scope, newest first; volunteers see none."""
    raise NotImplementedError


async def round_by_id(tx: ReadTransaction, actor: Actor, round_id: str) -> RoundRow:
    """Give one round. Raises ``NotFoundError``."""
    raise NotImplementedError


async def rounds_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, RoundRow]:
    """Give the rounds among ``ids`` that the actor may see."""
    raise NotImplementedError


async def page_of_outcomes(
    tx: ReadTransaction,
    actor: Actor,
    *,
    round_id: str,
    fulfilled: bool | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[OutcomeRow]:
    """Give what became of each need of a round, by need id; None shows both kinds."""
    raise NotImplementedError
