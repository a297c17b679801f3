"""Packs on the command line: made by one person, published by another, listed, and proved against the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    DataDirOption,
    EngineOption,
    HandlerOption,
    JsonOption,
    OrganisationOption,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Screen
from domain.errors import InvalidInputError
from domain.money import yuan_text
from locales import Locale, text

if TYPE_CHECKING:
    from domain.disclosure_packs import DisclosurePack
    from workflows.disclosures.checking import PackCheck
    from workflows.workspace import Workspace

OutOption = Annotated[
    Path | None, typer.Option("--out", help="File to write, the pack itself.", metavar="FILE.json")
]
BookOption = Annotated[
    Path | None, typer.Option("--xlsx", help="Workbook to write beside it.", metavar="FILE.xlsx")
]
_AT_ONCE = 200
_LARGEST_BYTES = 256 * 1024 * 1024


def pack(
    organisation: OrganisationOption,
    period: Annotated[
        str, typer.Option("--period", help="Month or year, as 2026-11 or 2026.", metavar="PERIOD")
    ],
    handler: HandlerOption,
    corrects: Annotated[
        str | None,
        typer.Option("--corrects", help="Published pack that it takes the place of.", metavar="ID"),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it does.", metavar="TEXT")] = None,
    out: OutOption = None,
    xlsx: BookOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a draft of a charity's month or year out of its ledger."""
    from domain.disclosure_packs import Period
    from workflows.disclosures.packing import generate_pack
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    asked = Period.named(period)

    async def work(ws: "Workspace") -> "DisclosurePack":
        actor = officer_of(handler, organisation)
        done = await generate_pack(ws, actor, organisation, asked, corrects_id=corrects, reason=reason)
        return done.value

    made = with_workspace(settings, work)
    screen.say(
        "disclosures.made_draft", pack=made.id, period=period, entries=made.entries, digest=made.digest
    )
    _finish(screen, made, out, xlsx, settings.lang)


def publish(
    pack: Annotated[str, typer.Argument(help="Key of the draft.")],
    organisation: OrganisationOption,
    handler: HandlerOption,
    out: OutOption = None,
    xlsx: BookOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a draft public, as somebody else than who made it."""
    from graph.reads.disclosure_packs import disclosure_pack_by_id
    from workflows.disclosures.packing import publish_disclosure_pack
    from workflows.people import approver_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)

    async def work(ws: "Workspace") -> "DisclosurePack":
        actor = approver_of(handler, organisation)
        seen = await ws.store.read(lambda tx: disclosure_pack_by_id(tx, actor, pack))
        done = await publish_disclosure_pack(ws, actor, pack, expected_version=seen.version)
        return done.value

    made = with_workspace(settings, work)
    screen.say("disclosures.made_public", pack=made.id, digest=made.digest)
    _finish(screen, made, out, xlsx, settings.lang)


def _finish(
    screen: Screen, made: "DisclosurePack", out: Path | None, xlsx: Path | None, locale: Locale
) -> None:
    from workflows.disclosures.pack import read_pack
    from workflows.disclosures.workbook import write_pack

    if out is not None:
        out.write_text(made.content, "utf-8")
        screen.say("disclosures.file_written", file=out)
    content, _, _ = read_pack(made.content)
    if xlsx is not None:
        write_pack(content, xlsx, locale)
        screen.say("disclosures.file_written", file=xlsx)
    totals = content.totals
    names = ("opening_fen", "received_fen", "transferred_fen", "spent_fen", "returned_fen", "closing_fen")
    screen.rows(
        "disclosures.packs",
        [f"disclosures.{name}" for name in names],
        [[yuan_text(getattr(totals, name)) for name in names]],
    )
    screen.finish({**_plain(made), "totals": totals.model_dump()})


def list_(
    organisation: OrganisationOption,
    handler: HandlerOption = "list",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a charity's packs, drafts too."""
    from graph.reads.disclosure_packs import page_of_disclosure_packs
    from workflows.people import officer_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = officer_of(handler, organisation)

    async def work(ws: "Workspace") -> "list[DisclosurePack]":
        found: list[DisclosurePack] = []
        after, more = None, True
        while more:
            page = await ws.store.read(
                lambda tx, after=after: page_of_disclosure_packs(
                    tx, actor, organisation_id=organisation, first=_AT_ONCE, after=after
                )
            )
            found += page.rows
            more, after = page.has_next, page.positions[-1] if page.positions else None
        return found

    rows = sorted(with_workspace(settings, work), key=lambda row: (row.period.start, row.generated_at))
    screen.rows(
        "disclosures.packs",
        [f"disclosures.{name}" for name in ("id", "period", "state", "digest")],
        (
            [
                row.id,
                row.period.name,
                text(f"disclosures.pack_state.{row.state.value}", settings.lang),
                row.digest[:16],
            ]
            for row in rows
        ),
    )
    screen.finish({"packs": [_plain(row) for row in rows]})


def check(
    file: Annotated[Path, typer.Argument(help="File of a pack.", metavar="FILE.json")],
    drafts: Annotated[bool, typer.Option("--draft", help="The pack is not published yet.")] = False,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove the file of a pack against the ledger; the status is 1 where a figure differs."""
    from workflows.disclosures.checking import check_pack

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    content = _read(file)

    async def work(ws: "Workspace") -> "PackCheck":
        return await ws.store.read(lambda tx: check_pack(tx, content, drafts=drafts))

    found = with_workspace(settings, work)
    for each in found.findings:
        screen.say(
            f"disclosures.broken.{each.broken.value}", where=each.where, said=each.said, found=each.found
        )
    screen.say(
        "disclosures.holds" if found.holds else "disclosures.does_not_hold", figures=f"{found.figures:,}"
    )
    screen.finish(
        {
            "holds": found.holds,
            "pack": found.pack.id,
            "figures": found.figures,
            "findings": [
                {"broken": each.broken.value, "where": each.where, "said": each.said, "found": each.found}
                for each in found.findings
            ],
        }
    )
    if not found.holds:
        raise typer.Exit(code=1)


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise InvalidInputError("too large for the file of a pack", field="file", file=str(file))
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("the file cannot be read", field="file", file=str(file)) from error


def _plain(pack: "DisclosurePack") -> dict[str, object]:
    return {
        "id": pack.id,
        "organisation": pack.organisation_id,
        "period": pack.period.name,
        "state": pack.state.value,
        "digest": pack.digest,
        "entries": pack.entries,
        "corrects": pack.corrects_id,
        "generated_at": pack.generated_at.isoformat(),
        "published_at": None if pack.published_at is None else pack.published_at.isoformat(),
    }
