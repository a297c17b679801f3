"""The files of a round: problem, model and plan side by side in one folder, each checkable by others."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from matching.draft_rows import assignments_of, fulfilled_of, gifts_of, goods_of
from matching.files.container import ROUND, read, refuse
from matching.files.model import Measure, ModelFile, write_model
from matching.files.plan import PlanFile, plan_of, write_plan
from matching.files.problem import write_problem
from matching.levels import LevelSums, level_sums
from matching.model import NANO, Draft, Model, draft_value, unfairness
from matching.plan import Plan
from matching.problem import Problem
from matching.solve import Solved

MODEL_NAME = "model.npz"
PLAN_NAME = "plan.npz"
PROBLEM_NAME = "problem.npz"

_PLANS = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True)
class Difference:
    """A part in which a plan's rows are not those of its draft."""

    part: str


def write_round(folder: Path, problem: Problem, solved: Solved, plan: Plan, *, gap: float) -> Path:
    """
    Write problem, model and plan of a round into a folder, and give the plan's path.

    The plan's file states what its draft is worth in the model, communities among it, and the bound that its
    prices prove there.

    Parameters
    ----------
    gap
        What the round was asked to stop at.
    """
    file = ModelFile(
        model=solved.model, labels=solved.labels, measure=_measure(solved.model), name=plan.policy_id
    )
    written = plan_of(
        file,
        draft=solved.draft,
        prices=solved.prices,
        value=draft_value(solved.model, solved.draft),
        bound=solved.bound,
        own_bound=solved.bound,
        gap=gap,
        about={"problem": plan.problem_digest, "policy": plan.policy_id, "seed": plan.seed},
    )
    write_problem(folder / PROBLEM_NAME, problem)
    write_model(folder / MODEL_NAME, file)
    path = folder / PLAN_NAME
    write_plan(path, file, written, model_path=MODEL_NAME, round_json=_PLANS.dump_json(plan))
    return path


def _measure(model: Model) -> Measure:
    """Points as a plan tells them: communities count what is spared against serving nobody."""
    nobody = unfairness(model, np.zeros(len(model), dtype=np.bool_))
    return Measure(offset=nobody // NANO) if nobody % NANO == 0 else Measure()


def read_round(path: Path) -> Plan | None:
    """
    Read the plan of a round in words and ids; None where the file is of no round.

    Raises
    ------
    UnreadableFileError
        ``round.json`` is no plan.
    """
    contents = read(path)
    if contents.round_json is None:
        return None
    try:
        return _PLANS.validate_json(contents.round_json)
    except ValidationError as error:
        raise refuse(contents.name, ROUND, "not_json") from error


def plan_levels(model: Model, draft: Draft) -> LevelSums:
    """Nanopoints of a draft by level; fairness counts what is spared against serving nobody."""
    first, second, third, fourth = level_sums(model, draft)
    return first, second + unfairness(model, np.zeros_like(draft.complete)), third, fourth


def differences(file: ModelFile, plan: PlanFile, round_: Plan) -> list[Difference]:
    """Find where the rows with ids are not what the arrays say."""
    model, labels, draft = file.model, file.labels, plan.draft
    told = tuple(level.value for level in round_.levels)
    pairs = {
        "levels": (told, plan_levels(model, draft) if told else told),
        "assignments": (round_.assignments, assignments_of(model, labels, draft)),
        "money": (
            [(gift.need_id, gift.book_id, gift.amount_fen) for gift in round_.money],
            gifts_of(model, labels, draft),
        ),
        "goods": (round_.goods, goods_of(model, labels, draft)),
        "fulfilled": (round_.fulfilled, fulfilled_of(labels, draft)),
    }
    return [Difference(part) for part, (stated, so) in pairs.items() if stated != so]
