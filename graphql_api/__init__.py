"""What clients see: connections, mutations with payloads, limits, and the pages beside them."""

from graphql_api import enums

__all__ = ["enums"]
"""Known to the schema before any type of ours names one of them, whichever module is imported first."""
