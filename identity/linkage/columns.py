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

_NOISE = re.compile(r"[\s_\-.:：*＊]|[(\[（【].*?[)\]）】]")
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
    return _NOISE.sub("", unicodedata.normalize("NFKC", header)).lower()


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
    if KEY not in found:
        raise _missing(file, KEY, headers)
    if not any(field in found for field in _NAMING):
        raise _missing(file, "name", headers)
    if not any(field in found for field in _TELLING):
        raise _missing(file, "birth_date", headers)
    if "given_name" in found and "surname" in found:
        found.pop("name", None)
    return FoundColumns(
        columns={field: found[field] for field in PERSON_SCHEMA if field in found},
        unused=tuple(header for header in headers if header not in found.values()),
    )


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
    return person_frame(people), found
