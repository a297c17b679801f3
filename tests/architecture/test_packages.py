"""
Flat packages are installed under plain names, so three things are watched.

Every package is declared, nobody else owns a name of ours, and each module imports from this tree.
"""

import configparser
import importlib
import importlib.metadata

NOT_INSTALLED = {"tests", "docs", "deploy", "benchmarks"}
"""Folders with Python files that are run from the repository and never installed."""


def test_every_folder_with_python_files_at_the_top_is_declared(repository):
    folders = {
        path.name
        for path in repository.root.iterdir()
        if path.is_dir() and not path.name.startswith(".") and next(path.rglob("*.py"), None)
    }
    assert folders - NOT_INSTALLED == set(repository.packages)
    assert [path.name for path in repository.root.glob("*.py") if not path.name.startswith(".")] == []


def test_no_other_installed_distribution_owns_a_name_of_ours(repository):
    owners = importlib.metadata.packages_distributions()
    taken = {
        name: sorted(set(owners.get(name, ())) - {"zhulian"})
        for name in repository.packages
        if set(owners.get(name, ())) - {"zhulian"}
    }
    assert taken == {}


def test_every_module_imports_from_this_tree(repository):
    for module in repository.modules:
        if module.name.endswith("__main__"):
            continue
        imported = importlib.import_module(module.name)
        assert imported.__file__ == str(module.path), module.name


def test_every_package_folder_is_a_package_with_a_docstring(repository):
    missing: list[str] = []
    for module in repository.modules:
        folder = module.path.parent
        if not (folder / "__init__.py").exists():
            missing.append(repository.where(folder))
    assert sorted(set(missing)) == []


def test_type_checker_dead_code_finder_and_import_linter_see_the_same_packages(repository):
    tools = repository.pyproject["tool"]
    declared = set(repository.packages)
    contracts = configparser.ConfigParser()
    contracts.read(repository.root / ".importlinter", "utf-8")
    assert set(tools["pyright"]["include"]) == declared
    assert tools["pyright"]["typeCheckingMode"] == "strict"
    assert set(contracts["importlinter"]["root_packages"].split()) == declared
    assert declared <= set(tools["vulture"]["paths"])
