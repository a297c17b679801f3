"""Peers' answers as drafts of the model, judged by the independent checker and told as figures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching import checker
from matching.fairness import jain
from matching.files.model import ModelFile, members_of, model_meta
from matching.files.plan import plan_members, plan_of
from matching.model import NANO, Draft, Model, arcs_of_needs, draft_value, empty_draft
from matching.solvers.bound import no_prices
from matching.solvers.giving.dealing import deal_out
from matching.solvers.programmes.linear import Scope, programme_of

_COMMUNITY_NEEDS = 10  # smaller ones say little about fairness


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    What an answer is worth, recomputed.

    Parameters
    ----------
    violations
        Findings of the checker about what the answer breaks.
    cost
        Minimised: worth of unmet needs, ways, gifts; what the bounds are of.
    unmet
        Urgency left unmet, in its smallest unit.
    least_served, jain
        Share of needs served in the worst community, and Jain's index over communities; of those with ten
        needs or more.
    way
        Points of ways and dislikes.
    money_fen, flexible_fen
        Given, and of that from funds whose money could have gone to other purposes too.
    """

    violations: int
    cost: float
    unmet: int
    served: int
    least_served: float
    jain: float
    way: int
    money_fen: int
    flexible_fen: int


def view_of(model: Model) -> dict[str, np.ndarray]:
    """Plain arrays of a pure model: one person a need, so many needs a volunteer."""
    arcs, rows = model.people.arcs, model.rows
    count = int(arcs.volunteer.max(initial=-1)) + 1
    capacity = np.bincount(arcs.volunteer, minlength=count)
    capacity[rows.volunteer] = np.minimum(capacity[rows.volunteer], rows.cap)
    need = model.arc_need
    order = np.lexsort((arcs.volunteer, -arcs.points, need))
    return {
        "penalty": model.worth.complete // NANO,
        "urgency": urgency_of(model),
        "capacity": capacity,
        "need": need[order],
        "volunteer": arcs.volunteer[order],
        "cost": -arcs.points[order],
        "arc": order,
    }


def urgency_of(model: Model) -> np.ndarray:
    """Urgency in its smallest unit: worths of needs over their greatest common divisor."""
    return model.worth.complete // max(1, int(np.gcd.reduce(model.worth.complete)))


def matrix_of(model: Model) -> dict[str, np.ndarray]:
    """Give the mixed-integer programme with strong links, the one our own solvers write."""
    needs = np.flatnonzero(model.in_play).astype(np.int64)
    arcs = arcs_of_needs(model, needs)
    scope = Scope(
        needs=needs, possible=model.possible, complete=model.worth.complete, arcs=arcs,
        escort_arcs=model.escort_arcs, adult_arcs=model.adult_arcs, with_supply=True,
    )  # fmt: skip
    made = programme_of(model.worth, model.people, model.rows, model.supply, model.item_need, scope=scope)
    matrix = made.matrix
    fields = ("row", "column", "value", "low", "high", "objective", "upper", "whole")
    arrays = {name: getattr(matrix, name) for name in fields}
    total = np.array(int(model.worth.complete.sum()) / NANO)
    return {**arrays, "z": made.z, "x": made.x, "needs": needs, "arcs": arcs, "total": total}


def draft_of(model: Model, view: Path, out: Path, *, kind: str) -> Draft:
    """
    Turn a peer's answer into a draft; money is dealt out exactly, best for the answer.

    Parameters
    ----------
    kind
        ``pairs``: chosen rows of the view. ``programme``: a point of the matrix. ``model``: needs and arcs.
    """
    draft = empty_draft(model)
    with np.load(out) as held, np.load(view) as seen:
        if kind == "pairs":
            draft.chosen[seen["arc"][held["chosen"]]] = True
            draft.complete[model.arc_need[draft.chosen]] = True
            return draft
        if kind == "programme":
            point = held["point"] > 0.5
            draft.complete[seen["needs"][point[seen["z"]]]] = True
            draft.chosen[seen["arcs"][point[seen["x"]]]] = True
        else:
            draft.complete[held["complete"]] = True
            draft.chosen[held["chosen"]] = True
    return deal_out(model, draft, np.flatnonzero(model.in_play).astype(np.int64))


def judged(file: ModelFile, draft: Draft) -> Judged:
    """Let the checker count what is wrong with a draft, and tell what it is worth."""
    model = file.model
    value = draft_value(model, draft)
    plan = plan_of(
        file, draft=draft, prices=no_prices(model.rows, model.supply), value=value, bound=2**62,
        own_bound=2**62, gap=0.0, about={},
    )  # fmt: skip
    meta, arrays = plan_members(file, plan)
    verdict = checker.check(model_meta(file), members_of(model, file.labels), meta, arrays)
    # a peer states no bound of ours: what the checker says of the stated one is not about its answer
    wrong = [
        each for each in verdict.findings if each.code != "misstated" or each.subject.startswith("value")
    ]
    least, index = _fairness(model, draft)
    given = draft.money
    return Judged(
        violations=len(wrong),
        cost=float(verdict.value or 0),
        unmet=int(urgency_of(model)[~draft.complete].sum()),
        served=int(draft.complete.sum()),
        least_served=least,
        jain=index,
        way=int(-model.people.arcs.points[draft.chosen].sum()),
        money_fen=int(given.sum()),
        flexible_fen=int(given[model.supply.money.cost > 0].sum()),
    )


def _fairness(model: Model, draft: Draft) -> tuple[float, float]:
    known = model.community >= 0
    demand = np.bincount(model.community[known])
    served = np.bincount(model.community[known & draft.complete], minlength=len(demand))
    large = demand >= _COMMUNITY_NEEDS
    shares = served[large] / demand[large]
    return (round(float(shares.min()), 4), round(jain(shares.tolist()), 4)) if len(shares) else (1.0, 1.0)
