"""Whole numbers out of a text file of unknown origin."""

import re
import warnings
from pathlib import Path

import numpy as np

from domain.errors import UnreadableFileError
from matching.arrays import IntArray

MOST_BYTES = 256 * 2**20
_LETTERS = frozenset("0123456789+-.eE \t\r\n\f\v")
MOST_NUMBER = 2**40
_MOST_ARCS = 50_000_000


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
