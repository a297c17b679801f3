"""From a proposal and what a person said of it to a mapping, kept as TOML beside the data."""

import json
import os
import re
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Any, cast

from domain.errors import MappingError
from importers.assistant.proposals import LIKELY, SURE, Proposal
from importers.mapping import Column, Header, Mapping, MappingCatalogue, Recognise, parse_mapping
from importers.sheets import column_letter
from importers.words import folded

NAME = re.compile(r"^[a-z][a-z0-9_]{0,63}$")
LEFT_ALONE = "-"
"""What a person says of a column that shall not be read."""


def answers_of(
    proposal: Proposal, said: Table[str, str] | None = None, *, least: float = LIKELY
) -> dict[int, str]:
    """
    Give which column of the mapping each position of the sheet is.

    Parameters
    ----------
    said
        What a person set: letter or header of the sheet's column to the mapping's column, ``-`` to leave it alone.
        It stands above what was proposed.
    least
        Proposals below this confidence are left out.

    Raises
    ------
    MappingError
        The sheet has no such column, or has it twice.
    """
    found = {
        guess.position: guess.column
        for guess in proposal.columns
        if guess.column is not None and guess.confidence >= least
    }
    for where, column in (said or {}).items():
        position = _position(proposal, where)
        found = {p: name for p, name in found.items() if name != column and p != position}
        if column != LEFT_ALONE:
            found[position] = column
    return found


def _position(proposal: Proposal, where: str) -> int:
    places = [g.position for g in proposal.columns if column_letter(g.position) == where.upper()]
    places = places or [g.position for g in proposal.columns if folded(g.header) == folded(where)]
    if len(places) != 1:
        raise MappingError(
            f"the sheet has {'no' if not places else 'more than one'} column {where}: name it by its letter",
            column=where,
            problem="column",
        )
    return places[0]


def confirmed(
    proposal: Proposal,
    template: Mapping,
    answers: Table[int, str],
    *,
    name: str,
    values: Table[tuple[str, str], str] | None = None,
) -> Mapping:
    """
    Make the mapping that a person confirmed: the table kind, under the headers of this sheet.

    Parameters
    ----------
    template
        The table kind.
    answers
        Position in the sheet to column; see ``answers_of``.
    values
        (column, word) to code: words that the kind's own table lacks. Left out, those proposed with ``SURE``.

    Raises
    ------
    MappingError
        The name is no name, a column does not exist, or a required one has nothing.
    """
    if not NAME.match(name):
        raise MappingError(
            f"{name} is no name for a mapping: small letters, digits and _", mapping=name, problem="name"
        )
    unknown = sorted(set(answers.values()) - set(template.columns))
    if unknown:
        known = ", ".join(template.columns)
        raise MappingError(
            f"{template.name} has no column {', '.join(unknown)}; there are: {known}",
            mapping=template.name,
            problem=known,
        )
    missing = [column for column in template.required if column not in answers.values()]
    if missing:
        raise MappingError(
            f"required and not in the sheet: {', '.join(missing)}", mapping=name, problem=", ".join(missing)
        )
    meant = (
        {(v.column, v.word): v.code for v in proposal.values if v.confidence >= SURE}
        if values is None
        else values
    )
    headers = {guess.position: guess.header for guess in proposal.columns}
    by_column: dict[str, list[str]] = {}
    for position, column in answers.items():
        by_column.setdefault(column, []).append(headers[position])
    columns = {
        column: _column(it, by_column.get(column, []), column, meant, proposal.options.get(column, {}))
        for column, it in template.columns.items()
    }
    return template.model_copy(
        update={
            "name": name,
            "title": template.title,
            "recognise": Recognise(files=(_pattern(proposal.file),), sheets=template.recognise.sheets),
            "header": Header(rows=proposal.header_rows, within=max(30, template.header.within)),
            "columns": columns,
        }
    )


def _column(
    column: Column,
    headers: list[str],
    name: str,
    values: Table[tuple[str, str], str],
    options: Table[str, str],
) -> Column:
    said = {word: code for (of, word), code in values.items() if of == name and code}
    known = tuple(dict.fromkeys([*headers, *column.headers]))
    update: dict[str, Any] = {"headers": known, "values": {**column.values, **said}, **options}
    return Column.model_validate({**column.model_dump(), **update})


def _pattern(file: str) -> str:
    """Make of a file name the pattern of its series: figures such as the month may change."""
    stem = file.partition(".")[0]
    special = re.sub(r"[\[\]?*]", "?", stem)
    return re.sub(r"\d+", "*", special) + "*"


def mapping_toml(mapping: Mapping) -> str:
    """Write a mapping as TOML; ``parse_mapping`` reads it back the same."""
    content = mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content.pop("name", None)
    lines = _table(content, ())
    return "\n".join(lines).strip() + "\n"


def _table(content: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    rest: list[tuple[str, Any]] = []
    for key, value in content.items():
        if value is None:
            continue
        if (isinstance(value, dict) and path in {(), ("columns",), ("parameters",)} and value) or _are_tables(
            value
        ):
            rest.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in rest:
        here = (*path, key)
        title = ".".join(_key(part) for part in here)
        if isinstance(value, dict):
            below = _table(cast("dict[str, Any]", value), here)
            lines += ["", f"[{title}]", *below] if not (path == () and key == "columns") else below
        else:
            for entry in cast("list[dict[str, Any]]", value):
                lines += [
                    "",
                    f"[[{title}]]",
                    *(f"{_key(k)} = {_value(v)}" for k, v in entry.items() if v is not None),
                ]
    return lines


def _are_tables(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) for one in cast("list[Any]", value))
    )


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in entries if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in cast("list[Any]", value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def keep(catalogue: MappingCatalogue, mapping: Mapping) -> Path:
    """
    Write a confirmed mapping into the folder of the catalogue, whole or not at all, and give its file.

    Raises
    ------
    MappingError
        The catalogue has no folder.
    """
    folder = _folder(catalogue)
    text = mapping_toml(mapping)
    parse_mapping(text, mapping.name)  # what cannot be read again is not kept
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{mapping.name}.toml"
    fresh = path.with_suffix(".toml.new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
    return path


def forget(catalogue: MappingCatalogue, name: str) -> Path:
    """
    Delete a confirmed mapping, and give the file that it stood in.

    Raises
    ------
    MappingError
        Nobody confirmed a mapping of that name here; those that ship cannot be forgotten.
    """
    path = _folder(catalogue) / f"{name}.toml"
    if not NAME.match(name) or not path.is_file():
        known = ", ".join(catalogue.confirmed())
        raise MappingError(
            f"no confirmed mapping is called {name}; there are: {known}", mapping=name, problem=known
        )
    path.unlink()
    return path


def _folder(catalogue: MappingCatalogue) -> Path:
    if catalogue.folder is None:
        raise MappingError("no folder for confirmed mappings is set", problem="folder")
    return catalogue.folder
