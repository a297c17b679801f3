"""How sheets are read: propose, confirm, list, show, check, forget."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.prompt import Confirm, Prompt

from app.commands.common import DataDirOption, JsonOption, screen_of, settings_of
from app.output import Screen
from app.settings import Settings
from domain.errors import InvalidInputError, MappingError
from importers.headers import is_empty
from importers.mapping import MappingCatalogue, parse_mapping
from importers.sheets import Sheet, column_letter
from locales import text

if TYPE_CHECKING:
    from importers.assistant.proposals import ColumnGuess, Proposal

_OTHERS_SHOWN = 2


def _catalogue(settings: Settings) -> MappingCatalogue:
    return MappingCatalogue(settings.data_dir / "mappings")


def propose_(
    file: Annotated[Path, typer.Argument(help="A workbook, CSV or JSON list.", metavar="FILE")],
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Name of the sheet; the first that holds anything.")
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", help="The mapping whose kind of table it is.", metavar="NAME")
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", help="Confirm, and keep under this name.", metavar="NAME")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A column of the sheet (letter or header) and what it is; - leaves it alone.",
            metavar="COLUMN=FIELD",
        ),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", help="A word of a column of codes and its code.", metavar="FIELD:WORD=CODE"),
    ] = None,
    accept: Annotated[
        Path | None,
        typer.Option(
            "--accept", help="Keep this mapping instead, once it fits the file.", metavar="FILE.toml"
        ),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose how to read a sheet; --save, or answering in a terminal, confirms it."""
    from importers.assistant.confirming import answers_of, confirmed, keep, mapping_toml

    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    catalogue = _catalogue(settings)
    if accept is not None:
        _accept(screen, catalogue, file, accept, save)
        return
    found = _proposal(file, sheet, like, catalogue)
    _show(screen, found)
    result: dict[str, Any] = {"proposal": found.to_json(), "saved": None}
    said, words = _pairs(set_ or []), _words(found, value or [])
    if save is None and not as_json and not said and sys.stdin.isatty() and found.like is not None:
        asked = _ask(screen, found)
        if asked is not None:
            save, said = asked
    if save is not None:
        if found.like is None or (found.ambiguous and like is None):
            nearest = ", ".join(name for name, _ in ((found.like, 0.0), *found.others) if name)
            raise MappingError(
                f"which kind of table is it? Say --like NAME; nearest: {nearest}",
                file=file.name,
                reason="ambiguous",
                candidates=nearest,
            )
        mapping = confirmed(
            found, catalogue.get(found.like), answers_of(found, said), name=save, values=words
        )
        path = keep(catalogue, mapping)
        screen.say("mappings.saved", name=save, path=path)
        result |= {"saved": save, "path": str(path), "toml": mapping_toml(mapping)}
    screen.finish(result)


def _sheet(file: Path, name: str | None) -> Sheet:
    from importers.readers import open_source

    sheets = open_source(file).sheets
    chosen = [one for one in sheets if (one.name == name if name is not None else not is_empty(one))]
    if not chosen:
        listed = ", ".join(one.name for one in sheets)
        raise InvalidInputError(f"{file.name} has no such sheet; there are: {listed}", value=name or "")
    return chosen[0]


def _proposal(file: Path, sheet: str | None, like: str | None, catalogue: MappingCatalogue) -> "Proposal":
    from importers.assistant.proposals import propose

    known = catalogue.all()
    if like is not None:
        catalogue.get(like)
    chosen = _sheet(file, sheet)
    found = propose(chosen, list(known.values()), like=like)
    if found is None:
        raise MappingError(f"{file.name} {chosen.name} holds no table", file=file.name, reason="misfit")
    return found


