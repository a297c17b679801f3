"""How many cores the work at hand may use: all of the machine's, or one inside a worker among others."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_ALLOWED: ContextVar[int | None] = ContextVar("cores_allowed", default=None)


def cores() -> int:
    """Cores that threads of a solver may use."""
    allowed = _ALLOWED.get()
    if allowed is not None:
        return allowed
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def with_cores(count: int) -> Generator[None]:
    """Let the work inside use that many."""
    token = _ALLOWED.set(count)
    try:
        yield
    finally:
        _ALLOWED.reset(token)
