"""Options that several commands share, and how a command runs."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.output import Screen
from app.settings import Engine, Settings
from domain.errors import InvalidInputError

if TYPE_CHECKING:
    from domain.protection import SealedMask
    from workflows.workspace import Workspace

T = TypeVar("T")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Directory of the embedded graph, keys and logs.", metavar="DIR"),
]
EngineOption = Annotated[Engine | None, typer.Option("--engine", help="Graph engine to use.")]
RegionOption = Annotated[str, typer.Option("--region", help="Subtree, as a region path.", metavar="PATH")]
ActingRegionOption = Annotated[
    str, typer.Option("--region", help="Subtree to act in, as a region path.", metavar="PATH")
]
FirstOption = Annotated[int, typer.Option("--first", help="How many.", min=1, max=200)]
ByOption = Annotated[str, typer.Option("--by", help="Who decides, by name.", metavar="NAME")]
NoteOption = Annotated[str, typer.Option("--note", help="On what ground.")]
VersionOption = Annotated[int, typer.Option("--version", help="As it was read.", min=1)]
OrganisationOption = Annotated[
    str, typer.Option("--organisation", help="Charity that acts, by its key.", metavar="ID")
]
HandlerOption = Annotated[str, typer.Option("--handler", help="Name of the person who acts.", metavar="NAME")]
MappingOption = Annotated[str, typer.Option("--mapping", help="Name of a saved mapping; auto finds it.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Civil day that the city shows, as 2026-03-02.", metavar="DATE")
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", help="Processes that solve the parts of a round.", min=1)
]


def settings_of(data_dir: Path | None, engine: Engine | None = None, workers: int | None = None) -> Settings:
    """Read the settings with what the command line chose on top."""
    return Settings.load(data_dir=data_dir, engine=engine, workers=workers)


def screen_of(*, as_json: bool, settings: Settings) -> Screen:
    """Make the screen of one command."""
    return Screen(locale=settings.lang, as_json=as_json)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


def with_workspace(settings: Settings, work: "Callable[[Workspace], Awaitable[T]]") -> T:
    """Open the graph for one piece of work."""
    from app.container import workspace

    async def opened() -> T:
        async with workspace(settings) as ws:
            return await work(ws)

    return run(opened())


def day_of(text: str | None, default: date) -> date:
    """
    Read a civil day.

    Raises
    ------
    InvalidInputError
        Not a date of the calendar.
    """
    if text is None:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("a day looks like 2026-03-02", value=text) from error


def person_text(ws: "Workspace", name: str | None, number: "SealedMask | None", year: int | None) -> str:
    """Give what a line shows of a person: the masked name and number, and the year of birth."""
    from workflows.protection.masks import shown_mask

    return " ".join(filter(None, (name, shown_mask(ws, number), str(year or ""))))
