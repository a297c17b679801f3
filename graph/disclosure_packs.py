"""Packs that charities publish, as use cases write them, and whose donors agreed to be named there."""

from datetime import date, datetime
from typing import LiteralString

from domain.disclosure_packs import DisclosurePack, PackState, Period, PeriodKind
from domain.errors import NotFoundError, StaleVersionError
from graph.columns import day, integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

PACK_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.organisation_id AS organisation_id, n.period_kind AS period_kind,"
    " n.first_day AS first_day, n.end_day AS end_day, n.state AS state, n.content AS content,"
    " n.digest AS digest, n.heads AS heads, n.entries AS entries, n.corrects_id AS corrects_id,"
    " n.reason AS reason, n.generated_by AS generated_by, n.generated_at AS generated_at,"
    " n.published_by AS published_by, n.published_at AS published_at, n.region_path AS region_path,"
    " n.version AS version"
)
CREATE = Statement(
    """
    CREATE (:DisclosurePack {id: $id, organisation_id: $organisation_id, period_kind: $period_kind,
      first_day: $first_day, end_day: $end_day, state: $state, content: $content, digest: $digest,
      heads: $heads, entries: $entries, corrects_id: $corrects_id, reason: $reason,
      generated_by: $generated_by, generated_at: $generated_at, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:DisclosurePack {id: $id}) SET n.version = n.version + 1" + PACK_COLUMNS, Access.WRITE
)
PUBLISH = Statement(
    "MATCH (n:DisclosurePack {id: $id}) SET n.state = 'PUBLISHED', n.published_by = $by, n.published_at = $at",
    Access.WRITE,
)
PUBLISHED_OF = Statement(
    "MATCH (n:DisclosurePack) WHERE n.organisation_id = $organisation_id AND n.state = 'PUBLISHED'"
    " AND n.first_day = $first_day AND n.end_day = $end_day RETURN n.id AS id, n.corrects_id AS corrects_id",
    Access.READ,
)
BY_ID = Statement("MATCH (n:DisclosurePack {id: $id})" + PACK_COLUMNS, Access.READ)
# What a pack tells of is told with it: the papers of its open duties.
OPEN_DUTIES = Statement(
    "MATCH (n:Disclosure) WHERE n.organisation_id = $organisation_id AND n.state = 'DUE'"
    " AND n.kind IN $kinds AND n.arose_on < $end_day RETURN n.id AS id ORDER BY id",
    Access.READ,
)
FULFIL = Statement(
    "UNWIND $ids AS wanted MATCH (n:Disclosure {id: wanted})"
    " SET n.state = 'PUBLISHED', n.published_at = $at, n.published_by = $by, n.version = n.version + 1",
    Access.WRITE,
)
SET_NAMING = Statement("MATCH (n:Donation {id: $id}) SET n.naming_reference = $reference", Access.WRITE)


def pack_of(record: Record) -> DisclosurePack:
    """Give the pack of a record of ``PACK_COLUMNS``."""
    return DisclosurePack(
        id=text(record, "id"),
        organisation_id=text(record, "organisation_id"),
        period=Period(
            kind=PeriodKind(text(record, "period_kind")),
            start=day(record, "first_day"),
            end=day(record, "end_day"),
        ),
        state=PackState(text(record, "state")),
        content=text(record, "content"),
        digest=text(record, "digest"),
        heads=text(record, "heads"),
        entries=integer(record, "entries"),
        corrects_id=text_or_none(record, "corrects_id"),
        reason=text_or_none(record, "reason"),
        generated_by=text(record, "generated_by"),
        generated_at=moment(record, "generated_at"),
        published_by=text_or_none(record, "published_by"),
        published_at=moment_or_none(record, "published_at"),
        region_path=text(record, "region_path"),
        version=integer(record, "version"),
    )


async def create_pack(tx: WriteTransaction, pack: DisclosurePack) -> None:
    """Keep a draft."""
    await tx.run(
        CREATE,
        id=pack.id,
        organisation_id=pack.organisation_id,
        period_kind=pack.period.kind.value,
        first_day=pack.period.start,
        end_day=pack.period.end,
        state=pack.state.value,
        content=pack.content,
        digest=pack.digest,
        heads=pack.heads,
        entries=pack.entries,
        corrects_id=pack.corrects_id,
        reason=pack.reason,
        generated_by=pack.generated_by,
        generated_at=pack.generated_at,
        region_path=pack.region_path,
    )


async def lock_pack(tx: WriteTransaction, pack_id: str, *, expected_version: int) -> DisclosurePack:
    """
    Take a pack for publishing; it comes with its next version.

    Raises
    ------
    NotFoundError
        There is none of that id.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=pack_id)
    if not found:
        raise NotFoundError("no such pack", kind="disclosure_pack", id=pack_id)
    pack = pack_of(found[0])
    if pack.version - 1 != expected_version:
        raise StaleVersionError(
            "the pack has changed since it was read",
            id=pack_id,
            expected=expected_version,
            found=pack.version - 1,
        )
    return pack


async def publish_pack(tx: WriteTransaction, pack_id: str, *, by: str, at: datetime) -> None:
    """Make a locked pack public."""
    await tx.run(PUBLISH, id=pack_id, by=by, at=at)


async def find_pack(tx: ReadTransaction, pack_id: str) -> DisclosurePack | None:
    """Give a pack, or None."""
    found = await tx.run(BY_ID, id=pack_id)
    return pack_of(found[0]) if found else None


async def latest_published(tx: ReadTransaction, organisation_id: str, period: Period) -> str | None:
    """Give the published pack of a period that no later one has taken the place of, or None."""
    found = await tx.run(
        PUBLISHED_OF, organisation_id=organisation_id, first_day=period.start, end_day=period.end
    )
    replaced = {record["corrects_id"] for record in found}
    return next((text(record, "id") for record in found if record["id"] not in replaced), None)


async def fulfil_duties(
    tx: WriteTransaction, organisation_id: str, kinds: list[str], *, end_day: date, by: str, at: datetime
) -> list[str]:
    """Mark what stands open before a day as public, and give which duties these are."""
    found = await tx.run(OPEN_DUTIES, organisation_id=organisation_id, kinds=kinds, end_day=end_day)
    ids = [text(record, "id") for record in found]
    if ids:
        await tx.run(FULFIL, ids=ids, by=by, at=at)
    return ids


async def set_naming(tx: WriteTransaction, donation_id: str, reference: str | None) -> None:
    """Keep where a locked gift's donor agreed to be named; None is that they did not, or no longer."""
    await tx.run(SET_NAMING, id=donation_id, reference=reference)
