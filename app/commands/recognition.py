"""Volunteers of other regions on the command line: the board, a presentation, a decision, partners' status lists."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    FirstOption,
    JsonOption,
    RegionOption,
    VersionOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.commands.credentials import content
from domain.errors import InvalidInputError
from domain.recognition import CaseState
from locales import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.output import Screen
    from domain.recognition import RecognitionCase
    from identity.recognition.likeness import HolderField
    from identity.recognition.reasons import Ruling
    from workflows.recognition.asking import PresentationRequest
    from workflows.recognition.ending import TickReport
    from workflows.recognition.recognising import Recognition
    from workflows.recognition.reviewing import Choice
    from workflows.workspace import Workspace

ByOption = Annotated[str, typer.Option("--by", help="Who acts, by name.", metavar="NAME")]
_COLUMNS = ("case", "state", "from_region", "holder", "due_on", "version")


def board(
    region: RegionOption = "/",
    state: Annotated[
        list[CaseState] | None, typer.Option("--state", help="Of this state; may be repeated.")
    ] = None,
    first: FirstOption = 50,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List cases, the newest first, with how their holders compare; both sides masked."""
    from graph.reads.recognition import page_of_recognition_cases
    from workflows.people import administrator
    from workflows.recognition.recognising import holder_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = administrator(region)

    async def work(ws: "Workspace") -> "list[tuple[RecognitionCase, tuple[HolderField, ...]]]":
        page = await ws.store.read(
            lambda tx: page_of_recognition_cases(tx, actor, states=state or (), first=first)
        )
        return [(row, holder_of(ws, row)) for row in page.rows]

    rows = with_workspace(settings, work)
    screen.rows(
        "recognition.title",
        [f"recognition.{name}" for name in _COLUMNS],
        [
            [
                row.id,
                text(f"recognition.case_state.{row.state.value}", screen.locale),
                row.from_region,
                " ".join(f"{each.field}={each.level.value.lower()}" for each in holder),
                "" if row.due_on is None else row.due_on.isoformat(),
                str(row.version),
            ]
            for row, holder in rows
        ],
    )
    screen.finish(
        {
            "cases": [
                {
                    "id": row.id,
                    "state": row.state.value,
                    "from_region": row.from_region,
                    "agreement": [row.agreement_id, row.agreement_version],
                    "holder": {each.field: each.level.value for each in holder},
                    "due_on": None if row.due_on is None else row.due_on.isoformat(),
                    "version": row.version,
                }
                for row, holder in rows
            ]
        }
    )


