"""
Versions of purposes as use cases write them, kept for ever.

The key of a version is its place among its owner's, so that no two people change one purpose at once.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError
from domain.funds import ImprestTerms
from domain.purposes import Purpose, PurposeGround, PurposeState
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none
from graph.funds import terms_columns, terms_of
from graph.locked import find_paper, lock_paper
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.purpose_columns import PURPOSE_COLUMNS, SET_PURPOSE, purpose_columns, purpose_of
from graph.scope import IN_SCOPE, scope_paths

VERSION_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.owner_id AS owner_id, n.fund_id AS fund_id, n.number AS number, n.state AS state,"
    " n.ground AS ground, n.reference AS reference, n.consent_donation_id AS consent_donation_id,"
    " n.proposed_by AS proposed_by, n.proposed_at AS proposed_at, n.decided_by AS decided_by,"
    " n.decided_at AS decided_at, n.reason AS reason, n.effective_from AS effective_from,"
    " n.float_fen AS float_fen, n.pay_first_fen AS pay_first_fen, n.region_path AS region_path,"
    " n.version AS version," + PURPOSE_COLUMNS
)
CREATE = Statement(
    """
    CREATE (n:PurposeVersion {id: $id, owner_id: $owner_id, fund_id: $fund_id, number: $number, state: $state,
      ground: $ground, reference: $reference, consent_donation_id: $consent_donation_id,
      proposed_by: $proposed_by, proposed_at: $proposed_at, decided_by: $decided_by, decided_at: $decided_at,
      reason: $reason, effective_from: $effective_from, float_fen: $float_fen, pay_first_fen: $pay_first_fen,
      region_path: $region_path, version: 1})
    SET """
    + SET_PURPOSE,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:PurposeVersion {id: $id}) SET n.version = n.version + 1" + VERSION_COLUMNS, Access.WRITE
)
BY_ID = Statement("MATCH (n:PurposeVersion {id: $id})" + VERSION_COLUMNS, Access.READ)
OF_OWNER = Statement(
    "MATCH (n:PurposeVersion) WHERE n.owner_id = $owner_id" + VERSION_COLUMNS + " ORDER BY number",
    Access.READ,
)
DUE = Statement(
    "MATCH (n:PurposeVersion) WHERE n.state = 'APPROVED' AND n.effective_from <= $day AND "
    + IN_SCOPE
    + " RETURN n.id AS id ORDER BY id",
    Access.READ,
)
DONOR = Statement(
    "MATCH (n:Donation {id: $id}) WHERE n.fund_id = $fund_id"
    " RETURN coalesce(n.donor_id, n.donor_name, '') AS donor",
    Access.READ,
)
# Whoever gave to the same book and is not known to be the same donor. The donor is handed in: a comparison of two
# nodes' coalesced values is always false on the embedded engine.
OTHER_DONORS = Statement(
    """
    MATCH (n:Donation) WHERE n.fund_id = $fund_id AND coalesce(n.earmark_id, '') = $earmark_id
      AND n.kind <> 'GOODS' AND n.state IN ['POSTED', 'PURPOSE_CHANGE_PENDING'] AND n.id <> $id
      AND (coalesce(n.donor_id, n.donor_name, '') = '' OR coalesce(n.donor_id, n.donor_name, '') <> $donor)
    RETURN count(*) AS others
    """,
    Access.READ,
)
WRITE = Statement(
    "MATCH (n:PurposeVersion {id: $id}) SET n.state = $state, n.decided_by = $decided_by,"
    " n.decided_at = $decided_at, n.reason = $reason, n.effective_from = $effective_from",
    Access.WRITE,
)
SUPERSEDE = Statement(
    "MATCH (n:PurposeVersion) WHERE n.owner_id = $owner_id AND n.state = 'IN_FORCE' AND n.id <> $id"
    " SET n.state = 'SUPERSEDED'",
    Access.WRITE,
)
OF_FUND = Statement("MATCH (n:Fund {id: $id}) RETURN" + PURPOSE_COLUMNS, Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeVersionRow:
    """
    One version of a fund's or an earmark's purpose.

    ``owner_id`` is the earmark, or else the fund itself.
    """

    id: str
    owner_id: str
    fund_id: str
    number: int
    state: PurposeState
    purpose: Purpose
    ground: PurposeGround
    reference: str | None
    effective_from: date
    proposed_by: str
    proposed_at: datetime
    region_path: str
    consent_donation_id: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    terms: ImprestTerms | None = None
    version: int = 1

    @property
    def earmark_id(self) -> str | None:
        """The earmark whose purpose it is; None where it is the fund's own."""
        return None if self.owner_id == self.fund_id else self.owner_id


