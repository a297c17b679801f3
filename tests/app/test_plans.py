"""Bench and check as people and scripts call them: the last line, the exit status, one sentence for bad input."""

import json
from pathlib import Path

import numpy as np
import pytest

from matching.files import container
from tests.app.test_cli import last_line, without_traceback, zhulian

GAP = "2 3\n 4 9 2\n 3 1 8\n 1 1 1\n 1 1 1\n 2 2\n"
ASSIGN = "2\n1 5\n5 1\n"
PABULIB = (
    "META\nkey;value\nbudget;10\nPROJECTS\nproject_id;cost;votes\na;6;5\nb;5;4\nc;5;3\nVOTES\nvoter_id;vote\n"
)
KEYS = {"value", "bound", "gap", "status", "seconds", "peak_mb", "audit_violations", "sense"}


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Path:
    """Folder of a plan and its model."""
    folder = tmp_path_factory.mktemp("solved")
    (folder / "g.txt").write_text(GAP)
    done = zhulian(
        "bench",
        "matching",
        "--instance",
        folder / "g.txt",
        "--format",
        "gap",
        "--out",
        folder / "plan.npz",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert last_line(done)["value"] == 6
    return folder


@pytest.mark.parametrize(
    ("form", "content", "value", "sense"),
    [("gap", GAP, 6, "min"), ("assign", ASSIGN, 2, "min"), ("pabulib", PABULIB, 7, "max")],
)
def test_an_instance_file_is_solved_and_its_plan_checked(tmp_path, form, content, value, sense):
    (tmp_path / "x").write_text(content)
    done = zhulian("bench", "matching", "--instance", tmp_path / "x", "--format", form, "--json")
    assert done.returncode == 0, done.stderr
    result = last_line(done)
    assert set(result) >= KEYS
    assert (result["value"], result["bound"], result["gap"], result["status"]) == (
        value,
        value,
        0.0,
        "OPTIMAL",
    )
    assert (result["sense"], result["audit_violations"]) == (sense, 0)


def test_a_size_is_made_solved_and_shown_with_its_phases():
    done = zhulian("bench", "matching", "--size", "pure-2k")
    assert done.returncode == 0, done.stderr
    for word in ("OPTIMAL", "search", "independent check", "audit violations"):
        assert word in done.stdout


def test_a_model_file_is_an_instance_too(solved):
    done = zhulian("bench", "matching", "--instance", solved / "plan.model.npz", "--json")
    assert last_line(done)["value"] == 6


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("--size", "pure-2k", "--instance", "x"), 2),
        (("--instance", "absent.txt", "--format", "gap"), 2),
        (("--instance", "x", "--format", "gap"), 2),
        (("--instance", "x", "--format", "assign"), 2),
        (("--instance", "x", "--format", "pabulib"), 2),
        (("--instance", "x"), 2),
        (("--instance", "x", "--format", "gap", "--problem", "0"), 2),
        (("--instance", "two", "--format", "gap", "--problem", "9"), 3),
        (("--size", "pure-9k"), 2),
    ],
)
def test_bad_input_is_a_sentence_and_a_status(tmp_path, arguments, status):
    (tmp_path / "x").write_text("3 what is this")
    (tmp_path / "two").write_text("2\n1 1 5 1 2\n1 1 5 1 2")
    given = [str(tmp_path / word) if word in ("x", "two", "absent.txt") else word for word in arguments]
    done = zhulian("bench", "matching", *given)
    assert done.returncode == status, done.stderr
    assert without_traceback(done)
    assert done.stderr.strip()


def test_a_sound_plan_is_sound(solved):
    done = zhulian("check", solved / "plan.npz", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = last_line(done)
    assert result["ok"] is True
    assert (result["value"], result["bound_claimed"], result["violations"]) == (6, 6, [])
    assert result["bound_claimed_by"] in ("prices", "solver")
    assert "the plan is sound" in zhulian("check", solved / "plan.npz").stdout


def test_a_tampered_plan_is_refused_with_status_one(solved, tmp_path):
    contents = container.read(solved / "plan.npz")
    chosen = contents.arrays["chosen"].copy()
    chosen[0] += 1
    container.write(tmp_path / "plan.npz", contents.meta, {**contents.arrays, "chosen": np.unique(chosen)})
    model = ("--model", solved / "plan.model.npz")
    done = zhulian("check", tmp_path / "plan.npz", *model, "--json")
    assert done.returncode == 1
    assert last_line(done)["violations"][0][0] == "altered"
    container.write(tmp_path / "plan.npz", {**contents.meta, "value_told": 1}, contents.arrays)
    assert zhulian("check", tmp_path / "plan.npz", *model).returncode == 1


@pytest.mark.parametrize("damage", ["absent", "cut", "text", "model"])
def test_a_plan_that_cannot_be_read_is_a_sentence_and_status_two(solved, tmp_path, damage):
    raw = (solved / "plan.npz").read_bytes()
    content = {
        "cut": raw[: len(raw) // 2],
        "text": b"hello",
        "model": (solved / "plan.model.npz").read_bytes(),
    }
    if damage in content:
        (tmp_path / "plan.npz").write_bytes(content[damage])
    done = zhulian("check", tmp_path / "plan.npz", "--model", solved / "plan.model.npz")
    assert done.returncode == (1 if damage == "model" else 2), done.stderr
    assert without_traceback(done)


def test_the_round_of_a_demonstration_can_be_checked_and_altered_rows_are_found(tmp_path):
    done = zhulian("demo", "--size", "S", "--once", "--json", "--data-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    path = Path(last_line(done)["plan_file"])
    checked = last_line(zhulian("check", path, "--json"))
    assert (checked["ok"], checked["audited"], checked["violations"]) == (True, True, [])
    contents = container.read(path)
    assert contents.round_json is not None
    plan = json.loads(contents.round_json)
    plan["fulfilled"] = plan["fulfilled"][1:]
    container.write(path, contents.meta, contents.arrays, round_json=json.dumps(plan).encode())
    refused = zhulian("check", path, "--json")
    assert refused.returncode == 1
    assert last_line(refused)["violations"] == [["altered", "round.json", ""]]
