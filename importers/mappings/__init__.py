"""Saved mappings: one TOML file a kind of table, explained in ``README.md``."""
