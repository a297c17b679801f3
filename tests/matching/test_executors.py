"""Parts on one process, on several and on a cluster: the same plan, whoever is lost or told to stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInputError, UnavailableError
from matching.cores import cores
from matching.crews import Cluster, Crew, Processes
from matching.executors import Errand, Log, bundled, carried_out
from matching.model import NANO, Model, draft_value
from matching.optimise import Solution, optimise
from matching.plan import PlanStatus
from matching.problem import Problem
from matching.solve import Limits, Progress, plan_digest, solve
from matching.solvers.outcome import Clock
from tests.matching import builders as b
from tests.matching.pieces import regions

TOWNS = 4


def towns() -> Problem:
    """Towns out of each other's reach, each with a fund too small for all, and more needs than people."""
    tables: dict[str, list[b.Row]] = {name: [] for name in ("needs", "need_slots", "need_windows", "funds")}
    tables |= {"volunteers": [], "volunteer_windows": []}
    for town in range(TOWNS):
        path = f"{b.TOWN}{town}/"
        for i in range(64):
            name = f"n{town}-{i:02d}"
            east_m = town * 300_000 + 37 * i % 2_000
            tables["needs"].append(
                b.need(
                    name,
                    east_m=east_m,
                    region_path=path,
                    urgency_points=1 + i % 3,
                    amount_fen=1_000,
                )
            )
            if i % 4:
                tables["need_slots"].append(b.slot(f"{name}-a", name))
                tables["need_windows"].append(b.window(name, i % 3, f"{8 + i % 9}:00", f"{10 + i % 9}:00"))
        for j in range(20):
            name = f"v{town}-{j:02d}"
            east_m = town * 300_000 + 91 * j % 2_000
            tables["volunteers"].append(
                b.volunteer(name, east_m=east_m, weekly_minutes=240, region_path=path)
            )
            tables["volunteer_windows"] += [b.free(name, day, "08:00", "19:00") for day in range(j % 3 + 1)]
        tables["funds"].append(b.fund(f"f{town}", 40_000, region_paths=[path]))
    return b.problem(**tables)


def digest(crew: Crew | None = None) -> str:
    return plan_digest(solve(towns(), b.policy(), limits=Limits(gap=0.005), crew=crew))


def slowly(model: Model, clock: Clock, gap: float) -> tuple[int, int, int]:
    """Takes a moment; tells the part's size, its process and its cores."""
    until = time.monotonic() + 0.15
    while time.monotonic() < until and clock.left > 1:
        time.sleep(0.01)
    return len(model), os.getpid(), cores()


def never_ends(model: Model, clock: Clock, gap: float) -> int:
    time.sleep(600)
    return len(model)


def refuses_workers(model: Model, clock: Clock, gap: float) -> int:
    if cores() == 1:
        raise ValueError("not in a worker")
    return len(model)


def refuses(model: Model, clock: Clock, gap: float) -> int:
    raise ValueError("nowhere")


def one_task_each(count: int) -> list[Model]:
    """Parts so many-armed that each is a task of its own."""
    return [regions(1, needs=60, people=20, degree=3_000, seed=seed) for seed in range(count)]


def run(models, work, crew, *, cancel=None, log=None):
    errand = Errand(solve=work, clock=Clock.of(60), gap=0.0, cancel=cancel)
    return dict(carried_out(models, errand, crew, log or Log()))


# --- bundles ---------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([1, 3, 40, 900]), max_size=12))
@settings(max_examples=25, deadline=None)
def test_each_part_is_in_one_task_and_the_dearest_task_goes_first(degrees):
    models = [regions(1, needs=50, people=9, degree=degree, seed=7) for degree in degrees]
    tasks = bundled(models)
    assert sorted(part for task in tasks for part in task.parts) == list(range(len(models)))
    firsts = [len(models[task.parts[0]].people.arcs) for task in tasks]
    assert firsts == sorted(firsts, reverse=True)


# --- the same plan wherever it is made ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def at_home() -> str:
    return digest()


@pytest.fixture(scope="module")
def pair() -> Iterator[Processes]:
    with Processes(2) as crew:
        yield crew


def test_two_processes_find_the_plan_that_one_finds(at_home, pair):
    assert digest(pair) == at_home


def test_the_parts_of_a_round_are_solved_by_the_crew_it_was_given(pair):
    plan = solve(towns(), b.policy(), limits=Limits(gap=0.005), crew=pair)
    assert plan.statistics["tasks"] > 1
    assert plan.statistics["tasks_at_home"] == 0


def test_a_cancelled_round_is_a_plan_that_keeps_every_rule():
    cancel = threading.Event()
    cancel.set()
    plan = solve(towns(), b.policy(), limits=Limits(gap=0.0), cancel=cancel)
    assert plan.statistics["parts_untouched"] == plan.statistics["parts"]
    assert plan.bound > plan.value
    assert plan.status is PlanStatus.STOPPED


def test_parts_come_back_from_workers_with_the_same_value_and_bound(pair):
    model = regions(12, needs=200, people=150, degree=100, seed=3)
    here, there = optimise(model, Clock.of(60), 0.0), optimise(model, Clock.of(60), 0.0, crew=pair)
    assert (here.value, here.bound) == (there.value, there.bound)
    assert (here.draft.chosen == there.draft.chosen).all()
    assert there.figures["tasks"] == here.figures["tasks"] > 1
    assert there.figures["tasks_at_home"] == 0


