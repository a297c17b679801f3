"""What was answered to a request that carried a key."""

from dataclasses import dataclass
from datetime import datetime

from graph.columns import text
from graph.ports import Access, ReadTransaction, Statement, WriteTransaction

FIND = Statement(
    "MATCH (k:IdempotencyRecord {id: $id}) RETURN k.request_hash AS request_hash, k.response AS response",
    Access.READ,
)
SAVE = Statement(
    "CREATE (:IdempotencyRecord {id: $id, request_hash: $request_hash, response: $response,"
    " recorded_at: $at})",
    Access.WRITE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``response`` is the JSON text given back for the request of ``request_hash``."""

    request_hash: str
    response: str


async def find_answer(tx: ReadTransaction, record_id: str) -> Answer | None:
    """Give what was answered under a key, or None."""
    found = await tx.run(FIND, id=record_id)
    if not found:
        return None
    return Answer(request_hash=text(found[0], "request_hash"), response=text(found[0], "response"))


async def save_answer(tx: WriteTransaction, record_id: str, answer: Answer, at: datetime) -> None:
    """
    Keep an answer.

    Raises
    ------
    ConflictError
        The same request was answered meanwhile.
    """
    await tx.run(SAVE, id=record_id, request_hash=answer.request_hash, response=answer.response, at=at)
