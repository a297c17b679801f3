"""Lists of needs as screens and the API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor
from domain.needs import NeedCategory, NeedKind, NeedState, RiskLevel, SubjectKind, Urgency
from domain.time import Window
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """
    A need as the actor may see it.

    ``subject_id``, ``detail``, ``situations``, ``posted_by`` and ``verified_by`` are None or empty for roles
    other than the desk's; places are None for them too.
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
    """What a list of needs is narrowed to; empty axes narrow nothing. ``text`` is looked for in the title."""

    states: tuple[NeedState, ...] = ()
    categories: tuple[NeedCategory, ...] = ()
    kinds: tuple[NeedKind, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    region_path: str = "/"
    text: str = ""


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
    raise NotImplementedError


async def need_by_id(tx: ReadTransaction, actor: Actor, need_id: str) -> NeedRow:
    """Give one need. Raises ``NotFoundError`` outside the scope as for an id that does not exist."""
    raise NotImplementedError


async def needs_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, NeedRow]:
    """Give the needs among ``ids`` that the actor may see, for batched loading."""
    raise NotImplementedError


async def slots_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[SlotRow, ...]]:
    """Give the slots of the needs the actor may see, by position; needs without slots are absent."""
    raise NotImplementedError


async def items_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[ItemRow, ...]]:
    """Give the goods asked for by the needs the actor may see."""
    raise NotImplementedError


async def transitions_of_needs(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, tuple[TransitionRow, ...]]:
    """Give the steps of the needs the actor may see, oldest first. The desk's roles alone see any."""
    raise NotImplementedError
