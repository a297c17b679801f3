"""What became of a gift, for who holds the code on its receipt and has no account."""

from graph.reads.donations import GiftTrace, trace_by_digest
from workflows.donations.codes import digest_of, read_code
from workflows.workspace import Workspace


async def trace_by_code(ws: Workspace, text: str) -> GiftTrace | None:
    """Give the trace of the gift that a code opens, or None: what is no code and what nobody has are not told apart."""
    code = read_code(text)
    if code is None:
        return None
    digest = digest_of(ws, code)
    return await ws.store.read(lambda tx: trace_by_digest(tx, digest))
