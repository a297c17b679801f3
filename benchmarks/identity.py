"""
What linkage, private linkage and verification reach, in figures.

    python -m benchmarks.identity --write                # make bench-identity
    python -m benchmarks.identity --part scale --write   # one part: quality, febrl, private, scale, verify

Registers are drawn from seeds that no training uses, by two generators that know nothing of one another; FEBRL is
read where it is. Wall-clock seconds stand beside CPU seconds of all processes, since machines are seldom alone.
``--write`` keeps the rows in ``docs/benchmarks``, each part for itself.
"""

import argparse
import itertools
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from app.commands.identity import people_of as read_file
from benchmarks import credentials
from benchmarks.train_linkage import people_of
from benchmarks.zh_people import REGIMES, Registers, registers
from benchmarks.zh_strangers import COUPLES, strangers, write
from identity.jose.algorithms import Curve
from identity.linkage.columns import read_people
from identity.linkage.linking import LinkResult, dedupe, link, match_new, prepare
from identity.linkage.worker import ScoringWorker
from identity.private.comparing import compare, dice_candidates
from identity.private.encoding import BITS
from identity.private.sessions import PprlSession, encode
from identity.private.tokens import TokenHash

PAGES = Path(__file__).parents[1] / "docs" / "benchmarks"
KEYS = ["left_id", "right_id"]
SEEDS = (101, 102, 103)
SIZE = 10_000
LARGE = 111_650
KNOWN, NEW = 120_000, 100
Row = dict[str, Any]

_ADDRESS = ["id_number", "street_number", "street", "locality"]
FEBRL_FIELDS = {
    "all fields": [],
    "no id, no address": _ADDRESS,
    "name, birth, state": [*_ADDRESS, "suburb", "postcode"],
}


class Clock:
    """Wall and CPU seconds since it was made, of this process and of children that have ended."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), self._used()

    @staticmethod
    def _used() -> float:
        who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))

    def read(self) -> Row:
        """Give both, and the load of the machine."""
        return {
            "wall_s": round(time.perf_counter() - self._wall, 2),
            "cpu_s": round(self._used() - self._cpu, 2),
            "load": round(os.getloadavg()[0], 1),
        }


def judged(made: Registers, result: LinkResult, records: int) -> Row:
    """Compare a run with the truth."""
    pairs = result.pairs
    truth = pl.DataFrame(made.truth, schema=[*KEYS, "slice"], orient="row")
    traps = pl.DataFrame(sorted(made.traps), schema=KEYS, orient="row")
    auto, review = (pairs.filter(pl.col("decision") == one) for one in ("auto", "review"))
    right, seen = (one.join(truth, on=KEYS, how="semi") for one in (auto, review))
    found = pl.concat([right, seen])
    parts = {
        str(key[0]): round(len(part.join(found, on=KEYS, how="semi")) / len(part), 4)
        for key, part in truth.partition_by("slice", as_dict=True).items()
    }
    return {
        "pairs": len(truth),
        "automatic": len(auto),
        "automatic_wrong": len(auto) - len(right),
        "automatic_precision": round(len(right) / max(len(auto), 1), 5),
        "automatic_recall": round(len(right) / len(truth), 4),
        "review_per_100": round(100 * len(review) / records, 2),
        "recall_after_review": round(len(found) / len(truth), 4),
        "traps": len(traps),
        "traps_merged": len(auto.join(traps, on=KEYS, how="semi")),
        "recall_by_slice": parts,
    }


def quality() -> list[Row]:
    """Link registers of both generators."""
    rows: list[Row] = []
    with ScoringWorker() as worker:
        for regime, seed in itertools.product(REGIMES, SEEDS):
            made = registers(regime, SIZE, seed)
            left, right = people_of(made)
            told = judged(made, link(left, right, worker=worker), len(right))
            rows.append({"set": regime, "seed": seed, **told})
        for couple, seed in itertools.product(COUPLES, SEEDS):
            drawn = strangers(couple, SIZE, seed)
            with tempfile.TemporaryDirectory() as folder:
                write(drawn, Path(folder))
                left, right = (read_file(Path(folder) / f"{name}.csv", name, None)[0] for name in "AB")
            told = judged(drawn.made, link(left, right, worker=worker), len(right))
            rows.append({"set": f"strangers: {couple}", "seed": seed, **told})
    return rows


def febrl(folder: Path) -> list[Row]:
    """Link FEBRL 4 with fewer and fewer fields, and find FEBRL 1's duplicates."""

    def read(name: str) -> pl.DataFrame:
        table = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
        return read_people(table.rename(str.strip), source=name)[0]

    def row(name: str, result: LinkResult, pairs: int) -> Row:
        auto = result.pairs.filter(pl.col("decision") == "auto")
        one, other = (pl.col(key).str.extract(r"rec-(\d+)-") for key in KEYS)
        right = len(auto.filter(one == other))
        return {
            "set": name,
            "precision": round(right / len(auto), 5),
            "recall": round(right / pairs, 5),
            "f1": round(2 * right / (len(auto) + pairs), 5),
        }

    with ScoringWorker() as worker:
        rows: list[Row] = []
        for name, without in FEBRL_FIELDS.items():
            left, right = (read(f"dataset4{side}").drop(without) for side in "ab")
            rows.append(row(f"FEBRL 4, {name}", link(left, right, worker=worker), 5_000))
        rows.append(row("FEBRL 1, duplicates", dedupe(read("dataset1"), worker=worker), 500))
    return rows


