"""A plan file held against its model by the independent checker, and against the rules where the problem is there."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from domain.time import civil_date
from matching import checker
from matching.audit import audit
from matching.files.container import META, read, refuse
from matching.files.model import read_model
from matching.files.plan import read_plan
from matching.files.problem import read_problem
from matching.files.round import PROBLEM_NAME, differences, read_round
from matching.policy import policy_on


@dataclass(slots=True, kw_only=True)
class Checked:
    """What the checker says, and what the audit of the rules adds; ``audited`` says that it ran."""

    verdict: checker.Verdict
    audited: bool = False
    findings: list[checker.Finding] = field(default_factory=list[checker.Finding])

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def check_plan_file(plan: Path, model: Path | None) -> Checked:
    """
    Check a plan.

    Parameters
    ----------
    model
        The model's file; None takes the one that the plan names, in the plan's folder.

    Raises
    ------
    UnreadableFileError
        Plan or model cannot be read: there is nothing to check.
    """
    contents = read(plan)
    if model is None:
        named = contents.meta.get("model_path")
        if not isinstance(named, str) or not named or Path(named).name != named:
            raise refuse(plan.name, f"{META}: model_path", "out_of_range", found=str(named)[:40])
        model = plan.parent / named
    file = read_model(model)
    verdict = checker.check_files(str(plan), str(model))
    checked = Checked(verdict=verdict, findings=list(verdict.findings))
    if not verdict.ok or contents.round_json is None:
        return checked
    round_ = read_round(plan)
    if round_ is None:
        return checked
    written = read_plan(plan, file)
    checked.findings += [checker.Finding("altered", each.part) for each in differences(file, written, round_)]
    beside = plan.parent / PROBLEM_NAME
    if beside.exists():
        problem = read_problem(beside)
        policy = policy_on(civil_date(datetime.fromtimestamp(problem.as_of_min * 60, UTC)))
        checked.audited = True
        checked.findings += [
            checker.Finding(each.rule, each.subject, each.detail) for each in audit(problem, policy, round_)
        ]
    return checked
