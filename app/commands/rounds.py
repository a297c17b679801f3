"""The main job: one round over a graph, and the whole of it as a demonstration."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    AsOfOption,
    DataDirOption,
    EngineOption,
    JsonOption,
    SeedOption,
    WorkersOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Phases, peak_mb, shown
from app.settings import Settings
from domain.time import civil_date
from generator.sizes import CitySize

if TYPE_CHECKING:
    from workflows.rounds.running import RoundOutcome
    from workflows.workspace import Workspace

DEMO_SEED = 7


def match(
    region: Annotated[
        str, typer.Option("--region", help="Subtree of the round, as a region path.", metavar="PATH")
    ] = "/",
    seed: SeedOption = 0,
    as_of: AsOfOption = None,
    time_limit_s: Annotated[
        float, typer.Option("--time-limit", help="Seconds for solving.", min=1.0)
    ] = 300.0,
    gap: Annotated[
        float, typer.Option("--gap", help="Stop at this proven fraction.", min=0.0, max=1.0)
    ] = 0.001,
    replan: Annotated[
        bool,
        typer.Option(
            "--replan", help="Plan offered visits anew that nobody has answered, as a nightly round."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for problem.npz, model.npz and plan.npz; rounds/ID in the data directory otherwise.",
            metavar="DIR",
        ),
    ] = None,
    workers: WorkersOption = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one matching round over the graph and store it as proposals."""
    from app.city import midnight
    from app.container import now
    from app.crews import crew_of
    from app.round_files import keep_round
    from workflows.people import matcher_actor
    from workflows.rounds.running import RoundRequest, run_round

    settings = settings_of(data_dir, engine, workers)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    moment = None if as_of is None else midnight(day_of(as_of, civil_date(now())))

    async def solve(ws: "Workspace") -> "RoundOutcome":
        request = RoundRequest(
            region_path=region,
            seed=seed,
            time_limit_s=time_limit_s,
            gap=gap,
            as_of=moment,
            replan=replan,
        )
        with screen.progress() as steps, steps.step("match") as step, crew_of(settings) as crew:
            return await run_round(ws, matcher_actor(), request, progress=step.tell, crew=crew)

    outcome = with_workspace(settings, solve)
    figures = {**round_figures(outcome), "plan_file": str(keep_round(settings, outcome, gap, out))}
    screen.table("titles.round", shown(figures))
    screen.finish({**figures, "phases": outcome.phases_s, "seconds": phases.total_s, "peak_mb": peak_mb()})


def round_figures(outcome: "RoundOutcome") -> dict[str, object]:
    """Give a round's certificate as plain values."""
    row = outcome.round
    return {
        "round_id": row.id,
        "needs": row.needs,
        "fulfilled": row.fulfilled,
        "amount_allocated_fen": row.amount_allocated_fen,
        "value": row.value,
        "bound": row.bound,
        "gap": outcome.plan.gap,
        "status": row.status,
        "order_proven": outcome.plan.order_proven,
        "snapshot_digest": row.snapshot_digest,
        "plan_digest": row.plan_digest,
        "policy_id": row.policy_id,
    }


def demo(
    size: Annotated[CitySize, typer.Option("--size", help="S, M, L or XL.")] = CitySize.S,
    seed: SeedOption = DEMO_SEED,
    as_of: AsOfOption = None,
    once: Annotated[bool, typer.Option("--once", help="Stop after the round instead of serving it.")] = False,
    port: Annotated[int | None, typer.Option("--port", help="Port to serve on.")] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a made-up city, load it, run one round over it, and serve the result."""
    from app.container import now
    from app.demonstration import demonstrate

    day = day_of(as_of, civil_date(now()))
    base = settings_of(data_dir, engine)
    folder = (
        base.data_dir
        if data_dir is not None
        else base.data_dir / f"demo-{size.value}-{seed}-{day.isoformat()}"
    )
    settings = Settings.load(data_dir=folder, engine=engine, port=port)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    asyncio.run(demonstrate(settings, screen, phases, size=size, seed=seed, day=day, once=once))
