"""Take the texts of credentials out of answers that were kept for calls sent again: they name their holders."""

from graph.idempotency import forget_credential_texts
from graph.ports import GraphStore


async def up(store: GraphStore) -> None:
    """See ``graph.migrations``."""
    await forget_credential_texts(store)
