"""Bringing a ladybug store to the declared schema, without losing what it holds."""

from collections.abc import Callable, Sequence

from domain.errors import MigrationError
from graph.engines.ladybug import dialect
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES, STORE_LABELS, Property

Query = Callable[[str], list[list[str]]]


def define(query: Query, *, store_labels_only: bool) -> None:
    """
    Create the tables, columns and pairs that are missing.

    Raises
    ------
    MigrationError
        A column has another type than declared.
    """
    existing = {name for (name,) in query("CALL show_tables() RETURN name")}
    for node in NODE_TYPES:
        if store_labels_only and node.label not in STORE_LABELS:
            continue
        if node.label not in existing:
            query(dialect.create_node_table(node))
        else:
            _add_columns(query, node.label, node.properties)
    if store_labels_only:
        return
    for relationship in RELATIONSHIP_TYPES:
        if relationship.name not in existing:
            query(dialect.create_relationship_table(relationship))
            continue
        _add_columns(query, relationship.name, relationship.properties)
        for pair in relationship.pairs:
            query(dialect.add_pair(relationship, pair))


def _add_columns(query: Query, table: str, properties: Sequence[Property]) -> None:
    stored = {row[0]: row[1] for row in query(f"CALL table_info('{table}') RETURN name, type")}
    for item in properties:
        kind = dialect.column_type(item.type)
        if item.name not in stored:
            query(f"ALTER TABLE `{table}` ADD `{item.name}` {kind}")
        elif stored[item.name] != kind:
            raise MigrationError(
                f"{table}.{item.name} is stored as {stored[item.name]} and declared as {kind}",
                table=table,
                column=item.name,
            )
