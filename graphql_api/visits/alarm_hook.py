"""
``POST /hooks/alarms``: what alarm devices' platforms call.

A bearer token of an account with the role ALARM_GATEWAY (or of a desk), an ``Idempotency-Key`` header by which
a call that is sent again is answered as it was, and one small JSON object.
"""

from typing import Annotated

from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import PlatformError
from domain.visits import AlarmKind
from graphql_api.refusals import Refusal
from graphql_api.requests import check_content, read_body
from graphql_api.rest import Authenticate, bearer_of, refuse, refuse_error, respond
from workflows.visits.alarms import NewAlarm, raise_alarm
from workflows.workspace import Workspace

PATH = "/hooks/alarms"
_BODY_LIMIT_BYTES = 8 * 1024


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

    def __init__(self, workspace: Workspace, *, authenticate: Authenticate) -> None:
        self._workspace = workspace
        self._authenticate = authenticate

    async def __call__(self, request: Request) -> Response:
        """Answer one call: 201 with the need's id, 200 if the key was seen before."""
        actor = bearer_of(request, self._authenticate)
        if isinstance(actor, Refusal):
            return refuse(actor, request)
        key = request.headers.get("idempotency-key", "").strip()
        if not key:
            return refuse(Refusal(name="key_missing"), request)
        called = await _read(request)
        if isinstance(called, Refusal):
            return refuse(called, request)
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
            return refuse_error(error, request)
        taken = {
            "alarmId": outcome.value.id,
            "needId": outcome.value.need_id,
            "merged": outcome.value.merged,
            "replayed": outcome.replayed,
        }
        return respond(taken, 200 if outcome.replayed else 201)


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
