"""Gathering what federations take away as files."""

from collections.abc import Mapping
from typing import cast

from data import items
from domain.actors import Actor
from domain.errors import InvalidInputError
from graph.earmarks import find_earmarks
from graph.ports import ReadTransaction
from graph.reads.funds import funds_by_ids
from graph.reads.pages import MAX_PAGE, KeysetPosition
from graph.reads.public import names_of_places
from graph.reads.rounds import round_by_id
from graph.reads.unmet import UnmetFilter, UnmetRow, page_of_unmet, unmet_counts
from locales import Locale
from workflows.federation.overview import READERS, OverviewRequest, funds_overview
from workflows.federation.plan import allocation_plan
from workflows.federation.tables import Sheet, overview_sheets, plan_sheets, unmet_sheets
from workflows.workspace import Workspace

MOST_ROWS = 50_000


async def overview_tables(
    ws: Workspace, actor: Actor, request: OverviewRequest, locale: Locale
) -> list[Sheet]:
    """Give the overview of an organisation; see ``funds_overview``."""
    return overview_sheets(await funds_overview(ws, actor, request), locale)


async def plan_tables(
    ws: Workspace, actor: Actor, round_id: str, locale: Locale, *, against: str | None = None
) -> list[Sheet]:
    """Give the plan of a round; see ``allocation_plan``."""
    return plan_sheets(await allocation_plan(ws, actor, round_id, against=against), locale)


async def unmet_tables(
    ws: Workspace,
    actor: Actor,
    round_id: str,
    locale: Locale,
    *,
    narrowed: UnmetFilter | None = None,
) -> list[Sheet]:
    """
    Give what a round left without.

    Raises
    ------
    NotPermittedError
        Neither a federation, a desk nor an office.
    NotFoundError
        A round that the actor may not see.
    InvalidInputError
        More rows than a file takes: narrow it.
    """
    actor.require(*READERS)
    asked = narrowed or UnmetFilter()

    async def read(tx: ReadTransaction) -> list[Sheet]:
        await round_by_id(tx, actor, round_id)
        rows = await _all(tx, actor, round_id, asked)
        counts = await unmet_counts(tx, actor, round_id=round_id, filter=asked)
        places = await names_of_places(tx, sorted({row.region_path for row in rows}))
        names = await _names(tx, actor, rows, locale)
        return unmet_sheets(rows, counts, locale, places=places, names=names)

    return await ws.store.read(read)


async def _all(tx: ReadTransaction, actor: Actor, round_id: str, narrowed: UnmetFilter) -> list[UnmetRow]:
    rows: list[UnmetRow] = []
    after: KeysetPosition | None = None
    while True:
        page = await page_of_unmet(tx, actor, round_id=round_id, filter=narrowed, first=MAX_PAGE, after=after)
        rows += page.rows
        if not page.has_next:
            return rows
        if len(rows) >= MOST_ROWS:
            raise InvalidInputError(f"a file takes {MOST_ROWS} rows", field="filter", value=len(rows))
        after = page.positions[-1]


async def _names(tx: ReadTransaction, actor: Actor, rows: list[UnmetRow], locale: Locale) -> dict[str, str]:
    """Give what goods, and the funds that the actor may see, are called."""
    names = {code: item.zh if locale is Locale.ZH_CN else item.en for code, item in items().items()}
    said = [cast("Mapping[str, object]", each["parameters"]) for row in rows for each in row.helps]
    funds = await funds_by_ids(tx, actor, sorted({str(each["fund"]) for each in said if "fund" in each}))
    names |= {key: fund.name for key, fund in funds.items()}
    earmarks = sorted(
        {str(each["earmark"]) for each in said if each.get("fund") in funds and each.get("earmark")}
    )
    if earmarks:
        names |= {key: mark.name for key, mark in (await find_earmarks(tx, earmarks)).items()}
    places = sorted({str(each["region_path"]) for each in said if "region_path" in each})
    return names | await names_of_places(tx, places)
