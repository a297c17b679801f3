"""What the cells of a column look like: which readers can read them, and which words they use."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from domain.errors import InvalidInputError
from domain.identifiers import CreditCode, RegionSystem, ResidentNumber
from importers import places, values
from importers.dates import read_date, read_moment
from importers.issues import IssueCode
from importers.mapping import Column, ColumnKind
from importers.words import folded, narrow

SAMPLED = 60
"""How many different texts of a column are looked at."""
WORDS_KEPT = 40
_PHONE = re.compile(r"^(?:\+?86)?1\d{10}$|^0?\d{2,4}-?\d{7,8}(?:-\d{1,5})?$")
_NUMERIC = frozenset({ColumnKind.MONEY, ColumnKind.INTEGER, ColumnKind.DECIMAL})
_STRONG = 0.8
_VETO = 0.35
_ENOUGH = 3
_LONGEST_PLACE = 60


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A column's cells.

    Parameters
    ----------
    filled, distinct
        Of the rows looked at.
    shares
        Share of different texts that the reader of a kind can read; kinds that nothing reads are left out.
    phones
        Share that are telephone numbers.
    words
        The different texts, where there are few.
    """

    filled: int
    distinct: int
    shares: dict[ColumnKind, float]
    phones: float
    words: tuple[str, ...]

    def supports(self, column: Column) -> float | None:
        """Give the share of texts that the column's kind can read; None where its kind says nothing."""
        if not self.filled:
            return None
        kind = column.kind
        if kind in {ColumnKind.CODE, ColumnKind.CODES}:
            read = values.reader_of(column, identity_key=None)
            return _share(self.words, lambda text: read(text)[1] is None) if self.words else 0.0
        if kind in self.shares or kind in _PROFILED:
            return self.shares.get(kind, 0.0)
        return None

    def vetoes(self, column: Column) -> bool:
        """Whether the cells contradict a kind, whatever the header says."""
        share = self.supports(column)
        if share is not None and self.filled >= _ENOUGH and share < _VETO:
            return True
        numbers = self.shares.get(ColumnKind.ID_NUMBER, 0.0)
        return numbers > _STRONG and column.kind is not ColumnKind.ID_NUMBER and self.filled >= _ENOUGH

    @property
    def likeliest(self) -> ColumnKind:
        """The kind that the cells alone suggest."""
        for kind in _PROFILED:
            if self.shares.get(kind, 0.0) >= _STRONG:
                return kind
        return ColumnKind.TEXT


def profile(texts: Iterable[str]) -> Profile:
    """Profile the texts of a column, empty ones left out."""
    filled = [text for text in texts if text]
    different = list(dict.fromkeys(filled))
    sample = different[:SAMPLED]
    shares = {kind: share for kind, fits in _tests().items() if (share := _share(sample, fits)) > 0}
    return Profile(
        filled=len(filled),
        distinct=len(different),
        shares=shares,
        phones=_share(sample, lambda text: bool(_PHONE.match(folded(text)))),
        words=tuple(sample) if len(different) <= WORDS_KEPT else tuple(sample[:WORDS_KEPT]),
    )


def _share(texts: Iterable[str], fits: Callable[[str], bool]) -> float:
    results = [fits(text) for text in texts]
    return sum(results) / len(results) if results else 0.0


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            parse(narrow(text))
        except InvalidInputError:
            return False
        return True

    return fits


def _is_region(text: str) -> bool:
    bare = folded(text)
    if len(bare) > _LONGEST_PLACE or (bare.isascii() and not bare.isdigit()):
        return False
    if bare.isdigit() and len(bare) not in {2, 4, 6, 9, 12}:
        return False
    _, issue = places.read_region(text, system=RegionSystem.NBS, within=None, known=True)
    return issue in {None, IssueCode.AMBIGUOUS_REGION}


def _is_date(text: str) -> bool:
    bare = narrow(text)
    if bare.isdigit() and len(bare) != len("20200129") and len(bare) != len("43860"):
        return False
    return read_date(text)[1] in {
        None, IssueCode.DATE_INCOMPLETE, IssueCode.DATE_AMBIGUOUS, IssueCode.DATE_RANGE,
    }  # fmt: skip


def _weekly(text: str) -> bool:
    parts = values.split_list(text, "、;；|,，")
    return bool(parts) and all(values.read_weekly(part)[1] is None for part in parts)


_TESTS: dict[ColumnKind, Callable[[str], bool]] = {
    ColumnKind.ID_NUMBER: _parses(ResidentNumber.parse),
    ColumnKind.CREDIT_CODE: _parses(CreditCode.parse),
    ColumnKind.WEEKLY: _weekly,
    ColumnKind.WINDOWS: lambda text: values.read_windows(text, "、;；|")[1] is None,
    ColumnKind.REGION: _is_region,
    ColumnKind.MOMENT: lambda text: read_moment(text)[0] is not None,
    ColumnKind.DATE: _is_date,
    ColumnKind.INTEGER: lambda text: values.read_integer(text)[1] is None,
    ColumnKind.DECIMAL: lambda text: values.read_decimal(text)[1] is None,
    ColumnKind.MONEY: lambda text: values.read_money(text)[1] is None,
    ColumnKind.FLAG: lambda text: values.read_flag(text)[1] is None,
    ColumnKind.QUANTITY: lambda text: values.read_quantity(text)[1] in {None, IssueCode.QUANTITY_RANGE},
}


@cache
def _tests() -> dict[ColumnKind, Callable[[str], bool]]:
    """Give the tests, each remembering what it said: places of a header overlap, so the same texts come again."""
    return {kind: lru_cache(maxsize=20_000)(fits) for kind, fits in _TESTS.items()}


_PROFILED = (
    ColumnKind.ID_NUMBER, ColumnKind.CREDIT_CODE, ColumnKind.WEEKLY, ColumnKind.WINDOWS, ColumnKind.REGION,
    ColumnKind.MOMENT, ColumnKind.DATE, ColumnKind.FLAG, ColumnKind.INTEGER, ColumnKind.DECIMAL, ColumnKind.MONEY,
    ColumnKind.QUANTITY,
)  # fmt: skip
"""Kinds whose cells can be told by looking, the most telling first."""
