"""What is wrong with a cell, a row or a table: values, never exceptions."""

from dataclasses import dataclass
from enum import StrEnum

from importers.privacy import masked
from importers.repair import repaired


class Severity(StrEnum):
    """A refused row is not loaded; a flagged one is, with what could be read."""

    REFUSED = "REFUSED"
    FLAGGED = "FLAGGED"


class IssueCode(StrEnum):
    """Every kind of issue; ``locales/*/importers.toml`` words it, ``docs/*/reference/issues.md`` lists it."""

    MISSING_REQUIRED = "MISSING_REQUIRED"
    UNREADABLE_NUMBER = "UNREADABLE_NUMBER"
    UNREADABLE_AMOUNT = "UNREADABLE_AMOUNT"
    UNREADABLE_DATE = "UNREADABLE_DATE"
    DATE_INCOMPLETE = "DATE_INCOMPLETE"
    DATE_AMBIGUOUS = "DATE_AMBIGUOUS"
    DATE_RANGE = "DATE_RANGE"
    UNREADABLE_FLAG = "UNREADABLE_FLAG"
    UNREADABLE_WINDOW = "UNREADABLE_WINDOW"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    INVALID_ID_NUMBER = "INVALID_ID_NUMBER"
    MASKED_ID_NUMBER = "MASKED_ID_NUMBER"
    INVALID_CREDIT_CODE = "INVALID_CREDIT_CODE"
    UNKNOWN_REGION = "UNKNOWN_REGION"
    AMBIGUOUS_REGION = "AMBIGUOUS_REGION"
    REGION_OF_FORMER_DAYS = "REGION_OF_FORMER_DAYS"
    REGION_MISSPELT = "REGION_MISSPELT"
    UNREADABLE_QUANTITY = "UNREADABLE_QUANTITY"
    QUANTITY_UNKNOWN = "QUANTITY_UNKNOWN"
    QUANTITY_RANGE = "QUANTITY_RANGE"
    QUANTITY_SHARED = "QUANTITY_SHARED"
    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    ITEM_SERIES = "ITEM_SERIES"
    COST_UNCERTAIN = "COST_UNCERTAIN"
    MOJIBAKE = "MOJIBAKE"
    FORMULA_WITHOUT_VALUE = "FORMULA_WITHOUT_VALUE"
    EXTRA_CELLS = "EXTRA_CELLS"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    DANGLING_REFERENCE = "DANGLING_REFERENCE"
    TOTAL_NOT_ROW = "TOTAL_NOT_ROW"
    PLACEHOLDER_ROW = "PLACEHOLDER_ROW"
    NOTHING_ASKED = "NOTHING_ASKED"
    NOT_VERIFIED = "NOT_VERIFIED"
    PUBLISHER_DOUBTS = "PUBLISHER_DOUBTS"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    FIGURE_BEYOND_LIMIT = "FIGURE_BEYOND_LIMIT"
    NEGATIVE_AMOUNT = "NEGATIVE_AMOUNT"
    CONTROL_TOTAL_MISMATCH = "CONTROL_TOTAL_MISMATCH"
    DUPLICATE_COLUMN = "DUPLICATE_COLUMN"
    HEADER_DRIFTED = "HEADER_DRIFTED"
    SHEET_NOT_MAPPED = "SHEET_NOT_MAPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """
    One issue with its place.

    Parameters
    ----------
    row
        As the file shows it, 1-based; None for what concerns the whole table.
    column
        Spreadsheet letters of the cell's column; None for what concerns the row.
    header
        What the column is called in the file.
    raw
        What stands in the cell, identity numbers cut short wherever they stand.
    suggestion
        What was probably meant, where something can be offered; it is never put in by itself.
    """

    file: str
    sheet: str
    row: int | None
    column: str | None
    header: str | None
    code: IssueCode
    severity: Severity
    raw: str
    suggestion: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw", masked(self.raw))
        if self.code is IssueCode.MOJIBAKE and self.suggestion is None:
            object.__setattr__(self, "suggestion", repaired(self.raw))
        if self.header is not None:
            object.__setattr__(self, "header", masked(self.header))

    def to_json(self) -> dict[str, str | int | None]:
        """Plain values for a report."""
        return {
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "header": self.header,
            "code": self.code.value,
            "severity": self.severity.value,
            "raw": self.raw[:200],
            "suggestion": self.suggestion,
        }
