"""Build one city and write its files."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from domain.errors import InvalidInputError
from generator.chance import BoolArray, Chance
from generator.departments import department_lists
from generator.faults import Fault, spoil
from generator.giving import build_giving
from generator.households import build_population
from generator.layout import TABLES, Layout, department_layout, layout
from generator.likenesses import DEFAULT_LIKENESS_SHARE, TRUTH_FILE
from generator.months import residents_of_month
from generator.needs import build_needs
from generator.organisations import build_parties
from generator.places import build_places, division_table
from generator.relations import build_relations
from generator.shipped import label, table
from generator.sizes import DEFAULT_AS_OF, DEFAULT_FAULT_RATE, CitySize
from generator.summary import CitySummary
from generator.volunteers import build_volunteers
from generator.writing import SheetContent, file_name, footer_totals, write_book, write_csv

SUMMARY_FILE = "summary.json"
FAULTS_FILE = "faults.json"

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, and how many there are."""

_CHILDREN = {
    "volunteers": (("qualifications", "volunteer"), ("covers", "volunteer")),
    "households": (("needs", "household"),),
}


@dataclass(slots=True)
class _Writer:
    """Writes tables as they come and keeps account."""

    out: Path
    as_of: date
    chance: Chance
    fault_rate: float
    counts: dict[str, int] = field(default_factory=lambda: {})
    totals: dict[str, dict[str, int]] = field(default_factory=lambda: {})
    faults: list[Fault] = field(default_factory=lambda: [])
    files: list[str] = field(default_factory=lambda: [])
    waiting: dict[str, list[SheetContent]] = field(default_factory=lambda: {})

    def add(
        self, plan: Layout, frame: pl.DataFrame, held: BoolArray | None = None, first: int | None = None
    ) -> None:
        """
        Take a table: a CSV is written at once, a sheet waits for the others of its workbook.

        ``first`` is how many rows it had in its first month.
        """
        name = file_name(plan, len(frame))
        rng = self.chance.stream(f"faults {plan.key}")
        spoilt = spoil(rng, plan, frame, file=name, rate=self.fault_rate, held=held, among=first)
        content = SheetContent(layout=plan, spoilt=spoilt)
        self.counts[plan.key] = len(frame)
        self.faults += spoilt.faults
        self.totals[plan.key] = {"rows": len(frame), **footer_totals(content)}
        if name not in self.files:
            self.files.append(name)
        if name.endswith(".xlsx"):
            self.waiting.setdefault(name, []).append(content)
        else:
            write_csv(content, self.out / name, self.as_of)

    def close(self) -> None:
        """Write the workbooks."""
        for name, contents in self.waiting.items():
            write_book(contents, self.out / name, self.as_of)


def _held(frames: dict[str, pl.DataFrame], key: str) -> BoolArray | None:
    """Give which rows of a table other tables refer to."""
    if key not in _CHILDREN:
        return None
    referred = pl.concat([frames[child][column].drop_nulls() for child, column in _CHILDREN[key]]).unique()
    return frames[key]["number"].is_in(referred.implode()).to_numpy()


def _relation_labels() -> pl.Expr:
    words = table("files")["fault_words"]
    known = {
        "HEAD": words["head"],
        **{code: label("kinship", code) for code in ("SPOUSE", "CHILD", "PARENT")},
    }
    return pl.col("relation").replace_strict(known, return_dtype=pl.String).alias("relation_label")


