"""What ladybug must be told in its own words: DDL, bulk statements, typed empty lists."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of a bulk statement come from, and how it names their columns."""

    reading: str
    cell: str
    nulls: frozenset[int] = frozenset()

    def column(self, i: int) -> str:
        """Name the ``i``-th column of a row."""
        return "NULL" if i in self.nulls else f"{self.cell}{i}"

    def without(self, nulls: frozenset[int]) -> "Source":
        """Give the source for rows that have nothing in some columns: a parameter that is null has no type."""
        return replace(self, nulls=nulls)


# Columns are named c0, c1, .. in these texts: a property called `order` or `id` would otherwise be looked up
# in the wrong place. New rows enter by LOAD FROM .. CREATE and not by COPY: in ladybug 0.22 a COPY that is
# rolled back, or that meets an existing key, leaves rows and index entries wrong; LOAD FROM .. CREATE is as
# fast and goes through the ordinary write path. tests/graph/engines/test_ladybug.py keeps the evidence.
FRAME = Source("LOAD FROM $frame", "c")
# A frame is planned anew each time, and its connection keeps it. Rows given as a parameter are neither, and
# cost 10 to 20 microseconds each: the better way for some hundreds.
ROWS = Source("UNWIND $rows AS row", "row.c")


def match_nodes(source: Source, node: NodeType, names: Sequence[str]) -> str:
    """Look up the nodes whose ids are in the first column and give the named properties."""
    return f"{source.reading} {_node(source, 'n', node.label, 0)} RETURN {_returned('n', names)}"


def create_nodes(source: Source, node: NodeType, names: Sequence[str]) -> str:
    """Create one node a row, property ``names[i]`` from column ``i``."""
    return f"{source.reading} CREATE (:`{node.label}` {{{_given(source, names)}}})"


def update_nodes(source: Source, node: NodeType, names: Sequence[str]) -> str:
    """Set the properties ``names[1:]`` on the nodes of the first column."""
    changes = ", ".join(f"n.`{name}` = {source.column(i)}" for i, name in enumerate(names) if i > 0)
    return f"{source.reading} {_node(source, 'n', node.label, 0)} SET {changes}"


def match_relationships(
    source: Source, relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]
) -> str:
    """Give ends and the named properties of one pair's relationships that start at the ids of the first column."""
    start, end = pair
    properties = f", {_returned('r', names)}" if names else ""
    return (
        f"{source.reading} {_node(source, 'a', start, 0)}-[r:`{relationship.name}`]->(b:`{end}`)"
        f" RETURN a.id AS from_id, b.id AS to_id{properties}"
    )


def look_up_relationships(
    source: Source, relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]
) -> str:
    """Give of each pair of ids whether either end is there, whether they are joined, and the properties."""
    start, end = pair
    properties = f", {_returned('r', names)}" if names else ""
    return (
        f"{source.reading} OPTIONAL {_node(source, 'a', start, 0)} OPTIONAL {_node(source, 'b', end, 1)}"
        f" OPTIONAL MATCH (a)-[r:`{relationship.name}`]->(b)"
        f" RETURN {source.column(0)} AS from_id, {source.column(1)} AS to_id,"
        f" a.id IS NOT NULL AS from_id_found, b.id IS NOT NULL AS to_id_found, id(r) IS NOT NULL AS joined{properties}"
    )


def create_relationships(
    source: Source, relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]
) -> str:
    """
    Join the first column to the second; property ``names[i]`` from column ``i + 2``.

    Two MATCH clauses are two look-ups by key; one with a comma is planned as a cross product.
    """
    start, end = pair
    properties = f" {{{_given(source, names, 2)}}}" if names else ""
    return (
        f"{source.reading} {_node(source, 'a', start, 0)} {_node(source, 'b', end, 1)}"
        f" CREATE (a)-[:`{relationship.name}`{properties}]->(b)"
    )


def update_relationships(
    source: Source, relationship: RelationshipType, pair: tuple[str, str], names: Sequence[str]
) -> str:
    """Set the named properties on the relationships from the first column to the second."""
    start, end = pair
    changes = ", ".join(f"r.`{name}` = {source.column(i + 2)}" for i, name in enumerate(names))
    return (
        f"{source.reading} {_node(source, 'a', start, 0)}-[r:`{relationship.name}`]->"
        f"(b:`{end}` {{id: {source.column(1)}}}) SET {changes}"
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


def _node(source: Source, variable: str, label: str, column: int) -> str:
    return f"MATCH ({variable}:`{label}` {{id: {source.column(column)}}})"


def _given(source: Source, names: Sequence[str], first: int = 0) -> str:
    return ", ".join(f"`{name}`: {source.column(i + first)}" for i, name in enumerate(names))
