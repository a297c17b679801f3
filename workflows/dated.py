"""
Rules that hold from a day on in a region: TOML files with a unit and a source beside each figure.

``default.toml`` holds everywhere; a region's file overrides single parts inside its subtree, the narrowest last.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.errors import PolicyError

ModelT = TypeVar("ModelT", bound=BaseModel)


class Strict(BaseModel):
    """A part of a rule file; what it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Strict):
    """One number of a rule: what it is, in which unit, and who says so."""

    value: int
    unit: str
    source: str


@cache
def rule_files(package: str) -> Mapping[str, Mapping[str, Any]]:
    """Give the rule files of a package by name."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in files(package).iterdir():
        if file.name.endswith(".toml"):
            try:
                found[file.name] = tomllib.loads(file.read_text("utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise PolicyError(f"rule file {file.name}: {error}", file=file.name) from error
    return dict(sorted(found.items()))


def rules_on(package: str, model: type[ModelT], day: date, region_path: str) -> ModelT:
    """
    Put together the rules of a package that are in force on a day at a place.

    Raises
    ------
    PolicyError
        A file is malformed, or nothing is in force.
    """
    merged: dict[str, Any] = {}
    ids: list[str] = []
    held = sorted(rule_files(package).values(), key=lambda file: len(cast("str", file["region_path"])))
    for file in held:
        if not region_path.startswith(cast("str", file["region_path"])):
            continue
        past = [each for each in file["versions"] if each["effective_from"] <= day]
        if not past:
            continue
        version = max(past, key=lambda each: each["effective_from"])
        ids.append(version["id"])
        merged |= {name: value for name, value in version.items() if name not in ("id", "effective_from")}
    try:
        return model.model_validate({"id": "+".join(ids), **merged})
    except ValidationError as error:
        raise PolicyError(f"rules of {package} on {day}: {error}", day=day.isoformat()) from error
