"""Packs that a charity publishes of a month or a year: their periods and states."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.errors import InvalidInputError, TransitionError
from domain.time import CIVIL_ZONE, aware_utc

FIRST_YEAR, LAST_YEAR = 2017, 2200
"""Years that packs are made of: the rules that they are judged by begin with the first."""

_NAMED = re.compile(r"(?P<year>[0-9]{4})(-(?P<month>0[1-9]|1[0-2]))?")
_MONTHS = 12


class PackState(StrEnum):
    """Where a pack stands. A published one is never changed: it is corrected by a later one that names it."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


class PeriodKind(StrEnum):
    """How long a pack tells of."""

    MONTH = "MONTH"
    YEAR = "YEAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """
    A civil month or year, half-open.

    Parameters
    ----------
    start, end
        The first day, and the first day after.
    """

    kind: PeriodKind
    start: date
    end: date

    @classmethod
    def named(cls, name: str) -> "Period":
        """
        Read ``2026-11`` or ``2026``.

        Raises
        ------
        InvalidInputError
            Neither a month nor a year, or one that no rule holds in.
        """
        found = _NAMED.fullmatch(name)
        if found is None:
            raise InvalidInputError("a period looks like 2026-11 or 2026", field="period", value=name[:20])
        year = int(found["year"])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise InvalidInputError(f"packs are made from {FIRST_YEAR} on", field="period", value=name)
        if found["month"] is None:
            return cls(kind=PeriodKind.YEAR, start=date(year, 1, 1), end=date(year + 1, 1, 1))
        month = int(found["month"])
        following = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
        return cls(kind=PeriodKind.MONTH, start=date(year, month, 1), end=following)

    @property
    def name(self) -> str:
        """As it is read: ``2026-11`` or ``2026``."""
        return self.start.isoformat()[: 4 if self.kind is PeriodKind.YEAR else 7]

    @property
    def start_at(self) -> datetime:
        """Its first moment, by the civil calendar."""
        return _midnight(self.start)

    @property
    def end_at(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.end)


def _midnight(day: date) -> datetime:
    return aware_utc(datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE))


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosurePack:
    """
    A pack as it is kept.

    Parameters
    ----------
    content
        The file: JSON in UTF-8, never changed.
    digest
        SHA-256 of the file, in hex; the audit chain tells it too.
    heads
        Of each book the sequence of the last entry that was there when it was made, as JSON: where the period still
        ran, later entries are the next pack's.
    corrects_id
        The published pack that it takes the place of.
    """

    id: str
    organisation_id: str
    period: Period
    state: PackState
    content: str
    digest: str
    heads: str
    entries: int
    corrects_id: str | None = None
    reason: str | None = None
    generated_by: str
    generated_at: datetime
    published_by: str | None = None
    published_at: datetime | None = None
    region_path: str
    version: int = 1


def check_publication(state: PackState) -> None:
    """
    Refuse to publish twice.

    Raises
    ------
    TransitionError
        It is public already.
    """
    if state is not PackState.DRAFT:
        raise TransitionError("the pack is public already", before=state.value)
