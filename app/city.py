"""The main job from end to end: a city's files, the graph, one round, and its figures."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from app.keys import secret_key
from app.output import Phases, Screen, Step, peak_mb
from app.settings import Settings
from domain.time import CIVIL_ZONE
from generator.city import generate_city
from generator.sizes import CitySize
from generator.summary import CitySummary
from importers.load import import_files
from importers.report import ImportReport
from matching.audit import audit
from matching.policy import policy_on
from workflows.linking.running import link_city
from workflows.people import administrator, matcher_actor
from workflows.rounds.running import RoundOutcome, RoundRequest, run_round
from workflows.stations.tree import settle_stations
from workflows.workspace import Workspace

CITY_REGION_PATH = "/NBS/"
"""The generated city lies in two provinces, so its round covers the code system's whole tree."""

ROUND_GAP = 0.001
ROUND_LIMIT_S = 600.0
"""A round ends at the gap, so that its plan does not depend on the machine; the limit only guards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityRun:
    """What one run of the main job made."""

    summary: CitySummary
    report: ImportReport
    outcome: RoundOutcome
    audit_violations: int

    def figures(self, settings: Settings, phases: Phases) -> dict[str, object]:
        """Give the figures that ``zhulian demo --json`` prints."""
        round_, plan = self.outcome.round, self.outcome.plan
        return {
            "engine": settings.chosen_engine.value,
            "size": self.summary.size.value,
            "seed": self.summary.seed,
            "as_of": self.summary.as_of.isoformat(),
            "round_id": round_.id,
            "needs": round_.needs,
            "fulfilled": round_.fulfilled,
            "amount_allocated_fen": round_.amount_allocated_fen,
            "assignments": len(plan.assignments),
            "value": plan.value,
            "bound": plan.bound,
            "gap": plan.gap,
            "status": plan.status.value,
            "audit_violations": self.audit_violations,
            "rows_read": self.report.rows_read,
            "rows_loaded": self.report.rows_loaded,
            "rows_refused": self.report.rows_refused,
            "rows_flagged": self.report.rows_flagged,
            "faults": len(self.summary.faults),
            "plan_digest": round_.plan_digest,
            "snapshot_digest": round_.snapshot_digest,
            "seconds": phases.total_s,
            "phases": phases.seconds,
            "peak_mb": peak_mb(),
        }


async def run_city(
    ws: Workspace,
    settings: Settings,
    screen: Screen,
    phases: Phases,
    *,
    size: CitySize,
    seed: int,
    as_of: date,
) -> CityRun:
    """
    Generate a city's files, load them, run one round over its graph, and check the plan once more.

    Everything is found again when it is there already: equal (size, seed, as_of) give equal files, and a file
    loaded before changes nothing.
    """
    folder = settings.data_dir / f"city-{size.value}-{seed}-{as_of.isoformat()}"
    with screen.progress() as steps:
        with phases.phase("generate"), steps.step("generate") as step:
            summary = await asyncio.to_thread(generate_city, size, seed, folder, _shares(step), as_of=as_of)
        with phases.phase("import"), steps.step("import") as step:
            report = await import_files(
                ws.store,
                administrator(),
                [folder / name for name in summary.files],
                clock=ws.clock,
                identity_key=secret_key(settings.data_dir, "identity"),
                progress=_shares(step),
            )
            await settle_stations(ws, administrator())
        with phases.phase("link"), steps.step("link") as step:
            await link_city(ws, administrator(), progress=_shares(step))
        with phases.phase("match"), steps.step("match") as step:
            outcome = await run_round(
                ws,
                matcher_actor(),
                RoundRequest(
                    region_path=CITY_REGION_PATH,
                    seed=seed,
                    as_of=midnight(as_of),
                    time_limit_s=ROUND_LIMIT_S,
                    gap=ROUND_GAP,
                ),
                progress=step.tell,
            )
        with phases.phase("audit"), steps.step("audit"):
            policy = policy_on(as_of)
            violations = await asyncio.to_thread(audit, outcome.problem, policy, outcome.plan)
    return CityRun(summary=summary, report=report, outcome=outcome, audit_violations=len(violations))


def _shares(step: Step) -> Callable[[str, int, int], None]:
    return lambda what, done, of: step.tell(what, done / max(of, 1))


def midnight(day: date) -> datetime:
    """Give the moment a civil day begins."""
    return datetime.combine(day, time(), CIVIL_ZONE).astimezone(UTC)
