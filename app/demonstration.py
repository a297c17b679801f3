"""The demonstration: a city from its files to a published plan that people can open."""

from dataclasses import replace
from datetime import date

from app.city import CITY_REGION_PATH, ROUND_GAP, midnight, run_city
from app.container import workspace
from app.keys import TokenBook
from app.output import Phases, Screen, shown
from app.round_files import keep_round
from app.serving import require_free_port, serve_forever
from app.settings import Settings
from domain.actors import Actor, Role
from domain.rounds import RoundState
from generator.sizes import CitySize
from graph.reads.rounds import RoundFilter, page_of_rounds
from locales import text
from workflows.people import demo_actors, matcher_actor
from workflows.rounds.running import publish_round
from workflows.workspace import Workspace


async def demonstrate(
    settings: Settings, screen: Screen, phases: Phases, *, size: CitySize, seed: int, day: date, once: bool
) -> None:
    """
    Make the city of a day, plan it, publish the plan and serve it; what was served before is served again.

    ``once`` ends after the plan.
    """
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
