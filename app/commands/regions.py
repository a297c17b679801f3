"""Places out of free text: dated codes of divisions, or why there is none."""

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import DataDirOption, JsonOption, day_of, screen_of, settings_of
from domain.errors import InvalidInputError
from domain.identifiers import RegionSystem
from domain.time import CIVIL_ZONE
from locales import Locale
from locales import text as worded

if TYPE_CHECKING:
    from gazetteer.answers import Resolution

_SHOWN = 4  # candidates of an ambiguous place
_COLUMNS = ("text", "certainty", "code", "name", "rest", "why")


def resolve(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Places: codes, paths of names, addresses.", metavar="[TEXT]..."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A text file with a place a line; - reads standard input.")
    ] = None,
    system: Annotated[
        RegionSystem, typer.Option("--system", help="Whose codes: statistics (NBS) or civil affairs (MCA).")
    ] = RegionSystem.NBS,
    day: Annotated[
        str | None, typer.Option("--day", help="For which day, as 2020-02-01; without one, today.")
    ] = None,
    within: Annotated[
        str | None, typer.Option("--within", help="Code of the division that the places are about.")
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read places into dated codes; what is ambiguous or unknown says so."""
    from gazetteer.counterparts import counterpart
    from gazetteer.resolver import resolve_places

    screen = screen_of(as_json=as_json, settings=settings_of(data_dir))
    texts = [*(text or []), *(_lines(file) if file else [])]
    if not texts:
        raise InvalidInputError("nothing to read: give a text, or --file")
    when = day_of(day, datetime.now(CIVIL_ZONE).date())
    found = resolve_places(texts, day=when, system=system, within=within)
    rows = (_row(one, screen.locale) for one in found)
    screen.rows("regions.title", [f"regions.{name}" for name in _COLUMNS], rows)
    said: list[dict[str, object]] = []
    for one in found:
        other = counterpart(one.division, day=when) if one.division else None
        also = (
            {
                "system": other.division.system.value,
                "code": other.division.code.value,
                "name": other.division.name,
                "likeness": other.likeness.value,
            }
            if other
            else None
        )
        said.append({**one.to_json(), "counterpart": also})
    counts = Counter(one.certainty.value for one in found)
    screen.finish({"places": said, "counts": dict(counts)})


def _row(one: "Resolution", locale: Locale) -> tuple[str, ...]:
    """Give the cells of one place; candidates and what was named in former days by their whole paths."""
    from gazetteer.spans import atlas

    places = atlas(one.system)
    candidates = " / ".join(places.path_name(each, one.day) for each in one.candidates[:_SHOWN])
    why = worded(f"places.reason.{one.reason.value}", locale) if one.reason else ""
    return (
        one.text,
        worded(f"places.certainty.{one.certainty.value}", locale),
        one.division.code.value if one.division else "",
        one.division.name if one.division else candidates,
        one.rest if one.division else "",
        why or (f"{one.named.code.value} {one.named.name}" if one.named else ""),
    )


def _lines(file: Path) -> list[str]:
    try:
        raw = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("a file of places is a text in UTF-8", file=str(file)) from error
    return [line.strip() for line in raw.splitlines() if line.strip()]
