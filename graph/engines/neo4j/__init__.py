"""Neo4j, the engine beyond one machine."""

from graph.engines.neo4j.store import Neo4jStore, open_neo4j

__all__ = ["Neo4jStore", "open_neo4j"]
