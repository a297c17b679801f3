"""The bench beside other people's solvers: views, people's rules, judging and the page."""

import sys
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.instances import COST, made_model
from app.pure_instances import pairs_model, pure_pairs
from benchmarks import peers_page
from benchmarks.acceptance import budget_text, placement_file
from benchmarks.peers.desk import by_age, by_distance, by_urgency, claimed, dispatched
from benchmarks.peers_judge import draft_of, judged, matrix_of, view_of
from benchmarks.peers_run import CANNOT, COUPLED, PURE, Row, _less_refuted
from benchmarks.processes import alone
from locales import Locale
from matching.files.model import ModelFile, no_labels
from matching.formats.pabulib import read_pabulib
from matching.instances.coupled import coupled
from matching.instances.pure import pure
from matching.model import NANO, draft_value
from matching.optimise import optimise
from matching.solvers.outcome import Clock

RULES = [dispatched, *(lambda m, by=by: claimed(m, by(m)) for by in (by_distance, by_urgency, by_age))]


def scarce(needs: int, seed: int) -> ModelFile:
    return ModelFile(model=coupled(needs, seed), labels=no_labels(), measure=COST, name="scarce")


@settings(max_examples=15, deadline=None)
@given(st.integers(5, 60), st.integers(0, 10**6), st.sampled_from(RULES))
def test_what_people_deal_out_by_hand_is_a_plan(needs, seed, rule):
    file = scarce(needs, seed)
    answer = judged(file, rule(file.model))
    assert answer.violations == 0
    assert answer.served == len(file.model) - int((~rule(file.model).complete).sum())


def test_people_serve_somebody_and_a_solver_serves_no_worse():
    file = scarce(60, 4)
    best = optimise(file.model, Clock.of(5), 0.01)
    for rule in RULES:
        draft = rule(file.model)
        assert 0 < draft_value(file.model, draft) <= best.bound


def test_an_answer_is_told_by_urgency_fairness_ways_and_money():
    file = scarce(60, 4)
    model = file.model
    draft = dispatched(model)
    answer = judged(file, draft)
    assert answer.money_fen == int(model.supply.money.asked[draft.complete].sum())
    assert answer.flexible_fen <= answer.money_fen
    assert answer.way == -int(model.people.arcs.points[draft.chosen].sum())
    urgency = model.worth.complete // np.gcd.reduce(model.worth.complete)
    assert answer.unmet == int(urgency[~draft.complete].sum())
    assert 0 <= answer.least_served <= answer.jain <= 1


def test_an_answer_that_books_a_person_twice_is_no_plan():
    file = scarce(60, 4)
    draft = dispatched(file.model)
    draft.chosen[:] = True
    assert judged(file, draft).violations > 0


@pytest.mark.parametrize("kind", ["pairs", "programme"])
def test_a_view_holds_the_instance_and_takes_the_answer_back(tmp_path, kind):
    pure_file = pairs_model(pure_pairs(pure(60, 20, seed=3)), "pairs")
    file = pure_file if kind == "pairs" else scarce(60, 4)
    seen = view_of(file.model) if kind == "pairs" else matrix_of(file.model)
    np.savez(tmp_path / "view.npz", **seen)
    best = optimise(file.model, Clock.of(10), 0.01).draft
    if kind == "pairs":
        np.savez(tmp_path / "out.npz", chosen=np.flatnonzero(best.chosen[seen["arc"]]))
        gain = seen["penalty"][seen["need"]] - seen["cost"]
        assert int(gain[best.chosen[seen["arc"]]].sum()) * NANO == draft_value(file.model, best)
    else:
        point = np.zeros(len(seen["objective"]))
        point[seen["z"][best.complete[seen["needs"]]]] = 1
        point[seen["x"][best.chosen[seen["arcs"]]]] = 1
        np.savez(tmp_path / "out.npz", point=point)
    back = draft_of(file.model, tmp_path / "view.npz", tmp_path / "out.npz", kind=kind)
    assert back.complete.tolist() == best.complete.tolist()
    assert judged(file, back).violations == 0


def test_a_bound_above_the_cost_of_a_plan_is_refuted():
    file = scarce(30, 1)
    answer = judged(file, dispatched(file.model))
    rows = [
        Row(
            size="s", peer="a", status="ran", judged=answer, bound=answer.cost + 5, bound_by="stated", gap=0.0
        ),
        Row(
            size="s", peer="b", status="ran", judged=answer, bound=answer.cost - 5, bound_by="stated", gap=0.1
        ),
    ]
    wrong, right = _less_refuted(rows)
    assert (wrong.bound, wrong.bound_by, wrong.gap) == (None, "refuted", None)
    assert right == rows[1]


@pytest.mark.parametrize("locale", list(Locale))
def test_the_page_tells_each_peer_or_why_it_did_not_run(tmp_path, monkeypatch, locale):
    file = made_model("pure-2k", 7)
    optimum = judged(file, optimise(file.model, Clock.of(20), 0.0).draft)
    rows = [
        *(Row(size="pure-2k", peer=peer.name, status="ran", judged=optimum, bound=optimum.cost, bound_by="stated",
              gap=0.0, solve_s=1.0) for peer in PURE),
        *(Row(size="coupled-500", peer=peer.name, status="too_large", note="memory") for peer in COUPLED),
        *(Row(size="coupled-500", peer=name, status="cannot", note=why) for name, why in CANNOT.items()),
    ]  # fmt: skip
    monkeypatch.setattr(peers_page, "ROWS", tmp_path / "peers.json")
    kept = {"machine": "m", "seconds": 1, "seed": 7, "rows": [asdict(row) for row in rows]}
    (tmp_path / "peers.json").write_text(peers_page.json.dumps(kept))
    page = peers_page.peers_part(locale)
    for peer in PURE:
        assert f"| `{peer.name}` |" in page
    for name in (*(peer.name for peer in COUPLED), *CANNOT):
        assert f"- `{name}`: " in page
    assert page.count("| 1.0 | ") == len(peers_page.SPEED)


def test_a_process_is_stopped_at_its_limit():
    assert alone(["sleep", "60"], most_s=0.5).code < 0


def test_the_memory_of_a_process_is_seen():
    done = alone([sys.executable, "-c", "x = bytearray(10**8); import time; time.sleep(1.5)"], most_s=120.0)
    assert done.code == 0
    assert done.peak_mb > 90


def test_made_up_instances_are_files_of_their_formats(tmp_path):
    path = tmp_path / "b.pb"
    path.write_text(budget_text(20, 1))
    budget = read_pabulib(path)
    assert budget.budget == int(budget.cost.sum()) // 100 * 2 // 5 * 100
    assert len(budget.votes) == 20
    file = placement_file(40, 5, 1)
    solution = optimise(file.model, Clock.of(10), 0.02)
    assert judged(file, solution.draft).violations == 0
    assert solution.draft.complete.sum() > 30
