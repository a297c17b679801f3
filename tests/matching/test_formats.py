"""Public instance files: what they say is what is solved, and no text brings a reader down."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from app.benching import check_plan
from domain.errors import NotFoundError, PlatformError, UnreadableFileError
from matching.files.model import COLUMNS as MODEL_COLUMNS
from matching.files.model import ModelFile, read_model, write_model
from matching.files.plan import COLUMNS as PLAN_COLUMNS
from matching.files.plan import plan_of
from matching.formats.assign import assign_model, read_assign
from matching.formats.gap import gap_model, read_gap
from matching.formats.pabulib import budget_model, read_pabulib
from matching.optimise import optimise
from matching.solvers.search import Clock

ROOT = Path(__file__).parents[2]


def text(*blocks) -> str:
    return "\n".join(" ".join(str(number) for number in block) for block in blocks) + "\n"


def solved(file: ModelFile) -> float | None:
    """Value of the best plan, which the checker has passed; None where a job with one slot is left undone."""
    solution = optimise(file.model, Clock.of(20), 0.0)
    plan = plan_of(
        file, draft=solution.draft, prices=solution.prices, value=solution.value, bound=solution.bound,
        own_bound=solution.own, gap=0.0, about={},
    )  # fmt: skip
    verdict = check_plan(file, plan, None)
    assert verdict.findings == []
    return None if file.measure.sense == "min" and verdict.complete < verdict.needs else verdict.value


def gap_text(cost, use, capacity) -> str:
    return text(np.shape(cost), *cost, *use, capacity)


def least_gap(cost, use, capacity) -> int | None:
    """By trying everything; None where the jobs do not fit."""
    agents, jobs = np.shape(cost)
    best = None
    for choice in itertools.product(range(agents), repeat=jobs):
        load = np.bincount(choice, weights=[use[a][j] for j, a in enumerate(choice)], minlength=agents)
        if (load <= capacity).all():
            total = sum(cost[a][j] for j, a in enumerate(choice))
            best = total if best is None else min(best, total)
    return best


tables = st.integers(1, 3).flatmap(
    lambda agents: st.integers(1, 4).flatmap(
        lambda jobs: st.tuples(
            *(
                st.lists(
                    st.lists(st.integers(low, 20), min_size=jobs, max_size=jobs),
                    min_size=agents,
                    max_size=agents,
                )
                for low in (-5, 0)
            ),
            st.lists(st.integers(0, 40), min_size=agents, max_size=agents),
        )
    )
)


@given(table=tables)
def test_a_gap_file_is_solved_to_the_least_cost(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("gap") / "g.txt"
    path.write_text(gap_text(*table))
    assert solved(gap_model(read_gap(path))) == least_gap(*table)


def test_one_of_several_problems_is_taken(tmp_path):
    one = gap_text([[5, 1]], [[1, 1]], [2])
    two = gap_text([[3, 4], [9, 1]], [[1, 1], [1, 1]], [1, 1])
    (tmp_path / "two.txt").write_text("2\n" + one + two)
    assert solved(gap_model(read_gap(tmp_path / "two.txt", 1))) == 6
    assert solved(gap_model(read_gap(tmp_path / "two.txt", 2))) == 4
    with pytest.raises(NotFoundError):
        read_gap(tmp_path / "two.txt", 3)


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.integers(-9, 99), min_size=n * n, max_size=n * n)))
def test_an_assign_file_dense_or_sparse_is_solved_to_the_least_cost(tmp_path_factory, flat):
    folder = tmp_path_factory.mktemp("assign")
    cost = np.array(flat).reshape(int(len(flat) ** 0.5), -1)
    rows, columns = linear_sum_assignment(cost)
    least = cost[rows, columns].sum()
    size = len(cost)
    (folder / "dense.txt").write_text(text([size], *cost))
    assert solved(assign_model(read_assign(folder / "dense.txt"))) == least
    triples = [(i + 1, j + 1, cost[i, j]) for i in range(size) for j in range(size)]
    if size not in (1, 3):  # sizes at which both layouts have as many numbers
        (folder / "sparse.txt").write_text(text([size], *triples))
        assert solved(assign_model(read_assign(folder / "sparse.txt"))) == least


PB = """META
key;value
description;somewhere
budget;100
PROJECTS
project_id;cost;votes;name
a;60;5;"park; old"
b;50;4;road
c;50.00;3;trees
d;101;99;too dear
VOTES
voter_id;vote
1;a,b
"""


def test_a_participatory_budget_is_solved_to_the_most_votes(tmp_path):
    path = tmp_path / "town.pb"
    path.write_text(PB)
    assert solved(budget_model(read_pabulib(path))) == 7
    path.write_text(PB.replace(";votes;name", ";v;name"))
    assert read_pabulib(path).votes.tolist() == [1, 1, 0, 0]


def test_votes_that_a_budget_does_not_tell_are_counted(tmp_path):
    path = tmp_path / "some.pb"
    rows = ["META", "key;value", "budget;10", "PROJECTS", "project_id;cost;votes", "a;5;7", "b;5;", "VOTES"]
    path.write_text("\n".join([*rows, "voter_id;vote", "1;a,b", "2;b"]) + "\n")
    assert read_pabulib(path).votes.tolist() == [7, 2]


def test_models_of_formats_are_files_too(tmp_path):
    (tmp_path / "g.txt").write_text(gap_text([[1, 2]], [[1, 1]], [2]))
    (tmp_path / "t.pb").write_text(PB)
    for file in (gap_model(read_gap(tmp_path / "g.txt")), budget_model(read_pabulib(tmp_path / "t.pb"))):
        write_model(tmp_path / "m.npz", file)
        assert read_model(tmp_path / "m.npz").digest == file.digest


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("1 1 x", "not_a_number"),
        ("1 1 1.5 1 1", "not_a_number"),
        ("1 1 1e300 1 1", "not_a_number"),
        ("nan", "not_a_number"),
        ("1 1 1", "too_few_numbers"),
        ("1 1 1 1 1 1 1", "too_many_numbers"),
        ("0 1", "out_of_range"),
        ("1 1 1 -1 1", "negative"),
        ("99999999 99999999 1", "out_of_range"),
        ("需求", "not_a_number"),
    ],
)
def test_a_gap_file_that_is_none_is_named(tmp_path, content, reason):
    (tmp_path / "g.txt").write_text(content, "utf-8")
    with pytest.raises(UnreadableFileError) as caught:
        read_gap(tmp_path / "g.txt")
    assert caught.value.context["reason"] == reason


READERS = [read_gap, read_assign, read_pabulib, read_model]
GOOD = [gap_text([[1, 2], [3, 4]], [[1, 1], [1, 1]], [1, 1]), text([2], [1, 2], [3, 4]), PB]


@given(raw=st.binary(max_size=200) | st.text(alphabet="0123456789 \n.-e;", max_size=200).map(str.encode))
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_random_bytes_are_read_or_refused(tmp_path_factory, reader, raw):
    path = tmp_path_factory.mktemp("random") / "x"
    path.write_bytes(raw)
    try:
        reader(path)
    except PlatformError as error:
        assert error.context["file"] == "x"  # noqa: PT017 - either outcome is right


@given(data=st.data())
@pytest.mark.parametrize("reader", READERS[:3], ids=lambda reader: reader.__name__)
def test_a_file_cut_off_or_changed_is_read_or_refused(tmp_path_factory, reader, data):
    path = tmp_path_factory.mktemp("mutated") / "x"
    content = data.draw(st.sampled_from(GOOD))
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    put = data.draw(st.sampled_from(["", "-1", " 0 ", "9999999999999", ";", "\n", "x", '"', "META", "1e9 "]))
    path.write_text(content[:start] + put + content[end:], "utf-8")
    try:
        reader(path)
    except PlatformError as error:
        assert error.context["file"] == "x"  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_of_the_documentation_is_solved_to_what_it_says(tmp_path, monkeypatch, language):
    page = (ROOT / "docs" / language / "how-to" / "foreign-instances.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], {})  # noqa: S102 - the page's own words
    assert solved(read_model(tmp_path / "refugees.npz")) == 2.26


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reference_names_each_member(language):
    page = (ROOT / "docs" / language / "reference" / "files.md").read_text("utf-8")
    assert [name for name in (*MODEL_COLUMNS, *PLAN_COLUMNS) if f"`{name}`" not in page] == []
