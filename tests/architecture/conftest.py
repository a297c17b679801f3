"""The repository as data: what is declared, which modules there are, and how each parses."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """One Python file of a package."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    def imported(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of each import; ``from a import b`` gives ``a.b``, which may be a module."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@dataclass(frozen=True)
class Repository:
    """What the checks read."""

    root: Path

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        return tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))

    @cached_property
    def packages(self) -> tuple[str, ...]:
        return tuple(self.pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        found: list[Module] = []
        for package in self.packages:
            for path in sorted((self.root / package).rglob("*.py")):
                parts = path.relative_to(self.root).with_suffix("").parts
                found.append(Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
        return tuple(found)

    def where(self, path: Path, line: int | None = None) -> str:
        """A place as an editor takes it."""
        place = path.relative_to(self.root).as_posix()
        return place if line is None else f"{place}:{line}"


@pytest.fixture(scope="session")
def repository() -> Repository:
    return Repository(ROOT)
