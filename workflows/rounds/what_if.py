"""A scenario compared with the round as it is; nothing is stored."""

import asyncio
from datetime import UTC

from domain.actors import Actor
from matching.scenario import Scenario
from matching.solve import Limits
from matching.whatif import Comparison, compared
from workflows.rounds.running import RUNNERS, RoundRequest, policy_for
from workflows.rounds.snapshot import build_problem
from workflows.workspace import Workspace


async def what_if(ws: Workspace, actor: Actor, request: RoundRequest, scenario: Scenario) -> Comparison:
    """
    Solve a region's round twice, as it is and as a scenario has it.

    Raises
    ------
    NotPermittedError
        The actor neither runs rounds nor works at a station.
    InvalidInputError
        The scenario names something that is not there.
    """
    actor.require(*RUNNERS)
    as_of = (request.as_of or ws.clock()).astimezone(UTC)
    policy = policy_for(request, as_of)
    snapshot = await ws.store.read(
        lambda tx: build_problem(
            tx, actor, region_path=request.region_path, as_of=as_of, horizon_days=request.horizon_days
        )
    )
    limits = Limits(time_s=request.time_limit_s, gap=request.gap)
    return await asyncio.to_thread(compared, snapshot.problem, policy, scenario, limits=limits)
