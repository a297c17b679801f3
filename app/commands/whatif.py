"""A scenario of a file, compared with the round as it is."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    AsOfOption,
    DataDirOption,
    EngineOption,
    JsonOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from app.output import Phases, Screen
from domain.errors import InvalidInputError
from domain.money import yuan_text
from domain.time import civil_date

if TYPE_CHECKING:
    from matching.whatif import Comparison, Figures
    from workflows.workspace import Workspace

_COLUMNS = ("whatif.figure", "whatif.base", "whatif.scenario", "whatif.difference")
_NEEDS_SHOWN = 20


def whatif(
    file: Annotated[Path, typer.Argument(help="Scenario as TOML: people, money, goods, policy.")],
    region: Annotated[
        str, typer.Option("--region", help="Subtree of the round, as a region path.", metavar="PATH")
    ] = "/",
    as_of: AsOfOption = None,
    time_limit_s: Annotated[
        float, typer.Option("--time-limit", help="Seconds for each of the two solves.", min=1.0)
    ] = 120.0,
    gap: Annotated[
        float, typer.Option("--gap", help="Stop at this proven fraction.", min=0.0, max=1.0)
    ] = 0.001,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a scenario with the round as it is; nothing is stored."""
    from app.city import midnight
    from app.container import now
    from matching.whatif import scenario_of
    from workflows.people import matcher_actor
    from workflows.rounds.running import RoundRequest
    from workflows.rounds.what_if import what_if

    try:
        scenario = scenario_of(file.read_text("utf-8"), file=str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("the scenario cannot be read", file=str(file)) from error
    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    phases = Phases()
    moment = midnight(day_of(as_of, civil_date(now())))

    async def compare(ws: "Workspace") -> "Comparison":
        request = RoundRequest(region_path=region, time_limit_s=time_limit_s, gap=gap, as_of=moment)
        with screen.progress() as steps, steps.step("whatif"):
            return await what_if(ws, matcher_actor(), request, scenario)

    found = with_workspace(settings, compare)
    _show(screen, found)
    screen.finish({**figures_of(found), "seconds": phases.total_s})


def figures_of(found: "Comparison") -> dict[str, object]:
    """Give a comparison as plain values."""
    return {
        **asdict(found),
        "base": {**asdict(found.base), "gap": found.base.gap},
        "scenario": {**asdict(found.scenario), "gap": found.scenario.gap},
        "gained": list(found.gained),
        "lost": list(found.lost),
    }


def _show(screen: Screen, found: "Comparison") -> None:
    screen.rows("titles.whatif", _COLUMNS, _rows(screen, found.base, found.scenario))
    if screen.as_json:
        return
    verdict = "weights" if found.difference is None else "proven" if found.proven else "unproven"
    screen.say(f"whatif.{verdict}", points=f"{found.difference or 0:+,}")
    for name in ("gained", "lost"):
        needs: tuple[str, ...] = getattr(found, name)
        if needs:
            shown = ", ".join(needs[:_NEEDS_SHOWN]) + (" …" if len(needs) > _NEEDS_SHOWN else "")
            screen.say(f"whatif.{name}", count=len(needs), needs=shown)
    for fund, amount_fen in found.money.items():
        sign = "+" if amount_fen > 0 else "-"
        screen.say("whatif.money", fund=fund, amount=sign + yuan_text(abs(amount_fen)))


def _rows(screen: Screen, base: "Figures", scenario: "Figures") -> list[list[str]]:
    rows: list[list[str]] = []
    figures = [name for name in asdict(base) if name != "levels"]
    pairs = [(name, int(getattr(base, name)), int(getattr(scenario, name))) for name in figures]
    pairs[2:2] = [(name, points, scenario.levels.get(name, 0)) for name, points in base.levels.items()]
    for name, before, after in pairs:
        word = yuan_text if name == "money_fen" else "{:,}".format
        sign = "+" if after > before else "-" if after < before else ""
        rows.append(
            [screen.word(f"whatif.{name}"), word(before), word(after), sign + word(abs(after - before))]
        )
    rows.append([screen.word("whatif.gap"), f"{base.gap:.3%}", f"{scenario.gap:.3%}", ""])
    return rows