def private() -> list[Row]:
    """Link by encodings alone, and count how many a second are made and compared."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    agreed = PprlSession(
        agreement="A-B",
        year=2026,
        key=b"k" * 32,
        algorithm=TokenHash.SHA256,
        expires_at=datetime(2026, 12, 31, tzinfo=UTC),
    )
    numbers = itertools.count()
    rows: list[Row] = []
    for seed in SEEDS:
        made = registers("city", SIZE, seed)
        clock = Clock()
        ours, theirs = (
            encode(people, agreed, now=now, new_handle=lambda: f"{next(numbers):032x}")
            for people in people_of(made)
        )
        encoding = clock.read()
        found = compare(ours.encodings, theirs.encodings).pairs
        pairs = {
            (ours.owners[a], theirs.owners[b])
            for a, b in found.select("left_handle", "right_handle").iter_rows()
        }
        truth = {(a, b) for a, b, _ in made.truth}
        both = len(pairs & truth)
        rows.append({
            "set": "city",
            "seed": seed,
            "precision": round(both / len(pairs), 4),
            "recall": round(both / len(truth), 4),
            "f1": round(2 * both / (len(pairs) + len(truth)), 4),
            "fill": round(ours.encodings.fill, 3),
            "encodings_per_cpu_s": round(2 * SIZE / encoding["cpu_s"]),
        })  # fmt: skip
        if seed == SEEDS[0]:
            bits = ours.encodings.bits, theirs.encodings.bits
    clock = Clock()
    dice_candidates(*bits, 0.58)
    took = clock.read()
    rows.append({
        "set": f"{SIZE} x {SIZE} of {BITS} bits",
        **took,
        "million_pairs_per_cpu_s": round(SIZE * SIZE / took["cpu_s"] / 1e6, 1),
    })  # fmt: skip
    return rows


def scale() -> list[Row]:
    """Link registers of a large city from end to end, and a few new records with those that are known."""
    left, right = people_of(registers("city", LARGE, 1))
    rows: list[Row] = []
    clock = Clock()
    result = link(left, right)
    rows.append({"what": "link", "records": len(left) + len(right), **clock.read(), "candidates": result.candidates,
                 "phases_s": result.seconds})  # fmt: skip
    known, new = prepare(pl.concat([left, right.head(KNOWN - len(left))])), right.tail(NEW)
    with ScoringWorker() as worker:
        match_new(known, new.head(1), worker=worker)
        for _ in range(3):
            clock = Clock()
            match_new(known, new, worker=worker)
            rows.append({"what": "match_new", "records": NEW, "known": len(known), **clock.read()})
    return rows


def verification() -> list[Row]:
    """Check presentations in full, on one core."""
    return [dict(credentials.measure(4_000, curve)) for curve in (Curve.P256, Curve.ED25519)]


def page(kept: dict[str, list[Row]]) -> str:
    """Write the rows as tables."""
    text = "# Identity: figures\n\nWritten by `make bench-identity`; rows stand in `identity.json` beside this page.\n"
    for part, rows in kept.items():
        text += f"\n## {part}\n"
        for names in dict.fromkeys(tuple(row) for row in rows):
            cells = [[str(row[name]) for name in names] for row in rows if tuple(row) == names]
            lines = [list(names), ["---"] * len(names), *cells]
            text += "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return text


def main() -> None:
    """Measure, print, and keep."""
    parts: dict[str, Callable[[], list[Row]]] = {
        "quality": quality,
        "febrl": lambda: febrl(chosen.shared / "linkage-febrl"),
        "private": private,
        "scale": scale,
        "verify": verification,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=parts, action="append")
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    np.seterr(all="raise")
    file = PAGES / "identity.json"
    for part in chosen.part or parts:
        if part == "febrl" and not (chosen.shared / "linkage-febrl").is_dir():
            print(f"{chosen.shared}/linkage-febrl is not here: left out")
            continue
        rows = parts[part]()
        for row in rows:
            print(json.dumps({"part": part, **row}), flush=True)
        if chosen.write:
            kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
            kept = {name: rows if name == part else kept.get(name) for name in parts}
            kept = {name: found for name, found in kept.items() if found}
            file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
            (PAGES / "identity.md").write_text(page(kept), "utf-8")


if __name__ == "__main__":
    main()