def test_a_dask_cluster_finds_the_plan_that_one_process_finds(at_home):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as local,
        Cluster(local.scheduler_address) as crew,
    ):
        assert crew.hands == 2
        assert digest(crew) == at_home


@contextmanager
def separate_workers(count: int, scheduler_file: str) -> Iterator[None]:
    """A scheduler and workers started from a shell, as on machines of their own."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": os.getcwd()}
    dask = [sys.executable, "-m", "dask"]
    place = ["--scheduler-file", scheduler_file]
    asked = ["--nthreads", "1", "--no-dashboard", "--no-nanny", *place]
    started = [subprocess.Popen([*dask, "scheduler", "--port", "0", "--no-dashboard", *place], **quiet)]
    started += [subprocess.Popen([*dask, "worker", *asked], **quiet) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_workers_started_on_their_own_find_the_same_plan_and_one_may_be_killed(at_home, tmp_path):
    distributed = pytest.importorskip("distributed")
    place = str(tmp_path / "scheduler.json")
    with separate_workers(2, place):
        until = time.monotonic() + 60
        while not os.path.exists(place) and time.monotonic() < until:
            time.sleep(0.2)
        with distributed.Client(scheduler_file=place, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
            victim = min(client.run(os.getpid).values())
        with Cluster(address) as crew:
            assert digest(crew) == at_home
            kills = threading.Timer(0.5, lambda: os.kill(victim, signal.SIGKILL))
            kills.start()
            found = run(one_task_each(12), slowly, crew)
            assert sorted(found) == list(range(12))


# --- what goes wrong ---------------------------------------------------------------------------------------


def test_a_killed_worker_costs_its_tasks_a_second_try_and_nothing_else():
    log = Log()
    with Processes(2) as crew:
        models = one_task_each(14)
        errand = Errand(solve=slowly, clock=Clock.of(60), gap=0.0)
        found = {}
        for number, answer in carried_out(models, errand, crew, log):
            found[number] = answer
            if len(found) == 2:
                os.kill(crew.pids[0], signal.SIGKILL)
    assert {number: answer[0] for number, answer in found.items()} == {
        n: len(m) for n, m in enumerate(models)
    }
    assert log.lost > 0
    assert len({answer[1] for answer in found.values()}) > 2  # processes of two pools


def test_a_task_that_fails_twice_is_tried_here_and_only_then_raises(pair):
    models = one_task_each(3)
    log = Log()
    assert run(models, refuses_workers, pair, log=log) == {n: len(m) for n, m in enumerate(models)}
    assert (log.lost, log.at_home) == (6, 3)
    with pytest.raises(ValueError, match="nowhere"):
        run(models, refuses, pair)


def test_workers_use_one_core_and_a_task_beyond_their_memory_stays_here(pair):
    found = run(one_task_each(3), slowly, pair)
    assert {answer[2] for answer in found.values()} == {1}
    assert os.getpid() not in {answer[1] for answer in found.values()}
    with Processes(2, memory_mb=1) as small:
        found = run(one_task_each(3), slowly, small)
    assert {answer[1] for answer in found.values()} == {os.getpid()}


# --- stopping and telling ----------------------------------------------------------------------------------


def cancelled_after(seconds: float) -> threading.Event:
    cancel = threading.Event()
    threading.Timer(seconds, cancel.set).start()
    return cancel


def test_cancelling_stops_between_the_parts_of_a_process():
    models, begin = one_task_each(40), time.monotonic()
    found = run(models, slowly, None, cancel=cancelled_after(0.5))
    assert time.monotonic() - begin < 5
    assert len(found) == 40
    assert 0 < sum(answer is None for answer in found.values()) < 40


def test_cancelling_ends_workers_that_do_not_listen():
    models, begin = one_task_each(3), time.monotonic()
    with Processes(2) as crew:
        found = run(models, never_ends, crew, cancel=cancelled_after(2))
        assert found == {0: None, 1: None, 2: None}
    assert time.monotonic() - begin < 60


def test_a_cancelled_run_is_a_plan_with_a_bound_that_holds():
    model = regions(30, needs=200, people=150, degree=260, seed=5)
    best = optimise(model, Clock.of(120), 0.0)
    cancel = threading.Event()
    told: list[float] = []

    def stop_soon(done: float, value: int, bound: int) -> None:
        told.append(done)
        if len(told) == 3:
            cancel.set()

    cut: Solution = optimise(model, Clock.of(120), 0.0, stop_soon, cancel=cancel)
    assert cut.figures["parts_untouched"] > 0
    assert 0 < cut.value < best.value <= best.bound <= cut.bound
    assert cut.value == draft_value(model, cut.draft)


def test_progress_tells_a_bound_that_holds_and_comes_down_as_parts_come_home(pair):
    model = regions(12, needs=200, people=150, degree=100, seed=3)
    told: list[tuple[float, int, int]] = []
    found = optimise(model, Clock.of(60), 0.0, lambda *step: told.append(step), crew=pair)
    assert len(told) == found.figures["parts"] > 1
    shares, values, bounds = zip(*told, strict=True)
    assert list(values) == sorted(values)
    assert list(bounds) == sorted(bounds, reverse=True)
    assert (shares[-1], values[-1], bounds[-1]) == (1.0, found.value // NANO, found.bound // NANO)
    assert Progress(phase="search", done=0.5, value=values[0], bound=bounds[0]).gap > 0.5


def test_a_crew_nobody_can_join_says_so():
    with pytest.raises(InvalidInputError):
        Processes(0)
    with pytest.raises(UnavailableError):
        Cluster("tcp://127.0.0.1:1", patience_s=1)
