"""
``GET /registration/status``: how somebody stands in the registry, for who holds a slip and has no account.

The code on it has 60 bits, and the last four characters of the number are a second thing to know; what is tried too
often is answered no more for a while.
"""

import re

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from graphql_api.rates import RateLimit
from graphql_api.rest import address_of, language_of
from graphql_api.settings import ApiSettings
from locales import text
from workflows.protection.registration import standing_by_code
from workflows.workspace import Workspace

_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
_TAIL = re.compile(r"[0-9]{3}[0-9X]")


def add_registration(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    """Serve standings by the codes on slips."""
    by_client, by_code = (
        RateLimit(per_minute=60 * settings.status_tries / settings.status_span_s, burst=settings.status_tries)
        for _ in range(2)
    )

    async def status(request: Request, code: str = "", tail: str = "") -> JSONResponse:
        locale = language_of(request)
        asked, last = code.strip().upper(), tail.strip().upper()
        if not (_CODE.fullmatch(asked) and _TAIL.fullmatch(last)):
            return JSONResponse({"error": text("protection.status.malformed", locale)}, status_code=400)
        wait_s = by_client.wait_s(address_of(request)) or by_code.wait_s(asked)
        if wait_s:
            return JSONResponse(
                {"error": text("protection.status.too_often", locale)},
                status_code=429,
                headers={"Retry-After": str(wait_s)},
            )
        found = await standing_by_code(workspace, asked, last)
        if found is None:
            return JSONResponse({"error": text("protection.status.unknown", locale)}, status_code=404)
        told = [
            {
                "standing": row.standing.value,
                "said": text(f"protection.standing.{row.standing.value}", locale),
                "status": None if row.status is None else row.status.value,
                "since": row.since.isoformat(),
            }
            for row in found
        ]
        said = text("protection.status.nothing", locale) if not told else ""
        return JSONResponse({"standings": told, "said": said}, headers={"Cache-Control": "no-store"})

    app.add_api_route("/registration/status", status, methods=["GET"])
