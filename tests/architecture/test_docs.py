"""The documentation is whole: pairs, error pages, decisions, links, and pages that have a source."""

import hashlib
import re
import subprocess
import sys

import pytest

from domain.errors import PlatformError

LANGUAGES = ("en", "zh")
TRANSLATES = re.compile(r"<!-- translates ([0-9a-f]{12}) -->")
ADR_PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def codes(kind: type[PlatformError] = PlatformError) -> set[str]:
    return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))


def names(repository, language: str) -> set[str]:
    folder = repository.root / "docs" / language
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}


def test_each_page_exists_in_both_languages(repository):
    assert names(repository, "en") ^ names(repository, "zh") == set()
    assert {"index.md", "tutorial.md"} <= names(repository, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_error_code_has_a_page_that_says_how_to_mend_it(repository, language):
    folder = repository.root / "docs" / language / "errors"
    assert {path.stem for path in folder.glob("*.md")} == codes()
    for path in folder.glob("*.md"):
        body = path.read_text("utf-8")
        assert body.startswith(f"# `{path.stem}`\n"), path
        assert body.count("\n## ") == 2, path
        assert "\n- " in body, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_page_quotes_the_sentence_that_people_see(repository, language):
    from locales import Locale, text

    locale = {"en": Locale.EN, "zh": Locale.ZH_CN}[language]
    for code in codes():
        path = repository.root / "docs" / language / "errors" / f"{code}.md"
        assert f"\n> {text(f'errors.{code}', locale)}\n" in path.read_text("utf-8"), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_import_issue_has_its_line_and_its_words(repository, language):
    from importers.issues import IssueCode
    from locales import Locale, catalogue

    page = (repository.root / "docs" / language / "reference" / "issues.md").read_text("utf-8")
    locale = {"en": Locale.EN, "zh": Locale.ZH_CN}[language]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)) == set(IssueCode)
    assert {f"importers.issue.{code}" for code in IssueCode} <= set(catalogue(locale))


def test_generated_pages_are_up_to_date(repository):
    result = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{result.stderr}run `make docs`"


def test_each_chinese_page_translates_the_present_english_one(repository):
    """A page says which text it translates; ``make docs`` does not, since only a reader can."""
    lagging: list[str] = []
    for name in sorted(names(repository, "en")):
        if name.startswith(("errors/", "reference/")):
            continue
        english = (repository.root / "docs" / "en" / name).read_bytes()
        found = TRANSLATES.search((repository.root / "docs" / "zh" / name).read_text("utf-8"))
        wanted = hashlib.sha256(english).hexdigest()[:12]
        if found is None or found[1] != wanted:
            lagging.append(f"docs/zh/{name}: <!-- translates {wanted} -->")
    assert lagging == []


def test_decisions_are_numbered_without_gaps_and_have_five_parts(repository):
    decisions = sorted((repository.root / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        body = path.read_text("utf-8")
        assert re.findall(r"^## (.+)$", body, re.MULTILINE) == ADR_PARTS, path
        assert re.search(r"^> .*[\u4e00-\u9fff]", body, re.MULTILINE), (
            f"{path} has no summary line in Chinese"
        )


def test_the_index_of_decisions_lists_each(repository):
    index = (repository.root / "docs" / "adr" / "index.md").read_text("utf-8")
    for path in (repository.root / "docs" / "adr").glob("[0-9]*.md"):
        assert f"({path.name})" in index, path.name


def test_links_between_pages_lead_somewhere(repository):
    broken: list[str] = []
    pages = [*repository.root.glob("*.md"), *(repository.root / "docs").rglob("*.md")]
    for path in sorted(pages):
        for target in LINK.findall(path.read_text("utf-8")):
            if "://" in target or target.startswith(("#", "mailto:")):
                continue
            if not (path.parent / target.partition("#")[0]).exists():
                broken.append(f"{repository.where(path)} -> {target}")
    assert broken == []


def test_commands_in_the_documentation_exist(repository):
    """Every ``make x`` and ``zhulian x`` that a page tells people to type."""
    makefile = (repository.root / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    reference = repository.root / "docs" / "en" / "reference" / "cli.md"
    commands = (
        set(re.findall(r"^#+ `zhulian ([a-z-]+)", reference.read_text("utf-8"), re.MULTILINE))
        if (reference.exists())
        else None
    )
    unknown: list[str] = []
    pages = [*repository.root.glob("*.md"), *(repository.root / "docs").rglob("*.md")]
    for path in sorted(pages):
        body = path.read_text("utf-8")
        typed = re.findall(r"(?:`|^)make ([a-z][a-z0-9-]*)", body, re.MULTILINE)
        unknown += [f"{repository.where(path)}: make {name}" for name in typed if name not in targets]
        if commands is not None:
            typed = re.findall(r"(?:`|bin/)zhulian ([a-z][a-z-]*)", body)
            unknown += [f"{repository.where(path)}: zhulian {name}" for name in typed if name not in commands]
    assert unknown == []


def test_graphql_in_the_documentation_fits_the_schema(repository):
    from graphql import build_schema, parse, validate

    schema = build_schema((repository.root / "graphql_api" / "schema.graphql").read_text("utf-8"))
    pages = [*repository.root.glob("*.md"), *(repository.root / "docs").rglob("*.md")]
    wrong = [
        f"{repository.where(path)}: {error.message}"
        for path in sorted(pages)
        for query in re.findall(r"```graphql\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
        for error in validate(schema, parse(query))
    ]
    assert wrong == []
