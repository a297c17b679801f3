"""Programmes as use cases write them: standing offers of a charity, each with a season, papers and a cap."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.purposes import Purpose, Season
from graph.columns import integer, integer_or_none, moment_or_none, text, text_or_none, texts
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.purpose_columns import PURPOSE_COLUMNS, SET_PURPOSE, purpose_columns, purpose_of
from graph.scope import scope_organisations

PROGRAMME_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.name AS name, n.organisation_id AS organisation_id, n.template_id AS template_id,"
    " n.documents AS documents, n.season_from_day AS season_from_day, n.season_to_day AS season_to_day,"
    " n.closed_at AS closed_at, n.region_id AS region_id, n.region_path AS region_path, n.version AS version,"
    + PURPOSE_COLUMNS
)
CREATE = Statement(
    """
    CREATE (n:Programme {id: $id, name: $name, organisation_id: $organisation_id, template_id: $template_id,
      documents: $documents, season_from_day: $season_from_day, season_to_day: $season_to_day,
      region_id: $region_id, region_path: $region_path, version: 1})
    SET """
    + SET_PURPOSE,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:Programme {id: $id}) WHERE n.organisation_id IN $scope_organisations SET n.version = n.version + 1"
    + PROGRAMME_COLUMNS,
    Access.WRITE,
)
BY_ID = Statement("MATCH (n:Programme {id: $id})" + PROGRAMME_COLUMNS, Access.READ)
CLOSE = Statement("MATCH (n:Programme {id: $id}) SET n.closed_at = $at", Access.WRITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRow:
    """A standing charity programme; without a season it runs all year."""

    id: str
    name: str
    organisation_id: str
    template_id: str | None
    purpose: Purpose
    documents: tuple[str, ...]
    season: Season | None
    region_id: str | None
    region_path: str
    closed_at: datetime | None = None
    version: int = 1


def programme_of(record: Record) -> ProgrammeRow:
    """Give the row of a record of ``PROGRAMME_COLUMNS``."""
    start, end = integer_or_none(record, "season_from_day"), integer_or_none(record, "season_to_day")
    return ProgrammeRow(
        id=text(record, "id"),
        name=text(record, "name"),
        organisation_id=text(record, "organisation_id"),
        template_id=text_or_none(record, "template_id"),
        purpose=purpose_of(record),
        documents=texts(record, "documents"),
        season=None if start is None or end is None else Season(from_day=start, to_day=end),
        region_id=text_or_none(record, "region_id"),
        region_path=text(record, "region_path"),
        closed_at=moment_or_none(record, "closed_at"),
        version=integer(record, "version"),
    )


async def create_programme(tx: WriteTransaction, row: ProgrammeRow) -> None:
    """Write a programme down; money comes to it as earmarks of funds."""
    await tx.run(
        CREATE,
        id=row.id,
        name=row.name,
        organisation_id=row.organisation_id,
        template_id=row.template_id,
        documents=list(row.documents),
        season_from_day=row.season.from_day if row.season else None,
        season_to_day=row.season.to_day if row.season else None,
        region_id=row.region_id,
        region_path=row.region_path,
        **purpose_columns(row.purpose),
    )


async def find_programme(tx: ReadTransaction, programme_id: str) -> ProgrammeRow:
    """
    Give a programme.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    found = await tx.run(BY_ID, id=programme_id)
    if not found:
        raise NotFoundError("no such programme", kind="programme", id=programme_id)
    return programme_of(found[0])


async def lock_programme(
    tx: WriteTransaction, actor: Actor, programme_id: str, *, expected_version: int | None = None
) -> ProgrammeRow:
    """
    Take a programme of the actor's organisations for changing.

    Raises
    ------
    NotFoundError
        No organisation of theirs runs it.
    StaleVersionError
        It has changed since it was read.
    """
    found = await tx.run(LOCK, id=programme_id, scope_organisations=scope_organisations(actor))
    if not found:
        raise NotFoundError("no such programme", kind="programme", id=programme_id)
    row = programme_of(found[0])
    if expected_version is not None and row.version - 1 != expected_version:
        raise StaleVersionError(
            "the programme has changed since it was read",
            id=programme_id,
            expected=expected_version,
            found=row.version - 1,
        )
    return row


async def close_programme(tx: WriteTransaction, programme_id: str, at: datetime) -> None:
    """End a locked programme."""
    await tx.run(CLOSE, id=programme_id, at=at)