def version_id(owner_id: str, number: int) -> str:
    """Give the key of a version."""
    return f"{owner_id}:{number:04d}"  # ids sort as the versions follow each other


def version_of(record: Record) -> PurposeVersionRow:
    """Give the row of a record of ``VERSION_COLUMNS``."""
    return PurposeVersionRow(
        id=text(record, "id"),
        owner_id=text(record, "owner_id"),
        fund_id=text(record, "fund_id"),
        number=integer(record, "number"),
        state=PurposeState(text(record, "state")),
        purpose=purpose_of(record),
        ground=PurposeGround(text(record, "ground")),
        reference=text_or_none(record, "reference"),
        effective_from=day(record, "effective_from"),
        proposed_by=text(record, "proposed_by"),
        proposed_at=moment(record, "proposed_at"),
        region_path=text(record, "region_path"),
        consent_donation_id=text_or_none(record, "consent_donation_id"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        reason=text_or_none(record, "reason"),
        terms=terms_of(record),
        version=integer(record, "version"),
    )


async def create_version(tx: WriteTransaction, row: PurposeVersionRow) -> None:
    """
    Write a version down.

    Raises
    ------
    ConflictError
        Its place was taken meanwhile.
    """
    await tx.run(
        CREATE,
        id=row.id,
        owner_id=row.owner_id,
        fund_id=row.fund_id,
        number=row.number,
        state=row.state.value,
        ground=row.ground.value,
        reference=row.reference,
        consent_donation_id=row.consent_donation_id,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        effective_from=row.effective_from,
        region_path=row.region_path,
        **terms_columns(row.terms),
        **purpose_columns(row.purpose),
    )


async def find_version(tx: ReadTransaction, key: str) -> PurposeVersionRow:
    """
    Give a version.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    return await find_paper(tx, BY_ID, version_of, kind="purpose", key=key)


async def lock_version(
    tx: WriteTransaction, key: str, *, expected_version: int | None = None
) -> PurposeVersionRow:
    """
    Take a version for changing; its owner is locked already.

    Raises
    ------
    NotFoundError
        There is none of that id.
    StaleVersionError
        It has changed since it was read.
    """
    return await lock_paper(tx, LOCK, version_of, kind="purpose", key=key, expected_version=expected_version)


async def versions_of(tx: ReadTransaction, owner_id: str) -> list[PurposeVersionRow]:
    """Give the versions of an owner's purpose, oldest first."""
    return [version_of(record) for record in await tx.run(OF_OWNER, owner_id=owner_id)]


async def purpose_of_fund(tx: ReadTransaction, fund_id: str) -> Purpose:
    """
    Give what a fund is for.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(OF_FUND, id=fund_id)
    if not found:
        raise NotFoundError("no such fund", kind="fund", id=fund_id)
    return purpose_of(found[0])


async def due_versions(tx: ReadTransaction, actor: Actor, today: date) -> list[str]:
    """Give the approved versions of the actor's regions whose day has come."""
    return [text(record, "id") for record in await tx.run(DUE, day=today, scope_paths=scope_paths(actor))]


async def other_donors(
    tx: ReadTransaction, fund_id: str, earmark_id: str | None, donation_id: str
) -> int | None:
    """Count the posted gifts of other donors to a book; None where the gift is no gift to the fund."""
    given = await tx.run(DONOR, id=donation_id, fund_id=fund_id)
    if not given:
        return None
    found = await tx.run(
        OTHER_DONORS,
        id=donation_id,
        fund_id=fund_id,
        earmark_id=earmark_id or "",
        donor=text(given[0], "donor"),
    )
    return integer(found[0], "others")


async def write_version(tx: WriteTransaction, row: PurposeVersionRow) -> None:
    """Write where a locked version stands; one that comes into force supersedes the one before."""
    await tx.run(
        WRITE,
        id=row.id,
        state=row.state.value,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        effective_from=row.effective_from,
    )
    if row.state is PurposeState.IN_FORCE:
        await tx.run(SUPERSEDE, owner_id=row.owner_id, id=row.id)
