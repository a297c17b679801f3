"""
``GET /needs/status``: how a need stands, for who holds its receipt and has no account.

A receipt is guessed at by nobody (60 bits), its telephone tail is a second thing to know; what is tried too
often is answered no more for a while.
"""

import re

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from graph.reads.receipts import status_by_receipt
from graphql_api.rates import RateLimit
from graphql_api.rest import address_of, language_of
from graphql_api.settings import ApiSettings
from locales import text
from workflows.workspace import Workspace

_RECEIPT = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
_TAIL = re.compile(r"[0-9]{4}")


def add_status(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    """Serve the status of needs by receipt."""
    by_client, by_receipt = (
        RateLimit(per_minute=60 * settings.status_tries / settings.status_span_s, burst=settings.status_tries)
        for _ in range(2)
    )

    async def status(request: Request, receipt: str = "", phone_tail: str = "") -> JSONResponse:
        locale = language_of(request)
        asked = receipt.strip().upper()
        if not (_RECEIPT.fullmatch(asked) and _TAIL.fullmatch(phone_tail)):
            return JSONResponse({"error": text("api.status.malformed", locale)}, status_code=400)
        wait_s = by_client.wait_s(address_of(request)) or by_receipt.wait_s(asked)
        if wait_s:
            return JSONResponse(
                {"error": text("api.status.too_often", locale)},
                status_code=429,
                headers={"Retry-After": str(wait_s)},
            )
        found = await workspace.store.read(lambda tx: status_by_receipt(tx, asked, phone_tail))
        if found is None:
            return JSONResponse({"error": text("api.status.unknown", locale)}, status_code=404)
        dates = {"postedAt": found.posted_at, "since": found.state_since, "dueAt": found.due_at}
        return JSONResponse(
            {
                "state": found.state.value,
                "said": text(f"workflows.need_state.{found.state.value}", locale),
                **{name: None if moment is None else moment.isoformat() for name, moment in dates.items()},
            },
            headers={"Cache-Control": "no-store"},
        )

    app.add_api_route("/needs/status", status, methods=["GET"])
