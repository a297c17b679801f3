"""
Parts of a model, bundled into tasks and carried out by a crew.

A task is worth some tenths of a second, so that sending it costs little and a lost one is soon done again;
the largest go first, so that none is left over at the end. A part larger than that is a task of its own, and
a giant one is solved in the caller's process with all its cores. What comes out is the same wherever a task
runs, since a solver sees the part, the gap and its own work limits alone.
"""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, replace
from threading import Event
from typing import Generic, TypeVar

from matching.cores import with_cores
from matching.crews import Crew, stopping
from matching.model import Model
from matching.solvers.giving.dealing import scarce_anywhere
from matching.solvers.outcome import Clock

T = TypeVar("T")

Solve = Callable[[Model, Clock, float], T]
"""Solves one part until a gap is reached or the clock runs out; picklable, and the same wherever it runs."""

_TASK_S = 0.5
_GIANT_S = 60.0
_ATTEMPTS = 2  # in the crew; after that the caller's process tries
_LOOK_S = 0.2
_GRACE_S = 2.0  # for tasks under way to end after the caller cancelled
_AHEAD = 2  # tasks under way for each pair of hands, so that none waits for the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Parts that travel together, with what they are estimated to cost."""

    parts: tuple[int, ...]
    seconds: float
    memory_mb: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Errand(Generic[T]):
    """What all tasks of a run share. ``cancel`` is the caller's token; it does not travel."""

    solve: Solve[T]
    clock: Clock
    gap: float
    cancel: Event | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the caller wants no more."""
        return self.cancel is not None and self.cancel.is_set()


@dataclass(slots=True, kw_only=True, eq=False)
class Log:
    """What happened to the tasks of a run."""

    tasks: int = 0
    lost: int = 0
    at_home: int = 0

    def figures(self) -> dict[str, int | float | str]:
        """Name the counts for statistics."""
        return {"tasks": self.tasks, "tasks_lost": self.lost, "tasks_at_home": self.at_home}


def estimated(model: Model) -> tuple[float, float]:
    """
    Seconds and megabytes that a part may take: rough, by its arcs and whether supply is scarce.

    From two cores of 2024: a flow of 1.9 million arcs takes 6 s and 0.4 GB, a coupled part of 36,000 arcs a
    linear programme of 1.3 s and a search of a minute.
    """
    arcs = len(model.people.arcs) + len(model.supply.money) + len(model.supply.goods)
    entries = len(model.rows.row)
    if scarce_anywhere(model, model.in_play.nonzero()[0]):
        return 0.05 + 1e-3 * arcs, (2_000 * arcs + 200 * entries) / 1e6
    return 0.002 + 4e-6 * arcs, (400 * arcs + 200 * entries) / 1e6


def bundled(models: Sequence[Model]) -> list[Task]:
    """Tasks of the parts, largest first."""
    costs = [estimated(model) for model in models]
    order = sorted(range(len(models)), key=lambda part: (-costs[part][0], part))
    tasks: list[Task] = []
    held: list[int] = []
    for part in order:
        held.append(part)
        if sum(costs[other][0] for other in held) >= _TASK_S or part == order[-1]:
            seconds = sum(costs[other][0] for other in held)
            memory_mb = max(costs[other][1] for other in held)
            tasks.append(Task(parts=tuple(held), seconds=seconds, memory_mb=memory_mb))
            held = []
    return tasks


def carried_out(
    models: Sequence[Model], errand: Errand[T], crew: Crew | None, log: Log
) -> Iterator[tuple[int, T | None]]:
    """
    Solve every part, in the order in which they come home.

    A part that was not begun when the caller cancelled comes home as None. What a solver raises twice in a
    crew is raised here by the caller's own try.
    """
    tasks: list[Task] = bundled(models)
    log.tasks = len(tasks)
    if crew is None or len(tasks) < 2:
        yield from _at_home(models, errand, tasks, log)
        return
    home = [task for task in tasks if _stays(task, crew)]
    away = [task for task in tasks if not _stays(task, crew)]
    if not crew.elsewhere:  # a giant has all cores of the machine to itself
        yield from _at_home(models, errand, home, log)
        home = []
    run = _Run(models, errand, crew, away)
    run.hand_out()
    yield from _at_home(models, errand, home, log)
    while run:
        if errand.cancelled:
            yield from run.wind_down()
        run.hand_out()
        yield from run.collect(log)


def _stays(task: Task, crew: Crew) -> bool:
    too_large = crew.memory_mb is not None and task.memory_mb > crew.memory_mb
    return too_large or (len(task.parts) == 1 and task.seconds > _GIANT_S)


def _at_home(
    models: Sequence[Model], errand: Errand[T], tasks: Sequence[Task], log: Log
) -> Iterator[tuple[int, T | None]]:
    """Solve tasks one after another in this process."""
    clock = replace(errand.clock, stopped=lambda: errand.cancelled)
    for task in tasks:
        log.at_home += 1
        for part in task.parts:
            yield part, None if errand.cancelled else errand.solve(models[part], clock, errand.gap)


def _task(solve: Solve[T], models: Sequence[Model], seconds: float, gap: float) -> list[T | None]:
    """Runs in a worker: no core but its own, and an ear for its crew between parts and inside them."""
    clock = Clock.of(seconds, stopping)
    with with_cores(1):
        return [None if stopping() else solve(model, clock, gap) for model in models]


class _Run(Generic[T]):
    """Tasks that wait, and those under way."""

    def __init__(self, models: Sequence[Model], errand: Errand[T], crew: Crew, tasks: Iterable[Task]) -> None:
        self._models, self._errand, self._crew = models, errand, crew
        self._waiting = deque(tasks)
        self._under_way: dict[Future[list[T | None]], Task] = {}
        self._attempts = Counter[tuple[int, ...]]()
        self._stopped_at = math.inf

    def __bool__(self) -> bool:
        """Whether anything is left to come."""
        return bool(self._waiting or self._under_way)

    def hand_out(self) -> None:
        """Keep the crew's hands full."""
        errand = self._errand
        while self._waiting and len(self._under_way) < self._crew.hands * _AHEAD:
            sent = [self._models[part] for part in self._waiting[0].parts]
            try:
                future = self._crew.submit(_task, errand.solve, sent, errand.clock.left, errand.gap)
            except BrokenExecutor:
                if not self._under_way:  # else those under way tell of it
                    self._crew.renew()
                return
            self._under_way[future] = self._waiting.popleft()

    def collect(self, log: Log) -> Iterator[tuple[int, T | None]]:
        """Take what has come home; what was lost goes out once more, and then is done here."""
        done, _ = wait(self._under_way, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
        failed: list[Task] = []
        broken = False
        for future in done:
            task, failure = self._under_way.pop(future), _failure(future)
            if failure is None:
                yield from zip(task.parts, future.result(), strict=True)
            else:
                failed.append(task)
                broken |= isinstance(failure, BrokenExecutor)
        if broken:
            failed += self._under_way.values()  # a broken pool drops all that it held
            self._under_way.clear()
            self._crew.renew()
        for task in failed:
            log.lost += 1
            self._attempts[task.parts] += 1
            if self._attempts[task.parts] < _ATTEMPTS:
                self._waiting.appendleft(task)
            else:
                yield from _at_home(self._models, self._errand, [task], log)

    def wind_down(self) -> Iterator[tuple[int, None]]:
        """Send nothing more; end what is under way a little later."""
        self._crew.stop()
        self._stopped_at = min(self._stopped_at, time.monotonic())
        yield from _nothing(self._waiting)
        self._waiting.clear()
        if time.monotonic() - self._stopped_at > _GRACE_S:
            self._crew.abandon()
            yield from _nothing(self._under_way.values())
            self._under_way.clear()


def _nothing(tasks: Iterable[Task]) -> Iterator[tuple[int, None]]:
    for task in tasks:
        yield from ((part, None) for part in task.parts)


def _failure(future: Future[list[T | None]]) -> BaseException | None:
    """What went wrong with a task that is done; whatever it is, the task is tried again."""
    return CancelledError() if future.cancelled() else future.exception()
