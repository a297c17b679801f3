"""Every stored fact says where it came from and since when it holds."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """
    The place one stored record was read from.

    The cell of a single value is ``(source, row)`` with the column that the import batch's column map names
    for the property: one map a table instead of one a row.

    Parameters
    ----------
    source_id
        ``SourceTable`` in the graph (file digest, sheet, column map), or ``manual`` for what a person typed.
    source_row
        Row of the table, 1-based as the spreadsheet shows it; 0 for typed-in records.
    recorded_at
        When the system learned it (aware UTC).
    """

    source_id: str
    source_row: int
    recorded_at: datetime


MANUAL_SOURCE = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """
    Half-open span of days in which a fact holds; None is open.

    Raises
    ------
    InvalidInputError
        The span holds no day.
    """

    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise InvalidInputError(
                "a fact holds for at least a day",
                valid_from=str(self.valid_from),
                valid_to=str(self.valid_to),
            )

    def holds_on(self, day: date) -> bool:
        """Whether the fact holds on a civil day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


ALWAYS = Validity()
"""Open at both ends."""
