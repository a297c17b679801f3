"""What ladybug must be told in its own words: DDL, bulk statements, typed empty lists."""

import re
from collections.abc import Sequence

from graph.ports import Value
from graph.schema import NodeType, Property, PropertyType, RelationshipType

_TYPES = {
    PropertyType.STRING: "STRING",
    PropertyType.INT64: "INT64",
    PropertyType.DOUBLE: "DOUBLE",
    PropertyType.BOOL: "BOOL",
    PropertyType.DATE: "DATE",
    PropertyType.TIMESTAMP: "TIMESTAMP",
    PropertyType.STRING_LIST: "STRING[]",
}


def _columns(properties: Sequence[Property]) -> str:
    return ", ".join(f"`{p.name}` {_TYPES[p.type]}" for p in properties)


def create_node_table(node: NodeType) -> str:
    """Give the DDL of a label's table."""
    return f"CREATE NODE TABLE `{node.label}` ({_columns(node.properties)}, PRIMARY KEY (id))"


def create_relationship_table(relationship: RelationshipType) -> str:
    """Give the DDL of a relationship type's table with all its pairs."""
    ends = ", ".join(f"FROM `{start}` TO `{end}`" for start, end in relationship.pairs)
    properties = f", {_columns(relationship.properties)}" if relationship.properties else ""
    return f"CREATE REL TABLE `{relationship.name}` ({ends}{properties})"


def add_pair(relationship: RelationshipType, pair: tuple[str, str]) -> str:
    """Give the DDL that lets a relationship type stand between two more labels."""
    start, end = pair
    return f"ALTER TABLE `{relationship.name}` ADD IF NOT EXISTS FROM `{start}` TO `{end}`"


def column_type(kind: PropertyType) -> str:
    """Name a property type as DDL and ``table_info`` do."""
    return _TYPES[kind]


_LIST_PREDICATE = re.compile(r"\bIN\s+\$(\w+)\s+WHERE\b")


def typed_empty_lists(text: str, parameters: dict[str, Value]) -> str:
    """
    Give the text with empty lists of list predicates spelled out.

    ``any(p IN $paths WHERE ..)`` over an empty list is refused at run time, because a parameter without
    elements has no type. Elsewhere an empty list is taken as it is.
    """

    def spell(match: re.Match[str]) -> str:
        value = parameters.get(match[1])
        return match[0] if value is None or value else "IN CAST([] AS STRING[]) WHERE"

    return _LIST_PREDICATE.sub(spell, text)


# Columns of a frame are named c0, c1, .. in these texts: a property called `order` or `id` would otherwise be
# looked up in the wrong place. New rows enter by LOAD FROM .. CREATE and not by COPY: in ladybug 0.22 a COPY
# that is rolled back, or that meets an existing key, leaves rows and index entries wrong; LOAD FROM .. CREATE
# is as fast and goes through the ordinary write path. tests/graph/engines/test_ladybug.py keeps the evidence.
def match_nodes(node: NodeType, names: Sequence[str]) -> str:
    """Look up the nodes whose ids are in column ``c0`` and give the named properties."""
    return f"LOAD FROM $frame MATCH (n:`{node.label}` {{id: c0}}) RETURN {_returned('n', names)}"


def create_nodes(node: NodeType, names: Sequence[str]) -> str:
    """Create one node a row, property ``names[i]`` from column ``ci``."""
    return f"LOAD FROM $frame CREATE (:`{node.label}` {{{_given(names)}}})"


def update_nodes(node: NodeType, names: Sequence[str]) -> str:
    """Set the properties ``names[1:]`` on the nodes of column ``c0``."""
    changes = ", ".join(f"n.`{name}` = c{i}" for i, name in enumerate(names) if i > 0)
    return f"LOAD FROM $frame MATCH (n:`{node.label}` {{id: c0}}) SET {changes}"


def match_relationships(relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]) -> str:
    """Give ends and the named properties of one pair's relationships that start at the ids of ``c0``."""
    start, end = pair
    properties = f", {_returned('r', names)}" if names else ""
    return (
        f"LOAD FROM $frame MATCH (a:`{start}` {{id: c0}})-[r:`{relationship.name}`]->(b:`{end}`)"
        f" RETURN a.id AS from_id, b.id AS to_id{properties}"
    )


def create_relationships(relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]) -> str:
    """
    Join ``c0`` to ``c1``; property ``names[i]`` from column ``c(i+2)``.

    Two MATCH clauses are two look-ups by key; one with a comma is planned as a cross product.
    """
    start, end = pair
    properties = f" {{{_given(names, 2)}}}" if names else ""
    return (
        f"LOAD FROM $frame MATCH (a:`{start}` {{id: c0}}) MATCH (b:`{end}` {{id: c1}})"
        f" CREATE (a)-[:`{relationship.name}`{properties}]->(b)"
    )


def update_relationships(relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]) -> str:
    """Set the named properties on the relationships from ``c0`` to ``c1``."""
    start, end = pair
    changes = ", ".join(f"r.`{name}` = c{i + 2}" for i, name in enumerate(names))
    return (
        f"LOAD FROM $frame MATCH (a:`{start}` {{id: c0}})-[r:`{relationship.name}`]->(b:`{end}` {{id: c1}})"
        f" SET {changes}"
    )


def page_of_nodes(node: NodeType) -> str:
    """Give the next ``$rows`` nodes after the id ``$after``, in id order, with every property."""
    names = [p.name for p in node.properties]
    return (
        f"MATCH (n:`{node.label}`) WHERE n.id > $after"
        f" RETURN {_returned('n', names)} ORDER BY n.id LIMIT $rows"
    )


def page_of_relationships(relationship: RelationshipType, pair: tuple[str, str]) -> str:
    """Give the next ``$rows`` relationships of one pair after the ends ``$from_id``, ``$to_id``."""
    start, end = pair
    names = [p.name for p in relationship.properties]
    properties = f", {_returned('r', names)}" if names else ""
    return (
        f"MATCH (a:`{start}`)-[r:`{relationship.name}`]->(b:`{end}`)"
        " WHERE a.id > $from_id OR (a.id = $from_id AND b.id > $to_id)"
        f" RETURN a.id AS from_id, b.id AS to_id{properties} ORDER BY a.id, b.id LIMIT $rows"
    )


def _returned(variable: str, names: Sequence[str]) -> str:
    return ", ".join(f"{variable}.`{name}` AS `{name}`" for name in names)


def _given(names: Sequence[str], first: int = 0) -> str:
    return ", ".join(f"`{name}`: c{i + first}" for i, name in enumerate(names))
