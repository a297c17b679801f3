"""The tree of stations."""
