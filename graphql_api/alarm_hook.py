"""
``POST /hooks/alarms``: what alarm devices' platforms call.

A bearer token of an account with the role ALARM_GATEWAY (or of a desk), an ``Idempotency-Key`` header by which
a call that is sent again is answered as it was, and one small JSON object.
"""

import json
from collections.abc import Callable
from typing import Annotated

from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain.actors import Actor
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    PlatformError,
)
from domain.visits import AlarmKind
from graphql_api.errors import is_reported, top_level
from graphql_api.languages import locale_of
from graphql_api.refusals import Refusal
from graphql_api.requests import JSON, check_content, read_body
from locales import Locale
from workflows.visits.alarms import NewAlarm, raise_alarm
from workflows.workspace import Workspace

PATH = "/hooks/alarms"
_BODY_LIMIT_BYTES = 8 * 1024
_STATUS: tuple[tuple[type[PlatformError], int], ...] = (
    (InvalidInputError, 422),
    (NotFoundError, 404),
    (ConflictError, 409),
    (NotPermittedError, 403),
)

Text = Annotated[str, Field(min_length=1, max_length=200)]


class AlarmCall(BaseModel):
    """What a device's platform sends."""

    model_config = ConfigDict(extra="forbid", strict=False)

    kind: AlarmKind
    device_id: Text | None = Field(default=None, alias="deviceId")
    resident_id: Text | None = Field(default=None, alias="residentId")
    detail: Annotated[str, Field(max_length=500)] | None = None
    raised_at: AwareDatetime | None = Field(default=None, alias="raisedAt")


class AlarmHook:
    """
    Takes alarms in over one workspace.

    Parameters
    ----------
    workspace, authenticate
        As in ``graphql_api.http.create_app``.
    """

    def __init__(self, workspace: Workspace, *, authenticate: Callable[[str], Actor | None]) -> None:
        self._workspace = workspace
        self._authenticate = authenticate

    async def __call__(self, request: Request) -> Response:
        """Answer one call: 201 with the need's id, 200 if the key was seen before."""
        locale = locale_of(request.headers.get("accept-language"))
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        actor = self._authenticate(token) if scheme.lower() == "bearer" and token else None
        if actor is None:
            response = _refuse(Refusal(name="unauthenticated", status=401), locale)
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        key = request.headers.get("idempotency-key", "").strip()
        if not key:
            return _refuse(Refusal(name="key_missing", status=400), locale)
        called = await _read(request)
        if isinstance(called, Refusal):
            return _refuse(called, locale)
        try:
            outcome = await raise_alarm(
                self._workspace,
                actor,
                NewAlarm(
                    kind=called.kind,
                    device_id=called.device_id,
                    resident_id=called.resident_id,
                    detail=called.detail,
                    raised_at=called.raised_at,
                ),
                idempotency_key=key,
            )
        except PlatformError as error:
            if not is_reported(error):
                raise
            told = top_level(error, locale, request.state.request_id)
            return _respond({"errors": [told]}, _status(error))
        taken: dict[str, object] = {
            "alarmId": outcome.value.id,
            "needId": outcome.value.need_id,
            "merged": outcome.value.merged,
            "replayed": outcome.replayed,
        }
        return _respond(taken, 200 if outcome.replayed else 201)


async def _read(request: Request) -> AlarmCall | Refusal:
    refusal = check_content(request.headers.get("content-type"), request.headers.get("content-encoding"))
    if refusal is not None:
        return refusal
    body = await read_body(request.stream(), request.headers.get("content-length"), _BODY_LIMIT_BYTES)
    if isinstance(body, Refusal):
        return body
    try:
        return AlarmCall.model_validate_json(body)
    except ValidationError as error:
        broken = any(problem["type"] == "json_invalid" for problem in error.errors())
        return Refusal(name="bad_json" if broken else "bad_alarm")


def _status(error: PlatformError) -> int:
    return next((status for family, status in _STATUS if isinstance(error, family)), 400)


def _refuse(refusal: Refusal, locale: Locale) -> Response:
    return _respond(refusal.payload(locale), refusal.status)


def _respond(payload: dict[str, object], status: int) -> Response:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code=status, headers={"Content-Type": f"{JSON}; charset=utf-8"})
