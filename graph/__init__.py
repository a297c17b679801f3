"""Where it is kept: one declared schema, one port, two engines, one set of statements."""
