"""What an import did, or would do: figures that add up, every issue, every control total."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from importers.issues import Issue, IssueCode, Severity
from importers.privacy import masked

ISSUES_LISTED = 1_000
"""How many issues the JSON lists; their counts by code are always whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """
    A figure stated below a table, beside our own.

    ``measure`` is ``rows`` or a column of the mapping; money is fen. ``stated`` is None where the table
    has no such footer, and then ``agrees`` is None too: nothing was proven. ``computed`` is what the rows
    say, which proves the reading; ``loaded`` is what of it was loaded, less where a row was refused or repeats
    another.
    """

    file: str
    sheet: str
    measure: str
    stated: int | None
    computed: int
    loaded: int

    @property
    def agrees(self) -> bool | None:
        """Whether the two are equal."""
        return None if self.stated is None else self.stated == self.computed

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        return {
            "file": self.file,
            "sheet": self.sheet,
            "measure": self.measure,
            "stated": self.stated,
            "computed": self.computed,
            "loaded": self.loaded,
            "agrees": self.agrees,
        }


SAMPLES = 5
"""How many created and changed nodes of a label a dry run shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One node that an import makes or changes: ``fields`` are name, value before, value after."""

    label: str
    id: str
    row: int | None
    created: bool
    fields: tuple[tuple[str, Any, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        return {
            "label": self.label,
            "row": self.row,
            "created": self.created,
            "fields": [
                {"name": name, "before": _shown(before), "after": _shown(after)}
                for name, before, after in self.fields
            ],
        }


def _shown(value: object) -> object:
    if value is None or isinstance(value, int | float | bool):
        return value
    return masked(str(value))


@dataclass(slots=True, kw_only=True)
class EntityCount:
    """How many nodes or relationships of a kind were created, changed, found as they were; rows refused."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    def add(self, *, created: int = 0, changed: int = 0, unchanged: int = 0, refused: int = 0) -> None:
        """Count more."""
        self.created += created
        self.changed += changed
        self.unchanged += unchanged
        self.refused += refused

    def to_json(self) -> dict[str, int]:
        """Plain values for a report."""
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReport:
    """
    One sheet: ``rows_read`` data rows are loaded or refused, flagged ones counted within the loaded.

    Title, header, blank and footer rows are the rest of the sheet; ``footers`` gives their texts.
    ``unmapped`` are columns that the mapping leaves alone.
    """

    sheet: str
    mapping: str
    rows_read: int
    rows_refused: int
    rows_flagged: int
    title_rows: int
    header_rows: int
    blank_rows: int
    footer_rows: int
    footers: tuple[tuple[int, str], ...]
    unmapped: tuple[str, ...]

    @property
    def rows_loaded(self) -> int:
        """Rows that became something."""
        return self.rows_read - self.rows_refused

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        return {
            "sheet": self.sheet,
            "mapping": self.mapping,
            "rows_read": self.rows_read,
            "rows_loaded": self.rows_loaded,
            "rows_refused": self.rows_refused,
            "rows_flagged": self.rows_flagged,
            "title_rows": self.title_rows,
            "header_rows": self.header_rows,
            "blank_rows": self.blank_rows,
            "footer_rows": self.footer_rows,
            "footers": [{"row": row, "text": text[:200]} for row, text in self.footers],
            "unmapped_columns": list(self.unmapped),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file. A duplicate is a file whose every sheet is in the graph already: nothing was written."""

    file: str
    digest: str
    encoding: str | None
    duplicate: bool
    batch_id: str | None
    sheets: tuple[SheetReport, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a report."""
        return {
            "file": self.file,
            "digest": self.digest,
            "encoding": self.encoding,
            "duplicate": self.duplicate,
            "batch_id": self.batch_id,
            "sheets": [sheet.to_json() for sheet in self.sheets],
        }


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """The whole import. ``rows_read = rows_loaded + rows_refused`` always; flagged rows are loaded ones."""

    dry_run: bool
    files: list[FileReport] = field(default_factory=lambda: [])
    totals: list[ControlTotal] = field(default_factory=lambda: [])
    issues: list[Issue] = field(default_factory=lambda: [])
    nodes: dict[str, EntityCount] = field(default_factory=lambda: {})
    relationships: dict[str, EntityCount] = field(default_factory=lambda: {})
    samples: list[Sample] = field(default_factory=lambda: [])
    unlisted: Counter[str] = field(default_factory=Counter[str])
    """Issues of files that were loaded before, beyond those that their stored reports list."""
    seconds: dict[str, float] = field(default_factory=lambda: {})
    """Wall-clock seconds by phase: recognise, read, load."""

    @classmethod
    def of_duplicate(cls, stored: Mapping[str, Any]) -> "ImportReport":
        """Give the report of a file that is in the graph already, from what was stored when it was loaded."""
        listed = [_issue(plain) for plain in stored["issues"]]
        more = Counter(cast("dict[str, int]", stored["issues_by_code"]))
        more.subtract(issue.code.value for issue in listed)
        return cls(
            dry_run=False,
            files=[_file(plain) for plain in stored["files"]],
            totals=[
                ControlTotal(**{name: value for name, value in plain.items() if name != "agrees"})
                for plain in stored["totals"]
            ],
            issues=listed,
            nodes=_untouched(stored["nodes"]),
            relationships=_untouched(stored["relationships"]),
            unlisted=+more,
        )

    @property
    def rows_read(self) -> int:
        """Data rows of all sheets."""
        return sum(sheet.rows_read for file in self.files for sheet in file.sheets)

    @property
    def rows_loaded(self) -> int:
        """Rows that became something."""
        return sum(sheet.rows_loaded for file in self.files for sheet in file.sheets)

    @property
    def rows_refused(self) -> int:
        """Rows left out; each has an issue that says why."""
        return sum(sheet.rows_refused for file in self.files for sheet in file.sheets)

    @property
    def rows_flagged(self) -> int:
        """Loaded rows with at least one issue."""
        return sum(sheet.rows_flagged for file in self.files for sheet in file.sheets)

    @property
    def agrees(self) -> bool:
        """Whether no stated total is contradicted."""
        return all(total.agrees is not False for total in self.totals)

    def add(self, other: "ImportReport") -> None:
        """Take in the report of one more file."""
        self.files += other.files
        self.totals += other.totals
        self.issues += other.issues
        self.samples += other.samples
        self.unlisted += other.unlisted
        for phase, spent in other.seconds.items():
            self.seconds[phase] = self.seconds.get(phase, 0.0) + spent
        for mine, theirs in ((self.nodes, other.nodes), (self.relationships, other.relationships)):
            for name, count in theirs.items():
                mine.setdefault(name, EntityCount()).add(**count.to_json())

    def to_json(self) -> dict[str, Any]:
        """Give plain values: what ``--json`` prints."""
        return {
            "dry_run": self.dry_run,
            "rows_read": self.rows_read,
            "rows_loaded": self.rows_loaded,
            "rows_refused": self.rows_refused,
            "rows_flagged": self.rows_flagged,
            "totals": [total.to_json() for total in self.totals],
            "nodes": {name: count.to_json() for name, count in sorted(self.nodes.items())},
            "relationships": {name: count.to_json() for name, count in sorted(self.relationships.items())},
            "samples": [sample.to_json() for sample in self.samples],
            "issues_by_code": dict(
                sorted((Counter(issue.code.value for issue in self.issues) + self.unlisted).items())
            ),
            "issues": [issue.to_json() for issue in self.issues[:ISSUES_LISTED]],
            "files": [file.to_json() for file in self.files],
        }


def _issue(plain: Mapping[str, Any]) -> Issue:
    known: dict[str, Any] = {
        **plain,
        "code": IssueCode(plain["code"]),
        "severity": Severity(plain["severity"]),
    }
    return Issue(**known)


def _file(plain: Mapping[str, Any]) -> FileReport:
    return FileReport(
        file=plain["file"],
        digest=plain["digest"],
        encoding=plain["encoding"],
        duplicate=True,
        batch_id=plain["batch_id"],
        sheets=tuple(_sheet(sheet) for sheet in plain["sheets"]),
    )


def _sheet(plain: Mapping[str, Any]) -> SheetReport:
    known = {name: value for name, value in plain.items() if name not in {"rows_loaded", "unmapped_columns"}}
    footers = tuple((int(each["row"]), str(each["text"])) for each in plain["footers"])
    whole: dict[str, Any] = {**known, "footers": footers, "unmapped": tuple(plain["unmapped_columns"])}
    return SheetReport(**whole)


def _untouched(counts: Mapping[str, Mapping[str, int]]) -> dict[str, EntityCount]:
    """Count what a duplicate holds: all of it is there already."""
    return {
        name: EntityCount(
            unchanged=count["created"] + count["changed"] + count["unchanged"], refused=count["refused"]
        )
        for name, count in counts.items()
    }


def rows_with_issues(issues: list[Issue], severity: Severity | None = None) -> set[tuple[str, str, int]]:
    """Give the places of rows that have issues, of one severity or any."""
    return {
        (issue.file, issue.sheet, issue.row)
        for issue in issues
        if issue.row is not None and (severity is None or issue.severity is severity)
    }
