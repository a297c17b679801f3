"""What Neo4j must be told in its own words: constraints, indexes, bulk statements, pages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from graph.schema import NODE_TYPES, NodeType, Property, PropertyType, RelationshipType


@dataclass(frozen=True, slots=True)
class SchemaItem:
    """A constraint or index that ``define`` makes and then looks for by name."""

    label: str
    name: str
    text: str


def constraints() -> Iterator[SchemaItem]:
    """Give the key of every label. Community has no existence constraints: ``graph.frames`` checks nulls."""
    for node in NODE_TYPES:
        name = f"{node.label}_id"
        yield SchemaItem(
            node.label,
            name,
            f"CREATE CONSTRAINT `{name}` IF NOT EXISTS FOR (n:`{node.label}`) REQUIRE n.id IS UNIQUE",
        )


def indexes() -> Iterator[SchemaItem]:
    """Give one range index for every ``indexed`` property; it serves ``STARTS WITH`` too."""
    for node in NODE_TYPES:
        for item in node.properties:
            if item.indexed:
                name = f"{node.label}_{item.name}"
                yield SchemaItem(
                    node.label,
                    name,
                    f"CREATE INDEX `{name}` IF NOT EXISTS FOR (n:`{node.label}`) ON (n.`{item.name}`)",
                )


SHOW_INDEXES = "SHOW INDEXES YIELD name, state, type RETURN name, state, type"
SHOW_CONSTRAINTS = "SHOW CONSTRAINTS YIELD name RETURN name"
AWAIT_INDEXES = "CALL db.awaitIndexes($timeout_s)"


_TAKEN = re.compile(r"\bSET (?P<node>\w+)\.(?P<name>\w+) = (?P=node)\.(?P=name)(?P<more> [+-])?")


@cache
def taking(text: str) -> str:
    """
    Give a statement that locks a node before it reads what it writes.

    ``SET n.version = n.version + 1`` of Neo4j 5 locks the node in a way of its own: of units that wait for it, all
    but one are told of a deadlock as soon as the holder looks the node up once more. And ``SET n.version =
    n.version`` reads before it has the lock, and puts an old version back. ``SET n:Label`` changes nothing and
    waits as every other write does. tests/conformance keeps the evidence.
    """

    def lock_first(found: re.Match[str]) -> str:
        label = re.search(rf"\({found['node']}:`?(\w+)", text)
        if label is None:  # a relationship: its ends are what is locked
            return found[0]
        lock = f"SET {found['node']}:{label[1]}"
        return f"{lock} {found[0]}" if found["more"] else lock

    return _TAKEN.sub(lock_first, text)


def match_nodes(node: NodeType, properties: Iterable[Property]) -> str:
    """Look up the nodes of ``$keys`` and give some properties, as one list."""
    return (
        f"UNWIND $keys AS key MATCH (n:`{node.label}` {{id: key}})"
        f" RETURN collect([{_carried('n', properties)}]) AS page"
    )


def create_nodes(node: NodeType) -> str:
    """Create one node for each map of ``$rows``."""
    return f"UNWIND $rows AS row CREATE (n:`{node.label}`) SET n = row"


def update_nodes(node: NodeType) -> str:
    """Set the properties in each map of ``$rows`` on the node of its ``id``; a null removes."""
    return f"UNWIND $rows AS row MATCH (n:`{node.label}` {{id: row.id}}) SET n += row"


def match_relationships(
    relationship: RelationshipType, pair: tuple[str, str], properties: Iterable[Property]
) -> str:
    """Give ends and some properties of one pair's relationships between the ends of ``$keys``, as one list."""
    start, end = pair
    return (
        f"UNWIND $keys AS key MATCH (a:`{start}` {{id: key.from_id}}) MATCH (b:`{end}` {{id: key.to_id}})"
        f" MATCH (a)-[r:`{relationship.name}`]->(b)"
        f" RETURN collect([{_carried_between(properties)}]) AS page"
    )


def merge_relationships(relationship: RelationshipType, pair: tuple[str, str]) -> str:
    """
    Join ``from_id`` to ``to_id`` of each map of ``$rows`` and set its ``properties``.

    MERGE locks both ends, so that two loads never leave two relationships between two nodes.
    """
    start, end = pair
    return (
        f"UNWIND $rows AS row MATCH (a:`{start}` {{id: row.from_id}}) MATCH (b:`{end}` {{id: row.to_id}})"
        f" MERGE (a)-[r:`{relationship.name}`]->(b) SET r += row.properties"
    )


def page_of_nodes(node: NodeType) -> str:
    """Give the next ``$rows`` nodes after the id ``$after``, in id order, with every property, as one list."""
    return (
        f"MATCH (n:`{node.label}`) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $rows"
        f" RETURN collect([{_carried('n', node.properties)}]) AS page"
    )


def page_of_relationships(relationship: RelationshipType, pair: tuple[str, str]) -> str:
    """Give the next ``$rows`` relationships of one pair after the ends ``$from_id``, ``$to_id``, as one list."""
    start, end = pair
    return (
        f"MATCH (a:`{start}`)-[r:`{relationship.name}`]->(b:`{end}`)"
        " WHERE a.id >= $from_id AND (a.id > $from_id OR b.id > $to_id)"
        f" WITH a, r, b ORDER BY a.id, b.id LIMIT $rows"
        f" RETURN collect([{_carried_between(relationship.properties)}]) AS page"
    )


def delete_nodes(labels: Iterable[str]) -> str:
    """Delete the nodes of some labels with their relationships, a transaction every 10,000."""
    chosen = "|".join(sorted(labels))
    return f"MATCH (n:{chosen}) CALL {{ WITH n DETACH DELETE n }} IN TRANSACTIONS OF 10000 ROWS"


def _carried(variable: str, properties: Iterable[Property]) -> str:
    """Give properties as a page carries them: times as microseconds of 1970, which the driver hands on as they are."""
    texts = {
        PropertyType.DATE: "toString({0})",
        PropertyType.TIMESTAMP: "{0}.epochMillis * 1000 + {0}.microsecond % 1000",  # epochSeconds is cut towards 0
    }
    return ", ".join(texts.get(p.type, "{0}").format(f"{variable}.`{p.name}`") for p in properties)


def _carried_between(properties: Iterable[Property]) -> str:
    return ", ".join(filter(None, ["a.id", "b.id", _carried("r", properties)]))
