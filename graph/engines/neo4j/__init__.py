"""Neo4j, the engine beyond one machine."""
