"""The main job: one round over a graph, and the whole of it as a demonstration."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.city import CITY_REGION_PATH, ROUND_GAP, midnight, run_city
from app.commands.common import (
    AsOfOption,
    DataDirOption,
    EngineOption,
    JsonOption,
    SeedOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from app.container import now, workspace
from app.keys import TokenBook
from app.output import Phases, Screen, peak_mb
from app.serving import require_free_port, serve_forever
from app.settings import Settings
from domain.actors import Actor, Role
from domain.money import yuan_text
from domain.rounds import RoundState
from domain.time import civil_date
from generator.sizes import CitySize
from graph.reads.rounds import RoundFilter, page_of_rounds
from locales import text
from matching.files.round import write_round
from workflows.people import demo_actors, matcher_actor
from workflows.rounds import RoundOutcome, RoundRequest, publish_round, run_round
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
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for problem.npz, model.npz and plan.npz; rounds/ID in the data directory otherwise.",
            metavar="DIR",
        ),
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one matching round over the graph and store it as proposals."""
    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    moment = None if as_of is None else midnight(day_of(as_of, civil_date(now())))

    async def solve(ws: Workspace) -> RoundOutcome:
        request = RoundRequest(
            region_path=region, seed=seed, time_limit_s=time_limit_s, gap=gap, as_of=moment
        )
        with screen.progress() as steps, steps.step("match") as step:
            return await run_round(ws, matcher_actor(), request, progress=step.tell)

    outcome = with_workspace(settings, solve)
    plan_file = keep_round(settings, outcome, gap, out)
    figures = {**round_figures(outcome), "plan_file": str(plan_file)}
    screen.table("titles.round", shown(figures))
    screen.finish({**figures, "phases": outcome.phases_s, "seconds": phases.total_s, "peak_mb": peak_mb()})


def keep_round(settings: Settings, outcome: RoundOutcome, gap: float, folder: Path | None = None) -> Path:
    """Write the files of a round for ``zhulian check`` and give the plan's path."""
    where = folder or settings.data_dir / "rounds" / outcome.round.id
    return write_round(where, outcome.problem, outcome.solved, outcome.plan, gap=gap)


def round_figures(outcome: RoundOutcome) -> dict[str, object]:
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
        "snapshot_digest": row.snapshot_digest,
        "plan_digest": row.plan_digest,
        "policy_id": row.policy_id,
    }


def shown(figures: dict[str, object]) -> dict[str, object]:
    """Word a round's figures for people: yuan, percent, thousands."""
    worded: dict[str, object] = {}
    for name, value in figures.items():
        if name == "amount_allocated_fen" and isinstance(value, int):
            worded[name] = yuan_text(value)
        elif name == "gap" and isinstance(value, float):
            worded[name] = f"{value:.3%}"
        elif isinstance(value, int):
            worded[name] = f"{value:,}"
        elif not isinstance(value, dict):
            worded[name] = value
    return worded


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
    asyncio.run(_demo(settings, screen, phases, size=size, seed=seed, day=day, once=once))


async def _demo(
    settings: Settings, screen: Screen, phases: Phases, *, size: CitySize, seed: int, day: date, once: bool
) -> None:
    if not once:
        require_free_port(settings)  # before minutes of work
    async with workspace(settings) as ws:
        shown_before = None if once else await _published(ws)
        if shown_before is not None:  # the demonstration goes on where people left it
            _introduce(settings, screen, await demo_actors(ws, CITY_REGION_PATH), shown_before)
            await serve_forever(ws, settings, screen)
            return
        city = await run_city(ws, settings, screen, phases, size=size, seed=seed, as_of=day)
        plan_file = keep_round(settings, city.outcome, ROUND_GAP)
        figures = {**city.figures(settings, phases), "plan_file": str(plan_file)}
        screen.table("titles.demo", shown(figures))
        screen.finish(figures)
        if once:
            return
        actors = await demo_actors(ws, CITY_REGION_PATH)
        lead = next(actor for actor in actors if Role.STATION_LEAD in actor.roles)
        row = city.outcome.round
        morning = replace(ws, clock=lambda: midnight(day))  # its day is played from the first hour on
        await publish_round(morning, lead, row.id, expected_version=row.version)
        _introduce(settings, screen, actors, row.id)
        await serve_forever(ws, settings, screen)


async def _published(ws: Workspace) -> str | None:
    """Give the newest published round, if there is one."""
    narrowed = RoundFilter(states=(RoundState.PUBLISHED,))
    page = await ws.store.read(lambda tx: page_of_rounds(tx, matcher_actor(), filter=narrowed, first=1))
    return page.rows[0].id if page.rows else None


def _introduce(settings: Settings, screen: Screen, actors: list[Actor], round_id: str) -> None:
    """Say where to look and hand each acting person's token out, this once."""
    book = TokenBook(settings.data_dir)
    address = f"http://{settings.host}:{settings.port}"
    tokens = {actor.id: book.issue(actor) for actor in actors}
    for account, token in tokens.items():
        screen.say("token", account=text(f"cli.accounts.{account}", screen.locale), token=token)
    worker = tokens["demo-station-worker"]
    screen.say("report_at", address=f"{address}/rounds/{round_id}?token={worker}")
    screen.say("graphiql_at", address=f"{address}/graphiql")
    screen.say("stop_with")
