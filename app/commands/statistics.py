"""Statistics of needs, for offices that want a file."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    screen_of,
    settings_of,
    with_workspace,
)

if TYPE_CHECKING:
    from workflows.workspace import Workspace

_DAYS = ["%Y-%m-%d"]


def statistics(
    since: Annotated[datetime, typer.Option("--since", help="First civil day of posting.", formats=_DAYS)],
    until: Annotated[
        datetime, typer.Option("--until", help="Civil day after the last one of posting.", formats=_DAYS)
    ],
    out: Annotated[Path, typer.Option("--out", help="Workbook to write.", metavar="FILE.xlsx")],
    by: Annotated[
        str,
        typer.Option(
            "--by", help="Axes in the order of the columns: town, month, category, situation, reason."
        ),
    ] = "town,category",
    region: Annotated[
        str, typer.Option("--region", help="Subtree to count, as a region path.", metavar="PATH")
    ] = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count needs by town, month, category, situation and reason into a workbook."""
    from domain.errors import InvalidInputError
    from graph.reads.public import names_of_places
    from workflows.people import administrator
    from workflows.statistics.needs import Axis, StatisticsRequest, need_statistics
    from workflows.statistics.workbook import write_workbook

    names = [name.strip().upper() for name in by.split(",") if name.strip()]
    unknown = [name for name in names if name not in Axis.__members__]
    if unknown:
        raise InvalidInputError(
            f"not an axis: {', '.join(unknown).lower()}", field="by", value=", ".join(unknown).lower()
        )
    settings = settings_of(data_dir, engine)
    request = StatisticsRequest(
        since=since.date(), until=until.date(), by=tuple(Axis(name) for name in names), region_path=region
    )

    async def work(ws: "Workspace") -> int:
        counted = await need_statistics(ws, administrator(region), request)
        paths = sorted({row.town_path for row in counted.rows if row.town_path})
        towns = await ws.store.read(lambda tx: names_of_places(tx, paths))
        write_workbook(counted, out, locale=settings.lang, towns=towns)
        return len(counted.rows)

    rows = with_workspace(settings, work)
    screen = screen_of(as_json=as_json, settings=settings)
    screen.say("statistics", rows=rows, path=str(out))
    screen.finish({"rows": rows, "path": str(out)})
