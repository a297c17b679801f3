"""Who may import whom: the contracts hold and bite; what they cannot say is read from the syntax tree."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--config",
            ".importlinter",
            "--no-cache",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold(repository):
    result = lint_imports(repository.root)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/money.py", "import graph.schema", "Data walks in one direction"),
        ("workflows/__init__.py", "import graphql_api", "Data walks in one direction"),
        ("importers/__init__.py", "import generator", "Data walks in one direction"),
        ("matching/plan.py", "import graph.schema", "matching never sees a database"),
        ("matching/plan.py", "import ortools", "drivers stay in their engine"),
        ("graph/schema/types.py", "from neo4j import AsyncGraphDatabase", "drivers stay in their engine"),
        ("workflows/__init__.py", "import strawberry", "drivers stay in their engine"),
        ("workflows/__init__.py", "import graph.engines.ladybug", "engines are wired in app.container"),
        ("generator/__init__.py", "import graph.schema", "the generator writes files"),
        ("locales/__init__.py", "import domain.money", "data and locales are leaves"),
        ("domain/money.py", "import locales", "domain reads no data and no texts"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(repository, tmp_path, module, line, contract):
    for package in repository.packages:
        shutil.copytree(
            repository.root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(repository.root / ".importlinter", tmp_path)
    with (tmp_path / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [row for row in result.stdout.splitlines() if row.startswith(contract)]
    assert broken, result.stdout


def test_domain_imports_nothing_but_the_standard_library(repository):
    strangers = [
        repository.where(module.path, line)
        for module in repository.modules
        if module.name.split(".")[0] == "domain"
        for line, name in module.imported()
        if name.split(".")[0] not in {"domain", *sys.stdlib_module_names}
    ]
    assert strangers == []


def environment_reads(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            if node.attr in {"environ", "environb", "getenv", "getenvb", "putenv"}:
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (
                node.lineno for alias in node.names if alias.name in {"environ", "environb", "getenv"}
            )


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ"]
)
def test_reading_the_environment_is_seen(source):
    assert list(environment_reads(ast.parse(source)))


def test_only_the_settings_module_reads_the_environment(repository):
    readers = [
        repository.where(module.path, line)
        for module in repository.modules
        if module.name != "app.settings"
        for line in environment_reads(module.tree)
    ]
    assert readers == []


def test_engines_are_imported_by_the_container_and_by_themselves_alone(repository):
    engines = ("graph.engines.ladybug", "graph.engines.neo4j")
    intruders = [
        repository.where(module.path, line)
        for module in repository.modules
        for line, name in module.imported()
        for engine in engines
        if (name + ".").startswith(engine + ".")
        and module.name != "app.container"
        and not (module.name + ".").startswith(engine + ".")
    ]
    assert intruders == []


def test_programmes_are_solved_in_the_solvers_alone(repository):
    """SciPy is used in many places; its optimisers for programmes are a solver like any other."""
    solvers = {"scipy.optimize.linprog", "scipy.optimize.milp"}
    strays = [
        repository.where(module.path, line)
        for module in repository.modules
        if not module.name.startswith("matching.solvers")
        for line, name in module.imported()
        if name in solvers
    ]
    assert strays == []
