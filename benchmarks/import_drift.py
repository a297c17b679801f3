"""
How well the mapping assistant proposes: with the file's own mapping held out, and with headers that drifted.

Both are figures of columns. *Sure and wrong* is what must not be: a column taken for something else with the
confidence from which nobody is asked again.
"""

import csv
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import cast

from domain.errors import PlatformError
from generator.city import generate_city
from generator.sizes import CitySize
from importers.assistant.proposals import LIKELY, SURE, meanings, propose
from importers.headers import HeaderMatch
from importers.load import recognise
from importers.mapping import Mapping, saved_mappings
from importers.readers import open_source
from importers.sheets import Sheet, cell_text

DRIFTS = 5
_ROWS = 120


@dataclass(slots=True)
class Figures:
    """Columns that a mapping names, and what became of them."""

    name: str
    columns: int = 0
    right: int = 0
    left_open: int = 0
    wrong: int = 0
    sure_and_wrong: int = 0
    slips: list[str] = field(default_factory=lambda: [])

    def slip(self, what: str, *, sure: bool) -> None:
        """Count a column that was taken for something else."""
        self.wrong += 1
        if sure:
            self.sure_and_wrong += 1
            self.slips.append(what)


def _quiet(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def tables(paths: Sequence[Path], folder: Path) -> list[tuple[Sheet, HeaderMatch]]:
    """Give every table of the files and of a small generated city with the mapping that reads it."""
    city = folder / "city"
    if not city.is_dir():
        generate_city(CitySize.S, 7, city, _quiet)
    found: list[tuple[Sheet, HeaderMatch]] = []
    for path in [*paths, *sorted(city.glob("*.csv")), *sorted(city.glob("*.xlsx"))]:
        try:
            found += recognise(path).matches
        except PlatformError:
            continue
    return found


def held_out(paths: Sequence[Path], folder: Path) -> Figures:
    """Propose each table without its own mapping: what other tables know must tell kind and meaning."""
    figures = Figures("held_out")
    mappings = saved_mappings()
    for sheet, match in tables(paths, folder):
        own = match.mapping
        others = [m for name, m in mappings.items() if name != own.name and not m.means_the_same(own)]
        proposal = propose(sheet, others)
        if proposal is None:
            continue
        feeds = meanings(own)
        guesses = {guess.position: guess for guess in proposal.columns}
        for name, position in match.columns.items():
            guess = guesses.get(position)
            meant = set(feeds.get(name, ()))
            if not meant:
                continue  # a key or a hint alone: nothing of it is a property that another table could know
            figures.columns += 1
            if guess is None or guess.confidence < LIKELY or not guess.meaning:
                figures.left_open += 1
            elif meant & set(guess.meaning) or set(guess.meaning) & _akin(meant):
                figures.right += 1
            else:
                figures.slip(
                    f"{own.name}.{name} {guess.header}: {guess.meaning} for {sorted(meant)}",
                    sure=guess.confidence >= SURE,
                )
    return figures


def _akin(meant: set[str]) -> set[str]:
    """Properties that say the same of another label."""
    groups = (
        {"name", "title", "donor_name", "item_text"}, {"contact", "phone"}, {"address", "detail"},
        {"region_id", "region_path", "code"}, {"item", "item_text"}, {"quantity", "capacity", "members"},
        {"given_on", "issued_on", "period", "posted_at", "recorded_on", "happened_on"},
        {"file_number", "receipt", "number"}, {"household_id", "subject_id", "file_number"},
        {"kind", "type", "category"},
    )  # fmt: skip
    return {word for group in groups if group & meant for word in group}


def drifted_files(paths: Sequence[Path], folder: Path, rng: random.Random) -> Figures:
    """Let headers drift by rules, and see whether each column is still taken for what it was."""
    figures = Figures("drifted")
    mappings = list(saved_mappings().values())
    for number, (sheet, match) in enumerate(tables(paths, folder)):
        if match.mapping.header.rows > 1:
            continue  # merged groups cannot be written as CSV
        for turn in range(DRIFTS):
            path = folder / f"drift-{number}-{turn}.csv"
            truth = drift(sheet, match, path, rng)
            _judge(figures, path, truth, match.mapping, mappings)
    return figures


def _judge(
    figures: Figures, path: Path, truth: dict[str, int], own: Mapping, mappings: Sequence[Mapping]
) -> None:
    (sheet,) = open_source(path).sheets
    try:
        found = recognise(path).matches[0][1]
    except PlatformError:
        found = None
    figures.columns += len(truth)
    if found is not None:
        same = found.mapping.means_the_same(own)
        for name, position in truth.items():
            at = next((c for c, p in found.columns.items() if p == position), None)
            if at is None:
                figures.left_open += 1
            elif same and found.mapping.columns[at].headers == own.columns[name].headers:
                figures.right += 1
            else:
                figures.slip(
                    f"{own.name}.{name} {found.headers[position]}: {found.mapping.name}.{at}", sure=True
                )
        return
    proposal = propose(sheet, mappings)
    guesses = {} if proposal is None else {g.position: g for g in proposal.columns}
    for name, position in truth.items():
        guess = guesses.get(position)
        if proposal is None or guess is None or guess.column is None:
            figures.left_open += 1
        elif proposal.like == own.name and own.columns[guess.column].headers == own.columns[name].headers:
            figures.right += 1
        elif proposal.ambiguous:
            figures.left_open += 1
        else:
            sure = guess.confidence >= SURE and proposal.confidence >= SURE
            figures.slip(f"{own.name}.{name} {guess.header}: {proposal.like}.{guess.column}", sure=sure)


def drift(sheet: Sheet, match: HeaderMatch, path: Path, rng: random.Random) -> dict[str, int]:
    """
    Write the table as another month's clerk would: other words, other order, more titles, a column more or less.

    Gives the positions of the mapping's columns in the new file.
    """
    rows = [[cell_text(cell) for cell in cells] for number, cells in sheet.rows() if number > match.last_row][
        :_ROWS
    ]
    columns = {p: c for c, p in match.columns.items()}
    positions = [p for p, header in enumerate(match.headers) if header]
    optional = [p for p in positions if p in columns and not match.mapping.columns[columns[p]].required]
    if optional and rng.random() < 0.5:
        positions.remove(rng.choice(optional))
    if rng.random() < 0.5:
        rng.shuffle(positions)
    headers = [_reworded(match.headers[p], rng) for p in positions]
    extra = rng.random() < 0.3
    titles = [["x" * 3 for _ in range(1)] for _ in range(rng.randint(0, 3))]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows(titles)
        writer.writerow([*headers, *(["#"] if extra else [])])
        writer.writerows(
            [*((row[p] if p < len(row) else "") for p in positions), *([str(i)] if extra else [])]
            for i, row in enumerate(rows)
        )
    return {columns[p]: at for at, p in enumerate(positions) if p in columns}


def _synonyms() -> list[list[str]]:
    file = files("importers.mappings").joinpath("aliases", "headers.toml")
    return cast("list[list[str]]", tomllib.loads(file.read_text("utf-8"))["groups"])


def _reworded(header: str, rng: random.Random) -> str:
    """Give a header as it may be called next month."""
    chance = rng.random()
    if chance < 0.3:
        groups = [group for group in _synonyms() if header in group]
        return rng.choice(rng.choice(groups)) if groups else header
    if chance < 0.45:
        return f" {header} "
    if chance < 0.6:
        return f"{header}（*）"
    if chance < 0.7 and len(header) > 2:
        return header[:1] + " " + header[1:]
    return header


__all__ = ["Figures", "drift", "drifted_files", "held_out", "tables"]
