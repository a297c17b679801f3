"""Years of charities: what their spending is judged by, written down once and corrected by a new version."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.errors import StaleVersionError
from domain.funds import CharityClass
from graph.columns import flag, integer, integer_or_none, moment, text
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction

YEAR_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.organisation_id AS organisation_id, n.year AS year, n.charity_class AS charity_class,"
    " n.income_last_year_fen AS income_last_year_fen, n.net_assets_fen AS net_assets_fen,"
    " n.averaged AS averaged, n.payout_floor_fen AS payout_floor_fen,"
    " n.management_ceiling_fen AS management_ceiling_fen, n.rules_id AS rules_id,"
    " n.recorded_by AS recorded_by, n.recorded_at AS recorded_at, n.region_path AS region_path,"
    " n.version AS version"
)
CREATE = Statement(
    """
    CREATE (:CharityYear {id: $id, organisation_id: $organisation_id, year: $year, charity_class: $charity_class,
      income_last_year_fen: $income_last_year_fen, net_assets_fen: $net_assets_fen, averaged: $averaged,
      payout_floor_fen: $payout_floor_fen, management_ceiling_fen: $management_ceiling_fen,
      rules_id: $rules_id, recorded_by: $recorded_by, recorded_at: $recorded_at, region_path: $region_path,
      version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:CharityYear {id: $id}) SET n.version = n.version + 1 RETURN n.version AS version", Access.WRITE
)
# A year written down anew keeps its id; what stood before is in the audit chain.
WRITE = Statement(
    """
    MATCH (n:CharityYear {id: $id})
    SET n.charity_class = $charity_class, n.income_last_year_fen = $income_last_year_fen,
      n.net_assets_fen = $net_assets_fen, n.averaged = $averaged, n.payout_floor_fen = $payout_floor_fen,
      n.management_ceiling_fen = $management_ceiling_fen, n.rules_id = $rules_id,
      n.recorded_by = $recorded_by, n.recorded_at = $recorded_at
    """,
    Access.WRITE,
)
BY_ID = Statement("MATCH (n:CharityYear {id: $id})" + YEAR_COLUMNS, Access.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class CharityYearRow:
    """
    What a charity's year is judged by, in fen.

    Parameters
    ----------
    averaged
        Whether income and net assets are means of three years, as the rule allows.
    payout_floor_fen
        Least that goes to charitable activity in the year.
    management_ceiling_fen
        Most that management may cost if charitable activity stays at its floor; more activity allows more.
    rules_id
        The dated figures that these were worked out by.
    """

    id: str
    organisation_id: str
    year: int
    charity_class: CharityClass
    income_last_year_fen: int
    net_assets_fen: int
    averaged: bool
    payout_floor_fen: int
    management_ceiling_fen: int
    rules_id: str
    recorded_by: str
    recorded_at: datetime
    region_path: str
    version: int = 1


def charity_year_id(organisation_id: str, year: int) -> str:
    """Give the key of a charity's year."""
    return f"{organisation_id}:{year}"


def charity_year_of(record: Record) -> CharityYearRow:
    """Give the row of a record of ``YEAR_COLUMNS``."""
    return CharityYearRow(
        id=text(record, "id"),
        organisation_id=text(record, "organisation_id"),
        year=integer(record, "year"),
        charity_class=CharityClass(text(record, "charity_class")),
        income_last_year_fen=integer(record, "income_last_year_fen"),
        net_assets_fen=integer(record, "net_assets_fen"),
        averaged=flag(record, "averaged"),
        payout_floor_fen=integer(record, "payout_floor_fen"),
        management_ceiling_fen=integer(record, "management_ceiling_fen"),
        rules_id=text(record, "rules_id"),
        recorded_by=text(record, "recorded_by"),
        recorded_at=moment(record, "recorded_at"),
        region_path=text(record, "region_path"),
        version=integer_or_none(record, "version") or 1,
    )


async def find_charity_year(tx: ReadTransaction, organisation_id: str, year: int) -> CharityYearRow | None:
    """Give what a charity's year is judged by, or None where nobody wrote it down."""
    found = await tx.run(BY_ID, id=charity_year_id(organisation_id, year))
    return charity_year_of(found[0]) if found else None


async def write_charity_year(
    tx: WriteTransaction, row: CharityYearRow, *, expected_version: int | None
) -> None:
    """
    Write a year down, or anew.

    Raises
    ------
    StaleVersionError
        It stands there already, in another version than ``expected_version``.
    ConflictError
        Somebody else wrote it down at the same moment.
    """
    found = await tx.run(LOCK, id=row.id)
    seen = integer(found[0], "version") - 1 if found else None
    if seen != expected_version:
        raise StaleVersionError(
            "the year has been written down since it was read",
            id=row.id,
            expected=expected_version,
            found=seen,
        )
    figures = {
        "charity_class": row.charity_class.value,
        "income_last_year_fen": row.income_last_year_fen,
        "net_assets_fen": row.net_assets_fen,
        "averaged": row.averaged,
        "payout_floor_fen": row.payout_floor_fen,
        "management_ceiling_fen": row.management_ceiling_fen,
        "rules_id": row.rules_id,
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at,
    }
    if seen is not None:
        await tx.run(WRITE, id=row.id, **figures)
        return
    await tx.run(
        CREATE,
        id=row.id,
        organisation_id=row.organisation_id,
        year=row.year,
        region_path=row.region_path,
        **figures,
    )