def generate_city(
    size: CitySize,
    seed: int,
    out: Path,
    progress: Progress | None = None,
    *,
    as_of: date = DEFAULT_AS_OF,
    fault_rate: float = DEFAULT_FAULT_RATE,
    likeness_share: float = DEFAULT_LIKENESS_SHARE,
    month: int = 0,
) -> CitySummary:
    """
    Build a city and write its files into a folder.

    Equal arguments give equal bytes of every CSV and JSON and equal cells of every
    workbook. Data files are loaded with ``--mapping auto``.

    Parameters
    ----------
    size
        How large; see ``CitySize``.
    seed
        Any whole number.
    out
        Folder to write into; made if absent. Files of the same names are replaced.
    progress
        Called before each step.
    as_of
        The civil day that the files show.
    fault_rate
        Share of rows with a fault, in the tables that have any.
    likeness_share
        Share of rows of department lists that show a person otherwise than the register does.
    month
        How many months after the first the files are sent: each changes about two rows in a hundred of the register
        and of the lists; the rest stays as it was.

    Returns
    -------
    CitySummary
        Also written as ``summary.json``, the faults as ``faults.json``; who is meant by each row of the lists
        as ``truth.parquet``.

    Raises
    ------
    InvalidInputError
        A fault rate outside 0 to 0.5.
    """
    if not 0 <= fault_rate <= 0.5 or not 0 <= likeness_share <= 0.5:
        raise InvalidInputError("a share of faults lies between 0 and 0.5", value=fault_rate)
    os.makedirs(out, exist_ok=True)
    lists = len(table("departments")["lists"])
    steps, done = 8 + len(TABLES) + lists, 0

    def step(name: str) -> None:
        nonlocal done
        if progress is not None:
            progress(name, done, steps)
        done += 1

    chance = Chance(seed=seed, size=size)
    step("places")
    places = build_places(chance)
    step("households")
    population = build_population(chance, places, as_of)
    step("organisations")
    parties = build_parties(chance, places)
    step("volunteers")
    volunteers = build_volunteers(chance, places, population, parties, as_of)
    step("needs")
    needs = build_needs(chance, population, parties, as_of)
    step("funds")
    giving = build_giving(
        chance, places=places, population=population, parties=parties, needs=needs, as_of=as_of
    )
    step("relations")
    relations = build_relations(chance, population, parties, needs, giving)
    frames = {
        "regions": division_table(),
        "stations": parties.stations,
        "workers": parties.workers,
        "organisations": parties.organisations,
        "points": parties.points,
        "offers": parties.offers,
        "households": population.households,
        "residents": residents_of_month(chance, population.residents, month).with_columns(_relation_labels()),
        "volunteers": volunteers.people,
        "qualifications": volunteers.qualifications,
        "covers": volunteers.covers,
        "needs": needs.needs,
        "slots": needs.slots,
        "items": needs.items,
        "funds": giving.funds,
        "donations": giving.donations,
        "stock": giving.stock,
        "kin": relations.kin,
        "posts": relations.posts,
        "managers": relations.managers,
    }
    writer = _Writer(out=out, as_of=as_of, chance=chance, fault_rate=fault_rate)
    for key in TABLES:
        step(key)
        first = len(population.residents) if key == "residents" else None
        writer.add(layout(key), frames[key], _held(frames, key), first)
    records = len(population.households) + len(population.residents)
    truths: list[pl.DataFrame] = []
    lists_now = department_lists(chance, population, as_of, likeness_share=likeness_share, month=month)
    for position, listed in enumerate(lists_now):
        step(listed.entry["key"])
        writer.add(department_layout(listed.entry, position), listed.frame, first=listed.first)
        records += len(listed.frame)
        truths.append(listed.truth.select(pl.lit(listed.entry["key"]).alias("list"), pl.all()))
    step("workbooks")
    writer.close()
    summary = CitySummary(
        size=size,
        seed=seed,
        as_of=as_of,
        counts=writer.counts,
        department_records=records,
        files=tuple(sorted(writer.files)),
        control_totals=writer.totals,
        open_gap_fen=needs.open_gap_fen,
        free_fen=int(np.int64((giving.funds["received_fen"] - giving.funds["spent_fen"]).sum())),
        related_planted=relations.planted,
        faults=tuple(writer.faults),
    )
    pl.concat(truths).write_parquet(out / TRUTH_FILE)
    (out / SUMMARY_FILE).write_text(summary.to_json(), "utf-8")
    (out / FAULTS_FILE).write_text(summary.faults_json(), "utf-8")
    return summary
