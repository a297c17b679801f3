"""What the generator reads: facts shipped in ``data`` and its own tables in ``generator/tables``."""

import csv
import io
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Give one TOML table of ``generator/tables``."""
    return tomllib.loads(files("generator.tables").joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def facts(folder: str, name: str) -> tuple[dict[str, str], ...]:
    """Give the rows of a shipped CSV of ``data/<folder>``."""
    text = files("data").joinpath(folder, f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


def labels(kind: str) -> dict[str, str]:
    """Give code to label of one list of codes."""
    return table("labels")[kind]


def label(kind: str, code: str) -> str:
    """Give the label of one code."""
    return labels(kind)[code]


@cache
def population(region_code: str) -> dict[str, float]:
    """Give the newest figures of a region by the names of ``measures.toml``, in the units of the source."""
    rows = sorted(facts("population", "facts"), key=lambda row: row["year"])
    found = {row["measure"]: float(row["value"]) for row in rows if row["region_code"] == region_code}
    return {name: found[measure] for name, measure in table("measures").items() if str(measure) in found}


def size_counts(region_code: str) -> tuple[float, ...]:
    """Give how many households of one, two, ... persons a region has."""
    found = {row["measure"]: float(row["value"]) for row in facts("population", "facts")
             if row["region_code"] == region_code}  # fmt: skip
    return tuple(found[measure] for measure in table("measures")["sizes"])
