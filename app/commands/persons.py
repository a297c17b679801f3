"""Volunteers who are known twice: pairs that wait, what people decide of them, merges taken back."""

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
    from graph.persons.proposals import PersonProposalRow, PersonSide
    from workflows.persons.deciding import Decided
    from workflows.persons.settling import SettleReport
    from workflows.workspace import Workspace

_COLUMNS = ("pair", "reason", "state", "one", "other", "evidence", "due_on")

rooms = typer.Typer(help="Volunteers who are known twice.", no_args_is_help=True)


@rooms.command()
def find(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the volunteers of a region with each other; likely pairs wait for a person, nothing is merged."""
    from workflows.people import administrator
    from workflows.persons.proposing import find_doubles

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> int:
        return await find_doubles(ws, administrator(region))

    made = with_workspace(settings, work)
    screen.table("persons.found_title", {"pairs": made})
    screen.finish({"pairs": made})


@rooms.command("list")
def list_(
    region: RegionOption = "/",
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List pairs that wait for a person, both sides masked, the earliest due first."""
    from graph.persons.proposals import page_of_person_proposals
    from workflows.people import administrator

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> None:
        page = await ws.store.read(lambda tx: page_of_person_proposals(tx, actor, first=first))
        _show(screen, ws, page.rows)

    with_workspace(settings, work)


@rooms.command()
def propose(
    one: Annotated[str, typer.Argument(help="Key of a volunteer.", metavar="ID")],
    other: Annotated[str, typer.Argument(help="Key of another.", metavar="ID")],
    by: ByOption,
    note: NoteOption,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that two may be one person; somebody else decides."""
    from workflows.people import desk_of
    from workflows.persons.proposing import propose_pair

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> None:
        asked = await propose_pair(ws, desk_of(by, region), one, other, reason=note)
        _show(screen, ws, (asked.value,))

    with_workspace(settings, work)


@rooms.command()
def decide(
    pair: Annotated[str, typer.Argument(help="Key of a pair.", metavar="ID")],
    verdict: Annotated[LinkVerdict, typer.Argument(help="ACCEPT or REJECT.")],
    by: ByOption,
    note: NoteOption,
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether the two of a pair are one person, or a merge was wrong; says what followed."""
    from workflows.people import desk_of
    from workflows.persons.deciding import OUTCOMES, decide_pair

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "Decided":
        done = await decide_pair(
            ws, desk_of(by, region), pair, expected_version=version, verdict=verdict, note=note
        )
        return done.value

    decided = with_workspace(settings, work)
    followed = None
    if decided.followed is not None:
        followed = OUTCOMES.dump_python(decided.followed, mode="json")
        screen.table(
            "persons.followed_title",
            {
                "rows_moved": sum(decided.followed.moved.values()),
                "hours_held_back": len(decided.followed.hours_held_back),
                "hours_given_back": len(decided.followed.hours_given_back),
                "promises_doubled": len(decided.followed.promises_doubled),
                "promises_restored": len(decided.followed.promises_restored),
                "credentials_suspended": len(decided.followed.credentials_suspended),
                "certificates_to_check": len(decided.followed.certificates_to_check),
            },
        )
    screen.finish(
        {
            "pair": _plain(decided.proposal),
            "decision": decided.decision_id,
            "person": decided.person,
            "followed": followed,
        }
    )


@rooms.command()
def part(
    decision: Annotated[str, typer.Argument(help="Key of the merge.", metavar="ID")],
    by: ByOption,
    note: NoteOption,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask to take a merge back; a second person decides, and each has again what it had."""
    from workflows.people import desk_of
    from workflows.persons.deciding import ask_to_part

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> None:
        asked = await ask_to_part(ws, desk_of(by, region), decision, reason=note)
        _show(screen, ws, (asked.value,))

    with_workspace(settings, work)


@rooms.command()
def settle(
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring home what imports wrote under merged records; the server does it every hour."""
    from workflows.people import clock_actor
    from workflows.persons.settling import settle_persons

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "SettleReport":
        return await settle_persons(ws, clock_actor(region))

    report = with_workspace(settings, work).figures()
    screen.table("persons.settled_title", report)
    screen.finish(report)


def _show(screen: Screen, ws: "Workspace", rows: "tuple[PersonProposalRow, ...]") -> None:
    cells = (
        [
            row.id,
            text(f"workflows.person_reason.{row.reason.value}", screen.locale),
            text(f"workflows.link_review_state.{row.state.value}", screen.locale),
            _side(ws, row.left),
            _side(ws, row.right),
            " ".join(f"{name}={level}" for name, level in row.evidence.items()),
            row.due_on.isoformat(),
        ]
        for row in rows
    )
    screen.rows("persons.title", [f"persons.{name}" for name in _COLUMNS], cells)
    screen.finish({"pairs": [_plain(row) for row in rows]})


def _side(ws: "Workspace", side: "PersonSide") -> str:
    return f"{side.volunteer_id} {person_text(ws, side.name, side.id_number, side.birth_year)}".rstrip()


def _plain(row: "PersonProposalRow") -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state.value,
        "reason": row.reason.value,
        "left": row.left.volunteer_id,
        "right": row.right.volunteer_id,
        "probability": row.probability,
        "evidence": row.evidence,
        "due_on": row.due_on.isoformat(),
        "version": row.version,
    }
