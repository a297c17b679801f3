"""LadybugDB, the embedded engine: one process, one directory, no server."""

from graph.engines.ladybug.store import LadybugStore, open_ladybug

__all__ = ["LadybugStore", "open_ladybug"]
