"""Measuring the matcher on instances of its own and of others."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.common import JsonOption, SeedOption, screen_of, settings_of
from app.output import Phases, shown
from domain.errors import InvalidInputError


class Form(StrEnum):
    """Formats of instance files."""

    GAP = "gap"
    ASSIGN = "assign"
    PABULIB = "pabulib"
    ZHULIAN = "zhulian"


class BenchSize(StrEnum):
    """Instances that are made on the spot."""

    PURE_2K = "pure-2k"
    PURE_10K = "pure-10k"
    PURE_100K = "pure-100k"
    PURE_1M_REGIONS = "pure-1m-regions"
    COUPLED_500 = "coupled-500"
    COUPLED_2K = "coupled-2k"
    COUPLED_10K = "coupled-10k"
    COUPLED_100K = "coupled-100k"
    CITY_S = "city-S"
    CITY_M = "city-M"
    CITY_L = "city-L"


SHOWN = (
    "value",
    "bound",
    "gap",
    "status",
    "bound_proven",
    "needs",
    "fulfilled",
    "audit_violations",
    "seconds",
)


def matching(
    size: Annotated[BenchSize | None, typer.Option("--size", help="An instance made on the spot.")] = None,
    instance: Annotated[
        Path | None, typer.Option("--instance", help="An instance in a file.", metavar="FILE")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="Format of that file.")] = Form.ZHULIAN,
    problem: Annotated[
        int, typer.Option("--problem", help="Which problem of a gap file that holds several.", min=1)
    ] = 1,
    time_limit_s: Annotated[
        float, typer.Option("--time-limit", help="Seconds for building and solving.", min=0.1)
    ] = 300.0,
    gap: Annotated[
        float | None,
        typer.Option(
            "--gap", help="Stop at this proven fraction; 0 for models, 0.001 for cities.", min=0, max=1
        ),
    ] = None,
    seed: SeedOption = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write plan and model here, for zhulian check.", metavar="PLAN"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Solve one instance and have its plan checked; value, bound, gap, seconds and memory."""
    if (size is None) == (instance is None):
        raise InvalidInputError("give either --size or --instance", field="--size, --instance")
    from app.benching import Limits
    from app.instances import prepared

    screen = screen_of(as_json=as_json, settings=settings_of(None))
    phases = Phases()
    with screen.progress() as steps, steps.step("bench"):
        with phases.phase("input"):
            case = prepared(
                size=None if size is None else size.value,
                instance=instance,
                form=form.value,
                problem=problem,
                seed=seed,
            )
        run = case(Limits(time_s=time_limit_s, gap=gap), phases, out)
    for finding in run.findings:
        screen.say("bench.finding", code=finding.code, subject=finding.subject, detail=finding.detail)
    figures = {name: run.figures[name] for name in SHOWN}
    screen.table("titles.bench", {**shown(figures), "peak_mb": run.figures["peak_mb"]})
    screen.rows(
        "titles.phases",
        ("figures.phase", "figures.seconds"),
        [(screen.word(f"phases.{name}"), f"{spent:.3f}") for name, spent in phases.seconds.items()],
    )
    screen.finish({**run.figures, "seed": seed})
    if run.findings:
        raise typer.Exit(code=1)
