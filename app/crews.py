"""Who solves the parts of a round, as the settings choose."""

from collections.abc import Generator
from contextlib import contextmanager

from app.settings import Settings
from matching.crews import Cluster, Crew, Processes


@contextmanager
def crew_of(settings: Settings) -> Generator[Crew | None]:
    """
    Open the cluster or the pool that is asked for; None is the process at hand.

    Raises
    ------
    UnavailableError
        The cluster does not answer, or the extra that it needs is not installed.
    """
    if settings.cluster is not None:
        with Cluster(settings.cluster, settings.worker_memory_mb) as crew:
            yield crew
    elif settings.workers > 1:
        with Processes(settings.workers, settings.worker_memory_mb) as crew:
            yield crew
    else:
        yield None
