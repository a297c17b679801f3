"""Tests assert something, and are named by a sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

NOT_RAISING_IS_THE_POINT = {"test_closing_twice_is_harmless", "test_the_statement_is_planned"}

RAISING = {"raises", "warns", "fail", "xfail", "skip", "exit"}


def functions_named_test(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def checking_helpers(tree: ast.Module) -> set[str]:
    """Functions and methods of the file that assert, so that calling one is an assertion; imported ones by name."""
    own = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("test_")
        and any(isinstance(inner, ast.Assert) for inner in ast.walk(node))
    }
    return own | {
        name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests.")
        for name in node.names
        if name.name.startswith("require_")
    }


def asserts_something(function: ast.AST, helpers: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if (
                name in RAISING
                or name in helpers
                or name.startswith(("assert_", "check_", "expect_", "run_state_machine"))
            ):
                return True
    return False


def files(root: Path) -> list[Path]:
    return sorted((root / "tests").rglob("*.py"))


def test_no_test_asserts_nothing(repository):
    idle: list[str] = []
    for path in files(repository.root):
        tree = ast.parse(path.read_text("utf-8"))
        helpers = checking_helpers(tree)
        idle += [
            f"{repository.where(path, function.lineno)} {function.name}"
            for function in functions_named_test(tree)
            if not asserts_something(function, helpers)
            and path != Path(__file__)
            and function.name not in NOT_RAISING_IS_THE_POINT
        ]
    assert idle == [], "\n".join(idle)


def test_our_own_code_is_never_mocked(repository):
    """The embedded engine in memory is the test double; ``monkeypatch`` is for the environment."""
    mocking = [
        repository.where(path, node.lineno)
        for path in files(repository.root)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(
            "mock" in name for name in [getattr(node, "module", None) or "", *(a.name for a in node.names)]
        )
    ]
    assert mocking == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_x():\n    assert 1", True),
        ("def test_x():\n    with pytest.raises(ValueError): f()", True),
        ("def sure():\n    assert 1\ndef test_x():\n    sure()", True),
        ("def test_x():\n    f()", False),
    ],
)
def test_an_idle_test_is_seen(source, found):
    tree = ast.parse(source)
    (function,) = functions_named_test(tree)
    assert asserts_something(function, checking_helpers(tree)) is found
