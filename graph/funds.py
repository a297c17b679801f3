"""
Funds as use cases write them: who answers for them, where they stand, and the purpose in force.

Money is the ledger's; whoever changes a fund locks it first, and its earmarks after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor, Role
from domain.errors import NotFoundError, StaleVersionError
from domain.funds import FundState, ImprestTerms
from domain.giving import FundType
from domain.organisations import OrganisationKind
from domain.provenance import MANUAL_SOURCE
from domain.purposes import Purpose
from graph.columns import flag, integer, integer_or_none, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.purpose_columns import PURPOSE_COLUMNS, SET_PURPOSE, purpose_columns, purpose_of
from graph.scope import IN_SCOPE, listed, scope_organisations, scope_paths

_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.name AS name, n.type AS type, n.organisation_id AS organisation_id,"
    " n.region_id AS region_id, n.region_path AS region_path, n.manager_ids AS manager_ids, n.state AS state,"
    " n.closed_at AS closed_at, n.parent_fund_id AS parent_fund_id, n.sponsor_id AS sponsor_id,"
    " n.siblings AS siblings, n.float_fen AS float_fen, n.pay_first_fen AS pay_first_fen,"
    " n.version AS version," + PURPOSE_COLUMNS
)
CREATE = Statement(
    """
    CREATE (n:Fund {id: $id, name: $name, type: $type, organisation_id: $organisation_id, region_id: $region_id,
      region_path: $region_path, manager_ids: $manager_ids, state: $state, closed_at: $at,
      parent_fund_id: $parent_fund_id, sponsor_id: $sponsor_id, siblings: $siblings, float_fen: $float_fen,
      pay_first_fen: $pay_first_fen, received_fen: 0, reserved_fen: 0, spent_fen: 0, returned_fen: 0,
      transferred_fen: 0, version: 1, source_id: $source_id, source_row: 0, recorded_at: $at})
    SET """
    + SET_PURPOSE,
    Access.WRITE,
)
JOIN_HOLDER = Statement(
    "MATCH (n:Fund {id: $id}) MATCH (o:Organisation {id: $other})"
    " CREATE (o)-[:MANAGES {source_id: $source_id}]->(n)",
    Access.WRITE,
)
# The clock acts for nobody: it keeps days in its regions that people have agreed on.
LOCK = Statement(
    "MATCH (n:Fund {id: $id}) WHERE n.organisation_id IN $scope_organisations OR ($keeps_days AND "
    + IN_SCOPE
    + ") SET n.version = n.version + 1"
    + _COLUMNS,
    Access.WRITE,
)
BY_ID = Statement(
    "MATCH (n:Fund {id: $id}) WHERE n.organisation_id IN $scope_organisations" + _COLUMNS, Access.READ
)
CHILDREN = Statement(
    "MATCH (n:Fund) WHERE n.parent_fund_id = $id AND n.state <> 'CLOSED'" + _COLUMNS + " ORDER BY id",
    Access.READ,
)
WRITE = Statement(
    "MATCH (n:Fund {id: $id}) SET n.name = $name, n.manager_ids = $manager_ids, n.siblings = $siblings,"
    " n.state = $state, n.closed_at = $closed_at, n.float_fen = $float_fen, n.pay_first_fen = $pay_first_fen,"
    + SET_PURPOSE,
    Access.WRITE,
)
HOLDER = Statement(
    "MATCH (n:Organisation {id: $id}) RETURN n.kind AS kind, n.region_id AS region_id,"
    " n.region_path AS region_path, n.public_raising AS public_raising",
    Access.READ,
)
RESIDENTS = Statement("UNWIND $ids AS wanted MATCH (n:Resident {id: wanted}) RETURN n.id AS id", Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundFile:
    """
    A fund without its money.

    A fund from before funds had states is open. ``terms`` are an imprest's.
    """

    id: str
    name: str
    type: FundType
    organisation_id: str
    region_id: str | None
    region_path: str
    purpose: Purpose
    manager_ids: tuple[str, ...] = ()
    state: FundState = FundState.OPEN
    closed_at: datetime | None = None
    parent_fund_id: str | None = None
    sponsor_id: str | None = None
    siblings: tuple[str, ...] = ()
    terms: ImprestTerms | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An organisation that answers for funds."""

    id: str
    kind: OrganisationKind
    region_id: str | None
    region_path: str
    public_raising: bool


def terms_of(record: Record) -> ImprestTerms | None:
    """Read an imprest's terms; None on any other fund."""
    float_fen = integer_or_none(record, "float_fen")
    if float_fen is None:
        return None
    return ImprestTerms(float_fen=float_fen, pay_first_fen=integer(record, "pay_first_fen"))


def terms_columns(terms: ImprestTerms | None) -> dict[str, int | None]:
    """Write an imprest's terms as parameters."""
    return {
        "float_fen": terms.float_fen if terms else None,
        "pay_first_fen": terms.pay_first_fen if terms else None,
    }


