"""Generalised assignment problems as OR-Library lays them out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domain.errors import NotFoundError
from matching.arrays import IntArray
from matching.files.model import ModelFile
from matching.formats.jobs import jobs_model, numbered
from matching.formats.numbers import Numbers
from matching.model import Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GapInstance:
    """Costs and uses of shape (agents, jobs), capacities of shape (agents,); uses are not negative."""

    name: str
    cost: IntArray
    use: IntArray
    capacity: IntArray


def read_gap(path: Path, problem: int = 1) -> GapInstance:
    """
    Read a minimisation problem: ``m n``, m rows of n costs, m rows of n uses, m capacities.

    Files of several problems begin with their number (OR-Library's ``gap1`` … ``gap12``).

    Parameters
    ----------
    problem
        Which of several, from 1.

    Raises
    ------
    UnreadableFileError
        It is no such file; the error says at which part.
    NotFoundError
        It has fewer problems.

    Notes
    -----
    Beasley, OR-Library, "Generalised assignment problem": people.brunel.ac.uk/~mastjjb/jeb/orlib/gapinfo.html.
    """
    numbers = Numbers(path)
    count = _count(numbers)
    if not 1 <= problem <= count:
        raise NotFoundError(f"{path.name}: no problem {problem} of {count}", file=path.name, value=problem)
    problems = [_one(numbers) for _ in range(count)]
    numbers.end()
    cost, use, capacity = problems[problem - 1]
    name = path.stem if count == 1 else f"{path.stem}-{problem}"
    return GapInstance(name=name, cost=cost, use=use, capacity=capacity)


def _count(numbers: Numbers) -> int:
    """Give the number of problems: 1 if all the numbers are exactly one problem without a count before it."""
    agents, jobs = numbers.one("agents"), numbers.one("jobs", most=2**40)
    single = agents * jobs * 2 + agents == numbers.left
    numbers.rewind()
    return 1 if single else numbers.one("problems", least=1, most=10_000)


def _one(numbers: Numbers) -> tuple[IntArray, IntArray, IntArray]:
    agents, jobs = numbers.one("agents", least=1), numbers.one("jobs", least=1)
    cost = numbers.some(agents * jobs, "costs").reshape(agents, jobs)
    use = numbers.some(agents * jobs, "uses").reshape(agents, jobs)
    capacity = numbers.some(agents, "capacities")
    if (use < 0).any() or (capacity < 0).any():
        raise numbers.error("negative", "uses")
    return cost, use, capacity


def gap_model(instance: GapInstance) -> ModelFile:
    """Make the model of a generalised assignment problem; an agent never gets a job above its capacity."""
    cost, use, capacity = instance.cost, instance.use, instance.capacity
    agents, jobs = cost.shape
    fits = (use <= capacity[:, None]).T  # by job and agent
    job, agent = np.nonzero(fits)
    order = np.lexsort((agent, cost[agent, job], job))
    job, agent = job[order].astype(np.int64), agent[order].astype(np.int64)
    by_agent = np.argsort(agent, kind="stable").astype(np.int64)
    rows = Rows(
        row=agent[by_agent],
        arc=by_agent,
        coefficient=use[agent, job][by_agent],
        cap=capacity,
        volunteer=np.arange(agents, dtype=np.int64),
    )
    return jobs_model(
        name=instance.name,
        job=job,
        agent=agent,
        cost=cost[agent, job],
        n_jobs=jobs,
        rows=rows,
        labels=numbered(jobs, agents),
    )
