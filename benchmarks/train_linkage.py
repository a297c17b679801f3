"""
Count the parameters of Chinese registers on seeded sets, and write them into the package.

    make train-linkage

Levels of true pairs give m, levels of random pairs u; the regimes of ``zh_people`` count alike, with seeds of their own
that no evaluation uses. Fields that these registers do not have keep the values stated by judgement. Nothing here
reads a set with non-commercial terms: people are drawn from ``data/names`` and from laws written in ``zh_people``.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.zh_people import COLUMNS, REGIMES, Registers, registers
from identity.linkage.columns import read_people
from identity.linkage.comparisons import HAN
from identity.linkage.estimation import level_places
from identity.linkage.features import features
from identity.linkage.linking import usable
from identity.linkage.parameters import shipped
from identity.linkage.scoring import level_table
from identity.linkage.worker import ScoringWorker

TARGET = Path(__file__).parents[1] / "identity" / "linkage" / "tables" / "parameters.json"
STATED = Path(__file__).parent / "linkage_stated.json"
SEEDS = (90_001, 90_002)
SIZE = 6_000
RANDOM = 400_000
_BEFORE = 20.0
"""Observations of chance that the stated values count for, so that no level has a share of nothing."""

_STATED_SHARE = 0.25
"""Weight of what is stated by judgement against what is counted: seeded clerks err in fewer ways than real ones."""


def people_of(made: Registers) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give both registers as records."""
    left, right = (
        read_people(pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)), source=source)[0]
        for rows, source in ((made.left, "A"), (made.right, "B"))
    )
    return left, right


def main() -> None:
    """Train and write."""
    counted: dict[str, list[np.ndarray]] = {}
    with ScoringWorker() as worker:
        for regime in REGIMES:
            for seed in SEEDS:
                made = registers(regime, SIZE, seed)
                left, right = people_of(made)
                fl, fr = features(left), features(right)
                comparisons = usable(HAN, fl, fr)
                rows_l = {key: row for row, key in enumerate(left["rec_id"])}
                rows_r = {key: row for row, key in enumerate(right["rec_id"])}
                true = np.array([(rows_l[a], rows_r[b]) for a, b, _ in made.truth])
                draw = np.random.default_rng(seed)
                chance = np.unique(
                    np.stack([draw.integers(0, SIZE, RANDOM), draw.integers(0, SIZE, RANDOM)], axis=1), axis=0
                )
                rows = {(int(a), int(b)) for a, b in true}
                chance = np.array([pair for pair in chance if (int(pair[0]), int(pair[1])) not in rows])
                for place, pairs in enumerate((true, chance)):
                    table = pl.DataFrame({"l": pairs[:, 0], "r": pairs[:, 1]}).cast(pl.UInt32)
                    scored = level_table(fl, fr, table, comparisons, shipped(), worker)
                    for one in comparisons:
                        places = level_places(scored, one)
                        shares = np.bincount(places[places >= 0], minlength=len(one.labels)).astype(float)
                        counted.setdefault(f"{one.field}/{place}", []).append(shares)
    kept = json.loads(STATED.read_text("utf-8"))
    for one in HAN:
        if f"{one.field}/0" not in counted:
            continue
        stated = np.array(list(kept["fields"][one.field].values()))
        mine = np.mean([c / c.sum() for c in counted[f"{one.field}/0"]], axis=0)
        chances = np.sum(counted[f"{one.field}/1"], axis=0)
        m = (1 - _STATED_SHARE) * mine + _STATED_SHARE * stated[:, 0]
        u = (chances + _BEFORE * stated[:, 1]) / (chances.sum() + _BEFORE)
        u = np.maximum(u, stated[:, 1] / 5)
        kept["fields"][one.field] = {
            label: [float(f"{a:.4g}"), float(f"{b:.4g}")]
            for label, a, b in zip(one.labels, m, u, strict=True)
        }
    kept["name"] = "2026-11"
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in kept["fields"].items())
    TARGET.write_text(f'{{"name": {json.dumps(kept["name"])}, "fields": {{\n{lines}\n}}}}\n', "utf-8")
    print(lines)


if __name__ == "__main__":
    main()
