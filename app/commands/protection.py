"""
Keys of sealed identity numbers, enquiries at the desk, and copies of everything about one person.

Full numbers are shown through the API alone, where who asks has proved who they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    ActingRegionOption,
    DataDirOption,
    EngineOption,
    HandlerOption,
    JsonOption,
    screen_of,
    settings_of,
    with_workspace,
)
from domain.time import civil_date
from locales import text

if TYPE_CHECKING:
    from graph.protection.sealed import StoredKey
    from workflows.protection.registration import RegistrationAnswer
    from workflows.protection.requests import PersonFile
    from workflows.workspace import Workspace


def keys(data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False) -> None:
    """List the keys that registries seal with, and what wraps each; no secret is shown."""
    from graph.protection.sealed import stored_keys

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "list[StoredKey]":
        return await ws.store.read(stored_keys)

    found = with_workspace(settings, work)
    columns = ("key", "registry", "cipher", "envelope")
    screen.rows(
        "protection.keys_title",
        [f"protection.{name}" for name in columns],
        ([row.id, row.registry, row.cipher, row.envelope] for row in found),
    )
    screen.finish(
        {
            "keys": [
                {"key": row.id, "registry": row.registry, "cipher": row.cipher, "envelope": row.envelope}
                for row in found
            ]
        }
    )


def rotate_envelope(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Wrap every key under a new envelope key; what is sealed stays as it is."""
    from workflows.people import administrator
    from workflows.protection.keys import rotate_envelope as rotate

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> tuple[str, int]:
        return await rotate(ws, administrator())

    name, count = with_workspace(settings, work)
    screen.say("protection.wrapped", name=name, count=count)
    screen.finish({"envelope": name, "keys": count})


def rotate_key(
    registry: Annotated[
        str, typer.Argument(help="The registry, as the region path of its county.", metavar="PATH")
    ],
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Seal all that a registry keeps under a new key, and forget the old one."""
    from workflows.people import administrator
    from workflows.protection.keys import rotate_data_key

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> tuple[str, int]:
        return await rotate_data_key(ws, administrator(), registry)

    name, count = with_workspace(settings, work)
    screen.say("protection.sealed", name=name, count=count)
    screen.finish({"key": name, "records": count})


def seal_masks(
    data_dir: DataDirOption = None, engine: EngineOption = None, as_json: JsonOption = False
) -> None:
    """Seal the masks that an earlier release kept as they were; a second time finds none."""
    from workflows.people import administrator
    from workflows.protection.old_masks import seal_old_masks

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> dict[str, int]:
        return await seal_old_masks(ws, administrator())

    sealed = with_workspace(settings, work)
    screen.say("protection.masks_sealed", count=sum(sealed.values()))
    screen.finish({"sealed": sealed})


def registered(
    handler: HandlerOption,
    name: Annotated[str, typer.Option("--name", help="Name as on the document.")],
    document_seen: Annotated[
        bool, typer.Option("--document-seen", help="The person showed their document.")
    ] = False,
    region: ActingRegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell somebody whether and as what they stand in the registry; the number is typed unseen or read from a pipe."""
    from workflows.people import desk_of
    from workflows.protection.registration import ask_registration

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    stdin = typer.get_text_stream("stdin")
    asked = text("cli.protection.number", settings.lang)
    number = typer.prompt(asked, hide_input=True, err=True) if stdin.isatty() else stdin.readline().strip()

    async def work(ws: "Workspace") -> "RegistrationAnswer":
        return await ask_registration(
            ws, desk_of(handler, region), name=name, id_number=number, document_seen=document_seen
        )

    answer = with_workspace(settings, work)
    if not answer.standings:
        screen.say("protection.nobody")
    screen.rows(
        "protection.standings_title",
        ["protection.standing", "protection.status", "protection.since", "protection.source"],
        (
            [
                text(f"protection.standing.{row.standing.value}", settings.lang),
                ""
                if row.status is None
                else text(f"workflows.volunteer_status.{row.status.value}", settings.lang),
                str(civil_date(row.since)),
                row.source_id or "",
            ]
            for row in answer.standings
        ),
    )
    screen.say("protection.slip", code=answer.code, day=civil_date(answer.expires_at))
    screen.finish(
        {
            "code": answer.code,
            "standings": [
                {
                    "standing": row.standing.value,
                    "status": None if row.status is None else row.status.value,
                    "since": row.since.isoformat(),
                    "source": row.source_id,
                }
                for row in answer.standings
            ],
        }
    )


def export(
    request: Annotated[str, typer.Argument(help="Key of a request that was allowed.")],
    handler: HandlerOption,
    out: Annotated[Path, typer.Option("--out", help="Directory for the two files.", metavar="DIR")] = Path(),
    region: ActingRegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the copy of everything about one person that a second person allowed, once."""
    from app.keys import write_private
    from workflows.people import desk_of
    from workflows.protection.requests import export_person

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "PersonFile":
        return await export_person(ws, desk_of(handler, region), request, locale=settings.lang)

    file = with_workspace(settings, work)
    machine, readable = out / f"{request}.json", out / f"{request}.md"
    write_private(machine, file.machine.encode())
    write_private(readable, file.readable.encode())
    screen.say("protection.written", machine=machine, readable=readable)
    screen.finish({"machine": str(machine), "readable": str(readable), "sha256": file.digest})
