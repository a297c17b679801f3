"""Seeded registers, and one worker for all tests of a run."""

import polars as pl
import pytest

from benchmarks.train_linkage import people_of
from benchmarks.zh_people import registers
from identity.linkage.linking import link
from identity.linkage.worker import ScoringWorker


@pytest.fixture(scope="session")
def worker():
    with ScoringWorker(threads=1) as kept:
        yield kept


class Linked:
    def __init__(self, made, result):
        self.left, self.right = people_of(made)
        self.pairs = result.pairs
        self.result = result
        self.truth = pl.DataFrame(made.truth, schema=["left_id", "right_id", "slice"], orient="row")
        self.traps = pl.DataFrame(sorted(made.traps), schema=["left_id", "right_id"], orient="row")

    def share(self, decisions, part=None):
        truth = self.truth if part is None else self.truth.filter(pl.col("slice") == part)
        kept = self.pairs.filter(pl.col("decision").is_in(decisions))
        return len(truth.join(kept, on=["left_id", "right_id"], how="semi")) / max(len(truth), 1)


@pytest.fixture(scope="session", params=["city", "village", "partner", "clean"])
def linked(request, worker):
    made = registers(request.param, 2_000, 4_711)
    left, right = people_of(made)
    return Linked(made, link(left, right, worker=worker))
