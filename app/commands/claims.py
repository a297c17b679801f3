"""Jobs beside the service: deadlines of claims, and notices on their way out. Both may be killed and run again."""

from typing import TYPE_CHECKING

from app.commands.common import (
    DataDirOption,
    EngineOption,
    JsonOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import shown

if TYPE_CHECKING:
    from workflows.notices.sending import SendReport
    from workflows.workspace import Workspace


def tick_claims(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Do what has come due: holdings and offers that end, people to ask, claims at risk."""
    from workflows.claims.ticking import tick

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    figures: dict[str, object] = {**with_workspace(settings, tick).figures()}
    screen.table("titles.claims_tick", shown(figures))
    screen.finish(figures)


def send_notices(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Send the notices that are due, by webhook and mail as far as the settings have them."""
    from app.container import this_process
    from app.couriers import couriers_of
    from workflows.notices.sending import send_due

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def send(ws: "Workspace") -> "SendReport":
        return await send_due(
            ws, couriers_of(settings, ws.clock), holder=this_process(), locale=settings.lang
        )

    figures: dict[str, object] = {**with_workspace(settings, send).figures()}
    screen.table("titles.notices_send", shown(figures))
    screen.finish(figures)
