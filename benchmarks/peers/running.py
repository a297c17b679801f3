"""How a peer is run, in whichever environment: loaded first, then read, built and solved, each timed apart."""

import json
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STACK_BYTES = 1 << 30  # some libraries walk their models by recursion


class Lap:
    """Marks where building a peer's own model ends and its search begins."""

    def __init__(self) -> None:
        self._at: float | None = None

    def built(self) -> None:
        """Call once the model stands."""
        self._at = time.perf_counter()

    def split(self, begin: float, end: float) -> tuple[float, float]:
        """Seconds of building and of solving; a peer without a model of its own builds nothing."""
        at = begin if self._at is None else self._at
        return at - begin, end - at


def run(
    load: Callable[[], Any],
    read: Callable[[], Any],
    solve: Callable[[Any, Lap], float | None],
) -> None:
    """
    Run one peer and print its seconds, bound and memory as a line of JSON.

    Parameters
    ----------
    load
        Brings in what the peer loads at its first use; not counted.
    read
        Brings the instance into memory.
    solve
        Writes the answer and gives the proven lower bound of the cost, or None.
    """
    failed: list[BaseException] = []
    told: dict[str, Any] = {}

    def work() -> None:
        try:
            load()
            begin = time.perf_counter()
            instance = read()
            at, lap = time.perf_counter(), Lap()
            bound = solve(instance, lap)
            build_s, solve_s = lap.split(at, time.perf_counter())
            told.update(read_s=at - begin, build_s=build_s, solve_s=solve_s, bound=bound, peak_mb=_peak_mb())
        except BaseException as error:
            failed.append(error)

    sys.setrecursionlimit(10**7)
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    print(json.dumps(told))


def _peak_mb() -> int:
    """Greatest resident memory of this process; what a parent held when it began is not counted on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(fields["VmHWM"].split()[0]) // 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // 1024 if sys.platform != "darwin" else used // 1024**2
