"""Nothing is kept that nobody calls: vulture over the packages, with frameworks' names allowed by reason."""

import ast
import re

from vulture import Vulture

TEMPLATES = {".html", ".j2"}


CALLERS = ("docs", "deploy", "benchmarks")
"""Scripts of the repository call into the packages; tests do not count, or nothing would ever be dead."""


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def declarations(tree: ast.Module) -> set[int]:
    """Lines on which a class declares a field or an enum member: data, read by name, column or value; and protocols."""
    return {
        statement.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.AnnAssign | ast.Assign)
    } | {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and is_protocol(node)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def test_nothing_is_kept_that_nobody_calls(repository):
    config = repository.pyproject["tool"]["vulture"]
    finder = Vulture(ignore_decorators=config["ignore_decorators"])
    finder.scavenge([str(repository.root / path) for path in (*config["paths"], *CALLERS)])
    for package in repository.packages:
        for path in (repository.root / package).rglob("*"):
            if path.suffix in TEMPLATES:
                for name in re.findall(r"[A-Za-z_]\w*", path.read_text("utf-8")):
                    finder.used_names.add(name)
    declared = {module.path: declarations(module.tree) for module in repository.modules}
    dead = [
        f"{repository.where(item.filename, item.first_lineno)} {item.typ} {item.name}"
        for item in finder.get_unused_code(min_confidence=config["min_confidence"])
        if item.filename in declared and item.first_lineno not in declared[item.filename]
    ]
    assert dead == [], "\n".join(dead)
