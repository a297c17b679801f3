"""Which organisations are one under several names: passes, reviews, decisions, decisions taken back."""

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
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Screen
from domain.linking import LinkVerdict, ReviewState
from locales import text

if TYPE_CHECKING:
    from graph.reads.organisation_reviews import OrganisationReviewRow
    from workflows.linking.organisations import OrganisationsReport
    from workflows.workspace import Workspace

_COLUMNS = ("review", "reason", "kept", "other", "evidence", "state", "due_on", "version")
ReviewArgument = Annotated[str, typer.Argument(help="Key of a review.", metavar="ID")]


def run(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare all organisations by credit code, then by name, and ask people about those that may be one."""
    from workflows.linking.organisations import find_same_organisations
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "OrganisationsReport":
        return await find_same_organisations(ws, administrator(region))

    report = with_workspace(settings, work)
    screen.table("titles.organisations", report.figures())
    screen.finish(report.figures())


def list_(
    region: RegionOption = "/",
    first: FirstOption = 50,
    state: Annotated[
        list[ReviewState] | None, typer.Option("--state", help="Only these; else those that wait.")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List organisations that may be one, the earliest due first."""
    from graph.reads.organisation_reviews import page_of_organisation_reviews
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> "tuple[OrganisationReviewRow, ...]":
        page = await ws.store.read(
            lambda tx: page_of_organisation_reviews(tx, actor, first=first, states=state or ())
        )
        return page.rows

    _show(screen, with_workspace(settings, work))


def decide(
    review: ReviewArgument,
    verdict: Annotated[LinkVerdict, typer.Argument(help="ACCEPT or REJECT.")],
    by: ByOption,
    note: NoteOption,
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the two of a review are one organisation."""
    from workflows.linking.organisations import decide_organisations
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "OrganisationReviewRow":
        done = await decide_organisations(
            ws, desk_of(by, region), review, expected_version=version, verdict=verdict, note=note
        )
        return done.value

    _show(screen, (with_workspace(settings, work),))


def reopen(
    review: ReviewArgument,
    by: ByOption,
    note: NoteOption,
    version: VersionOption = 2,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what was said of two organisations: the question is open again."""
    from workflows.linking.organisations import reopen_organisations
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "OrganisationReviewRow":
        done = await reopen_organisations(
            ws, desk_of(by, region), review, expected_version=version, reason=note
        )
        return done.value

    _show(screen, (with_workspace(settings, work),))


def _show(screen: Screen, rows: "tuple[OrganisationReviewRow, ...]") -> None:
    cells = (
        [
            row.id,
            text(f"workflows.organisation_reason.{row.reason.value}", screen.locale),
            " ".join(part for part in (row.kept.name, row.kept.credit_code) if part),
            " ".join(part for part in (row.other.name, row.other.credit_code) if part),
            " ".join(f"{name}={level}" for name, level in row.evidence.items()),
            text(f"workflows.organisation_review_state.{row.state.value}", screen.locale),
            row.due_on.isoformat(),
            str(row.version),
        ]
        for row in rows
    )
    screen.rows("organisations.title", [f"organisations.{name}" for name in _COLUMNS], cells)
    screen.finish({"reviews": [_plain(row) for row in rows]})


def _plain(row: "OrganisationReviewRow") -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "reason": row.reason.value,
        "kept_id": row.kept.id,
        "kept": row.kept.name,
        "other_id": row.other.id,
        "other": row.other.name,
        "evidence": row.evidence,
        "due_on": row.due_on.isoformat(),
        "version": row.version,
    }
