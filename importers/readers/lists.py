"""JSON lists: of cells ``{key, value}``, of records, a package of records, a catalogue of paths, or GeoJSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from shapely.geometry import shape

from domain.errors import UnreadableFileError
from importers.limits import MAX_CELLS, MAX_COLUMNS, MAX_JSON_BYTES
from importers.sheets import Row, Sheet, SourceFile, Value

_DEEPEST = 4  # records within records: deeper ones are text
_Record = dict[str, Value]


def open_list(path: Path, digest: str) -> SourceFile:
    """
    Open a JSON list as a table: keys are the header (row 0), items are rows from 1.

    Raises
    ------
    UnreadableFileError
        Not JSON, cut off, or a shape that is no table.
    """
    if path.stat().st_size > MAX_JSON_BYTES:
        raise _unreadable(path, "too_large", f"more than {MAX_JSON_BYTES >> 20} MiB of JSON")
    try:
        content: Any = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _unreadable(path, "encoding", "JSON is UTF-8, this is not") from error
    except json.JSONDecodeError as error:
        raise _unreadable(
            path, "cut_off", f"not JSON to its end: {error.msg}, line {error.lineno}"
        ) from error
    except RecursionError as error:
        raise _unreadable(path, "damaged", "nested deeper than any table") from error
    except ValueError as error:  # a number of thousands of digits
        raise _unreadable(path, "damaged", str(error)) from error
    records = _records(path, content)
    header = list(dict.fromkeys(key for record in records for key in record))
    if len(header) > MAX_COLUMNS:
        raise _unreadable(path, "too_wide", f"has {len(header)} different keys")
    if len(header) * len(records) > MAX_CELLS:
        raise _unreadable(path, "too_large", f"has {len(records)} records of {len(header)} keys")

    def rows() -> Iterator[Row]:
        yield 0, header
        for number, record in enumerate(records, start=1):
            yield number, [record.get(key) for key in header]

    sheet = Sheet(file_name=path.name, file_digest=digest, name="", rows=rows)
    return SourceFile(path=path, digest=digest, encoding="utf-8", sheets=(sheet,))


def _unreadable(path: Path, reason: str, problem: str) -> UnreadableFileError:
    return UnreadableFileError(f"{path.name}: {problem}", file=path.name, reason=reason, problem=problem)


def _records(path: Path, content: object) -> list[_Record]:
    if isinstance(content, dict):
        table = cast("dict[str, Any]", content)
        if table.get("type") == "FeatureCollection":
            return [_feature(path, feature) for feature in table.get("features", [])]
        packed = next(iter(table.values()), None) if len(table) == 1 else None
        if (
            isinstance(packed, list)
            and packed
            and all(isinstance(e, dict) for e in cast("list[Any]", packed))
        ):
            return [_nested(entry) for entry in cast("list[dict[str, Any]]", packed)]
        if all(isinstance(entry, list) for entry in table.values()):
            return [
                {"section": key, "path": _text(entry)} for key, entries in table.items() for entry in entries
            ]
        return [_flat(table)]
    if isinstance(content, list):
        items = cast("list[Any]", content)
        if all(isinstance(item, list) for item in items):
            return [_keyed(item) for item in items]
        if all(isinstance(item, dict) for item in items):
            return [_flat(item) for item in items]
    raise _unreadable(path, "no_table", "is JSON, but neither a list of rows nor of records")


def _keyed(cells: list[object]) -> _Record:
    """Cells ``{key, value, specification?}``; a null cell, as some rows end with, says nothing."""
    record: _Record = {}
    for cell in cells:
        if isinstance(cell, dict) and "key" in cell:
            entry = cast("dict[str, Any]", cell)
            key = str(entry["key"])
            record[key] = _text(entry.get("value"))
            if entry.get("specification"):
                record[f"{key}#specification"] = _text(entry["specification"])
    return record


def _flat(item: dict[str, Any]) -> _Record:
    return {str(key): _text(value) for key, value in item.items()}


def _nested(item: dict[str, Any], depth: int = 0) -> _Record:
    """
    Records within records as columns ``outer/inner``, as the flat form of such packages names them.

    Of a list of records each column holds the values of all, in order, each once.
    """
    record: _Record = {}
    for key, value in item.items():
        parts = cast("list[Any]", value) if isinstance(value, list) else [value]
        if depth == _DEEPEST or not parts or not all(isinstance(part, dict) for part in parts):
            record[str(key)] = _text(value)
            continue
        inner = [_nested(part, depth + 1) for part in parts]
        for name in dict.fromkeys(name for part in inner for name in part):
            said = list(dict.fromkeys(part[name] for part in inner if part.get(name) not in (None, "")))
            record[f"{key}/{name}"] = said[0] if len(said) == 1 else "\uff1b".join(map(str, said))
    return record


def _feature(path: Path, feature: object) -> _Record:
    """Properties of a GeoJSON feature and a point that is sure to lie inside its outline."""
    try:
        table = cast("dict[str, Any]", feature)
        point = shape(table["geometry"]).representative_point()
        properties = cast("dict[str, Any]", table["properties"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path, "damaged", "a feature has no outline that can be read") from error
    return {**_flat(properties), "inside_lng": round(point.x, 5), "inside_lat": round(point.y, 5)}


def _text(value: object) -> Value:
    """Scalars as they are; lists of small records as ``name tel`` or ``specification: value``."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return "\uff1b".join(part for part in (_entry(entry) for entry in cast("list[Any]", value)) if part)
    return _entry(value)


def _entry(entry: object) -> str:
    if isinstance(entry, dict):
        parts = [str(part) for part in cast("dict[str, Any]", entry).values() if part not in (None, "")]
        return " ".join(parts)
    return "" if entry is None else str(entry)
