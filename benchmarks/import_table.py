"""
Every published table that a mapping reads: rows read, loaded, refused, flagged, and totals proven.

``make import-table`` writes the page in both languages; without ``--write`` it prints the rows. The collections are
not shipped: ``SHARED`` names where they are.
"""

import argparse
import csv
import io
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.import_drift import Figures, drifted_files, held_out
from domain.actors import Purpose, Scope
from domain.errors import PlatformError
from importers.load import rehearse
from importers.readers import open_source
from importers.report import ImportReport
from locales import Locale, text

DOCS = Path(__file__).parents[1] / "docs"
FOLDERS = {Locale.EN: "en", Locale.ZH_CN: "zh"}
COLLECTIONS = (
    "redcross-2020", "wuhan2020-needs", "cn-divisions", "cn-micro-wishes", "cn-volunteer-tasks",
    "henan-flood-2021", "hsds-social-services", "360giving", "getusppe",
)  # fmt: skip
ENDINGS = {".csv", ".gz", ".json", ".geojson", ".xls", ".xlsx"}
KEY = b"table" * 8
EVERYWHERE = Scope(region_paths=("/",), purpose=Purpose.OPERATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One file of the table; ``problem`` is why it is not read, where it is not."""

    file: str
    mapping: str
    rows: int
    read: int
    loaded: int
    refused: int
    flagged: int
    stated: int
    proven: int
    lost: int
    problem: str = ""


def table_files(shared: Path) -> list[Path]:
    """Give every file of the collections that may be a table."""
    return [
        path
        for folder in COLLECTIONS
        for path in sorted((shared / folder).rglob("*"))
        if path.is_file() and path.suffix in ENDINGS
    ]


def line_of(path: Path, shared: Path) -> Line:
    """Read one file and account for each of its rows."""
    name = str(path.relative_to(shared))
    try:
        report = rehearse(path, identity_key=KEY, scope=EVERYWHERE)
    except PlatformError as error:
        reason = str(error.context.get("reason") or error.code)
        return Line(
            file=name,
            mapping="",
            rows=0,
            read=0,
            loaded=0,
            refused=0,
            flagged=0,
            stated=0,
            proven=0,
            lost=0,
            problem=reason,
        )  # fmt: skip
    total = sum(1 for sheet in open_source(path).sheets for _ in sheet.rows())
    stated = [one for one in report.totals if one.stated is not None]
    return Line(
        file=name,
        mapping=", ".join(sorted({sheet.mapping for file in report.files for sheet in file.sheets})),
        rows=total,
        read=report.rows_read,
        loaded=report.rows_loaded,
        refused=report.rows_refused,
        flagged=report.rows_flagged,
        stated=len(stated),
        proven=sum(one.agrees is True for one in stated),
        lost=lost_rows(report, path),
    )


def lost_rows(report: ImportReport, path: Path) -> int:
    """
    Count rows of the file that the report does not account for: neither loaded, refused with an issue, nor no record.

    Rows of sheets that no mapping fits are accounted for by the issue that names the sheet.
    """
    lost = 0
    parts: dict[str, int] = {}
    for file in report.files:
        for sheet in file.sheets:
            whole = (
                sheet.rows_read + sheet.title_rows + sheet.header_rows + sheet.blank_rows + sheet.footer_rows
            )
            name, _, part = sheet.sheet.partition("#")
            if part == "right":
                continue  # beside another table: the same rows of the sheet, which that table accounts for
            parts[name] = parts.get(name, 0) + whole
            refused = {
                (i.sheet, i.row)
                for i in report.issues
                if i.severity.value == "REFUSED" and i.sheet == sheet.sheet
            }
            lost += abs(len(refused) - sheet.rows_refused)
    left_alone = {issue.sheet for issue in report.issues if issue.code.value == "SHEET_NOT_MAPPED"}
    for sheet in open_source(path).sheets:
        rows = sum(1 for _ in sheet.rows())
        if sheet.name in parts:
            lost += abs(rows - parts[sheet.name])
        elif sheet.name not in left_alone and any(
            cell not in (None, "") for _, cells in sheet.rows() for cell in cells
        ):
            lost += rows
    return lost


def _rows(lines: Sequence[Line], locale: Locale) -> Iterator[list[str]]:
    for one in lines:
        if one.problem:
            words = text(f"docs.import_table.{'misfit' if one.problem == 'misfit' else 'unreadable'}", locale)
            yield [f"`{one.file}`", words, *["–"] * 6]
        else:
            proven = f"{one.proven} / {one.stated}" if one.stated else "–"
            figures = [f"{n:,}" for n in (one.read, one.loaded, one.refused, one.flagged)]
            yield [f"`{one.file}`", f"`{one.mapping}`", *figures, proven, str(one.lost)]
    read = [one for one in lines if not one.problem]
    sums = [
        f"**{sum(getattr(one, name) for one in read):,}**"
        for name in ("read", "loaded", "refused", "flagged")
    ]
    stated, proven = sum(one.stated for one in read), sum(one.proven for one in read)
    yield [
        text("docs.import_table.all", locale),
        f"{len(read)}",
        *sums,
        f"{proven} / {stated}",
        f"{sum(one.lost for one in read)}",
    ]


def page(lines: Sequence[Line], figures: Sequence[Figures], locale: Locale) -> str:
    """Give the page."""

    def say(key: str) -> str:
        return text(f"docs.import_table.{key}", locale)

    def table(names: Sequence[str], rows: Iterator[list[str]] | Sequence[list[str]]) -> str:
        head = [say(name) for name in names]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)) + "\n"

    source = text("docs.generated", locale, source="`benchmarks/import_table.py`").replace(
        "`make docs`", "`make import-table`"
    )
    columns = ("file", "mapping", "read", "loaded", "refused", "flagged", "proven", "lost")
    drift = ("experiment", "columns", "right", "open", "wrong", "sure_and_wrong")
    return (
        f"# {say('title')}\n\n<!-- {source} -->\n\n{say('intro')}\n\n{table(columns, _rows(lines, locale))}\n"
        f"## {say('drift_title')}\n\n{say('drift_intro')}\n\n"
        + table(
            drift,
            [
                [
                    say(one.name), f"{one.columns:,}", f"{one.right / max(one.columns, 1):.1%}",
                    f"{one.left_open / max(one.columns, 1):.1%}", f"{one.wrong / max(one.columns, 1):.1%}",
                    f"{one.sure_and_wrong}",
                ]
                for one in figures
            ],
        )
    )  # fmt: skip


def main() -> None:
    """Print the table, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    shared: Path = arguments.shared
    lines = [line_of(path, shared) for path in table_files(shared)]
    rng = random.Random(7)  # noqa: S311 - headers that drift the same way on every run
    with tempfile.TemporaryDirectory() as folder:
        files = [shared / one.file for one in lines if not one.problem]
        figures = [held_out(files, Path(folder)), drifted_files(files, Path(folder), rng)]
    if arguments.write:
        for locale, name in FOLDERS.items():
            (DOCS / name / "reference" / "import-table.md").write_text(page(lines, figures, locale), "utf-8")
    out = io.StringIO()
    csv.writer(out).writerows(_rows(lines, Locale.EN))
    print(out.getvalue())
    for one in figures:
        print(one)


if __name__ == "__main__":
    main()
