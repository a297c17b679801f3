"""
Who solves the parts of a round: the process at hand, processes of this machine, or workers of a cluster.

A crew hands out ``concurrent.futures`` futures and says how many tasks it takes at once; what a task is, and
what happens when a worker is lost, is the business of :mod:`matching.executors`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, Self, TypeVar

from domain.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

P = ParamSpec("P")
T = TypeVar("T")


class Crew(Protocol):
    """
    Somebody to hand tasks to.

    ``hands`` is how many tasks run at once, ``memory_mb`` what one of them may need (None: no limit), and
    ``elsewhere`` whether they use other cores than the caller's.
    """

    hands: int
    memory_mb: int | None
    elsewhere: bool

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin a task; the callable and all it is given must be picklable."""
        ...

    def renew(self) -> None:
        """Replace lost workers; futures under way are lost with them."""
        ...

    def stop(self) -> None:
        """Ask tasks under way to end soon."""
        ...

    def abandon(self) -> None:
        """End tasks under way without their results."""
        ...


_stopping: Event | None = None


def _begin(stopping: Event) -> None:
    global _stopping  # noqa: PLW0603 - a worker process belongs to one crew all its life
    _stopping = stopping


def stopping() -> bool:
    """Inside a worker process: whether its crew was asked to stop."""
    return _stopping is not None and _stopping.is_set()


class _Spawning(SpawnContext):
    """
    Starts processes and remembers them.

    Spawned, as forking a process whose solvers have threads may lock the child up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(  # pyright: ignore[reportIncompatibleVariableOverride] - the pool calls it, whatever it is
        self,
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> SpawnProcess:
        process = SpawnProcess(*args, **kwargs)
        self.started.append(process)
        return process


class Processes:
    """
    A pool of spawned processes on this machine.

    Parameters
    ----------
    workers
        Processes; each takes one task at a time.
    memory_mb
        What one task may need; larger ones stay with the caller.

    Raises
    ------
    InvalidInputError
        There are no workers.
    """

    elsewhere = False

    def __init__(self, workers: int, memory_mb: int | None = None) -> None:
        if workers < 1:
            raise InvalidInputError("a pool needs a worker", field="workers", value=workers)
        self.hands, self.memory_mb = workers, memory_mb
        self._context = _Spawning()
        self._stopping = self._context.Event()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.abandon()
        self._close()

    @property
    def pids(self) -> list[int]:
        """Processes of the pool that are alive."""
        return [process.pid for process in self._context.started if process.is_alive() and process.pid]

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand a task to the next free process."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.hands, mp_context=self._context, initializer=_begin, initargs=(self._stopping,)
            )
        return self._pool.submit(work, *args, **kwargs)

    def renew(self) -> None:
        """Start a fresh pool with the next task."""
        self._close()

    def stop(self) -> None:
        """Let the solvers' clocks run out."""
        self._stopping.set()

    def abandon(self) -> None:
        """Kill the processes."""
        self._stopping.set()
        for process in self._context.started:
            if process.is_alive():
                process.kill()

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._context.started.clear()
        self._stopping.clear()


class Cluster:
    """
    Workers of a Dask cluster; they need the same release of this package.

    Parameters
    ----------
    address
        Of the scheduler, as ``tcp://10.0.0.5:8786``.
    memory_mb
        What one task may need; by default the smallest memory limit among the workers.

    Raises
    ------
    UnavailableError
        ``zhulian[cluster]`` is not installed, nobody answers at the address, or no worker has come.
    """

    elsewhere = True

    def __init__(self, address: str, memory_mb: int | None = None, *, patience_s: float = 30.0) -> None:
        try:
            import distributed  # noqa: PLC0415 - an extra
            from dask import config  # noqa: PLC0415
        except ImportError as error:
            raise UnavailableError(
                "a cluster needs the extra zhulian[cluster]", package="distributed"
            ) from error
        try:
            self._client = distributed.Client(address, timeout=patience_s, set_as_default=False)
            self._client.wait_for_workers(1, timeout=patience_s)
        except (OSError, TimeoutError) as error:
            raise UnavailableError(f"no cluster at {address}: {error}", address=address) from error
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        limits = [
            worker["memory_limit"] // worker["nthreads"] for worker in workers if worker["memory_limit"]
        ]
        self.hands = sum(worker["nthreads"] for worker in workers)
        self.memory_mb = memory_mb if memory_mb is not None else min(limits, default=0) // 10**6 or None
        self._executor: Executor = self._client.get_executor(pure=False)
        # A part is sent once, and may well be some megabytes: the library need not warn of it.
        self._quiet = config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()
        self._quiet.__exit__(None, None, None)

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand a task to the scheduler."""
        return self._executor.submit(work, *args, **kwargs)

    def renew(self) -> None:
        """Nothing to do: the scheduler moves tasks of lost workers to others."""

    def stop(self) -> None:
        """Nothing to do: tasks are short, and those not begun are cancelled by the caller."""

    def abandon(self) -> None:
        """Forget the tasks; a worker ends the one it is at and takes no more."""
        self._executor.shutdown(wait=False, cancel_futures=True)
