"""
The process in which Splink runs.

Native code that ends a process must not end the server's, so scoring happens in a child, started afresh and kept as
long as it is wanted. What it dies of reaches the caller as an error.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import Self

import polars as pl

from domain.errors import UnavailableError
from identity.linkage.comparisons import Comparison

Shares = Mapping[str, tuple[Sequence[float], Sequence[float]]]


def _warm() -> int:
    from identity.linkage import splink_model  # noqa: PLC0415 - in the child alone

    return len(splink_model.UID)


def _score(
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    comparisons: Sequence[Comparison],
    shares: Shares,
    threads: int,
) -> pl.DataFrame:
    from identity.linkage import splink_model  # noqa: PLC0415 - in the child alone

    return splink_model.score(records, pairs, comparisons, shares, threads)


class ScoringWorker:
    """
    A child process that scores pairs; a context manager.

    Parameters
    ----------
    threads
        Of DuckDB; all cores where nothing is said.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        self.warm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm(self) -> "Future[int]":
        """Start the child and let it load what it needs, while the caller goes on."""
        return self._running().submit(_warm)

    def score(
        self, records: pl.DataFrame, pairs: pl.DataFrame, comparisons: Sequence[Comparison], shares: Shares
    ) -> pl.DataFrame:
        """
        Compare and score pairs, as ``splink_model.score`` says.

        Raises
        ------
        UnavailableError
            The child ended; the next call starts another.
        """
        try:
            return self._running().submit(_score, records, pairs, comparisons, shares, self._threads).result()
        except BrokenProcessPool as error:
            self.close()
            raise UnavailableError("the process that scores pairs ended", part="linkage") from error

    def close(self) -> None:
        """End the child."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
        return self._pool
