"""Which person a row of a department is about: passes, reviews, decisions, links taken back."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    ByOption,
    DataDirOption,
    EngineOption,
    FirstOption,
    JsonOption,
    NoteOption,
    RegionOption,
    VersionOption,
    person_text,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Screen
from domain.linking import LinkVerdict
from locales import text

if TYPE_CHECKING:
    from graph.reads.linking import LinkReviewRow, LinkSide
    from workflows.linking.running import LinkReport
    from workflows.workspace import Workspace

_COLUMNS = ("review", "reason", "list", "row_person", "register_person", "evidence", "due_on")


def run(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """Link every row that has nobody; imports do it by themselves."""
    from workflows.household_files.filing import refresh_files
    from workflows.linking.running import link_city
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "LinkReport":
        report = await link_city(ws, administrator())
        await refresh_files(ws, administrator())
        return report

    report = with_workspace(settings, work)
    screen.table("titles.linked", report.figures())
    screen.finish(report.to_json())


def reviews(
    region: RegionOption = "/",
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List pairs that wait for a person, both sides masked, the earliest due first."""
    from graph.reads.linking import page_of_link_reviews
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> None:
        page = await ws.store.read(lambda tx: page_of_link_reviews(tx, actor, first=first))
        _show(screen, ws, page.rows)

    with_workspace(settings, work)


def decide(
    review: Annotated[str, typer.Argument(help="Key of a review.", metavar="ID")],
    verdict: Annotated[LinkVerdict, typer.Argument(help="ACCEPT or REJECT.")],
    by: ByOption,
    note: NoteOption,
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the two of a review are one person."""
    from workflows.linking.deciding import decide_link
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> None:
        done = await decide_link(
            ws, desk_of(by, region), review, expected_version=version, verdict=verdict, note=note
        )
        _show(screen, ws, (done.value,))

    with_workspace(settings, work)


def separate(
    row: Annotated[str, typer.Argument(help="Key of a row that is linked wrongly.", metavar="ID")],
    by: ByOption,
    note: NoteOption,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask to take a link back; a second person decides, and the two stay apart."""
    from workflows.linking.deciding import separate_link
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> None:
        asked = await separate_link(ws, desk_of(by, region), row, reason=note)
        _show(screen, ws, (asked.value,))

    with_workspace(settings, work)


def _show(screen: Screen, ws: "Workspace", rows: "tuple[LinkReviewRow, ...]") -> None:
    cells = (
        [
            row.id,
            text(f"workflows.link_reason.{row.reason.value}", screen.locale),
            f"{row.department} {row.event} {row.number}",
            _side(ws, row.row),
            _side(ws, row.person),
            " ".join(f"{name}={level}" for name, level in row.evidence.items()),
            row.due_on.isoformat(),
        ]
        for row in rows
    )
    screen.rows("links.title", [f"links.{name}" for name in _COLUMNS], cells)
    screen.finish({"reviews": [_plain(row) for row in rows]})


def _side(ws: "Workspace", side: "LinkSide") -> str:
    return person_text(ws, side.name, side.id_number, side.birth_year)


def _plain(row: "LinkReviewRow") -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "reason": row.reason.value,
        "row_id": row.row_id,
        "person_id": row.person_id,
        "probability": row.probability,
        "evidence": row.evidence,
        "due_on": row.due_on.isoformat(),
        "version": row.version,
    }
