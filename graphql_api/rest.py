"""What plain HTTP routes share: who asks, from where, and how a refusal is told."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from fastapi import Request, Response

from domain.actors import Actor
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    PlatformError,
)
from graphql_api.errors import is_reported, top_level
from graphql_api.languages import locale_of
from graphql_api.refusals import Refusal
from graphql_api.requests import JSON
from locales import Locale

Authenticate = Callable[[str], Actor | None]
"""Gives the acting person of a bearer token, or None."""

_STATUS: tuple[tuple[type[PlatformError], int], ...] = (
    (InvalidInputError, 422),
    (NotFoundError, 404),
    (ConflictError, 409),
    (NotPermittedError, 403),
)
_CHUNK_BYTES = 64 * 1024
_UNAUTHENTICATED = Refusal(name="unauthenticated", status=401)


def language_of(request: Request) -> Locale:
    """Give the language that a caller asks for."""
    return locale_of(request.headers.get("accept-language"))


def address_of(request: Request) -> str:
    """Give the address that a request comes from; callers without one share the empty text."""
    return request.client.host if request.client else ""


def bearer_of(request: Request, authenticate: Authenticate) -> Actor | Refusal:
    """Give who acts by the bearer token of a request."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    actor = authenticate(token) if scheme.lower() == "bearer" and token else None
    return _UNAUTHENTICATED if actor is None else actor


def respond(payload: Mapping[str, object], status: int = 200) -> Response:
    """Give a JSON answer."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code=status, headers={"Content-Type": f"{JSON}; charset=utf-8"})


def refuse(refusal: Refusal, request: Request) -> Response:
    """Say why a request is turned away."""
    response = respond(refusal.payload(language_of(request)), refusal.status)
    if refusal.status == _UNAUTHENTICATED.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def refuse_error(error: PlatformError, request: Request) -> Response:
    """
    Say why nothing was done.

    Raises
    ------
    PlatformError
        The caller can do nothing about it: it goes on to who masks it.
    """
    if not is_reported(error):
        raise error
    told = top_level(error, language_of(request), request.state.request_id)
    status = next((status for family, status in _STATUS if isinstance(error, family)), 400)
    return respond({"errors": [told]}, status)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file bit by bit, and close it at its end."""
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