def _pairs(said: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in said:
        column, sign, meant = one.rpartition("=")
        if not sign or not column or not meant:
            raise InvalidInputError("a pair looks like COLUMN=FIELD", value=one)
        found[column.strip()] = meant.strip()
    return found


def _words(found: "Proposal", said: list[str]) -> dict[tuple[str, str], str]:
    from importers.assistant.proposals import SURE

    words = {(v.column, v.word): v.code for v in found.values if v.confidence >= SURE}
    for key, code in _pairs(said).items():
        column, sign, word = key.partition(":")
        if not sign:
            raise InvalidInputError("a word looks like FIELD:WORD=CODE", value=key)
        words[column, word] = code
    return words


def _show(screen: Screen, found: "Proposal") -> None:
    """Show the kind, the header, and each column with its confidence and reason."""
    from importers.assistant.proposals import LIKELY

    others = ", ".join(f"{name} {share:.0%}" for name, share in found.others[:_OTHERS_SHOWN])
    key = (
        "mappings.nothing"
        if found.like is None
        else "mappings.ambiguous"
        if found.ambiguous
        else "mappings.like"
    )
    screen.say(key, like=found.like or "", share=f"{found.confidence:.0%}", others=others or "-")
    screen.say("mappings.header", row=found.first_row, rows=found.header_rows)
    screen.rows(
        "mappings.titles.columns",
        [f"mappings.columns.{name}" for name in ("letter", "header", "field", "kind", "share", "because")],
        (
            [
                column_letter(guess.position), guess.header,
                guess.column or (f"({', '.join(guess.meaning)})" if guess.confidence >= LIKELY else "-"),
                guess.kind.value, f"{guess.confidence:.0%}" if guess.confidence else "", _because(screen, guess),
            ]
            for guess in found.columns
        ),
    )  # fmt: skip
    if found.missing:
        screen.say("mappings.missing", columns=", ".join(found.missing))
    for one in found.values:
        screen.say(
            "mappings.value" if one.code else "mappings.value_open",
            column=one.column,
            word=one.word,
            code=one.code,
            share=f"{one.confidence:.0%}",
        )
    for column, options in found.options.items():
        said = ", ".join(f"{name} = {value}" for name, value in options.items())
        screen.say("mappings.option", column=column, options=said)


def _because(screen: Screen, guess: "ColumnGuess") -> str:
    if guess.because is None:
        return ""
    return text(f"importers.because.{guess.because.value}", screen.locale, known=guess.known)


def _ask(screen: Screen, found: "Proposal") -> tuple[str, dict[str, str]] | None:
    """Let a person go through what is not sure, and name the mapping; None where they leave it."""
    from importers.assistant.confirming import LEFT_ALONE
    from importers.assistant.proposals import SURE

    said: dict[str, str] = {}
    console = screen.console
    for guess in found.columns:
        if guess.column is not None and guess.confidence < SURE:
            question = screen.word(
                "mappings.ask_column", letter=column_letter(guess.position), header=guess.header
            )
            choices = ", ".join([guess.column, *(name for name, _ in guess.others), LEFT_ALONE])
            said[column_letter(guess.position)] = Prompt.ask(
                f"{question} ({choices})", default=guess.column, console=console
            )
    for column in found.missing:
        where = Prompt.ask(screen.word("mappings.ask_missing", column=column), default="", console=console)
        if where:
            said[where] = column
    if not Confirm.ask(screen.word("mappings.ask_save"), default=True, console=console):
        return None
    return Prompt.ask(screen.word("mappings.ask_name"), default=f"{found.like}_local", console=console), said


def _accept(screen: Screen, catalogue: MappingCatalogue, file: Path, accept: Path, save: str | None) -> None:
    from importers.assistant.confirming import keep
    from importers.headers import match_header
    from importers.readers import open_source

    name = save or accept.stem
    mapping = parse_mapping(accept.read_text("utf-8"), name)
    matches = [match_header(sheet, mapping) for sheet in open_source(file).sheets]
    if not any(match is not None and match.fits for match in matches):
        lacking = ", ".join(dict.fromkeys(n for match in matches if match for n in match.missing))
        raise MappingError(
            f"{accept.name} does not fit {file.name}: it misses {lacking}",
            file=file.name,
            mapping=name,
            reason="misfit",
        )
    path = keep(catalogue, mapping)
    screen.say("mappings.saved", name=name, path=path)
    screen.finish({"saved": name, "path": str(path)})


def list_(data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """List the mappings: those confirmed here first, then those that ship."""
    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    catalogue = _catalogue(settings)
    own = catalogue.confirmed()
    shown = sorted(catalogue.all().values(), key=lambda mapping: (mapping.name not in own, mapping.name))
    rows = [
        (mapping.name, screen.word("mappings.own" if mapping.name in own else "mappings.shipped"), mapping.title,
         str(len(mapping.columns)), ", ".join(mapping.required))
        for mapping in shown
    ]  # fmt: skip
    screen.rows(
        "mappings.titles.list",
        [f"mappings.columns.{name}" for name in ("name", "origin", "title", "count", "required")],
        rows,
    )
    screen.finish(
        {
            "mappings": [
                {
                    "name": m.name,
                    "confirmed": m.name in own,
                    "title": m.title,
                    "columns": list(m.columns),
                    "required": list(m.required),
                }
                for m in shown
            ]
        }
    )


NameArgument = Annotated[str, typer.Argument(help="Name of a mapping.", metavar="NAME")]


def show(name: NameArgument, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Show a mapping as TOML."""
    from importers.assistant.confirming import mapping_toml

    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    toml = mapping_toml(_catalogue(settings).get(name))
    if not as_json:
        screen.results.print(toml, highlight=False, markup=False, soft_wrap=True)
    screen.finish({"name": name, "toml": toml})


def check(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="A file that it shall read.", metavar="FILE")],
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check whether a mapping still reads a file, and how it recognises each column."""
    from importers.load import recognise

    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    one = recognise(file, name, _catalogue(settings))
    sheets: list[dict[str, Any]] = []
    for sheet, match in one.matches:
        drift = {column: (known, alike) for column, known, alike in match.drift}
        screen.rows(
            "mappings.titles.columns",
            [f"mappings.columns.{each}" for each in ("letter", "header", "field", "because")],
            (
                [
                    column_letter(position), match.headers[position], column,
                    text("importers.because.SAME_HEADER", screen.locale, known="") if column not in drift
                    else f"{drift[column][0]} {drift[column][1]:.0%}",
                ]
                for column, position in match.columns.items()
            ),
        )  # fmt: skip
        sheets.append(
            {
                "sheet": sheet.name,
                "columns": {c: column_letter(p) for c, p in match.columns.items()},
                "drift": [list(d) for d in match.drift],
            }
        )
    screen.finish({"name": name, "sheets": sheets})


def forget_(name: NameArgument, data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """Forget a mapping that was confirmed here; what it loaded stays."""
    from importers.assistant.confirming import forget

    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    path = forget(_catalogue(settings), name)
    screen.say("mappings.forgotten", name=name)
    screen.finish({"forgotten": name, "path": str(path)})
