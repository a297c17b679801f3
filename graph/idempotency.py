"""What was answered to a request that carried a key."""

import json
from dataclasses import dataclass
from datetime import datetime

from graph.columns import text
from graph.ports import Access, GraphStore, ReadTransaction, Statement, WriteTransaction

FIND = Statement(
    "MATCH (k:IdempotencyRecord {id: $id}) RETURN k.request_hash AS request_hash, k.response AS response",
    Access.READ,
)
SAVE = Statement(
    "CREATE (:IdempotencyRecord {id: $id, request_hash: $request_hash, response: $response,"
    " recorded_at: $at})",
    Access.WRITE,
)
_PAGE = 200
# Answers say nothing of what they answered; the numbers of our credentials, and their text beside, tell theirs apart.
WITH_TEXT = Statement(
    "MATCH (k:IdempotencyRecord) WHERE k.id > $after AND k.response STARTS WITH $credential"
    ' AND k.response CONTAINS \'"text":"\' RETURN k.id AS id, k.response AS response ORDER BY id LIMIT $rows',
    Access.READ,
)
REWRITE = Statement("MATCH (k:IdempotencyRecord {id: $id}) SET k.response = $response", Access.WRITE)


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


async def forget_credential_texts(store: GraphStore) -> int:
    """
    Take the text out of every answer that gave a credential, and give how many there were.

    Sent again, such a call then names the credential alone, as newer ones do.
    """
    credential, after, forgotten = '{"credential":{"id":"urn:zhulian:credential:', "", 0

    async def page(tx: WriteTransaction, after: str) -> list[str]:
        found = await tx.run(WITH_TEXT, credential=credential, after=after, rows=_PAGE)
        for row in found:
            answer = json.loads(text(row, "response"))
            del answer["text"]
            kept = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
            await tx.run(REWRITE, id=text(row, "id"), response=kept)
        return [text(row, "id") for row in found]

    while True:
        ids = await store.write(lambda tx, a=after: page(tx, a))
        forgotten += len(ids)
        if len(ids) < _PAGE:
            return forgotten
        after = ids[-1]
