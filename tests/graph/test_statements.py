"""Every statement of the package, on every engine: it parses, plans, and keeps to its access."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import graph
from domain.errors import PlatformError
from graph.ports import Access, GraphStore, Statement, Value
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES, PropertyType

_WRITING = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|DROP|ALTER|COPY)\b")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`")
_PARAMETER = re.compile(r"\$(\w+)")


def _modules() -> Iterator[str]:
    yield from (found.name for found in pkgutil.walk_packages(graph.__path__, "graph."))


def _statements() -> dict[str, Statement]:
    found: dict[str, Statement] = {}
    for module in _modules():
        for name, value in vars(importlib.import_module(module)).items():
            for key, item in _within(name, value):
                if isinstance(item, Statement):
                    found.setdefault(item.text, item)
                    NAMES.setdefault(item.text, f"{module}.{key}")
    return found


def _within(name: str, value: object) -> Iterator[tuple[str, object]]:
    """A module may keep statements by themselves or in a table of them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _within(f"{name}[{key}]", item)
    elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        for i, item in enumerate(value):
            yield from _within(f"{name}[{i}]", item)
    else:
        yield name, value


NAMES: dict[str, str] = {}
STATEMENTS = list(_statements().values())
IDS = [NAMES[statement.text] for statement in STATEMENTS]

_KINDS: dict[str, set[PropertyType]] = {}
for _owner in (*NODE_TYPES, *RELATIONSHIP_TYPES):
    for _item in _owner.properties:
        _KINDS.setdefault(_item.name, set()).add(_item.type)


def test_there_are_statements():
    assert len(STATEMENTS) >= 8


@pytest.mark.parametrize("statement", STATEMENTS, ids=IDS)
def test_access_and_parameter_names_are_what_they_say(statement: Statement):
    bare = _TEXT.sub("''", statement.text)
    assert bool(_WRITING.search(bare)) == (statement.access is Access.WRITE)
    for name in _PARAMETER.findall(bare):
        assert name == name.lower(), name


def _guess(text: str, name: str) -> Value:
    """A value of a type that the parameter's place asks for."""
    if re.search(rf"(\bIN|UNWIND)\s+\${name}\b", text):
        return ["a"]
    if re.search(rf"\b(LIMIT|SKIP)\s+\${name}\b", text):
        return 10
    return None


async def test_every_statement_is_planned(store: GraphStore):
    """EXPLAIN binds labels, properties and parameters, and runs nothing."""
    refused: list[str] = []
    for statement in STATEMENTS:
        parameters = {name: _guess(statement.text, name) for name in _PARAMETER.findall(statement.text)}
        explained = Statement(f"EXPLAIN {statement.text}", Access.READ)  # pyright: ignore[reportArgumentType]
        try:
            await store.write(lambda tx, e=explained, p=parameters: tx.run(e, **p))
        except PlatformError as error:
            refused.append(f"{NAMES[statement.text]}: {error}")
    assert refused == []
