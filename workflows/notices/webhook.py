"""
Notices to a gateway by HTTP, signed.

The body is JSON. ``X-Zhulian-Signature`` is ``t=<unix seconds>,v1=<hex>``: the HMAC-SHA256, under the shared
secret, of the seconds, a full stop and the body. ``Idempotency-Key`` is the message's id; a receiver that has
seen it answers 2xx and does nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import httpx

from domain.notices import Channel
from workflows.notices.sending import Message, UndeliverableError

SIGNATURE_HEADER = "X-Zhulian-Signature"
_TIMEOUT_S = 10.0
_TEMPORARY = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def signature(secret: bytes, body: bytes, at: datetime) -> str:
    """Give the signature header of a body at a moment."""
    seconds = str(int(at.timestamp()))
    digest = hmac.new(secret, seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


class WebhookCourier:
    """
    Posts each message to one address.

    Parameters
    ----------
    url
        Of the installation's own gateway; chosen by the operator, never by a user.
    secret
        Shared with the gateway.
    clock
        Gives now, aware UTC.
    """

    channel = Channel.WEBHOOK

    def __init__(self, url: str, secret: bytes, clock: Callable[[], datetime]) -> None:
        self._url, self._secret, self._clock = url, secret, clock

    async def deliver(self, message: Message) -> None:
        """See ``Courier``. A refusal that another try cannot mend (4xx) is for good."""
        body = json.dumps(
            {
                "id": message.id,
                "recipientId": message.recipient_id,
                "code": message.code,
                "subjectId": message.subject_id,
                "createdAt": message.created_at.isoformat(),
                "locale": message.locale.value,
                "title": message.title,
                "body": message.body,
            },
            ensure_ascii=False,
        ).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
            SIGNATURE_HEADER: signature(self._secret, body, self._clock()),
        }
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
                answer = await client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise UndeliverableError(f"no answer: {type(error).__name__}") from error
        if answer.is_success:
            return
        for_good = answer.is_client_error and answer.status_code not in _TEMPORARY
        raise UndeliverableError(f"status {answer.status_code}", for_good=for_good)
