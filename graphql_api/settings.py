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
    object_limit
        Most objects that the pages of one answer could hold.
    answer_timeout_s, round_timeout_s
        Seconds that a document may take, and one that runs or publishes a round.
    status_tries, status_span_s
        How often one client, or one receipt, may ask ``/needs/status`` at once, and again in so many seconds.
    ready_timeout_s
        Seconds that the graph has to answer ``/readyz``.
    public_url
        Where people reach this service, as ``https://host``: certificates lead there.
    verifications_per_minute, verification_burst
        How often one address may check certificates in the long run, and at once.
    feed_reads_per_minute, feed_burst
        How often one address may read ``/public/needs`` in the long run, and at once.
    disclosure_reads_per_minute, disclosure_burst
        How often one address may read files of packs in the long run, and at once.
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
    object_limit: int = 10_000
    answer_timeout_s: float = 30.0
    round_timeout_s: float = 600.0
    status_tries: int = 20
    status_span_s: float = 600.0
    ready_timeout_s: float = 5.0
    public_url: str = "http://127.0.0.1:8000"
    verifications_per_minute: int = 30
    verification_burst: int = 20
    feed_reads_per_minute: int = 60
    feed_burst: int = 30
    disclosure_reads_per_minute: int = 60
    disclosure_burst: int = 30
