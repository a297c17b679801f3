"""
Make ``data/wishes``, ``data/population`` and ``data/names`` from the published tables.

``python -m data.build_city_facts ../shared/data`` writes the same bytes each time. Only facts are taken over:
a wish in its minimal words with what it asks for, census figures, and the two MIT tables of names.
"""

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
SUMS_OF_WISHES = "综合"


def _rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))


def _write(target: Path, header: tuple[str, ...], rows: Iterable[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row[column] for column in header] for row in rows)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(text.getvalue().encode("utf-8"))


def build(source: Path) -> None:
    """Write all shipped tables from the folder that holds the published ones."""
    wishes = [
        row
        for row in _rows(source / "cn-micro-wishes" / "micro_wishes.csv")
        if row["category"] != SUMS_OF_WISHES  # totals of many wishes, not wishes
    ]
    columns = ("wish_id", "wish", "category", "beneficiary", "quantity", "unit", "year")
    _write(HERE / "wishes" / "wishes.csv", columns, wishes)
    facts = _rows(source / "cn-population-facts" / "population_facts.csv")
    columns = ("region_code", "region", "year", "measure", "unit", "value")
    _write(HERE / "population" / "facts.csv", columns, facts)
    names = source / "cn-names"
    _write(HERE / "names" / "surnames.csv", ("surname", "weight"), _rows(names / "mit_surnames_weighted.csv"))
    _write(HERE / "names" / "given_names.csv", ("given_name", "sex"), _rows(names / "mit_given_names.csv"))


if __name__ == "__main__":
    build(Path(sys.argv[1]))
