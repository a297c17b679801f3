"""Whole numbers out of a text file of unknown origin, and the model of jobs and agents they make."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from domain.errors import UnreadableFileError
from matching.arrays import IntArray, offsets
from matching.files.model import Measure, ModelFile
from matching.model import (
    NANO,
    NO_ARC,
    Arcs,
    Ceilings,
    Gifts,
    Labels,
    Model,
    People,
    Places,
    Rows,
    Supply,
    Worth,
)

MOST_BYTES = 256 * 2**20
_LETTERS = frozenset("0123456789+-.eE \t\r\n\f\v")
MOST_NUMBER = 2**40
_MOST_ARCS = 50_000_000
_LEAST_PENALTY = 100_000


class Numbers:
    """
    The whole numbers of a text file, taken one after the other.

    Raises
    ------
    UnreadableFileError
        The file is not there, is too large, is empty or holds something that is no whole number.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.name
        self._at = 0
        self._all = _read(path)

    def one(self, what: str, *, least: int = 0, most: int = _MOST_ARCS) -> int:
        """Take one number."""
        value = int(self.some(1, what)[0])
        if not least <= value <= most:
            raise self.error("out_of_range", what, found=value, least=least, most=most)
        return value

    def some(self, count: int, what: str) -> IntArray:
        """Take ``count`` numbers."""
        if count > len(self._all) - self._at:
            raise self.error("too_few_numbers", what, expected=self._at + count, found=len(self._all))
        self._at += count
        return self._all[self._at - count : self._at]

    def end(self) -> None:
        """Refuse what stands after the last number there is a meaning for."""
        if self._at != len(self._all):
            raise self.error("too_many_numbers", "end", expected=self._at, found=len(self._all))

    @property
    def left(self) -> int:
        """Numbers not taken yet."""
        return len(self._all) - self._at

    def rewind(self) -> None:
        """Begin again at the first number."""
        self._at = 0

    def error(self, reason: str, what: str, **context: str | int) -> UnreadableFileError:
        """Make the error of a part of the file."""
        about = ", ".join(f"{name} {value}" for name, value in context.items())
        return UnreadableFileError(
            f"{self._file}: {what}: {reason.replace('_', ' ')}{', ' if about else ''}{about}",
            file=self._file,
            part=what,
            reason=reason,
            **context,
        )


def text_of(path: Path) -> str:
    """
    Read a text file of at most 256 MiB.

    Raises
    ------
    UnreadableFileError
        It is not there, too large, or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = "directory" if path.is_dir() else "missing"
        raise UnreadableFileError(f"{path.name}: {error}", file=path.name, reason=reason) from error
    if len(raw) > MOST_BYTES:
        raise UnreadableFileError(f"{path.name}: too large", file=path.name, reason="too_large")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"{path.name}: {error}", file=path.name, reason="binary") from error


def _read(path: Path) -> IntArray:
    text = text_of(path)
    numbers = _parsed(text)
    if numbers is None:
        bad = next(
            (word.group()[:40] for word in re.finditer(r"\S+", text) if not _is_whole(word.group())), ""
        )
        raise UnreadableFileError(
            f"{path.name}: {bad!r} is no whole number", file=path.name, reason="not_a_number", found=bad
        )
    if not len(numbers):
        raise UnreadableFileError(f"{path.name}: empty", file=path.name, reason="empty")
    return numbers


def _parsed(text: str) -> IntArray | None:
    """All numbers at once, in memory of the size of the text; None where a word is no whole number."""
    if not text.strip():
        return np.empty(0, dtype=np.int64)
    if not _LETTERS.issuperset(text):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy stops at the first bad word and only warns
            numbers = np.fromstring(text, dtype=np.float64, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    if not (np.abs(numbers) <= MOST_NUMBER).all() or (numbers != np.rint(numbers)).any():
        return None
    return numbers.astype(np.int64)


def _is_whole(word: str) -> bool:
    try:
        value = float(word)
    except ValueError:
        return False
    return abs(value) <= MOST_NUMBER and value == round(value)


def jobs_model(
    *,
    name: str,
    job: IntArray,
    agent: IntArray,
    cost: IntArray,
    n_jobs: int,
    rows: Rows,
    labels: Labels,
) -> ModelFile:
    """
    Make the model of jobs that are each to be done once, at the least cost.

    A job is a need with one slot, an agent a volunteer, a pair an arc. A job left undone costs more than any
    choice of agents for one could save, up to where that would leave the range of exact sums; a plan that
    does all jobs is the best of those whatever the penalty.

    Parameters
    ----------
    job, agent, cost
        By pair, sorted by (job, cost, agent); equal lengths.
    rows
        Capacities, over those pairs.
    """
    least = min(0, int(cost.min(initial=0)))
    points = least - cost  # never positive
    dearest = np.zeros(n_jobs, dtype=np.int64)
    np.maximum.at(dearest, job, -points)
    penalty = min(int(dearest.sum()) + 1, max(_LEAST_PENALTY, 20 * int(dearest.max(initial=0))))
    if n_jobs * penalty >= 2**62 // NANO:
        raise UnreadableFileError(f"{name}: costs too large", file=name, reason="too_large")
    staffed = np.zeros(n_jobs, dtype=np.bool_)
    staffed[job] = True
    every = np.arange(n_jobs, dtype=np.int64)
    zeros = np.zeros(n_jobs, dtype=np.int64)
    model = Model(
        worth=Worth(
            complete=np.full(n_jobs, penalty * NANO, dtype=np.int64),
            money_credit=zeros,
            item_credit=zeros[:0],
        ),
        slot_count=zeros + 1,
        item_need=zeros[:0],
        community=zeros - 1,
        people=People(
            places=Places(
                need=every,
                slot=every,
                option=zeros,
                start_min=zeros,
                end_min=zeros,
                group=every,
                group_need=every,
                tail=np.full(n_jobs, NO_ARC, dtype=np.int64),
            ),
            arcs=Arcs(place=job, volunteer=agent, distance_m=np.zeros_like(job), points=points),
            depth=np.bincount(job, minlength=n_jobs).astype(np.int64),
        ),
        rows=rows,
        supply=nothing(n_jobs),
        possible=staffed,
        in_play=staffed,
        escort_arcs=np.zeros(len(job), dtype=np.bool_),
        adult_arcs=np.ones(len(job), dtype=np.bool_),
    )
    measure = Measure(sense="min", offset=least * n_jobs)
    return ModelFile(model=model, labels=labels, measure=measure, name=name)


def nothing(n_needs: int) -> Supply:
    """No money, no goods, no ceilings."""
    none = np.zeros(0, dtype=np.int64)

    def gifts(n_takers: int) -> Gifts:
        return Gifts(
            taker=none,
            giver=none,
            most=none,
            cost=none,
            asked=np.zeros(n_takers, dtype=np.int64),
            held=none,
            first=offsets(none, n_takers),
        )

    return Supply(
        money=gifts(n_needs),
        goods=gifts(0),
        ceilings=Ceilings(row=none, need=none, per_need=none, per_fen=none, cap=none, subject=none, what=[]),
        parts=np.zeros(n_needs, dtype=np.bool_),
        supplied=np.ones(n_needs, dtype=np.bool_),
    )


def numbered(jobs: int, agents: int, *, job: str = "job", agent: str = "agent") -> Labels:
    """Number jobs and agents from 1."""
    names: Sequence[str] = [f"{job}-{number + 1}" for number in range(jobs)]
    return Labels(
        needs=names,
        slots=names,
        volunteers=[f"{agent}-{number + 1}" for number in range(agents)],
        funds=(),
        items=(),
        stock=(),
        communities=(),
    )
