"""Asking for a presentation, or for the proof of a key: a nonce that is good once, for a short while."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import TypeAdapter

from domain.actors import Actor, Role
from domain.errors import ConflictError
from graph.recognition.holders import ask_for_presentation, open_requests
from graph.unit_of_work import AuditedTransaction
from workflows.hours.records import DESK
from workflows.idempotency import once, request_hash
from workflows.workspace import Outcome, Workspace

TERM = timedelta(minutes=10)
MOST_OPEN = 20
"""Requests that one account may have open at once."""
_NONCE_BYTES = 24


class AskedFor(StrEnum):
    """What a nonce is for."""

    RECOGNITION = "RECOGNITION"
    ISSUE = "ISSUE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationRequest:
    """
    What was asked of a holder.

    Parameters
    ----------
    nonce, audience
        What the holder's proof has to name, byte by byte.
    """

    nonce: str
    audience: str
    purpose: AskedFor
    expires_at: datetime


_ANSWERS = TypeAdapter(PresentationRequest)


async def open_request(
    ws: Workspace, actor: Actor, audience: str, purpose: AskedFor, *, idempotency_key: str | None = None
) -> Outcome[PresentationRequest]:
    """
    Give a nonce for one presentation or one proof.

    Raises
    ------
    ConflictError
        The account has many open already.
    """
    actor.require(Role.VOLUNTEER, *DESK)
    nonce = secrets.token_urlsafe(_NONCE_BYTES)

    async def work(tx: AuditedTransaction) -> PresentationRequest:
        if await open_requests(tx, actor.id, now=tx.at) >= MOST_OPEN:
            raise ConflictError("answer an open request first, or let it end", actor=actor.id)
        asked = PresentationRequest(nonce=nonce, audience=audience, purpose=purpose, expires_at=tx.at + TERM)
        await ask_for_presentation(
            tx,
            nonce,
            audience=audience,
            purpose=purpose.value,
            asked_by=actor.id,
            asked_at=tx.at,
            expires_at=asked.expires_at,
            region_path=min(actor.scope.region_paths, default="/"),
        )
        tx.record("recognition.ask", actor.id, detail={"purpose": purpose.value})
        return asked

    request = request_hash("open_request", audience, purpose.value)
    return await once(ws, actor, key=idempotency_key, request=request, answers=_ANSWERS, work=work)