def ask(
    by: ByOption,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a nonce that a holder has to name, good once for ten minutes."""
    from app.trust_desk import InstalledTrust
    from workflows.people import desk_of
    from workflows.recognition.asking import AskedFor, open_request

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "PresentationRequest":
        trust = InstalledTrust(settings, ws)
        await trust.book()
        return (await open_request(ws, desk_of(by, region), trust.name, AskedFor.RECOGNITION)).value

    asked = with_workspace(settings, work)
    screen.say("recognition.asked", audience=asked.audience, nonce=asked.nonce)
    screen.finish(
        {"audience": asked.audience, "nonce": asked.nonce, "expires_at": asked.expires_at.isoformat()}
    )


def present(
    presentation: Annotated[
        Path, typer.Argument(help="File with the presentation, - for standard input.", metavar="FILE")
    ],
    nonce: Annotated[str, typer.Option("--nonce", help="What was given for this once.")],
    by: ByOption,
    volunteer: Annotated[
        str | None,
        typer.Option(
            "--volunteer", help="Whose record it is joined to; else whoever the key is.", metavar="ID"
        ),
    ] = None,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a presentation at the desk; the status is 1 where it is refused."""
    from app.trust_desk import InstalledTrust
    from identity.verdicts import VerdictCode
    from workflows.people import desk_of
    from workflows.recognition.recognising import Presented, recognise

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    shown = content(presentation).decode("ascii", "replace").strip()

    async def work(ws: "Workspace") -> "Recognition":
        trusted = await InstalledTrust(settings, ws).trusted(shown)
        presented = Presented(presentation=shown, nonce=nonce, volunteer_id=volunteer)
        return (await recognise(ws, desk_of(by, region), trusted, presented)).value

    found = with_workspace(settings, work)
    _tell(screen, found)
    if found.verdict is not VerdictCode.ACCEPTED:
        raise typer.Exit(1)


def decide(
    case: Annotated[str, typer.Argument(help="Key of a case.", metavar="ID")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="On what ground.")],
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Subject of a claim that counts; may be repeated.")
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option("--refuse", help="Subject of a claim that does not.")
    ] = None,
    version: VersionOption = 1,
    region: RegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide on claims that wait; whoever brought the case may not, and what is not named goes on waiting."""
    from graph.recognition.cases import case_by_id, decisions_of
    from workflows.people import desk_of
    from workflows.recognition.applying import RULINGS
    from workflows.recognition.reviewing import review_case

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = desk_of(by, region)
    chosen = {**dict.fromkeys(accept or (), True), **dict.fromkeys(refuse or (), False)}

    async def work(ws: "Workspace") -> "Recognition":
        async def standing() -> "Sequence[Ruling]":
            await ws.store.read(lambda tx: case_by_id(tx, actor, case))
            made = await ws.store.read(lambda tx: decisions_of(tx, [case]))
            return RULINGS.validate_json(made[case][-1].rulings)

        choices = _choices(await standing(), chosen)
        done = await review_case(ws, actor, case, choices, reason=reason, expected_version=version)
        return done.value

    _tell(screen, with_workspace(settings, work))


def _choices(rulings: "Sequence[Ruling]", chosen: dict[str, bool]) -> "list[Choice]":
    """
    Name the claims that wait by their subjects.

    Raises
    ------
    InvalidInputError
        Nothing was chosen, or no claim of that subject waits.
    """
    from identity.recognition.reasons import Outcome
    from workflows.recognition.reviewing import Choice

    waiting = [each for each in rulings if each.outcome is Outcome.REVIEW]
    strange = set(chosen) - {each.subject for each in waiting}
    if strange or not chosen:
        raise InvalidInputError(
            "nothing is to be decided of that claim", field="--accept", value=min(strange, default="")
        )
    return [
        Choice(kind=each.kind.value, subject=each.subject, grants=each.grants, accept=chosen[each.subject])
        for each in waiting
        if each.subject in chosen
    ]


def take_list(
    statuses: Annotated[Path, typer.Argument(help="Signed status list that a partner sent.", metavar="FILE")],
    data_dir: DataDirOption = None,
) -> None:
    """Keep a partner's status list that came as a file, for where its registry cannot be asked."""
    from identity.credentials.status import list_address
    from workflows.credentials.lists import ListKeeper
    from workflows.credentials.memory import VerifierMemory

    settings = settings_of(data_dir)
    token = content(statuses).decode("ascii", "replace").strip()
    address = list_address(token)
    if address is None:
        raise InvalidInputError("not a status list", file=str(statuses), reason="sub")
    folder = settings.data_dir / "trust"
    ListKeeper(folder / "lists", VerifierMemory(folder / "memory.sqlite")).keep(address, token)


def look_again(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """End what partners revoked since; the server does it by itself every quarter of an hour."""
    from app.trust_desk import InstalledTrust
    from workflows.people import clock_actor
    from workflows.recognition.ending import status_addresses, tick_recognition

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "TickReport":
        trust = InstalledTrust(settings, ws)
        await trust.refresh(await status_addresses(ws, clock_actor()))
        return await tick_recognition(ws, clock_actor(), await trust.trusted())

    report = with_workspace(settings, work)
    figures: dict[str, object] = {
        "looked_at": report.looked_at,
        "revoked": report.revoked,
        "ended": report.ended,
        "unknown": report.unknown,
    }
    screen.table("recognition.looked_again", figures)
    screen.finish(figures)


def _tell(screen: "Screen", found: "Recognition") -> None:
    code = found.verdict.value
    screen.say("credentials.verdict", verdict=text(f"credentials.verdict.{code}", screen.locale), code=code)
    screen.rows(
        "recognition.rulings",
        ["recognition.subject", "recognition.outcome", "recognition.reason"],
        [
            (
                each.subject,
                text(f"recognition.outcome.{each.outcome.value}", screen.locale),
                text(f"recognition.reason.{each.reason.value}", screen.locale),
            )
            for each in found.rulings
        ],
    )
    screen.finish(
        {
            "code": code,
            "case": found.case_id,
            "state": None if found.state is None else found.state.value,
            "rulings": [
                {
                    "kind": each.kind.value,
                    "subject": each.subject,
                    "grants": each.grants,
                    "outcome": each.outcome.value,
                    "reason": each.reason.value,
                    "minutes": each.minutes,
                }
                for each in found.rulings
            ],
        }
    )
