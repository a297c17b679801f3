"""Plan files, held against their models."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.common import JsonOption, screen_of, settings_of


def check(
    plan: Annotated[Path, typer.Argument(help="A plan file.", metavar="PLAN")],
    model: Annotated[
        Path | None, typer.Option("--model", help="Its model; without it the one beside it.", metavar="FILE")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute what a plan file is worth, what it breaks, and the bound its prices prove."""
    from app.plan_check import check_plan_file

    screen = screen_of(as_json=as_json, settings=settings_of(None))
    checked = check_plan_file(plan, model)
    verdict = checked.verdict
    by_prices = verdict.is_proven
    claimed_by = screen.word("check.by_prices" if by_prices else "check.by_solver")
    for finding in checked.findings:
        screen.say("check.finding", code=finding.code, subject=finding.subject, detail=finding.detail)
    screen.table(
        "titles.check",
        {
            "verdict": screen.word("check.sound" if checked.ok else "check.refused"),
            "value": verdict.value,
            "bound_proven": verdict.proven,
            "bound_claimed": f"{verdict.claimed} ({claimed_by})",
            "gap": None if verdict.gap is None else f"{verdict.gap:.4%}",
            "gap_proven": None if verdict.gap_proven is None else f"{verdict.gap_proven:.4%}",
            "rules": screen.word("check.audited" if checked.audited else "check.not_audited"),
            "audit_violations": len(checked.findings),
        },
    )
    screen.finish(
        {
            "ok": checked.ok,
            "sense": verdict.sense,
            "value": verdict.value,
            "bound_proven": verdict.proven,
            "bound_claimed": verdict.claimed,
            "bound_claimed_by": "prices" if by_prices else "solver",
            "gap": verdict.gap,
            "gap_proven": verdict.gap_proven,
            "audited": checked.audited,
            "violations": [[each.code, each.subject, each.detail] for each in checked.findings],
        }
    )
    if not checked.ok:
        raise typer.Exit(code=1)
