"""A problem on disk: format ``zhulian-problem``, one member a column, named ``table.column``."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl

from matching.arrays import BoolArray, offsets
from matching.files.container import Array, Contents, plain, read, refuse, write
from matching.files.schema import Column, check, meta_of, strings, texts, whole
from matching.problem import FORMAT_VERSION, TABLES, Problem

FORMAT = "zhulian-problem"

_LIST = pl.List(pl.String)
_KINDS: dict[Any, str] = {pl.String: "U", pl.Int64: "i", pl.Float64: "f", pl.Boolean: "b"}
_LEAST = -(2**63)
_MOST = 2**63 - 1
_MOMENTS = ("as_of_min", "horizon_start_min", "horizon_end_min")


def write_problem(path: Path, problem: Problem) -> None:
    """
    Write a problem, whole or not at all.

    Raises
    ------
    InvalidInputError
        A text cannot be written.
    """
    arrays: dict[str, Array] = {}
    for table, columns in TABLES.items():
        frame: pl.DataFrame = getattr(problem, table)
        for column, kind in columns.items():
            _put(arrays, f"{table}.{column}", frame[column], lists=kind == _LIST)
    meta = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "digest": problem.digest,
        **{name: getattr(problem, name) for name in _MOMENTS},
    }
    write(path, meta, arrays)


def read_problem(path: Path) -> Problem:
    """
    Read a problem.

    Raises
    ------
    UnreadableFileError
        The file or one of its members is not what it must be; the error names the member.
    InvalidInputError
        A figure is too large to be added up.
    """
    contents = read(path)
    meta_of(contents, FORMAT, FORMAT_VERSION)
    check(contents, _columns())
    moments = {name: whole(contents, name, least=-(2**40), most=2**40) for name in _MOMENTS}
    frames = {
        table: pl.DataFrame(
            {column: _series(contents, f"{table}.{column}", kind) for column, kind in columns.items()},
            schema=dict(columns),
        )
        for table, columns in TABLES.items()
    }
    return Problem(
        as_of_min=moments["as_of_min"],
        horizon_start_min=moments["horizon_start_min"],
        horizon_end_min=moments["horizon_end_min"],
        **frames,
    )


def _columns() -> dict[str, Column]:
    found: dict[str, Column] = {}
    for table, columns in TABLES.items():
        for column, kind in columns.items():
            name = f"{table}.{column}"
            found[f"{name}.null"] = Column(axis=table, kind="b")
            if kind == _LIST:
                found[f"{name}.count"] = Column(axis=table, least=0, most=2**31)
                found[name] = Column(axis=name, kind="U")
            else:
                found[name] = Column(axis=table, kind=_KINDS[kind], least=_LEAST, most=_MOST)
    return found


def _put(arrays: dict[str, Array], name: str, series: pl.Series, *, lists: bool) -> None:
    null = series.is_null().to_numpy()
    arrays[f"{name}.null"] = plain(null)
    if lists:
        values = cast("list[list[str] | None]", series.to_list())
        arrays[f"{name}.count"] = np.array([len(each or ()) for each in values], dtype=np.int64)
        flat = [text for each in values for text in each or ()]
        arrays[name] = texts(flat, name)
    elif series.dtype == pl.String:
        arrays[name] = texts([text or "" for text in series.to_list()], name)
    else:
        empty: Any = False if series.dtype == pl.Boolean else 0
        arrays[name] = plain(series.fill_null(empty).to_numpy())


def _series(contents: Contents, name: str, kind: object) -> pl.Series:
    null: BoolArray = contents.arrays[f"{name}.null"]
    array = contents.arrays[name]
    if kind != _LIST:
        values = pl.Series(strings(array) if array.dtype.kind == "U" else array, dtype=_dtype(kind))
        return values.set(pl.Series(null), None) if null.any() else values
    count = contents.arrays[f"{name}.count"]
    if int(count.sum()) != len(array):
        raise refuse(contents.name, f"{name}.count", "contradicts", other=name)
    first = offsets(np.repeat(np.arange(len(count)), count), len(count)).tolist()
    flat = strings(array)
    rows = [None if absent else flat[first[row] : first[row + 1]] for row, absent in enumerate(null.tolist())]
    return pl.Series(rows, dtype=_LIST)


def _dtype(kind: object) -> Any:  # noqa: ANN401 - polars takes a class or an instance
    return kind
