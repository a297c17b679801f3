"""Models, problems and plans on disk: what is read is what was written, and what is broken is named."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError, UnreadableFileError
from matching import checker
from matching.files import container
from matching.files.model import COLUMNS, Measure, ModelFile, members_of, model_meta, read_model, write_model
from matching.files.plan import plan_of, read_plan, write_plan
from matching.files.problem import read_problem, write_problem
from matching.files.round import differences, read_round, write_round
from matching.model import NANO
from matching.optimise import optimise
from matching.solve import Limits, Solved, plan_digest, solve
from matching.solvers.search import Clock
from tests.matching import builders as b
from tests.matching.random_models import random_model

seeds = st.integers(0, 2**32)


def rewritten(path, file: ModelFile, **members) -> None:
    """Write a model with some members put in place of its own; None leaves one out."""
    arrays = {**members_of(file.model, file.labels), **members}
    container.write(path, model_meta(file), {k: v for k, v in arrays.items() if v is not None})


def solved_plan(file: ModelFile):
    solution = optimise(file.model, Clock.of(10), 0.0)
    return plan_of(
        file, draft=solution.draft, prices=solution.prices, value=solution.value, bound=solution.bound,
        own_bound=solution.own, gap=0.0, about={},
    )  # fmt: skip


@given(seed=seeds)
def test_a_model_is_read_as_it_was_written(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("model") / "m.npz"
    file = random_model(seed)
    write_model(path, file)
    back = read_model(path)
    assert back.digest == file.digest
    one, other = members_of(file.model, file.labels), members_of(back.model, back.labels)
    assert all(np.array_equal(one[name], other[name]) for name in COLUMNS)
    assert (back.measure, back.name) == (file.measure, file.name)
    before = path.read_bytes()
    write_model(path, back)
    assert path.read_bytes() == before


def test_numpy_alone_reads_a_model(tmp_path):
    file = random_model(1)
    write_model(tmp_path / "m.npz", file)
    with np.load(tmp_path / "m.npz", allow_pickle=False) as archive:
        assert json.loads(archive["meta.json"])["digest"] == file.digest
        assert {archive[name].dtype.str[:2] for name in COLUMNS} <= {"<i", "|b", "<U"}


@given(seed=seeds)
def test_a_plan_is_read_as_it_was_written(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("plan") / "p.npz"
    file = random_model(seed)
    plan = solved_plan(file)
    write_plan(path, file, plan)
    back = read_plan(path, file)
    assert (back.value, back.bound, back.own_bound, back.status) == (
        plan.value, plan.bound, plan.own_bound, plan.status
    )  # fmt: skip
    for part in ("complete", "chosen", "money", "goods"):
        assert np.array_equal(getattr(back.draft, part), getattr(plan.draft, part))
    for part in ("people", "money", "goods", "ceilings", "communities"):
        assert np.array_equal(getattr(back.prices, part), getattr(plan.prices, part))


def round_problem():
    return b.problem(
        needs=[
            b.need("n1"),
            b.need("n2", kind="WISH", amount_fen=500, gap_fen=500, situations=["DIBAO", "低保"]),
        ],
        need_slots=[b.slot("n1-a", "n1")],
        volunteers=[
            b.volunteer("v1"),
            b.volunteer("v2", team_id=None, longitude_deg=None, latitude_deg=None),
        ],
        volunteer_windows=[b.free("v1", 0, "08:00", "12:00"), b.free("v2", 0, "08:00", "12:00")],
        funds=[b.fund("f1", 1_000)],
        need_items=[b.item("i1", "n2")],
        stock=[b.stock("o1")],
    )


def test_a_problem_is_read_as_it_was_written(tmp_path):
    problem = round_problem()
    write_problem(tmp_path / "p.npz", problem)
    assert read_problem(tmp_path / "p.npz").digest == problem.digest
    with np.load(tmp_path / "p.npz", allow_pickle=False) as archive:
        assert archive["needs.need_id"].tolist() == ["n1", "n2"]


def test_the_files_of_a_round_give_its_plan_again(tmp_path):
    problem, kept = round_problem(), list[Solved]()
    plan = solve(problem, b.policy(), keep=kept.append)
    path = write_round(tmp_path, problem, kept[0], plan, gap=0.001)
    back = read_round(path)
    assert back is not None
    assert plan_digest(back) == plan_digest(plan)
    file = read_model(tmp_path / "model.npz")
    assert differences(file, read_plan(path, file), back) == []
    less = replace(back, levels=(replace(back.levels[0], value=back.levels[0].value - 1), *back.levels[1:]))
    assert [each.part for each in differences(file, read_plan(path, file), less)] == ["levels"]


def towns():
    """Nine needs of two towns and three people: whom to leave is a matter of fairness."""
    needs = [b.need(f"a{i}", community=b.TOWN) for i in range(6)]
    needs += [b.need(f"b{i}", community=b.OTHER_TOWN, east_m=900.0) for i in range(3)]
    return b.problem(
        needs=needs,
        need_slots=[b.slot(f"{row['need_id']}-a", row["need_id"]) for row in needs],
        need_windows=[b.window(row["need_id"], 0, "09:00", "10:00") for row in needs],
        volunteers=[b.volunteer(f"v{i}", east_m=0.0) for i in range(3)],
        volunteer_windows=[b.free(f"v{i}", 0, "08:00", "12:00") for i in range(3)],
    )


def test_a_fair_round_is_checked_and_proven_from_its_files_alone(tmp_path):
    problem, kept = towns(), list[Solved]()
    plan = solve(problem, b.policy(), limits=Limits(gap=0.0), keep=kept.append)
    assert plan.statistics["fairness_gained"] > 0
    path = write_round(tmp_path, problem, kept[0], plan, gap=0.0)
    verdict = checker.check_files(str(path), str(tmp_path / "model.npz"))
    assert verdict.findings == []
    assert verdict.value is not None
    assert verdict.proven is not None
    assert plan.value == int(verdict.value) <= int(verdict.proven) == plan.bound
    assert len(read_plan(path, read_model(tmp_path / "model.npz")).prices.communities) == 2


@pytest.mark.parametrize("member", sorted(COLUMNS))
def test_a_member_that_is_missing_or_of_another_type_is_named(tmp_path, member):
    file = random_model(3)
    rewritten(tmp_path / "m.npz", file, **{member: None})
    with pytest.raises(UnreadableFileError) as caught:
        read_model(tmp_path / "m.npz")
    assert (caught.value.context["member"], caught.value.context["reason"]) == (member, "absent_member")
    rewritten(tmp_path / "m.npz", file, **{member: np.zeros(1)})
    with pytest.raises(UnreadableFileError) as caught:
        read_model(tmp_path / "m.npz")
    assert (caught.value.context["member"], caught.value.context["reason"]) == (member, "wrong_type")


@pytest.mark.parametrize(
    ("member", "change", "reason"),
    [
        ("arcs.place", lambda a: a + 10**6, "out_of_range"),
        ("arcs.place", lambda a: a[::-1].copy(), "not_sorted"),
        ("arcs.points", lambda a: a + 10**9, "out_of_range"),
        ("arcs.points", lambda a: a[:-1], "wrong_length"),
        ("places.group", lambda a: a * 0, "not_sorted"),
        ("entries.arc", lambda a: a * 0, "twice"),
        ("money.most", lambda a: a + 2**50, "out_of_range"),
        ("labels.needs", lambda a: a[:-1], "wrong_length"),
        ("slot_count", lambda a: a + 1, "contradicts"),
    ],
)
def test_a_member_that_contradicts_is_named(tmp_path, member, change, reason):
    file = random_model(6)
    array = members_of(file.model, file.labels)[member]
    assert len(array) > 1
    rewritten(tmp_path / "m.npz", file, **{member: change(array)})
    with pytest.raises(UnreadableFileError) as caught:
        read_model(tmp_path / "m.npz")
    assert (caught.value.context["member"], caught.value.context["reason"]) == (member, reason)


def zipped(path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def array_bytes(array, **header) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **header)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "member", "reason"),
    [
        (array_bytes(np.array([{}], dtype=object), allow_pickle=True), "a", "wrong_type"),
        (array_bytes(np.zeros((2, 2), dtype=np.int64)), "a", "wrong_type"),
        (array_bytes(np.zeros(2, dtype=">i8")), "a", "wrong_type"),
        (array_bytes(np.zeros(2, dtype=np.int64))[:-3], "a", "cut_off"),
        (array_bytes(np.zeros(2, dtype=np.int64)).replace(b"(2,)", b"(9,)"), "a", "cut_off"),
        (b"\x93NUMPY", "a", "not_an_array"),
        (array_bytes(np.array([0x110000], dtype="<u4").view("<U1")), "a", "not_text"),
    ],
)
def test_a_member_that_is_no_plain_array_is_named(tmp_path, content, member, reason):
    zipped(tmp_path / "m.npz", {"meta.json": b"{}", "a.npy": content})
    with pytest.raises(UnreadableFileError) as caught:
        container.read(tmp_path / "m.npz")
    assert (caught.value.context["member"], caught.value.context["reason"]) == (member, reason)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    zipped(tmp_path / "m.npz", {"meta.json": b"{}", "a.npy": b"\0" * (300 * 2**20)})
    with pytest.raises(UnreadableFileError) as caught:
        container.read(tmp_path / "m.npz")
    assert caught.value.context["reason"] == "bomb"


@given(data=st.data(), seed=st.integers(0, 20))
def test_a_damaged_file_is_refused_or_is_what_it_was(tmp_path_factory, data, seed):
    path = tmp_path_factory.mktemp("damaged") / "m.npz"
    file = random_model(seed)
    write_model(path, file)
    raw = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(raw))
    try:
        assert read_model(path).digest == file.digest
    except UnreadableFileError as error:
        assert error.context["file"] == "m.npz"  # noqa: PT017 - either outcome is right


def test_a_label_that_numpy_would_not_give_back_is_refused_and_nothing_is_left(tmp_path):
    file = random_model(2)
    labels = {axis: list(getattr(file.labels, axis)) for axis in file.labels.__slots__}
    labels["needs"][0] = "n\0"
    broken = ModelFile(model=file.model, labels=type(file.labels)(**labels))
    with pytest.raises(InvalidInputError):
        write_model(tmp_path / "m.npz", broken)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.npz"
    write_model(path, random_model(2))
    before = path.read_bytes()

    def fail(_descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(container.os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_model(path, random_model(5))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@given(nano=st.integers(0, 10**6), scale=st.integers(1, 50), offset=st.integers(-99, 99))
def test_a_cost_is_what_is_missing(nano, scale, offset):
    measure = Measure(sense="min", scale=scale, offset=offset)
    total = 10**6 * NANO
    assert measure.told(total - nano * scale * NANO, total) == nano + offset
