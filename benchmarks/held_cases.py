"""
Held real cases: grants and equipment that people gave out long ago, planned again and laid beside what they did.

Usage: ``python -m benchmarks.held_cases DATA_DIR SHARED [--json] [--write]``, where DATA_DIR is the graph directory of
``zhulian import`` over the published files and SHARED the folder they came from (``make held-cases``).
"""

import argparse
import asyncio
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from app.container import open_store
from app.settings import Settings
from benchmarks.held_april import april
from benchmarks.held_equipment import distances, matches_of, offers_of, replay, requests_of
from benchmarks.held_grants import grants
from benchmarks.held_page import KEPT, page
from graph.ports import Access, ReadTransaction, Statement

MILES = "getusppe/ppe_match_distance_miles_first60donors.csv.gz"
_WAYS = 3  # plans of each day of the replay

OFFERS = Statement(
    "MATCH (n:InKindOffer)-[:CAME_FROM]->(d:Donation) MATCH (s:SourceTable {id: n.source_id})"
    " RETURN n.id AS id, d.donor_name AS giver, n.item AS item, n.item_text AS item_text, n.unit AS unit,"
    " n.quantity AS quantity, d.given_on AS given_on, s.mapping AS mapping",
    Access.READ,
)
NEEDS = Statement(
    "MATCH (o:Organisation)-[:HAS_NEED]->(n:Need)-[:ASKS_FOR]->(i:NeedItem)"
    " MATCH (s:SourceTable {id: n.source_id})"
    " RETURN n.id AS need_id, i.id AS need_item_id, o.name AS house, i.item AS item, i.item_text AS item_text,"
    " i.unit AS unit, i.quantity AS quantity, n.trust AS trust, n.posted_at AS posted_at,"
    " n.matched_at AS made_at, n.state_since AS ended_at, n.source_id AS source_id, n.source_row AS source_row,"
    " s.mapping AS mapping",
    Access.READ,
)
ISSUES = Statement(
    "MATCH (n:GoodsIssue) RETURN n.source_id AS source_id, n.source_row AS source_row, n.donor_name AS giver",
    Access.READ,
)
GIFTS = Statement(
    "MATCH (n:Donation) WHERE n.currency IS NOT NULL MATCH (s:SourceTable {id: n.source_id})"
    " RETURN n.reference AS number, n.donor_name AS funder, n.currency AS currency, n.foreign_amount AS awarded,"
    " n.given_on AS awarded_on, n.restriction_text AS purpose, n.source_id AS source_id,"
    " n.source_row AS source_row, s.file_name AS file",
    Access.READ,
)
FIGURES = Statement(
    "MATCH (n:StatementLine) OPTIONAL MATCH (o:Organisation {id: n.organisation_id})"
    " RETURN n.source_id AS source_id, n.source_row AS source_row, n.measure AS measure, n.title AS title,"
    " n.organisation_id AS recipient, o.address AS address",
    Access.READ,
)

BATCHES = Statement("MATCH (n:ImportBatch) WHERE n.state = 'LOADED' RETURN n.report AS report", Access.READ)


async def look(tx: ReadTransaction) -> dict[str, pl.DataFrame]:
    """Read everything of one snapshot."""
    statements = {
        "offers": OFFERS,
        "needs": NEEDS,
        "issues": ISSUES,
        "gifts": GIFTS,
        "figures": FIGURES,
        "batches": BATCHES,
    }
    return {name: await tx.frame(statement) for name, statement in statements.items()}


async def read(data_dir: Path) -> dict[str, pl.DataFrame]:
    """Open the graph and read."""
    store = await open_store(Settings.load(data_dir=data_dir))
    try:
        return await store.read(look)
    finally:
        await store.close()


def _of(frame: pl.DataFrame, mapping: str) -> pl.DataFrame:
    return frame.filter(pl.col("mapping") == mapping)


def imported(reports: pl.Series) -> list[dict[str, Any]]:
    """Give what the import's own reports say of each file."""
    found: list[dict[str, Any]] = []
    for report in map(json.loads, reports):
        for file in report["files"]:
            controls = [total["loaded"] for total in report["totals"] if total["file"] == file["file"]]
            found.append(
                {
                    "file": file["file"],
                    "read": report["rows_read"],
                    "loaded": report["rows_loaded"],
                    "refused": report["rows_refused"],
                    "flagged": report["rows_flagged"],
                    "control": controls[0] if controls else None,
                }
            )
    return sorted(found, key=lambda one: one["file"])


def _plans(april_case: dict[str, Any]) -> list[dict[str, Any]]:
    return [april_case[part]["joint"] for part in ("all", "near")]


def measure(seen: dict[str, pl.DataFrame], shared: Path) -> dict[str, Any]:
    """Run every case."""
    begin = time.process_time(), time.perf_counter()
    matches = matches_of(
        _of(seen["needs"], "equipment_matches").join(seen["issues"], on=["source_id", "source_row"])
    )
    result: dict[str, Any] = {
        "imported": imported(seen["batches"]["report"]),
        "equipment": replay(matches, offers_of(_of(seen["offers"], "equipment_offers"))),
        "april": april(
            offers_of(_of(seen["offers"], "equipment_pledges")),
            requests_of(_of(seen["needs"], "equipment_requests")),
            distances(shared / MILES),
        ),
        "grants": grants(seen["gifts"], seen["figures"]),
    }
    result["april"]["matches_on_record"] = sum(m.made_on.month == 4 for m in matches)
    rounds = [
        result["equipment"],
        *_plans(result["april"]),
        result["grants"]["applied"],
        *result["grants"]["less"],
    ]
    result["audit_violations"] = sum(one["audit_violations"] for one in rounds)
    result["rounds"] = (
        _WAYS * result["equipment"]["rounds"]
        + sum(one["rounds"] for one in _plans(result["april"]))
        + result["grants"]["applied"]["funder_years"]
        + len(result["grants"]["less"])
    )
    result["machine"] = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    result["cpu_s"] = round(time.process_time() - begin[0], 1)
    result["wall_s"] = round(time.perf_counter() - begin[1], 1)
    result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def main() -> None:
    """Read the graph, plan, compare, print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[1])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a page")
    parser.add_argument("--write", action="store_true", help="keep the figures under docs/benchmarks")
    asked = parser.parse_args()
    result = measure(asyncio.run(read(asked.data_dir)), asked.shared)
    if asked.write:
        KEPT.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
        subprocess.run([sys.executable, KEPT.parents[1] / "generate.py"], check=True)
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n" if asked.json else page(result))


if __name__ == "__main__":
    main()
