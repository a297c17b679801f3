"""What an installation may set about its API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """
    Limits and switches of the API; ``app/settings.py`` reads them from outside.

    Parameters
    ----------
    cursor_key
        Secret that signs page cursors; equal in every process of an installation.
    introspection
        Whether clients may ask for the schema. Without it unknown names are refused with no suggestion.
    graphiql
        Whether ``/graphiql`` is served; it is of little use without ``introspection``.
    masks_errors
        Whether an error that no caller can mend says no more than its request's id.
    body_limit_bytes
        Longest request body, refused before it is parsed.
    token_limit, depth_limit, alias_limit, field_limit, mutation_limit
        Longest and deepest document; fields count with every fragment spread out, mutations at the root.
    ready_timeout_s
        Seconds that the graph has to answer ``/readyz``.
    """

    cursor_key: bytes
    introspection: bool = True
    graphiql: bool = True
    masks_errors: bool = True
    body_limit_bytes: int = 256 * 1024
    token_limit: int = 2_000
    depth_limit: int = 10
    alias_limit: int = 30
    field_limit: int = 1_000
    mutation_limit: int = 10
    ready_timeout_s: float = 5.0
