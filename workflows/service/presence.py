"""
Codes and QR texts that show that somebody stands where they were shown.

Both are made of the installation's secret and need no store: a code is the HMAC of an order and a step of time, cut
to six digits; a QR text carries its own life and a number that is used once.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from domain.errors import NotPermittedError

_DIGITS = 6
_MAC_BYTES = 16
_NONCE_BYTES = 9
_PREFIX = "ZLQ1"


def code_at(secret: bytes, place_key: str, moment: datetime, step_s: int) -> str:
    """Give the code that is shown at a moment."""
    return _code(secret, place_key, int(moment.timestamp()) // step_s)


def code_holds(secret: bytes, place_key: str, code: str, moment: datetime, step_s: int) -> bool:
    """Whether a code was shown at a moment, or in the step before it."""
    step = int(moment.timestamp()) // step_s
    return any(
        hmac.compare_digest(code.encode(), _code(secret, place_key, each).encode())
        for each in (step, step - 1)
    )


def _code(secret: bytes, place_key: str, step: int) -> str:
    digest = hmac.digest(secret, f"code:{place_key}:{step}".encode(), sha256)
    return f"{int.from_bytes(digest[:8]) % 10**_DIGITS:0{_DIGITS}d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQr:
    """What a QR text says: for which need, from when to when, and its number that is used once."""

    need_id: str
    issued_at: datetime
    expires_at: datetime
    nonce: str


def qr_text(secret: bytes, need_id: str, moment: datetime, life_s: int) -> str:
    """Give a new QR text for a need, good for some seconds."""
    issued = int(moment.timestamp())
    nonce = base64.urlsafe_b64encode(secrets.token_bytes(_NONCE_BYTES)).decode()
    body = f"{issued}.{life_s}.{nonce}.{base64.urlsafe_b64encode(need_id.encode()).decode().rstrip('=')}"
    return f"{_PREFIX}.{body}.{_mac(secret, body)}"


def read_qr(secret: bytes, text: str) -> ShownQr:
    """
    Read a QR text.

    Raises
    ------
    NotPermittedError
        It is not one of ours, or was changed.
    """
    prefix, _, rest = text.strip().partition(".")
    body, _, mac = rest.rpartition(".")
    known = prefix == _PREFIX and hmac.compare_digest(
        mac.encode("utf-8", "replace"), _mac(secret, body).encode()
    )
    if not known:
        raise NotPermittedError("the QR code is not one of this service", reason="qr_unknown")
    issued, life_s, nonce, key = body.split(".")
    try:
        need_id = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode()
    except (ValueError, binascii.Error) as error:
        raise NotPermittedError("the QR code is not one of this service", reason="qr_unknown") from error
    begun = datetime.fromtimestamp(int(issued), UTC)
    return ShownQr(
        need_id=need_id, issued_at=begun, expires_at=begun + timedelta(seconds=int(life_s)), nonce=nonce
    )


def _mac(secret: bytes, body: str) -> str:
    digest = hmac.digest(secret, f"qr:{body}".encode("utf-8", "replace"), sha256)[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
