"""A request that carries a key is done once; sent again, it gets the answer it got."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import TypeVar, cast

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.errors import ConflictError, IdempotencyKeyReusedError, InvalidInputError
from domain.time import aware_utc
from graph.idempotency import Answer, find_answer, save_answer
from graph.ports import ReadTransaction
from graph.unit_of_work import AuditedTransaction, UnitOfWork
from workflows.workspace import Outcome, Workspace

T = TypeVar("T")

_LONGEST_KEY = 200


def request_hash(operation: str, *parts: object) -> str:
    """Give the SHA-256 of a request; equal requests have equal hashes in every process."""
    content = json.dumps([operation, *map(_plain, parts)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        members = cast("frozenset[object]", value)
        return sorted(json.dumps(_plain(member), ensure_ascii=False) for member in members)
    if isinstance(value, tuple | list):
        return [_plain(member) for member in cast("tuple[object, ...]", value)]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return aware_utc(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def require_key(key: str | None) -> None:
    """
    Go on only with a key that can be one, or none.

    Raises
    ------
    InvalidInputError
        It is empty or too long.
    """
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise InvalidInputError(f"an idempotency key has 1 to {_LONGEST_KEY} characters", length=len(key))


def record_of(actor: Actor, key: str | None) -> str:
    """Give the id under which the answer to an actor's key is kept."""
    return request_hash("answer", actor.id, key)  # a pair: no separator that an id could hold


async def _replayed(
    tx: ReadTransaction, record_id: str, *, key: str | None, request: str, answers: TypeAdapter[T]
) -> Outcome[T] | None:
    answer = None if key is None else await find_answer(tx, record_id)
    if answer is None:
        return None
    if answer.request_hash != request:
        raise IdempotencyKeyReusedError("the key came with another request before", key=key)
    return Outcome(value=answers.validate_json(answer.response), replayed=True)


async def once(
    ws: Workspace,
    actor: Actor,
    *,
    key: str | None,
    request: str,
    answers: TypeAdapter[T],
    work: Callable[[AuditedTransaction], Awaitable[T]],
) -> Outcome[T]:
    """
    Run a unit of work unless its key was answered before; answer and work stand in one transaction.

    Parameters
    ----------
    key
        Chosen by the caller, kept apart for each actor; None runs without one.
    request
        ``request_hash`` of what was asked.
    answers
        Writes the answer as JSON and reads it back.

    Raises
    ------
    IdempotencyKeyReusedError
        The key was used with another request.
    """
    require_key(key)
    record_id = record_of(actor, key)

    async def replayed(tx: ReadTransaction) -> Outcome[T] | None:
        return await _replayed(tx, record_id, key=key, request=request, answers=answers)

    async def unit(tx: AuditedTransaction) -> Outcome[T]:
        earlier = await replayed(tx)
        if earlier is not None:
            return earlier
        value = await work(tx)
        if key is not None:
            answer = Answer(request_hash=request, response=answers.dump_json(value).decode())
            await save_answer(tx, record_id, answer, tx.at)
        return Outcome(value=value, replayed=False)

    try:
        return await UnitOfWork(ws.store, ws.clock).run(actor, unit)
    except ConflictError:
        # A twin of this request may have won: on a read-committed engine both begin without an answer.
        twin = await ws.store.read(replayed)
        if twin is None:
            raise
        return twin
