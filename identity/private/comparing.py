"""
Comparison of two registers by their encodings alone.

Exact tokens first; what they leave is compared bit by bit, everything with everything, and each record takes the
partner it is most like, once. Dice's coefficient is used: twice the bits in common by the bits of both.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ConflictError
from identity.private.encoding import BITS, Bits
from identity.private.sessions import Encodings
from identity.private.tokens import EXACT_TOKENS

_ROWS = 48
_COLUMNS = 4_096
_WORDS = BITS // 64

LIKENESS = 0.58
"""Least Dice coefficient of a pair."""

MARGIN = 0.03
"""How much more alike than the next partner a pair must be; closer ones are ambiguous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPairs:
    """
    Pairs of handles.

    Parameters
    ----------
    pairs
        ``left_handle``, ``right_handle``, ``by`` (an exact token or ``bits``), ``likeness``, ``ambiguous``.
    compared
        Pairs of encodings that were compared.
    """

    pairs: pl.DataFrame
    compared: int


def dice_candidates(
    left: Bits, right: Bits, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """
    Give all pairs whose Dice coefficient reaches a threshold.

    Parameters
    ----------
    left, right
        Encodings, shape (records, 16).
    threshold
        Above 0.

    Returns
    -------
    rows, columns, coefficients
        Sorted by row and column.
    """
    ours, theirs = _counts(left), _counts(right)
    # dice >= t  <=>  2 common >= t (a + b); in whole numbers half of it is added for each side, never too much
    need_left = np.floor(ours * threshold / 2).astype(np.uint16)
    need_right = np.floor(theirs * threshold / 2).astype(np.uint16)
    words_left = np.ascontiguousarray(left.T)
    words_right = np.ascontiguousarray(right.T)
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    commons: list[NDArray[np.int64]] = []
    for top in range(0, len(left), _ROWS):
        for start in range(0, len(right), _COLUMNS):
            a, b = slice(top, top + _ROWS), slice(start, start + _COLUMNS)
            common = _common(words_left[:, a], words_right[:, b])
            found = np.flatnonzero(common >= need_left[a, None] + need_right[None, b])
            if len(found):
                width = common.shape[1]
                rows.append(found // width + top)
                columns.append(found % width + start)
                commons.append(common.ravel()[found].astype(np.int64))
    if not rows:
        none = np.array([], dtype=np.int64)
        return none, none, none.astype(np.float64)
    r, c, common = np.concatenate(rows), np.concatenate(columns), np.concatenate(commons)
    dice = 2 * common / np.maximum(ours[r] + theirs[c], 1)
    kept = dice >= threshold
    order = np.lexsort((c[kept], r[kept]))
    return r[kept][order], c[kept][order], dice[kept][order]


def _counts(bits: Bits) -> NDArray[np.int64]:
    return np.bitwise_count(bits).sum(axis=1, dtype=np.int64)


def _common(left: Bits, right: Bits) -> NDArray[np.uint16]:
    """Bits in common of a block; small enough that it stays in the cache."""
    shape = (left.shape[1], right.shape[1])
    both = np.empty(shape, dtype=np.uint64)
    counts = np.empty(shape, dtype=np.uint8)
    part = np.empty(shape, dtype=np.uint8)
    total = np.zeros(shape, dtype=np.uint16)
    for word in range(0, _WORDS, 2):
        # two words hold 128 bits at most, so their counts add up within a byte
        np.bitwise_and(left[word][:, None], right[word][None, :], out=both)
        np.bitwise_count(both, out=counts)
        np.bitwise_and(left[word + 1][:, None], right[word + 1][None, :], out=both)
        np.bitwise_count(both, out=part)
        counts += part
        total += counts
    return total


def compare(
    left: Encodings, right: Encodings, *, likeness: float = LIKENESS, margin: float = MARGIN
) -> EncodedPairs:
    """
    Compare two registers.

    Raises
    ------
    ConflictError
        They were not encoded for the same session.
    """
    if left.fingerprint != right.fingerprint:
        raise ConflictError("the two files were encoded for different sessions", reason="session_differs")
    taken_left = np.zeros(len(left.handles), dtype=bool)
    taken_right = np.zeros(len(right.handles), dtype=bool)
    found: list[tuple[int, int, str, float, bool]] = []
    for token in EXACT_TOKENS:
        for a, b in _once(left.exact[token], right.exact[token]):
            if not taken_left[a] and not taken_right[b]:
                taken_left[a] = taken_right[b] = True
                found.append((a, b, token, 1.0, False))
    rest_left, rest_right = np.flatnonzero(~taken_left), np.flatnonzero(~taken_right)
    r, c, dice = dice_candidates(left.bits[rest_left], right.bits[rest_right], likeness)
    # two sound numbers that differ are two people, however alike the rest is
    own, other = left.exact["id"].is_not_null().to_numpy(), right.exact["id"].is_not_null().to_numpy()
    apart = own[rest_left[r]] & other[rest_right[c]]
    r, c, dice = r[~apart], c[~apart], dice[~apart]
    for a, b, score, ambiguous in _greedy(r, c, dice, margin):
        found.append((int(rest_left[a]), int(rest_right[b]), "bits", score, ambiguous))
    pairs = pl.DataFrame(
        [(left.handles[a], right.handles[b], by, score, unsure) for a, b, by, score, unsure in found],
        schema={
            "left_handle": pl.String, "right_handle": pl.String, "by": pl.String, "likeness": pl.Float64,
            "ambiguous": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip
    return EncodedPairs(
        pairs=pairs.sort(["likeness", "left_handle", "right_handle"], descending=[True, False, False]),
        compared=len(rest_left) * len(rest_right),
    )


def _once(left: pl.Series, right: pl.Series) -> list[tuple[int, int]]:
    """Pairs of rows that share a token which stands once on either side."""

    def lone(tokens: pl.Series, name: str) -> pl.DataFrame:
        frame = pl.DataFrame({"token": tokens}).with_row_index(name).drop_nulls()
        return frame.filter(pl.len().over("token") == 1)

    joined = lone(left, "a").join(lone(right, "b"), on="token").sort("a")
    return [(int(a), int(b)) for a, b in joined.select("a", "b").iter_rows()]


def _greedy(
    r: NDArray[np.int64], c: NDArray[np.int64], dice: NDArray[np.float64], margin: float
) -> list[tuple[int, int, float, bool]]:
    order = np.lexsort((c, r, -dice))
    best: dict[tuple[int, int], float] = {}
    taken: set[tuple[int, int]] = set()
    made: list[tuple[int, int, float]] = []
    seconds: dict[tuple[int, int], float] = {}
    for place in order.tolist():
        a, b, score = (0, int(r[place])), (1, int(c[place])), float(dice[place])
        for end in (a, b):
            if end not in best:
                best[end] = score
            else:
                seconds.setdefault(end, score)
        if a not in taken and b not in taken:
            taken.update((a, b))
            made.append((a[1], b[1], score))
    return [
        (a, b, score, score - max(seconds.get((0, a), 0.0), seconds.get((1, b), 0.0)) < margin)
        for a, b, score in made
    ]
