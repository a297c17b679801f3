"""Lists of funds and of who holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.funds import FundState
from domain.giving import FundType
from domain.purposes import BeneficiaryScope
from graph.columns import day_or_none, integer, integer_or_none, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement
from graph.reads.held import HELD as VISIBLE
from graph.reads.held import held_by as visible_to
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths

LIST_NAME = "funds"

FUND_COLUMNS: LiteralString = """
RETURN n.id AS id, n.name AS name, n.type AS type, n.organisation_id AS organisation_id,
  n.region_id AS region_id, n.region_path AS region_path, n.categories AS categories,
  n.situations AS situations, n.restricted_regions AS restricted_regions, n.valid_from AS valid_from,
  n.valid_to AS valid_to, n.received_fen AS received_fen, n.reserved_fen AS reserved_fen,
  n.spent_fen AS spent_fen, n.returned_fen AS returned_fen, n.transferred_fen AS transferred_fen,
  n.case_cap_fen AS case_cap_fen, n.beneficiary_scope AS beneficiary_scope, n.state AS state,
  n.closed_at AS closed_at, n.parent_fund_id AS parent_fund_id, n.sponsor_id AS sponsor_id,
  n.siblings AS siblings, n.manager_ids AS manager_ids, n.float_fen AS float_fen,
  n.pay_first_fen AS pay_first_fen, n.version AS version
"""
_NARROWED: LiteralString = (
    " AND n.type IN $types AND ($organisation_id = '' OR n.organisation_id = $organisation_id)"
)
_PAGE = Statement(
    "MATCH (n:Fund) WHERE "
    + VISIBLE
    + _NARROWED
    + " AND n.id > $after_id"
    + FUND_COLUMNS
    + "ORDER BY id LIMIT $limit",
    Access.READ,
)
_COUNT = Statement("MATCH (n:Fund) WHERE " + VISIBLE + _NARROWED + " RETURN count(*) AS total", Access.READ)
_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Fund {id: wanted}) WHERE " + VISIBLE + FUND_COLUMNS, Access.READ
)
_ORGANISATIONS_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:Organisation {id: wanted}) WHERE ("
    + IN_SCOPE
    + """ OR n.id IN $scope_organisations)
    RETURN n.id AS id, n.name AS name, n.kind AS kind, n.credit_code AS credit_code,
      n.region_id AS region_id, n.region_path AS region_path
    """,
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRow:
    """
    A fund's purpose and balances, its earmarks' left out.

    ``available_fen`` is received - reserved - spent - returned + transferred; ``transferred_fen`` is what came from
    other books less what went to them. ``float_fen`` and ``pay_first_fen`` are an imprest's.
    """

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
    returned_fen: int = 0
    transferred_fen: int = 0
    beneficiary_scope: BeneficiaryScope = BeneficiaryScope.ANYONE
    state: FundState = FundState.OPEN
    closed_at: datetime | None = None
    parent_fund_id: str | None = None
    sponsor_id: str | None = None
    siblings: tuple[str, ...] = ()
    manager_ids: tuple[str, ...] = ()
    float_fen: int | None = None
    pay_first_fen: int | None = None


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


def fund_of(record: Record) -> FundRow:
    """Give the row of a record of ``FUND_COLUMNS``."""
    received, reserved, spent = (integer(record, f"{name}_fen") for name in ("received", "reserved", "spent"))
    returned, transferred = integer(record, "returned_fen"), integer(record, "transferred_fen")
    return FundRow(
        id=text(record, "id"),
        name=text(record, "name"),
        type=FundType(text_or_none(record, "type") or FundType.GENERAL),
        organisation_id=text(record, "organisation_id"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        categories=texts(record, "categories"),
        situations=texts(record, "situations"),
        restricted_regions=texts(record, "restricted_regions"),
        valid_from=day_or_none(record, "valid_from"),
        valid_to=day_or_none(record, "valid_to"),
        received_fen=received,
        reserved_fen=reserved,
        spent_fen=spent,
        available_fen=received - reserved - spent - returned + transferred,
        case_cap_fen=integer_or_none(record, "case_cap_fen"),
        version=integer(record, "version"),
        returned_fen=returned,
        transferred_fen=transferred,
        beneficiary_scope=BeneficiaryScope(
            text_or_none(record, "beneficiary_scope") or BeneficiaryScope.ANYONE
        ),
        state=FundState(text_or_none(record, "state") or FundState.OPEN),
        closed_at=moment_or_none(record, "closed_at"),
        parent_fund_id=text_or_none(record, "parent_fund_id"),
        sponsor_id=text_or_none(record, "sponsor_id"),
        siblings=texts(record, "siblings"),
        manager_ids=texts(record, "manager_ids"),
        float_fen=integer_or_none(record, "float_fen"),
        pay_first_fen=integer_or_none(record, "pay_first_fen"),
    )


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
    narrowed = {
        **visible_to(actor),
        "types": [kind.value for kind in filter.types or FundType],
        "organisation_id": filter.organisation_id or "",
    }
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(_PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(_COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=fund_of, sort_column="id")


async def fund_by_id(tx: ReadTransaction, actor: Actor, fund_id: str) -> FundRow:
    """
    Give one fund.

    Raises
    ------
    NotFoundError
        Outside the scope as for an id that does not exist.
    """
    found = await funds_by_ids(tx, actor, [fund_id])
    if fund_id not in found:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    return found[fund_id]


async def funds_by_ids(tx: ReadTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, FundRow]:
    """Give the funds among ``ids`` that the actor may see."""
    records = await tx.run(_BY_IDS, **visible_to(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): fund_of(record) for record in records}


async def organisations_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, OrganisationRow]:
    """Give the organisations among ``ids`` in the actor's regions or of the actor's own."""
    records = await tx.run(
        _ORGANISATIONS_BY_IDS,
        ids=listed(list(set(ids))),
        scope_paths=scope_paths(actor),
        scope_organisations=scope_organisations(actor),
    )
    return {
        text(record, "id"): OrganisationRow(
            id=text(record, "id"),
            name=text(record, "name"),
            kind=text(record, "kind"),
            credit_code=text_or_none(record, "credit_code"),
            region_id=text_or_none(record, "region_id"),
            region_path=text(record, "region_path"),
        )
        for record in records
    }
