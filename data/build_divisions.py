"""
Make ``data/divisions`` from the published tables, so that anybody can see where each figure came from.

``python -m data.build_divisions ../shared/data/cn-divisions`` writes the same bytes each time.
"""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from data.build_history import digits, history

VILLAGE_TABLES = (
    "nbs_villages_3101_shanghai.csv",
    "nbs_villages_3205_suzhou.csv",
    "nbs_villages_3302_ningbo.csv",
    "nbs_villages_4201_wuhan.csv",
)
TARGET = Path(__file__).parent / "divisions"


def _rows(file: Path) -> list[dict[str, str]]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def _write(name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    (TARGET / name).write_bytes(gzip.compress(text.getvalue().encode("utf-8"), 9, mtime=0))


def build(source: Path) -> None:
    """Write all shipped tables from the folder of published ones."""
    TARGET.mkdir(exist_ok=True)
    nation = [
        (row["code"], row["name"])
        for name in ("nbs_provinces.csv", "nbs_cities.csv", "nbs_areas.csv", "nbs_streets.csv.gz")
        for row in _rows(source / name)
    ]
    _write("nbs_nation_to_town.csv.gz", ("code", "name"), sorted(nation))
    villages = [(row["code"], row["name"]) for name in VILLAGE_TABLES for row in _rows(source / name)]
    _write("nbs_villages.csv.gz", ("code", "name"), sorted(villages))
    upper = {digits(row["code12"]): row["name"] for row in _rows(source / "mca_divisions.csv")}
    towns = [(row["town_code12"][:9], row["town"]) for row in _rows(source / "mca_townships.csv.gz")]
    _write("mca_nation_to_town.csv.gz", ("code", "name"), sorted([*upper.items(), *towns]))
    changes = _rows(source / "county_code_history_1980_2020.csv") + _rows(TARGET / "changes_added.csv")
    former, began = history(changes, upper)
    _write("former.csv.gz", ("code", "name", "began", "ended", "successors"), former)
    _write("began.csv.gz", ("code", "began"), began)
    points: dict[str, tuple[str, ...]] = {}
    columns = ("adcode", "name", "centroid_lng", "centroid_lat", "inside_lng", "inside_lat")
    for row in _rows(source / "county_centroids.csv"):
        points.setdefault(row["adcode"], tuple(row[column] for column in columns))  # six outlines are split
    _write("county_points.csv.gz", columns, sorted(points.values()))
    outlines = json.loads((source / "boundaries_suzhou_shanghai_ningbo_wuhan.geojson").read_text("utf-8"))
    packed = json.dumps(outlines, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    (TARGET / "county_outlines.geojson.gz").write_bytes(gzip.compress(packed, 9, mtime=0))


if __name__ == "__main__":
    build(Path(sys.argv[1]))
