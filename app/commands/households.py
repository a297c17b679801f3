"""Files of households on the screen: what departments say side by side, and what they send."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    RegionOption,
    screen_of,
    settings_of,
    with_workspace,
)
from locales import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.reads.household_files import DataSourceRow
    from workflows.household_files.assembling import HouseholdFile
    from workflows.workspace import Workspace

_FIELDS = ("field", "value", "source", "as_of", "choice", "conflicts")
_SOURCES = ("department", "list", "records", "linked", "latest_on", "imported_at")


def file(
    household: Annotated[str, typer.Argument(help="Key of a household.", metavar="ID")],
    by: Annotated[str, typer.Option("--by", help="Who looks, by name; the look is written down.")],
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the file of a household: each field with its source, its date and who says otherwise."""
    from workflows.household_files.filing import open_file
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "HouseholdFile":
        return await open_file(ws, desk_of(by, region), household)

    found = with_workspace(settings, work)
    cells = (
        [
            text(f"workflows.file_field.{each.field.value}", screen.locale),
            each.value,
            each.source,
            each.as_of.isoformat(),
            text(f"workflows.file_choice.{each.choice.value}", screen.locale),
            "; ".join(f"{other.source}: {other.value}" for other in each.conflicts),
        ]
        for each in found.fields
    )
    screen.rows("households.title", [f"households.{name}" for name in _FIELDS], cells)
    screen.finish(
        {
            "household": household,
            "version": found.version,
            "rules": found.rules_id,
            "digest": found.digest,
            "fields": {each.field.value: each.value for each in found.fields},
            "conflicts": sum(bool(each.conflicts) for each in found.fields),
        }
    )


def sources(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the board of lists: department, records, how many are linked, how fresh."""
    from graph.reads.household_files import data_sources
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> "Sequence[DataSourceRow]":
        return await ws.store.read(lambda tx: data_sources(tx, actor))

    rows = with_workspace(settings, work)
    cells = (
        [
            row.department,
            row.event,
            f"{row.records:,}",
            f"{row.linked:,}",
            "" if row.latest_on is None else row.latest_on.isoformat(),
            "" if row.imported_at is None else row.imported_at.date().isoformat(),
        ]
        for row in rows
    )
    screen.rows("households.sources_title", [f"households.{name}" for name in _SOURCES], cells)
    screen.finish(
        {
            "sources": [
                {"department": r.department, "list": r.event, "records": r.records, "linked": r.linked}
                for r in rows
            ]
        }
    )
