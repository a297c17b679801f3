"""Assignment problems as OR-Library lays them out, dense and sparse."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.arrays import IntArray
from matching.files.model import ModelFile
from matching.formats.jobs import jobs_model, numbered
from matching.formats.numbers import Numbers
from matching.model import Rows

_MOST_DENSE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AssignInstance:
    """Pairs with their costs; rows and columns from 0 and below ``size``."""

    name: str
    size: int
    row: IntArray
    column: IntArray
    cost: IntArray


def read_assign(path: Path) -> AssignInstance:
    """
    Read a minimisation problem.

    Dense (``assign100`` …): ``n``, then n rows of n costs. Sparse (``assignp800`` …): ``n``, then triples
    row, column, cost, both from 1. Which of the two it is follows from how many numbers there are.

    Raises
    ------
    UnreadableFileError
        It is no such file; the error says at which part.

    Notes
    -----
    Beasley, OR-Library, "Assignment problem": people.brunel.ac.uk/~mastjjb/jeb/orlib/assigninfo.html.
    """
    numbers = Numbers(path)
    size = numbers.one("size", least=1, most=10_000_000)
    if size <= _MOST_DENSE and numbers.left == size * size:
        cost = numbers.some(size * size, "costs")
        row, column = np.divmod(np.arange(size * size, dtype=np.int64), size)
    else:
        count, rest = divmod(numbers.left, 3)
        if rest or not count:
            raise numbers.error("neither_shape", "costs", expected=size * size, found=numbers.left)
        triples = numbers.some(count * 3, "triples").reshape(count, 3)
        row, column, cost = triples[:, 0] - 1, triples[:, 1] - 1, triples[:, 2]
        for part, ends in (("row", row), ("column", column)):
            if ((ends < 0) | (ends >= size)).any():
                raise numbers.error("out_of_range", part, least=1, most=size)
        if len(np.unique(row * size + column)) != count:
            raise numbers.error("twice", "triples")
    return AssignInstance(name=path.stem, size=size, row=row, column=column, cost=cost)


def assign_model(instance: AssignInstance) -> ModelFile:
    """Make the model of an assignment problem."""
    row, column, cost, size = instance.row, instance.column, instance.cost, instance.size
    order = np.lexsort((column, cost, row))
    row, column, cost = row[order], column[order], cost[order]
    by_column = np.argsort(column, kind="stable").astype(np.int64)
    rows = Rows(
        row=column[by_column],
        arc=by_column,
        coefficient=np.ones(len(row), dtype=np.int64),
        cap=np.ones(size, dtype=np.int64),
        volunteer=np.arange(size, dtype=np.int64),
    )
    return jobs_model(
        name=instance.name,
        job=row,
        agent=column,
        cost=cost,
        n_jobs=size,
        rows=rows,
        labels=numbered(size, size, job="row", agent="column"),
    )
