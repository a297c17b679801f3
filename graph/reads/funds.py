"""Lists of funds and of who holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.actors import Actor
from domain.giving import FundType
from graph.ports import ReadTransaction
from graph.reads.pages import KeysetPosition, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRow:
    """A fund's purpose and balances. ``available_fen`` is received - reserved - spent."""

    id: str
    name: str
    type: FundType
    organisation_id: str
    region_id: str | None
    region_path: str
    categories: tuple[str, ...]
    situations: tuple[str, ...]
    restricted_regions: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    received_fen: int
    reserved_fen: int
    spent_fen: int
    available_fen: int
    case_cap_fen: int | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """An organisation's public face."""

    id: str
    name: str
    kind: str
    credit_code: str | None
    region_id: str | None
    region_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FundFilter:
    """What a list of funds is narrowed to; empty axes narrow nothing."""

    types: tuple[FundType, ...] = ()
    organisation_id: str | None = None


async def page_of_funds(
    tx: ReadTransaction,
    actor: Actor,
    *,
    filter: FundFilter = FundFilter(),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[FundRow]:
    """
    Give funds by id.

    An officer of a federation sees the funds of the organisations of their scope; the desk and auditors see
    those of their regions; volunteers see none.
    """
    raise NotImplementedError


async def fund_by_id(tx: ReadTransaction, actor: Actor, fund_id: str) -> FundRow:
    """Give one fund. Raises ``NotFoundError``."""
    raise NotImplementedError


async def funds_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, FundRow]:
    """Give the funds among ``ids`` that the actor may see."""
    raise NotImplementedError


async def organisations_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, OrganisationRow]:
    """Give the organisations among ``ids`` in the actor's regions or of the actor's own."""
    raise NotImplementedError
