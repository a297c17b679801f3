"""Which column of a file is which: headers as Chinese and English registers write them."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from domain.errors import InvalidInputError
from identity.linkage.records import KEY, PERSON_SCHEMA, person_frame

_NOISE = re.compile(r"[\s_\-.:：*＊()\[\]（）【】]")
_REMARK = re.compile(r"[(\[（【].*?[)\]）】]")
_LATIN = "name_latin"
"""The name in letters beside the one in characters, for records that have it alone."""

_NAMING = ("name", "given_name", "surname")
_TELLING = (
    "id_number",
    "id_hash",
    "id_mask",
    "birth_date",
    "phone",
    "address",
    "street",
    "postcode",
    "email",
    "suburb",
)


@cache
def tables() -> dict[str, Any]:
    """Give the words by which columns and addresses are read."""
    return tomllib.loads(files("identity.linkage").joinpath("tables", "columns.toml").read_text("utf-8"))


def _folded(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).lower()
    if not any(word in text for word in tables()["remarks"]["kept"]):
        text = _REMARK.sub("", text)
    return _NOISE.sub("", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumns:
    """
    Columns of one file.

    Parameters
    ----------
    columns
        Header of the file for each field of a record.
    unused
        Headers that say nothing to linkage.
    """

    columns: dict[str, str]
    unused: tuple[str, ...]


def find_columns(headers: Sequence[str], id_column: str | None = None, *, file: str = "") -> FoundColumns:
    """
    Find the columns of a register by its headers.

    Parameters
    ----------
    headers
        As the file writes them.
    id_column
        Header of the key, where it is none of the usual ones.
    file
        Its name, for the error.

    Raises
    ------
    InvalidInputError
        No key, no column of names, or nothing beside the name that tells one person from another.
    """
    folded = {header: _folded(header) for header in headers}
    if id_column is not None and id_column not in headers:
        wanted = [header for header in headers if folded[header] == _folded(id_column)]
        if not wanted:
            raise _missing(file, KEY, headers, wanted=id_column)
        id_column = wanted[0]
    found: dict[str, str] = {} if id_column is None else {KEY: id_column}
    for field, aliases in tables()["headers"].items():
        if field in found:
            continue
        for alias in map(_folded, aliases):
            free = [h for h in headers if folded[h] == alias and h not in found.values()]
            if free:
                found[field] = free[0]
                break
    _by_signs(folded, found)
    if KEY not in found:
        raise _missing(file, KEY, headers)
    if not any(field in found for field in _NAMING):
        if _LATIN not in found:
            raise _missing(file, "name", headers)
        found["name"] = found.pop(_LATIN)
    if not any(field in found for field in _TELLING):
        raise _missing(file, "birth_date", headers)
    if "given_name" in found and "surname" in found:
        found.pop("name", None)
    return FoundColumns(
        columns={field: found[field] for field in (*PERSON_SCHEMA, _LATIN) if field in found},
        unused=tuple(header for header in headers if header not in found.values()),
    )


def _by_signs(folded: dict[str, str], found: dict[str, str]) -> None:
    """Find by words within a header what no alias found, where one header alone has them."""
    signs = tables()["signs"]
    free = {
        header: text
        for header, text in folded.items()
        if header not in found.values() and not any(word in text for word in signs["not"])
    }
    for field, words in signs.items():
        if field == "not" or field in found or (field == "name" and any(one in found for one in _NAMING)):
            continue
        named = [header for header, text in free.items() if any(_folded(word) in text for word in words)]
        if len(named) == 1:
            found[field] = named[0]
            del free[named[0]]


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row reads as the headers of a register, rather than as a title above them."""
    words = {_folded(alias) for aliases in tables()["headers"].values() for alias in aliases}
    return sum(_folded(cell) in words for cell in cells if cell) >= 2


def _missing(file: str, field: str, headers: Sequence[str], wanted: str | None = None) -> InvalidInputError:
    usual = wanted or " / ".join(tables()["headers"][field][:6])
    return InvalidInputError(
        f"{file}: no column {usual}; the file has {', '.join(headers)}",
        file=file,
        field=field,
        reason="missing_column",
        expected=usual,
        found=", ".join(headers),
    )


def read_people(
    table: pl.DataFrame, *, source: str, id_column: str | None = None, file: str = ""
) -> tuple[pl.DataFrame, FoundColumns]:
    """
    Give a table of a file as records of one source, and the columns that were found.

    Raises
    ------
    InvalidInputError
        A column is missing, or a key is empty or stands twice.
    """
    found = find_columns(table.columns, id_column, file=file)
    people = table.select(
        pl.col(header).cast(pl.String).str.strip_chars().alias(field)
        for field, header in found.columns.items()
    ).with_columns(pl.lit(source).alias("source"))
    if _LATIN in people.columns and "name" in people.columns:
        stated = pl.when(pl.col("name") != "").then("name")
        people = people.with_columns(pl.coalesce(stated, _LATIN).alias("name"))
    return person_frame(people), found
