"""What every file keeps to: its size, and the languages it may hold."""

import ast
import re

import pytest

MAX_LINES = 500

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

OTHER_CODE = {".pyi", ".sh", ".html", ".j2", ".css", ".js", ".graphql", ".yml", ".yaml"}

VENDORED = (".min.js", ".min.css")

TEXTS_AND_TABLES = ("locales/", "data/", "importers/mappings/", "generator/tables/", "matching/policies/")

READS_CHINESE = {
    "domain/money.py": "the currency written after an amount",
}
"""Modules whose very work is to read Chinese, each with what it reads. Words beyond a sign belong in tables."""


def test_no_module_is_longer_than_its_limit(repository):
    folders = [*repository.packages, "tests", "docs", "deploy", "benchmarks"]
    long = {
        repository.where(path): lines
        for folder in folders
        if (repository.root / folder).is_dir()
        for path in sorted((repository.root / folder).rglob("*.py"))
        if (lines := path.read_text("utf-8").count("\n")) > MAX_LINES
    }
    assert long == {}


def chinese_in(tree: ast.Module) -> list[int]:
    """Lines whose strings or names hold Chinese; docstrings and comments may quote a cell or a name."""
    quotations = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found: list[int] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quotations:
            said = node.value
        elif isinstance(node, ast.Name):
            said = node.id
        elif isinstance(node, ast.Attribute):
            said = node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            said = node.name
        else:
            continue
        if HAN.search(said):
            found.append(node.lineno)
    return sorted(set(found))


def test_chinese_stands_only_where_texts_and_tables_are_kept(repository):
    strays = [
        repository.where(module.path, line)
        for module in repository.modules
        if not (place := repository.where(module.path)).startswith(TEXTS_AND_TABLES)
        and place not in READS_CHINESE
        for line in chinese_in(module.tree)
    ]
    for package in repository.packages:
        for path in sorted((repository.root / package).rglob("*")):
            if path.name.endswith(VENDORED):
                continue
            if path.suffix in OTHER_CODE and not repository.where(path).startswith(TEXTS_AND_TABLES):
                lines = path.read_text("utf-8").splitlines()
                strays += [
                    repository.where(path, n) for n, line in enumerate(lines, start=1) if HAN.search(line)
                ]
    assert strays == []


def test_a_module_that_no_longer_reads_chinese_loses_its_exemption(repository):
    modules = {repository.where(module.path): module for module in repository.modules}
    idle = [place for place in READS_CHINESE if place not in modules or not chinese_in(modules[place].tree)]
    assert idle == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = '\u9700\u6c42'", [1]),
        ("\nf(f'{x}\u5143')", [2]),
        ("\u9700\u6c42 = 1", [1]),
        ("def f():\n    'reads \u5143'\n    # \u5143\n    return 1", []),
    ],
)
def test_chinese_is_seen_in_strings_and_names_and_let_be_in_quotations(source, lines):
    assert chinese_in(ast.parse(source)) == lines
