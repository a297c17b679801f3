"""What every file keeps to: its size, and the languages it may hold."""

import re

MAX_LINES = 500

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")

CODE_SUFFIXES = {".py", ".pyi", ".sh", ".html", ".j2", ".css", ".js", ".graphql", ".yml", ".yaml"}

CHINESE_BELONGS_HERE = ("locales/", "data/", "importers/mappings/", "generator/tables/", "matching/policies/")
"""Folders whose files are texts or tables, not logic."""


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


def test_chinese_stands_only_where_texts_and_tables_are_kept(repository):
    strays: list[str] = []
    for package in repository.packages:
        for path in sorted((repository.root / package).rglob("*")):
            place = repository.where(path)
            if path.suffix not in CODE_SUFFIXES or place.startswith(CHINESE_BELONGS_HERE):
                continue
            strays += [
                repository.where(path, number)
                for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
                if HAN.search(line)
            ]
    assert strays == []
