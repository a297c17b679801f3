"""Instances to measure the matcher on: made on the spot, or out of a file."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from app.benching import Case, run_model, run_problem
from app.city import CITY_REGION_PATH, midnight
from app.container import workspace
from app.keys import secret_key
from app.pure_instances import pairs_model, pure_pairs
from app.settings import Engine, Settings
from generator.city import DEFAULT_AS_OF, generate_city
from generator.sizes import CitySize
from importers.load import import_files
from matching.files.container import format_of
from matching.files.model import Measure, ModelFile, no_labels, read_model
from matching.files.problem import FORMAT as PROBLEM
from matching.files.problem import read_problem
from matching.formats.assign import assign_model, read_assign
from matching.formats.gap import gap_model, read_gap
from matching.formats.pabulib import budget_model, read_pabulib
from matching.instances.coupled import SIZES as COUPLED
from matching.instances.coupled import coupled
from matching.instances.pure import pure, regions
from matching.problem import Problem
from workflows.people import administrator, matcher_actor
from workflows.rounds.snapshot import build_problem

PURE = {"pure-2k": (2_000, 600), "pure-10k": (10_000, 3_000), "pure-100k": (100_000, 30_000)}
"""Needs and volunteers of a country by the name of its size."""

REGIONS = {"pure-1m-regions": (1_000, 1_000, 300)}
"""Regions, and needs and volunteers of each."""

COST = Measure(sense="min")


def prepared(*, size: str | None, instance: Path | None, form: str, problem: int, seed: int) -> Case:
    """
    Bring an instance into memory, by the name of its size or from a file, and give what is left to do with it.

    Raises
    ------
    UnreadableFileError
        The file is not of its format.
    NotFoundError
        It has fewer problems than asked for.
    """
    if instance is None:
        return _made(size or "", seed)
    if form == "gap":
        gap = read_gap(instance, problem)
        return partial(run_model, lambda: gap_model(gap))
    if form == "assign":
        assign = read_assign(instance)
        return partial(run_model, lambda: assign_model(assign))
    if form == "pabulib":
        budget = read_pabulib(instance)
        return partial(run_model, lambda: budget_model(budget))
    if format_of(instance) == PROBLEM:
        return partial(run_problem, read_problem(instance), instance.stem)
    file = read_model(instance)
    return partial(run_model, lambda: file)


def _made(size: str, seed: int) -> Case:
    kind, _, scale = size.partition("-")
    if kind == "city":
        return partial(run_problem, city_problem(CitySize(scale), seed), size)
    if kind == "coupled":
        made = coupled(COUPLED[size], seed)
        return partial(run_model, lambda: ModelFile(model=made, labels=no_labels(), measure=COST, name=size))
    if size in REGIONS:
        pairs = regions(*REGIONS[size], seed=seed)
        return partial(run_model, lambda: pairs_model(pairs, size))
    needs, volunteers = PURE[size]
    country = pure(needs, volunteers, seed=seed)
    return partial(run_model, lambda: pairs_model(pure_pairs(country), size))


def city_problem(size: CitySize, seed: int) -> Problem:
    """Generate a city, load it into a graph of its own, and take the snapshot of a round; nothing is kept."""

    async def snapshot(folder: Path) -> Problem:
        settings = Settings.load(data_dir=folder, engine=Engine.LADYBUG)
        summary = generate_city(size, seed, folder / "city", as_of=DEFAULT_AS_OF)
        async with workspace(settings) as ws:
            files = [folder / "city" / file for file in summary.files]
            identity = secret_key(folder, "identity")
            await import_files(ws.store, administrator(), files, clock=ws.clock, identity_key=identity)
            made = await ws.store.read(
                lambda tx: build_problem(
                    tx,
                    matcher_actor(),
                    region_path=CITY_REGION_PATH,
                    as_of=midnight(DEFAULT_AS_OF),
                )
            )
        return made.problem

    with tempfile.TemporaryDirectory(prefix="zhulian-bench-") as folder:
        return asyncio.run(snapshot(Path(folder)))