def _fund(record: Record) -> FundFile:
    return FundFile(
        id=text(record, "id"),
        name=text(record, "name"),
        type=FundType(text_or_none(record, "type") or FundType.GENERAL),
        organisation_id=text(record, "organisation_id"),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        purpose=purpose_of(record),
        manager_ids=texts(record, "manager_ids"),
        state=FundState(text_or_none(record, "state") or FundState.OPEN),
        closed_at=moment_or_none(record, "closed_at"),
        parent_fund_id=text_or_none(record, "parent_fund_id"),
        sponsor_id=text_or_none(record, "sponsor_id"),
        siblings=texts(record, "siblings"),
        terms=terms_of(record),
        version=integer(record, "version"),
    )


async def create_fund(tx: WriteTransaction, fund: FundFile, *, at: datetime) -> None:
    """Write a fund down, empty and closed to money until a second person opens it."""
    await tx.run(
        CREATE,
        id=fund.id,
        name=fund.name,
        type=fund.type.value,
        organisation_id=fund.organisation_id,
        region_id=fund.region_id,
        region_path=fund.region_path,
        manager_ids=list(fund.manager_ids),
        state=FundState.PROPOSED.value,
        parent_fund_id=fund.parent_fund_id,
        sponsor_id=fund.sponsor_id,
        siblings=list(fund.siblings),
        source_id=MANUAL_SOURCE,
        at=at,
        **terms_columns(fund.terms),
        **purpose_columns(fund.purpose),
    )
    await tx.run(JOIN_HOLDER, id=fund.id, other=fund.organisation_id, source_id=MANUAL_SOURCE)


async def lock_fund(
    tx: WriteTransaction, actor: Actor, fund_id: str, *, expected_version: int | None = None
) -> FundFile:
    """
    Take a fund of the actor's organisations, or of the clock's regions, for changing; ``version`` is the new one.

    Raises
    ------
    NotFoundError
        No organisation of theirs holds it.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(
        LOCK,
        id=fund_id,
        scope_organisations=scope_organisations(actor),
        scope_paths=scope_paths(actor),
        keeps_days=Role.CLOCK in actor.roles,
    )
    if not found:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    fund = _fund(found[0])
    seen = fund.version - 1
    if expected_version is not None and seen != expected_version:
        raise StaleVersionError(
            "the fund has changed since it was read", id=fund_id, expected=expected_version, found=seen
        )
    return fund


async def fund_of(tx: ReadTransaction, actor: Actor, fund_id: str) -> FundFile:
    """
    Give a fund of the actor's organisations.

    Raises
    ------
    NotFoundError
        No organisation of theirs holds it.
    """
    found = await tx.run(BY_ID, id=fund_id, scope_organisations=scope_organisations(actor))
    if not found:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    return _fund(found[0])


async def lock_funds(tx: WriteTransaction, actor: Actor, ids: Sequence[str]) -> dict[str, FundFile]:
    """Take several funds of the actor's organisations, in the order of their ids as the ledger does."""
    return {fund_id: await lock_fund(tx, actor, fund_id) for fund_id in sorted(set(ids))}


async def funds_below(tx: ReadTransaction, fund_id: str) -> list[FundFile]:
    """Give the imprests drawn from a fund that are not closed."""
    return [_fund(record) for record in await tx.run(CHILDREN, id=fund_id)]


async def write_fund(tx: WriteTransaction, fund: FundFile) -> None:
    """Write what may change of a locked fund."""
    await tx.run(
        WRITE,
        id=fund.id,
        name=fund.name,
        manager_ids=list(fund.manager_ids),
        siblings=list(fund.siblings),
        state=fund.state.value,
        closed_at=fund.closed_at,
        **terms_columns(fund.terms),
        **purpose_columns(fund.purpose),
    )


async def holder_of(tx: ReadTransaction, organisation_id: str) -> Holder:
    """
    Give an organisation.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(HOLDER, id=organisation_id)
    if not found:
        raise NotFoundError("no such organisation", kind="organisation", id=organisation_id)
    return Holder(
        id=organisation_id,
        kind=OrganisationKind(text(found[0], "kind")),
        region_id=text_or_none(found[0], "region_id"),
        region_path=text(found[0], "region_path"),
        public_raising=flag(found[0], "public_raising"),
    )


async def require_residents(tx: ReadTransaction, ids: Sequence[str]) -> None:
    """
    Go on only if all these people are known: interested persons are looked for from them (HC-13).

    Raises
    ------
    NotFoundError
        One of them is not.
    """
    known = {text(record, "id") for record in await tx.run(RESIDENTS, ids=listed(list(ids)))}
    unknown = sorted(set(ids) - known)
    if unknown:
        raise NotFoundError("no such resident", kind="resident", id=unknown[0])
