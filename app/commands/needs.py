"""The life of needs, as far as a job leads it."""

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
from app.output import Phases, shown

if TYPE_CHECKING:
    from workflows.needs.clocks import TickReport
    from workflows.workspace import Workspace


def tick(
    region: Annotated[
        str, typer.Option("--region", help="Subtree to look at, as a region path.", metavar="PATH")
    ] = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep deadlines once: start clocks, make needs that return, tell, escalate, expire, close."""
    from app.container import this_process
    from workflows.needs.clocks import tick as keep
    from workflows.people import clock_actor

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()

    async def run(ws: "Workspace") -> "TickReport":
        return await keep(ws, clock_actor(region), holder=this_process())

    report = with_workspace(settings, run)
    screen.table("titles.ticked", shown({**report.to_json()}))
    screen.finish({**report.to_json(), "seconds": phases.total_s})
