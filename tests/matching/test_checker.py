"""The independent checker: it passes what is sound, and no plan with a number changed."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matching import checker
from matching.files import container
from matching.files.model import members_of, model_meta, write_model
from matching.files.plan import plan_members, plan_of, write_plan
from matching.formats.gap import GapInstance, gap_model
from matching.model import NANO, draft_value
from matching.optimise import optimise
from matching.solvers.search import Clock, own_bound
from tests.matching.random_models import random_model

seeds = st.integers(0, 400)


def parts(seed: int):
    """A model's meta and members, its best plan's, and both as objects."""
    file = random_model(seed)
    solution = optimise(file.model, Clock.of(10), 0.0)
    plan = plan_of(
        file, draft=solution.draft, prices=solution.prices, value=solution.value, bound=solution.bound,
        own_bound=solution.own, gap=0.0, about={},
    )  # fmt: skip
    return file, plan, model_meta(file), members_of(file.model, file.labels), *plan_members(file, plan)


def sealed(meta: dict, arrays: dict) -> dict:
    """The meta of a plan somebody changed who also knows how digests are made."""
    return {**meta, "digest": checker.digest_of(arrays, checker.plan_head(meta))}


def codes(verdict: checker.Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_it_imports_nothing_of_ours():
    tree = ast.parse(Path(checker.__file__).read_text("utf-8"))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names - set(sys.stdlib_module_names) == {"numpy"}


@given(seed=seeds)
@example(seed=362)  # a community whose needs are partly jobs of one person with so many hours, partly not
def test_a_solved_plan_is_sound_and_its_figures_are_those_of_the_model(seed):
    file, plan, *given_ = parts(seed)
    verdict = checker.check(*given_)
    assert verdict.findings == []
    assert verdict.value == file.measure.told(draft_value(file.model, plan.draft), file.total_nano)
    assert verdict.proven is not None
    assert verdict.proven <= file.measure.told(plan.own_bound, file.total_nano)


@given(seed=seeds, data=st.data())
def test_any_prices_prove_a_bound_no_plan_is_above_and_as_good_as_the_solvers_own(seed, data):
    file, plan, model_meta_, members, meta, arrays = parts(seed)
    dice = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    most = data.draw(st.sampled_from([1, 10**6, 10**9, 10**11, 2**46, 2**62]))
    every = ("people", "money", "goods", "ceilings", "communities")
    for name in every:
        size = len(arrays[f"prices.{name}"])
        arrays[f"prices.{name}"] = dice.integers(0, most, size) * dice.integers(0, 2, size)
    verdict = checker.check(model_meta_, members, sealed(meta, arrays), arrays)
    assert "bound_below_value" not in codes(verdict)
    assert "unreadable" not in codes(verdict)
    if most <= 2**46:
        prices = type(plan.prices)(**{name: arrays[f"prices.{name}"] for name in every})
        needs = np.flatnonzero(file.model.in_play).astype(np.int64)
        theirs = file.measure.told(own_bound(file.model, needs, prices), file.total_nano)
        assert verdict.proven is not None
        assert verdict.proven <= theirs


@given(seed=st.integers(0, 10**6), most=st.sampled_from([0, 30, 2**40]))
def test_any_prices_of_jobs_prove_a_bound_no_plan_is_above(seed, most):
    dice = np.random.default_rng(seed)
    agents, jobs = int(dice.integers(1, 4)), int(dice.integers(1, 7))
    shape = (agents, jobs)
    instance = GapInstance(
        name="g", cost=dice.integers(0, 30, shape), use=2 * dice.integers(0, 9, shape),
        capacity=dice.integers(0, 25, agents),
    )  # fmt: skip
    file = gap_model(instance)
    solution = optimise(file.model, Clock.of(10), 0.0)
    plan = plan_of(
        file, draft=solution.draft, prices=solution.prices, value=solution.value, bound=solution.bound,
        own_bound=solution.own, gap=0.0, about={},
    )  # fmt: skip
    meta, arrays = plan_members(file, plan)
    members = members_of(file.model, file.labels)
    assert checker.check(model_meta(file), members, meta, arrays).findings == []
    arrays["prices.needs"] = dice.integers(-1, most + 1, jobs) * NANO
    arrays["prices.needs"][arrays["prices.needs"] < 0] = -1
    arrays["prices.people"] = dice.integers(0, most + 1, agents) * NANO
    verdict = checker.check(model_meta(file), members, sealed(meta, arrays), arrays)
    assert "bound_below_value" not in codes(verdict)


NUMBERS = ("value", "bound", "own_bound", "value_told", "bound_told", "gap")


@given(seed=seeds, name=st.sampled_from(NUMBERS), by=st.sampled_from([-(10**12), -1, 1, 10**12]))
def test_a_figure_that_was_changed_is_refused_even_with_a_new_digest(seed, name, by):
    _, _, model_meta_, members, meta, arrays = parts(seed)
    changed = {**meta, name: meta[name] + by}
    assert codes(checker.check(model_meta_, members, changed, arrays)) == {"altered"}
    verdict = checker.check(model_meta_, members, sealed(changed, arrays), arrays)
    weaker = name == "own_bound" and by > 0  # claims less than the prices prove
    assert weaker or "misstated" in codes(verdict)


@given(seed=seeds, data=st.data())
def test_an_array_with_one_number_changed_is_refused(seed, data):
    _, _, model_meta_, members, meta, arrays = parts(seed)
    full = sorted(name for name, array in arrays.items() if len(array))
    if not full:
        return
    name = data.draw(st.sampled_from(full))
    array = arrays[name].copy()
    array[data.draw(st.integers(0, len(array) - 1))] += data.draw(st.sampled_from([-(10**6), -1, 1, 10**9]))
    changed = {**arrays, name: array}
    assert "altered" in codes(checker.check(model_meta_, members, meta, changed))
    verdict = checker.check(model_meta_, members, sealed(meta, changed), changed)
    # With a digest made anew, what passes is another true statement: a plan of the same value that breaks nothing,
    # under prices that prove no less.
    if verdict.ok:
        assert verdict.value == meta["value_told"]
        assert verdict.proven is not None
        assert verdict.proven * 10**9 <= meta["own_bound"] + 1


@given(seed=seeds, data=st.data())
def test_a_plan_of_a_model_with_one_number_changed_is_refused(seed, data):
    _, _, model_meta_, members, meta, arrays = parts(seed)
    name = data.draw(st.sampled_from(sorted(k for k, a in members.items() if len(a) and a.dtype.kind == "i")))
    array = members[name].copy()
    array[data.draw(st.integers(0, len(array) - 1))] += 1
    verdict = checker.check(model_meta_, {**members, name: array}, meta, arrays)
    assert "other_model" in codes(verdict)
    assert "other_model" in codes(checker.check({**model_meta_, "offset": 1}, members, meta, arrays))


def put(name, value):
    """Set a member of the model to one value throughout."""
    return lambda m, _p: m.update({name: np.full_like(m[name], value)})


def more(name):
    return lambda m, _p: m.update({name: m[name] + 1})


def drop(name, *beside):
    """Leave out the last rows of members of the plan."""
    return lambda _m, p: p.update({each: p[each][:-1] for each in (name, *beside)})


def all_arcs(m, p):
    p["chosen"] = np.arange(len(m["arcs.place"]))


def minors(m, _p):
    m["arcs.escort"] = m["arcs.escort"] | True
    m["arcs.adult"] = m["arcs.adult"] & False


BREAKS = [
    ("not_possible", put("possible", value=False)),
    ("place_twice", all_arcs),
    ("team_not_whole", drop("chosen")),
    ("team_missing", drop("chosen")),
    ("team_of_incomplete", drop("complete")),
    ("twice_in_team", put("arcs.volunteer", 0)),
    ("row_over", put("rows.cap", 0)),
    ("no_escort", minors),
    ("money_amount", put("money.most", 0)),
    ("money_above_asked", put("money.asked", 0)),
    ("money_overspent", put("money.held", 0)),
    ("money_not_whole", more("money.asked")),
    ("money_in_part", put("supply.parts", value=False)),
    ("goods_amount", put("goods.most", 0)),
    ("goods_above_asked", put("goods.asked", 0)),
    ("goods_overspent", put("goods.held", 0)),
    ("goods_not_whole", drop("goods.arc", "goods.pieces")),
    ("goods_in_part", put("supply.parts", value=False)),
    ("ceiling_over", put("ceilings.cap", 0)),
    ("misstated", more("worth.complete")),
    ("misstated", more("worth.money_credit")),
    ("misstated", more("fairness.base")),
    ("levels_apart", more("levels.pin")),
    ("out_of_range", more("community")),
    ("bound_below_value", put("in_play", value=False)),
    ("out_of_range", put("arcs.place", 10**6)),
    ("wrong_prices", drop("prices.people")),
    ("not_ascending", lambda _m, p: p.update({"chosen": p["chosen"][::-1]})),
    ("unknown_member", lambda _m, p: p.update({"other": np.zeros(1)})),
    ("wrong_type", lambda _m, p: p.update({"chosen": p["chosen"].astype(np.float64)})),
]


@pytest.mark.parametrize(("code", "breaking"), BREAKS, ids=[code for code, _ in BREAKS])
def test_each_thing_that_can_be_wrong_is_found(code, breaking):
    for seed in range(80):
        _, _, model_meta_, members, meta, arrays = parts(seed)
        if not all(len(arrays[name]) for name in ("complete", "chosen")):
            continue
        breaking(members, arrays)
        head = f"zhulian-model {checker.VERSION} {model_meta_['sense']} {model_meta_['scale']} {model_meta_['offset']}"
        resealed = sealed({**meta, "model": checker.digest_of(members, head)}, arrays)
        if code in codes(checker.check(model_meta_, members, resealed, arrays)):
            return
    pytest.fail(f"{code} was never found")


def test_it_runs_alone_over_files(tmp_path):
    file, plan, *_ = parts(5)
    write_model(tmp_path / "m.npz", file)
    write_plan(tmp_path / "p.npz", file, plan)
    alone = [sys.executable, "-I", checker.__file__, str(tmp_path / "p.npz"), str(tmp_path / "m.npz")]
    done = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "m.npz").write_bytes(b"PK")
    done = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "unreadable" in done.stdout


def test_a_round_that_was_exchanged_is_refused(tmp_path):
    file, plan, *_ = parts(5)
    write_model(tmp_path / "m.npz", file)
    write_plan(tmp_path / "p.npz", file, plan, round_json=b"{}")
    assert checker.check_files(str(tmp_path / "p.npz"), str(tmp_path / "m.npz")).ok
    contents = container.read(tmp_path / "p.npz")
    container.write(tmp_path / "p.npz", contents.meta, contents.arrays, round_json=b'{"a":1}')
    verdict = checker.check_files(str(tmp_path / "p.npz"), str(tmp_path / "m.npz"))
    assert [(each.code, each.subject) for each in verdict.findings] == [("altered", "round.json")]
